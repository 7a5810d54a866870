-- Producers and consumers share a ring of few places. Is each item taken once, and none overwritten before that?
-- Yes: with two conditions over one lock, so that who puts wakes one who takes, and never one who wants to put too.
-- (mp.Queue(PLACES) does all this; here it is made by hand.)
-- mplua scripts/lab/bounded_buffer.lua [PLACES [ITEMS]]
local mp = require "mp"

local PLACES <const>, ITEMS <const> = math.tointeger(arg[1] or 8), math.tointeger(arg[2] or 1000)
local PRODUCERS <const>, CONSUMERS <const> = 3, 2
assert(PLACES and PLACES >= 1 and ITEMS, "PLACES (at least 1) and ITEMS must be whole numbers")

local ring, first, used = mp.Array("i", PLACES), mp.Value(0), mp.Value(0)
local lock = mp.Lock()
local not_full, not_empty = mp.Condition(lock), mp.Condition(lock)

local function put(item)
  local _ <close> = lock:guard()
  not_full:wait_for(function() return used.value < PLACES end)
  ring[(first.value + used.value) % PLACES + 1] = item
  used:add(1)
  not_empty:notify()
end

local function take()
  local _ <close> = lock:guard()
  not_empty:wait_for(function() return used.value > 0 end)
  local item = ring[first.value + 1]
  first.value = (first.value + 1) % PLACES
  used:add(-1)
  not_full:notify()
  return item
end

local END <const> = 0
local taken = mp.Array("i", PRODUCERS * ITEMS)   -- how often each was

local function producer(n)
  for item = n, PRODUCERS * ITEMS, PRODUCERS do put(item) end
end

local function consumer()
  for item in take do
    if item == END then return end
    taken:add(item, 1)
  end
end

local producers, consumers = {}, {}
for i = 1, CONSUMERS do consumers[i] = mp.spawn(consumer) end
for i = 1, PRODUCERS do producers[i] = mp.spawn(producer, i) end
for _, p in ipairs(producers) do p:result() end
for _ = 1, CONSUMERS do put(END) end
for _, p in ipairs(consumers) do p:result() end

local once, sum = 0, 0
for item, times in ipairs(taken) do
  if times == 1 then once = once + 1 end
  sum = sum + item * times
end
print(("%d items by way of %d places: %d were taken once"):format(#taken, PLACES, once))
print(("their sum is %d, that of what was put %d"):format(sum, #taken * (#taken + 1) // 2))
