-- ./dev bench [--quick] [ROW...]: mplua beside Python and C. Run as: mplua run.lua DIRECTORY [--quick] [ROW...]; in
-- DIRECTORY are the C programs, and there the results go.
local here = arg[0]:match("^(.*)/") or "."
package.path = here .. "/?.lua;" .. package.path
local rows, machine, json = require "rows", require "machine", require "json"
local web_server = require "web_server"

local ROUNDS <const> = 5
local CONTENDERS <const> = {"mplua", "python", "c"} -- of one round, in this order
local mplua, out, quick = arg[-1], arg[1], false

local function fail(...)
  io.stderr:write("bench: ", string.format(...), "\n")
  os.exit(1, true)
end

local function chosen_rows()
  local chosen = {}
  for i = 2, #arg do
    if arg[i] == "--quick" then
      quick = true -- only shows that every row runs
    else
      chosen[#chosen + 1] = rows[arg[i]] or fail("no row '%s'; there are: %s", arg[i], rows.names())
    end
  end
  return #chosen > 0 and chosen or rows
end

-- ---- one contender ----

local function count(row, contender)
  local n = row.count[contender]
  return quick and math.max(n // 200, 5) or n
end

local function program(row, contender, url)
  local name, n, kind = row.program or row.name, count(row, contender), row.kind
  if contender == "mplua" then return {mplua, here .. "/" .. name .. ".lua", n, kind, url} end
  if contender == "python" then return {"/usr/bin/python3", here .. "/" .. name .. ".py", n, kind, url} end
  if row.lua_as_c then return {mplua, here .. "/" .. row.lua_as_c, n, out} end
  return {out .. "/" .. name, n, kind}
end

local function command(row, contender, url)
  local words = program(row, contender, url)
  for i, word in ipairs(words) do words[i] = "'" .. tostring(word):gsub("'", "'\\''") .. "'" end
  local prefix = "timeout --foreground 60 "
  if row.pinned then prefix = prefix .. "taskset -c " .. machine.first_cpu() .. " " end
  return prefix .. table.concat(words, " ")
end

local function measure(row, contender, url)
  local pipe = assert(io.popen(command(row, contender, url)))
  local value = tonumber(pipe:read("l") or "")
  local good, how, status = pipe:close()
  if good and value then return value end
  fail("%s of %s gave no figure (%s %d)", contender, row.name, how, status or 0)
end

-- ---- a row ----

local function summary(samples)
  table.sort(samples)
  return {median = samples[#samples // 2 + 1], min = samples[1], max = samples[#samples], samples = samples}
end

-- How many times as fast a is as b; nil when there is no b.
local function speed(row, a, b)
  if not b then return nil end
  return row.unit == "us" and b.median / a.median or a.median / b.median
end

local function judge(row, result)
  result.times_python = speed(row, result.mplua, result.python)
  result.times_c = result.c and 1 / speed(row, result.mplua, result.c)
  result.ok = (result.times_python or 0) >= (row.python or 0) and (result.times_c or 0) <= (row.limit or math.huge)
    and result.mplua.median >= (row.least or 0)
end

local function run(row)
  local result = {row = row.name, title = row.title, unit = row.unit, target_python = row.python,
                  target_c = row.limit}
  local samples = {}
  local server <close> = row.files and web_server.start() or nil
  for contender in pairs(row.count) do samples[contender] = {} end
  for round = 1, quick and 1 or ROUNDS do
    for _, contender in ipairs(CONTENDERS) do
      if samples[contender] then samples[contender][round] = measure(row, contender, server and server.url) end
    end
  end
  for contender, values in pairs(samples) do result[contender] = summary(values) end
  judge(row, result)
  return result
end

-- ---- what is shown ----

local function short(x)
  if x >= 1e6 then return ("%.3gM"):format(x / 1e6) end
  if x >= 1e4 then return ("%.3gk"):format(x / 1e3) end
  return ("%.3g"):format(x)
end

local function spread(s)
  return s and ("%s (%s-%s)"):format(short(s.median), short(s.min), short(s.max)) or "-"
end

local function line(...) print((("%-38s %-26s %-26s %-26s %8s %7s  %-24s %s"):format(...):gsub("%s+$", ""))) end

local function target(row)
  local targets = {}
  if row.python then targets[1] = ("python >= %g"):format(row.python) end
  if row.limit then targets[#targets + 1] = ("C <= %g"):format(row.limit) end
  if row.least then targets[#targets + 1] = (">= %g"):format(row.least) end
  return table.concat(targets, ", ")
end

local function show(row, result)
  line(row.title .. ", " .. row.unit, spread(result.mplua), spread(result.python), spread(result.c),
       ("%.3g"):format(result.times_python), result.times_c and ("%.3g"):format(result.times_c) or "-", target(row),
       (quick or target(row) == "") and "-" or result.ok and "ok" or "MISSED")
end

local function main()
  local chosen, facts, results = chosen_rows(), machine.describe(mplua), {}
  print(("%s, %d CPUs, load %s, %s"):format(facts.cpu, facts.cpus, facts.load, facts.kernel))
  print(("%s; %s; %s"):format(facts.mplua, facts.python, facts.cc))
  print(("median (least-most) of %d interleaved rounds"):format(quick and 1 or ROUNDS))
  line("", "mplua", "Python", "C", "x Python", "x C", "target", "")
  for i, row in ipairs(chosen) do
    results[i] = run(row)
    show(row, results[i])
  end
  local file = assert(io.open(out .. "/results.json", "w"))
  file:write(json{machine = facts, quick = quick, results = results})
  file:close()
end

main()
