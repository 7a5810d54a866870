-- A table of 10 million pairs and a list as long beside those of 100: prints the rows with the microseconds of both,
-- round by round. Filling takes most of the time, so all of it is one program.
local clock = require "clock"
local mp = require "mp"

local SIZE <const>, SMALL <const>, SOME <const> = clock.size(10000000, 10000), 100, 100
local ROUNDS <const> = clock.size(5, 1)
local STEP <const> = 7   -- keys are multiples of it: so they are no list

local function filled(size)
  local t, keys, list = mp.Table(), {}, mp.Table()
  for i = 1, size do t[i * STEP] = i end
  for i = 1, SOME do keys[i] = i * size // SOME * STEP end
  for i = 1, size do mp.Table.insert(list, i) end
  return {t = t, outer = mp.Table {a = t}, keys = keys, list = list, size = size}
end

local operations = {}

function operations.get(of)
  local t, keys = of.t, of.keys
  return clock.measure(function(n)
    for i = 1, n do assert(t[keys[i % SOME + 1]]) end
  end)
end

function operations.set(of)
  local t, keys = of.t, of.keys
  return clock.measure(function(n)
    for i = 1, n do t[keys[i % SOME + 1]] = i end
  end)
end

function operations.nested(of)
  local outer, keys = of.outer, of.keys
  return clock.measure(function(n)
    for i = 1, n do assert(outer.a[keys[i % SOME + 1]]) end
  end)
end

-- The list is as long as before in the end.
function operations.insert(of)
  local list, insert, remove = of.list, mp.Table.insert, mp.Table.remove
  return clock.measure(function(n)
    local begin = mp.time()
    for i = 1, n do insert(list, i) end
    local took = mp.time() - begin
    for _ = 1, n do remove(list) end
    return took
  end)
end

function operations.pairs(of)
  return clock.measure(function(n)
    for _ = 1, n do
      local count = 0
      for _ in pairs(of.t) do count = count + 1 end
      assert(count == of.size)
    end
  end, of.size)
end

local function get_spread(of)
  local t, size, random = of.t, of.size, math.random
  return clock.measure(function(n)
    for _ = 1, n do assert(t[random(size) * STEP]) end
  end)
end

local function set_spread(of)
  local t, size, random = of.t, of.size, math.random
  return clock.measure(function(n)
    for i = 1, n do t[random(size) * STEP] = i end
  end)
end

local function say(name, contender, value)
  print("table_" .. name, contender, value)
end

local large, small = filled(SIZE), filled(SMALL)
for round = 1, ROUNDS do
  for _, name in ipairs {"get", "set", "nested", "insert", "pairs"} do
    if name ~= "pairs" or round == 1 then
      say(name .. "_10m", "mplua", operations[name](large))
      say(name .. "_10m", "limit", operations[name](small))
    end
  end
  say("get_spread", "mplua", get_spread(large))
  say("set_spread", "mplua", set_spread(large))
end

local plain = {t = {}, size = SIZE}
for i = 1, SIZE do plain.t[i * STEP] = i end
for _ = 1, ROUNDS do
  say("get_spread", "limit", get_spread(plain))
  say("set_spread", "limit", set_spread(plain))
end
