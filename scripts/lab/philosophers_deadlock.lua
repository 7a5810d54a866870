-- Philosophers at a round table take the left fork, then the right one. Can that go on for ever?
-- No: at some time each holds one fork and waits for the next one's. The program notices, tells who waits for whom, and
-- kills one of them, whose forks are free with that: the others eat again.
-- mplua scripts/lab/philosophers_deadlock.lua [PHILOSOPHERS]
local mp = require "mp"

local COUNT <const> = math.tointeger(arg[1] or 5)
assert(COUNT and COUNT >= 2, "PHILOSOPHERS must be a whole number of at least 2")

local forks, meals = {}, mp.Value(0)
local wanted = mp.Array("i", COUNT)   -- the right fork that each waits for, or 0
for i = 1, COUNT do forks[i] = mp.Lock {name = "fork " .. i} end

local function philosopher(i)
  local left, right = i, i % COUNT + 1
  while true do
    mp.sleep(math.random() * 0.002)   -- thinks
    forks[left]:acquire()
    mp.sleep(0.0005)   -- reaching for the other one takes a moment
    wanted[i] = right
    forks[right]:acquire()
    meals:add(1)
    wanted[i] = 0
    forks[right]:release()
    forks[left]:release()
  end
end

local philosophers = {}
for i = 1, COUNT do
  philosophers[i] = mp.spawn {target = philosopher, args = {i}, name = "philosopher " .. i, daemon = true}
end

-- Who waits for whom, if all of them wait. Where nobody has eaten while we looked, it was so at one and the same time.
local function circle()
  local before, lines = meals.value, {}
  for i, p in ipairs(philosophers) do
    local fork = forks[wanted[i]]
    local holder = fork and fork.holder
    if not holder or holder == p then return nil end
    lines[i] = ("%s holds %s and waits for %s, held by %s"):format(p.name, forks[i].name, fork.name, holder.name)
  end
  return meals.value == before and lines
end

local lines
repeat
  mp.sleep(0.01)
  lines = circle()
until lines
local eaten = meals.value
print(("%d meals were eaten, then no more:"):format(eaten))
for _, line in ipairs(lines) do print(line) end

philosophers[1]:kill()
repeat mp.sleep(0.001) until meals.value > eaten
print("philosopher 1 is killed, and the others eat again")
