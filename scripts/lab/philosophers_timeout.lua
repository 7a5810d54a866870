-- Philosophers once more: each takes the left fork first, but waits for the right one only for a while, then puts the
-- left one back. Does everybody get to eat, and at what price? Yes, and the price is tries in vain, which are counted.
-- mplua scripts/lab/philosophers_timeout.lua [PHILOSOPHERS [MEALS]]
local mp = require "mp"

local COUNT <const>, MEALS <const> = math.tointeger(arg[1] or 5), math.tointeger(arg[2] or 50)
local PATIENCE <const> = 0.01
assert(COUNT and COUNT >= 2 and MEALS, "PHILOSOPHERS (at least 2) and MEALS must be whole numbers")

local forks, meals, in_vain = {}, mp.Value(0), mp.Value(0)
for i = 1, COUNT do forks[i] = mp.Lock {name = "fork " .. i} end

local function try_to_eat(left, right)
  local _ <close> = left:guard()
  mp.sleep(0.001)   -- reaching for the other one takes a moment
  local guard <close> = right:guard(PATIENCE)
  if guard then meals:add(1) else in_vain:add(1) end
  return guard ~= nil
end

local function philosopher(i)
  local left, right = forks[i], forks[i % COUNT + 1]
  for _ = 1, MEALS do
    -- Those who gave up together would meet again, if they did not wait for different times.
    while not try_to_eat(left, right) do mp.sleep(math.random() * PATIENCE) end
  end
end

local philosophers = {}
for i = 1, COUNT do philosophers[i] = mp.spawn(philosopher, i) end
for _, p in ipairs(philosophers) do p:result() end
print(("%d philosophers, %d meals each: %d were eaten, %d tries were in vain")
  :format(COUNT, MEALS, meals.value, in_vain.value))
