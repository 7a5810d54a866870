-- 4. join() waits: the last line comes when all three processes have finished.
local mp = require "mp"

local function worker(name)
  print(name .. " started")
  mp.sleep(2)
  print(name .. " finished")
end

local processes = {}
for i = 1, 3 do
  processes[i] = mp.spawn(worker, "Process-" .. i)
end
for _, process in ipairs(processes) do
  process:join()
end
print("All processes finished")
