-- Kinds: get, set, insert, nested, pairs; then how many pairs the table has.
local clock = require "clock"
local mp = require "mp"

local SOME <const> = 100   -- keys that are used
local kinds = {}

local function filled(size)
  local t, keys = mp.Table(), {}
  for i = 1, size do t["key" .. i] = i end
  for i = 1, SOME do keys[i] = "key" .. i * size // SOME end
  return t, keys
end

local function read(t, keys)
  return function(n)
    for i = 1, n do assert(t[keys[i % SOME + 1]]) end
  end
end

function kinds.get(size)
  return read(filled(size))
end

function kinds.set(size)
  local t, keys = filled(size)
  return function(n)
    for i = 1, n do t[keys[i % SOME + 1]] = i end
  end
end

function kinds.insert(size)
  local t, insert = mp.Table(), mp.Table.insert
  for i = 1, size do insert(t, i) end
  return function(n)
    for i = 1, n do insert(t, i) end
  end
end

function kinds.nested(size)
  local t, keys = filled(size)
  local outer = mp.Table {a = t}
  return function(n)
    for i = 1, n do assert(outer.a[keys[i % SOME + 1]]) end
  end
end

function kinds.pairs(size)
  local t = filled(size)
  return function(n)
    for _ = 1, n do
      local sum = 0
      for _, value in pairs(t) do sum = sum + value end
      assert(sum == size * (size + 1) // 2)
    end
  end, size
end

clock.main(kinds)
