-- Philosophers again, but each takes that of his forks first which has the lower number. Does everybody get to eat?
-- Yes: who holds the highest fork that is taken never waits for one, so somebody can always go on.
-- mplua scripts/lab/philosophers_ordered.lua [PHILOSOPHERS [MEALS]]
local mp = require "mp"

local COUNT <const>, MEALS <const> = math.tointeger(arg[1] or 5), math.tointeger(arg[2] or 1000)
assert(COUNT and COUNT >= 2 and MEALS, "PHILOSOPHERS (at least 2) and MEALS must be whole numbers")

local forks, eating = {}, mp.Array("boolean", COUNT)
local meals, clashes = mp.Value(0), mp.Value(0)
for i = 1, COUNT do forks[i] = mp.Lock {name = "fork " .. i} end

local function eat(i, neighbours)
  eating[i] = true
  for _, neighbour in ipairs(neighbours) do
    if eating[neighbour] then clashes:add(1) end
  end
  meals:add(1)
  eating[i] = false
end

local function philosopher(i)
  local left, right = i, i % COUNT + 1
  local first, second = forks[math.min(left, right)], forks[math.max(left, right)]
  for _ = 1, MEALS do
    local _ <close> = first:guard()
    local _ <close> = second:guard()
    eat(i, {(i - 2) % COUNT + 1, i % COUNT + 1})
  end
end

local philosophers = {}
for i = 1, COUNT do philosophers[i] = mp.spawn(philosopher, i) end
for _, p in ipairs(philosophers) do p:result() end
print(("%d philosophers, %d meals each: %d were eaten, %d beside a neighbour who ate")
  :format(COUNT, MEALS, meals.value, clashes.value))
