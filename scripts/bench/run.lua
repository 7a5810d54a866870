-- ./dev bench [--quick|--write] [THEME|ROW...]: mplua beside Python and the limit. Run as: mplua run.lua ROOT OUT
-- ...; the programs in C are in the directory OUT, and there the results go.
local chart, document, terminal = require "report.chart", require "report.document", require "report.terminal"
local json, machine, measure = require "json", require "machine", require "measure"
local results, rows, web_server = require "results", require "rows", require "web_server"

local mplua, root, out = arg[-1], arg[1], arg[2]

local function fail(format, ...)
  io.stderr:write("bench: ", format:format(...), "\n")
  os.exit(1, true)
end

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read "a"
  file:close()
  return text
end

local function write(path, text)
  local file <close> = assert(io.open(path, "wb"))
  assert(file:write(text))
end

-- ---- what is asked for ----

local function chosen_rows(words)
  if #words == 0 then return rows end
  local chosen, seen = {}, {}
  for _, word in ipairs(words) do
    local found = rows.named(word)
    if #found == 0 then fail("there is no row or theme '%s':\n%s", word, rows.help()) end
    for _, row in ipairs(found) do
      if not seen[row] then chosen[#chosen + 1], seen[row] = row, true end
    end
  end
  return chosen
end

local function options()
  local asked, words = {}, {}
  for i = 3, #arg do
    local option = arg[i]:match "^%-%-(%l+)$"
    if option == "quick" or option == "write" then
      asked[option] = true
    elseif arg[i]:find "^%-" then
      fail("no option %s; there are --quick, which only shows that all works, and --write", arg[i])
    else
      words[#words + 1] = arg[i]
    end
  end
  return asked, words
end

-- ---- a run ----

local function first_line(command)
  local pipe <close> = assert(io.popen(command))
  return assert(pipe:read "l", command)
end

-- What commands need; made when it is first asked for, gone with the scope.
local function make_places()
  local places = {mplua = mplua, out = out, bench = root .. "/scripts/bench", scripts = root .. "/scripts"}
  local directory, server
  function places.data()
    if directory then return directory end
    directory = first_line "mktemp -d -t mplua-bench.XXXXXX"
    for i = 1, 3 do write(directory .. "/" .. i, ("This is line of file %d.\n"):format(i):rep((1 << 20) // 24)) end
    return directory
  end
  function places.url()
    server = server or web_server.start()
    return server.url
  end
  return setmetatable(places, {__close = function()
    if server then server:__close() end
    if directory then os.execute(("rm -rf '%s'"):format(directory)) end
  end})
end

local function run(chosen, quick)
  local places <close> = make_places()
  local measuring, all, theme = measure.new(places, quick), {}, nil
  for _, row in ipairs(chosen) do
    if row.theme ~= theme then terminal.theme(row.theme.title) end
    theme = row.theme
    local begin = os.time()
    local samples, reason = measuring:samples(row)
    if samples then
      all[#all + 1] = results.judge(row, samples)
      all[#all].seconds = os.time() - begin   -- that it took to measure it
      terminal.row(all[#all], quick)
    else
      terminal.skipped(row, reason)
    end
  end
  return all
end

local function measured(chosen, quick)
  local facts = machine.describe(mplua)
  terminal.machine(facts)
  print(("median (least–most) of %d interleaved rounds"):format(quick and 1 or measure.rounds))
  local begin = os.time()
  local got = {machine = facts, quick = quick, rounds = quick and 1 or measure.rounds, results = run(chosen, quick)}
  got.seconds = os.time() - begin
  local name = out .. (quick and "/quick" or chosen == rows and "/results" or "/chosen")
  write(name .. ".json", json.encode(got))
  write(name .. ".svg", chart(got))
  print(("\n%d s; %s.json, %s.svg"):format(got.seconds, name, name))
end

-- doc/performance.md and its chart, from the last run of all.
local function write_document()
  local text = read(out .. "/results.json") or fail "there was no run of all rows: ./dev bench"
  local got, path = json.decode(text), root .. "/doc/performance"
  write(path .. ".md", document.updated(assert(read(path .. ".md")), got))
  write(path .. ".svg", chart(got))
end

local asked, words = options()
if asked.write and (asked.quick or #words > 0) then fail "--write is about the last run of all rows" end
if asked.write then
  write_document()
else
  local ok, message = pcall(measured, chosen_rows(words), asked.quick)
  if not ok then fail("%s", message) end
end
