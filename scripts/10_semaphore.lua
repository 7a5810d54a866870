-- 10. A semaphore: ten processes use a resource, three at a time.
local mp = require "mp"

local function worker(semaphore, name)
  semaphore:with(function()
    print(name .. " is accessing the resource")
    mp.sleep(2)
    print(name .. " is releasing the resource")
  end)
end

local semaphore = mp.Semaphore(3)
local processes = {}
for i = 1, 10 do processes[i] = mp.spawn(worker, semaphore, "Process-" .. i) end
for _, process in ipairs(processes) do process:join() end
