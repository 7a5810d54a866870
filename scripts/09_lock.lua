-- 9. Ten processes change a shared value, one at a time: the lock keeps the steps of each together.
local mp = require "mp"

local function worker(lock, shared_value)
  local _ <close> = lock:guard()
  shared_value.value = shared_value.value + 1
end

local lock = mp.Lock()
local shared_value = mp.Value("i", 0)
local processes = {}
for i = 1, 10 do
  processes[i] = mp.spawn(worker, lock, shared_value)
end
for _, process in ipairs(processes) do
  process:join()
end
print("Final value: " .. shared_value.value)
