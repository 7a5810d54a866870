-- 14. A barrier: three processes wait until all of them have come, then go on.
local mp = require "mp"

local function worker(barrier, name)
  print(name .. " is waiting at the barrier")
  barrier:wait()
  print(name .. " passed the barrier")
end

local barrier = mp.Barrier(3)
local processes = {}
for i = 1, 3 do processes[i] = mp.spawn(worker, barrier, "Process-" .. i) end
for _, process in ipairs(processes) do process:join() end
