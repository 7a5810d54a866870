-- What the programs of the bench share. Each prints the microseconds of one operation of a kind: arg[1] is the kind,
-- what follows are its arguments.
local mp = require "mp"

local clock = {}

local seconds <const> = tonumber(os.getenv "BENCH_SECONDS") or 0.15   -- that one measurement takes

-- With --quick it is only to be seen that all works.
function clock.size(full, quick)
  return os.getenv "BENCH_QUICK" and quick or full
end

-- The microseconds of one operation. run(n) does n of them, or n times `operations`, and may return the seconds that
-- count, if those are not all that it took. The last n takes about `seconds`; smaller ones before it warm up.
function clock.measure(run, operations)
  local n = 1
  while true do
    local begin = mp.time()
    local took = run(n) or mp.time() - begin
    if took >= seconds / 2 then return took / n / (operations or 1) * 1e6 end
    n = math.ceil(n * math.min(10, math.max(2, seconds / took)))
  end
end

-- Runs these functions, each in a process of its own. Returns the seconds from where all have begun to where all have
-- ended.
function clock.together(functions)
  local begin, finish = mp.Barrier(#functions + 1), mp.Barrier(#functions + 1)
  local processes = {}
  for i, f in ipairs(functions) do
    processes[i] = mp.spawn(function()
      begin:wait()
      f()
      finish:wait()
    end)
  end
  begin:wait()
  local began = mp.time()
  finish:wait()
  local took = mp.time() - began
  for _, process in ipairs(processes) do process:result() end
  return took
end

-- kinds[KIND](...) gives what clock.measure takes.
function clock.main(kinds)
  local words = {}
  for i = 2, #arg do words[i - 1] = math.tointeger(tonumber(arg[i])) or arg[i] end
  print(clock.measure(kinds[arg[1]](table.unpack(words))))
end

return clock
