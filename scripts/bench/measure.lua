-- Runs a row's contenders in turns.
local machine = require "machine"

local CONTENDERS <const> = {"mplua", "python", "limit"}   -- of one round, in this order
local ROUNDS <const>, LIMIT <const> = 5, 300              -- LIMIT: seconds that a command may take

local measure = {rounds = ROUNDS}
measure.__index = measure

local function quoted(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

-- `bench` is this directory, `out` that of the programs in C; server() starts the web server, data() the files.
function measure.new(places, quick)
  return setmetatable({places = places, quick = quick, batches = {}}, measure)
end

local function program(self, words)
  local first, rest = words[1], {table.unpack(words, 2)}
  local bench = self.places.bench
  if first:find "%.lua$" then return {self.places.mplua, bench .. "/" .. first, table.unpack(rest)} end
  if first:find "%.py$" then return {"/usr/bin/python3", bench .. "/" .. first, table.unpack(rest)} end
  return {self.places.out .. "/" .. first, table.unpack(rest)}
end

local function command(self, words, pinned)
  local parts = {}
  for i, word in ipairs(program(self, words)) do
    parts[i] = quoted((tostring(word):gsub("%$(%l+)", function(name)
      local place = self.places[name]
      return type(place) == "function" and place() or place
    end)))
  end
  local prefix = ("%stimeout --foreground %d "):format(self.quick and "BENCH_QUICK=1 BENCH_SECONDS=0.001 " or "", LIMIT)
  if pinned then prefix = prefix .. "taskset -c " .. machine.first_cpu() .. " " end
  return prefix .. table.concat(parts, " ")
end

local function output(text, row)
  local pipe = assert(io.popen(text))
  local said = pipe:read "a"
  local good, how, status = pipe:close()
  if not good then error(("%s of %s: %s %d\n%s"):format(text, row, how, status, said), 0) end
  return said
end

local function value(self, row, words)
  local text = command(self, words, row.pinned)
  local said = output(text, row.name)
  local number = tonumber(said) or error(("%s gave no figure but %q"):format(text, said), 0)
  return row.unit == "1/s" and 1e6 / number or number
end

-- The samples by row and contender that a batch's commands printed.
local function batch(self, theme, name)
  local rows, spec = {}, theme.batches[name]
  for _ = 1, self.quick and 1 or spec.rounds or 1 do
    for _, contender in ipairs(CONTENDERS) do
      local said = spec[contender] and output(command(self, spec[contender]), name) or ""
      for row, who, number in said:gmatch "(%S+)%s+(%S+)%s+(%S+)\n" do
        rows[row] = rows[row] or {}
        rows[row][who] = rows[row][who] or {}
        table.insert(rows[row][who], tonumber(number))
      end
    end
  end
  return rows
end

local function rounds(self, row)
  local samples = {}
  for round = 1, self.quick and 1 or row.rounds or ROUNDS do
    for _, contender in ipairs(CONTENDERS) do
      if row[contender] then
        samples[contender] = samples[contender] or {}
        samples[contender][round] = value(self, row, row[contender])
      end
    end
  end
  return samples
end

-- {mplua = {...}, python = {...}, limit = {...}}, or nil and why not
function measure:samples(row)
  if row.memory and not self.quick and machine.free_memory() < row.memory then
    return nil, ("it needs %.0f GB of memory"):format(row.memory / 1e9)
  end
  if not row.batch then return rounds(self, row) end
  local key = row.theme.name .. "/" .. row.batch
  self.batches[key] = self.batches[key] or batch(self, row.theme, row.batch)
  return self.batches[key][row.name] or error(("no figures of %s in %s"):format(row.name, key), 0)
end

return measure
