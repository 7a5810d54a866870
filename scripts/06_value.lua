-- 6. Two processes increment a shared counter. A `counter.value = counter.value + 1` reads, adds and writes in three
-- steps: what the other process writes in between is lost. counter:add(1) is one step, so nothing gets lost.
local mp = require "mp"

local function increment_counter(counter, times)
  for _ = 1, times do
    counter:add(1)
  end
end

-- Wrong, to show the race. A thousand times are often over before the other process has begun, so it takes more.
local function increment_with_race(counter, times)
  for _ = 1, times do
    counter.value = counter.value + 1
  end
end

local function in_two_processes(increment, times)
  local counter = mp.Value("i", 0)
  local processes = {}
  for i = 1, 2 do
    processes[i] = mp.spawn(increment, counter, times)
  end
  for _, process in ipairs(processes) do
    process:join()
  end
  return counter.value
end

print("Final counter value: " .. in_two_processes(increment_counter, 1000))

local value = in_two_processes(increment_with_race, 300000)
print(("With the race: %d of 600000, %d increments are lost"):format(value, 600000 - value))
