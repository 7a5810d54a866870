-- time limit: 280 s
-- Instructions of the hottest operations, counted by valgrind and compared with recorded ones: times would say how busy
-- the machine was. Usage: MPLUA=build/mplua mplua spec/instructions.lua DIRECTORY [--record], from the root of the
-- sources. Appends "total PASSED FAILED SKIPPED" to the file that MPLUA_REPORT names.
--
-- Which names collide in Lua's tables depends on a seed that each state makes of addresses and the time, and each
-- collision costs a few instructions. So there are several runs that differ in that, and the least count is taken.
local mp = require "mp"
local operations = require "spec.instructions.operations"
local setting = require "spec.instructions.setting"
local files = require "spec.instructions.files"

local RUNS <const> = 16
local TOLERANCE <const> = 0.05
local mplua = assert(os.getenv "MPLUA", "set MPLUA to the program whose instructions are counted")
local directory = assert(arg[1], "name a directory for the profiles")

-- ---- counting ----

local function command(run)
  local profile = ("%s/%d"):format(directory, run)
  local another_stack = ("-"):rep(16 * run)
  return profile, ("env -i PATH=\"$PATH\" MPLUA_ARENA=256M valgrind --tool=callgrind --dump-before=os_clock "
    .. "--callgrind-out-file=%s.%%p '%s' spec/instructions/program.lua %s 2>%s.log"):format(
    profile, mplua, another_stack, profile)
end

local function instructions(profile, part)
  return math.tointeger(files.read(profile .. "." .. part):match "\ntotals: (%d+)")
end

-- Per operation, in their order.
local function count(run)
  local profile, line = command(run)
  local pipe = assert(io.popen(line))
  local pid = pipe:read "l"
  if not pipe:close() or not pid then error("valgrind failed:\n" .. files.read(profile .. ".log"), 0) end
  local counts = {}
  for i, operation in ipairs(operations) do
    local of_program = profile .. "." .. pid
    counts[i] = (instructions(of_program, 3 * i) - instructions(of_program, 3 * i - 1)) / operation.n
  end
  return counts
end

local function least(all)
  local result = {}
  for i in ipairs(operations) do
    local best = math.huge
    for _, counts in ipairs(all) do best = math.min(best, counts[i]) end
    result[i] = math.floor(best + 0.5)
  end
  return result
end

local function count_all()
  local pool <close> = mp.Pool(mp.cpu_count())
  return least(pool:map(count, mp.range(1, RUNS), {chunksize = 1}))
end

-- ---- comparing ----

local passed, failed, skipped = 0, 0, 0

local function judge(right, format, ...)
  if right then
    passed = passed + 1
  else
    failed = failed + 1
    print(("FAILED instructions: " .. format):format(...))
  end
end

local function change(before, now)
  return before and now / before - 1 or math.huge
end

local function show(counts, recorded)
  print(("%-40s %10s %10s"):format("instructions of", "recorded", "now"))
  for i, operation in ipairs(operations) do
    local before, now = recorded[operation.name], counts[i]
    print(("%-40s %10s %10d %+8.1f %%"):format(operation.name, before or "-", now, 100 * change(before, now)))
  end
end

local function compare(counts, recorded)
  for i, operation in ipairs(operations) do
    local before, now = recorded[operation.name], counts[i]
    judge(math.abs(change(before, now)) <= TOLERANCE, "%s takes %d, and %s were recorded", operation.name, now,
          before or "none")
  end
end

local function check(now, recorded)
  judge(files.document_is_right(operations), "%s does not say what is recorded", files.DOCUMENT)
  if recorded then
    local counts = count_all()
    show(counts, recorded)
    compare(counts, recorded)
  else
    skipped = #operations
    print("skipped: no instructions are recorded for " .. table.concat(now, ", "))
  end
  if failed > 0 then print "If that is meant to be so: ./dev instructions --record" end
end

local function record(now, recorded)
  local counts = count_all()
  show(counts, recorded or {})
  files.record(operations, now, counts)
end

local now = setting(mplua)
local act = arg[2] == "--record" and record or check
act(now, files.recorded(now))
local report <close> = assert(io.open(os.getenv "MPLUA_REPORT" or "/dev/null", "a"))
report:write(("total %d %d %d\n"):format(passed, failed, skipped))
os.exit(failed == 0, true)
