-- The operations whose instructions are counted: what makes a loop over each, and how often it goes round. One process
-- does them all and never has to wait, since how long one spins depends on the others.
local mp = require "mp"

local operations = {WARM = 256}   -- an object that was used 200 times gets quicker methods

local function operation(name, make, n)
  operations[#operations + 1] = {name = name, make = make, n = n or 256}
end

operation("q:put and q:get, integer", function()
  local q = mp.Queue()
  return function(n) for i = 1, n do q:put(i) q:get() end end
end)

operation("q:put and q:get, text of 1 KiB", function()
  local q, text = mp.Queue(), ("x"):rep(1024)
  return function(n) for _ = 1, n do q:put(text) q:get() end end
end)

operation("q:put and q:get, nested record", function()
  local q, record = mp.Queue(), {id = 7, name = "seven", tags = {"odd", "prime"}, at = {x = 0.5, y = 1.5}}
  return function(n) for _ = 1, n do q:put(record) q:get() end end
end, 32)

operation("q:put_many and q:get_many, 16 integers", function()
  local q, list = mp.Queue(), {}
  for i = 1, 16 do list[i] = i end
  return function(n) for _ = 1, n do q:put_many(list) q:get_many(16) end end
end, 32)

operation("q:put, q:lease and lease:done, integer", function()
  local q = mp.Queue()
  return function(n) for i = 1, n do q:put(i) q:lease():done() end end
end)

operation("c:send and c:recv, integer", function()
  local a, b = mp.Pipe()
  return function(n) for i = 1, n do a:send(i) b:recv() end end
end)

operation("lock:acquire and lock:release", function()
  local lock = mp.Lock()
  return function(n) for _ = 1, n do lock:acquire() lock:release() end end
end)

operation("s:acquire and s:release", function()
  local s = mp.Semaphore(1)
  return function(n) for _ = 1, n do s:acquire() s:release() end end
end)

operation("e:set and e:clear", function()
  local e = mp.Event()
  return function(n) for _ = 1, n do e:set() e:clear() end end
end)

operation("v.value", function()
  local v, x = mp.Value(0), nil
  return function(n) for _ = 1, n do x = v.value end return x end
end)

operation("v.value = x", function()
  local v = mp.Value(0)
  return function(n) for i = 1, n do v.value = i end end
end)

operation("v:add(1)", function()
  local v = mp.Value(0)
  return function(n) for _ = 1, n do v:add(1) end end
end)

operation("a[i]", function()
  local a, x = mp.Array("i", 8), nil
  return function(n) for _ = 1, n do x = a[3] end return x end
end)

operation("a[i] = x", function()
  local a = mp.Array("i", 8)
  return function(n) for i = 1, n do a[3] = i end end
end)

operation("t[i]", function()
  local t, x = mp.Table {1, 2, 3, 4}, nil
  return function(n) for _ = 1, n do x = t[3] end return x end
end)

operation("t[i] = x", function()
  local t = mp.Table {1, 2, 3, 4}
  return function(n) for i = 1, n do t[3] = i end end
end)

operation("t.name", function()
  local t, x = mp.Table {id = 1, name = "a", size = 2}, nil
  return function(n) for _ = 1, n do x = t.name end return x end
end)

operation("t.name = x", function()
  local t = mp.Table {id = 1, name = 2, size = 3}
  return function(n) for i = 1, n do t.name = i end end
end)

operation("mp.Table.add(t, name, 1)", function()
  local t, add = mp.Table {id = 1, name = 2, size = 3}, mp.Table.add
  return function(n) for _ = 1, n do add(t, "name", 1) end end
end)

return operations
