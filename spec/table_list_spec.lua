-- Shared tables as lists: their length, what Lua's own functions do with them, and those of mp.Table.
local helper = require "spec.helper"
local mp = require "mp"

local message_of = helper.message_of

local function totable(t)
  return mp.Table.totable(t)
end

local function list_of(n)
  local list = {}
  for i = 1, n do list[i] = i end
  return list
end

describe("a shared list", function()

  -- ---- length ----

  it("grows at its end and shrinks from there", function()
    local t = mp.Table()
    assert.equal(0, #t)
    for i = 1, 3000 do
      t[#t + 1] = i
      assert.equal(i, #t)
    end
    assert.equal(3000, mp.Table.len(t))
    for i = 3000, 1, -1 do
      assert.equal(i, t[i])
      t[#t] = nil
      assert.equal(i - 1, #t)
    end
    assert.same({}, totable(t))
  end)

  it("has a border as its length, whatever holes it has", function()
    local t = mp.Table {1, 2, 3, 4, 5}
    local function has_border()
      local n = #t
      assert.is_true((n == 0 or t[n] ~= nil) and t[n + 1] == nil)
      return n
    end
    t[3] = nil
    assert.equal(5, has_border())
    t[5] = nil
    assert.equal(4, has_border())
    t[4] = nil
    assert.equal(2, has_border())
    t[4] = 4
    assert.equal(2, has_border())
    t[3] = 3
    assert.equal(4, has_border())
    t[1] = nil
    assert.equal(4, has_border())
    for i = 4, 2, -1 do t[i] = nil end
    assert.equal(0, has_border())
    assert.same({}, totable(t))
  end)

  it("has any border of what Lua would say of random lists, and the same content", function()
    math.randomseed(7)
    for _ = 1, 30 do
      local t, plain = mp.Table(), {}
      for _ = 1, 300 do
        local i, value = math.random(40), math.random(3) > 1 and math.random(100) or nil
        t[i], plain[i] = value, value
        local n = #t
        assert.is_true((n == 0 or plain[n] ~= nil) and plain[n + 1] == nil)
      end
      assert.same(plain, totable(t))
    end
  end)

  it("may be filled from its end, and in any order", function()
    local t = mp.Table()
    for i = 1000, 1, -1 do t[i] = i end
    assert.equal(1000, #t)
    assert.same(list_of(1000), totable(t))
    local odd_first = mp.Table()
    for i = 1, 999, 2 do odd_first[i] = i end
    for i = 1000, 2, -2 do odd_first[i] = i end
    assert.equal(1000, #odd_first)
    assert.same(list_of(1000), totable(odd_first))
    mp.Table.insert(odd_first, "last")
    assert.equal("last", odd_first[1001])
  end)

  it("keeps far integers as keys", function()
    local t = mp.Table {1, 2}
    for _, key in ipairs {-1, 0, 4, 1 << 31, 1 << 32, (1 << 32) + 1, 1 << 40, math.mininteger, math.maxinteger} do
      t[key] = "far"
      assert.equal("far", t[key])
      assert.equal(2, #t)
      t[key] = nil
      assert.is_nil(t[key])
    end
    t[-5], t[math.maxinteger] = 1, 2
    mp.Table.insert(t, 3)
    assert.same({1, 2, 3, [-5] = 1, [math.maxinteger] = 2}, totable(t))
  end)

  it("appends after holes where insert of Lua would", function()
    local t = mp.Table {1, 2, 3, 4}
    t[2], t[4] = nil, nil
    mp.Table.insert(t, "x")
    assert.same({1, [3] = 3, [4] = "x"}, totable(t))
    t[3], t[4] = nil, nil
    mp.Table.insert(t, "y")
    assert.same({1, "y"}, totable(t))
  end)

  it("gives back the memory of a long run of holes", function()
    local before, t = helper.census(), mp.Table(list_of(100000))
    local full = mp.debug.census().blocks
    for i = 2, 99999 do t[i] = nil end
    assert.equal(100000, #t)
    t[100000] = nil
    assert.equal(1, #t)
    local left = mp.debug.census().blocks
    assert.is_true(left - before.blocks < 10 and full - before.blocks > 300)
  end)

  -- ---- Lua's own functions ----

  it("works with Lua's table functions", function()
    local t = mp.Table {5, 3, 1}
    table.insert(t, 4)
    table.insert(t, 1, 2)
    assert.same({2, 5, 3, 1, 4}, totable(t))
    table.sort(t)
    assert.same({1, 2, 3, 4, 5}, totable(t))
    table.sort(t, function(a, b) return a > b end)
    assert.same({5, 4, 3, 2, 1}, totable(t))
    assert.same({5, 1}, {table.remove(t, 1), table.remove(t)})
    assert.equal("4,3,2", table.concat(t, ","))
    assert.same({4, 3, 2}, {table.unpack(t)})
    assert.same({4, 3, 2}, table.move(t, 1, 3, 1, {}))
    table.move({7, 8}, 1, 2, 3, t)
    assert.same({4, 3, 7, 8}, totable(t))
    table.move(t, 1, 4, 2)
    assert.same({4, 4, 3, 7, 8}, totable(t))
    assert.equal(4, select("#", table.unpack(t, 2)))
    assert.is_nil(table.remove(mp.Table()))
    local seen = {}
    for i, v in ipairs(t) do seen[i] = v end
    assert.same({4, 4, 3, 7, 8}, seen)
  end)

  it("is not walked by next, which says so", function()
    assert.matches("table expected, got shared table", message_of(function()
      for _ in next, mp.Table {1} do error("?") end
    end))
  end)

  -- ---- insert and remove ----

  it("takes values in at each position", function()
    for n = 0, 6 do
      for at = 1, n + 1 do
        local t, plain = mp.Table(list_of(n)), list_of(n)
        mp.Table.insert(t, at, "new")
        table.insert(plain, at, "new")
        assert.same(plain, totable(t))
      end
    end
  end)

  it("lets values go from each position", function()
    for n = 1, 7 do
      for at = 1, n do
        local t, plain = mp.Table(list_of(n)), list_of(n)
        assert.equal(table.remove(plain, at), mp.Table.remove(t, at))
        assert.same(plain, totable(t))
      end
    end
    local t = mp.Table {1, 2, 3}
    assert.same({3, 2, 1}, {mp.Table.remove(t), mp.Table.remove(t), mp.Table.remove(t)})
    assert.is_nil(mp.Table.remove(t))
    assert.is_nil(mp.Table.remove(t, #t))
    mp.Table.insert(t, "a")
    assert.is_nil(mp.Table.remove(t, 2))
    assert.same({"a"}, totable(t))
  end)

  it("moves what it has by one, over many pages, whatever it is", function()
    local t, q = mp.Table(), mp.Queue()
    local values = {("v"):rep(1000), 2.5, false, q, "short", {nested = true}}
    for i = 1, 1200 do mp.Table.insert(t, values[i % 6 + 1]) end
    mp.Table.insert(t, 1, "first")
    mp.Table.insert(t, 601, "middle")
    assert.equal("middle", mp.Table.remove(t, 601))
    assert.equal("first", mp.Table.remove(t, 1))
    for i = 1, 1200 do
      local expected = values[i % 6 + 1]
      if i % 6 == 5 then
        assert.is_true(t[i].nested)
      else
        assert.equal(expected, t[i])
      end
    end
    assert.equal(1200, #t)
  end)

  it("gives tables, objects and long strings that it lets go", function()
    local q = mp.Queue()
    local t = mp.Table {{1}, q, ("x"):rep(5000), "last"}
    assert.equal("last", mp.Table.remove(t))
    assert.equal(("x"):rep(5000), mp.Table.remove(t))
    assert.equal(q, mp.Table.remove(t, 2))
    assert.same({1}, totable(mp.Table.remove(t, 1)))
    assert.equal(0, #t)
  end)

  it("raises for positions that are not there, and is as it was", function()
    local t = mp.Table({1, 2, 3}, "row")
    for _, at in ipairs {0, -1, 5, 100, math.mininteger, math.maxinteger} do
      assert.equal("table 'row' has no position " .. at, message_of(function() mp.Table.insert(t, at, "x") end))
      assert.equal("table 'row' has no position " .. at, message_of(function() mp.Table.remove(t, at) end))
    end
    for _, at in ipairs {1.5, "x", {}, true} do
      assert.matches("bad argument #2 to 'insert'", message_of(function() mp.Table.insert(t, at, "x") end))
      assert.matches("bad argument #2 to 'remove'", message_of(function() mp.Table.remove(t, at) end))
    end
    assert.matches("bad argument #2 to 'insert' %(a value expected", message_of(function() mp.Table.insert(t) end))
    assert.matches("bad argument #2 to 'insert' %(a value expected", message_of(function() mp.Table.insert(t, nil) end))
    assert.matches("bad argument #3 to 'insert' %(a value expected",
                   message_of(function() mp.Table.insert(t, 1, nil) end))
    assert.matches("bad argument #4 to 'insert' %(too many", message_of(function() mp.Table.insert(t, 1, 2, 3) end))
    assert.same({1, 2, 3}, totable(t))
    mp.Table.insert(t, 2.0, "x")
    assert.same({1, "x", 2, 3}, totable(t))
  end)

  it("loses nothing that many processes insert, and gives each once", function()
    local t, processes = mp.Table(), {}
    for p = 1, 4 do
      processes[p] = mp.spawn(function()
        for i = 1, 2000 do
          if i % 20 == 0 then mp.Table.insert(t, 1, p * 10000 + i) else mp.Table.insert(t, p * 10000 + i) end
        end
      end)
    end
    for _, p in ipairs(processes) do p:join() end
    assert.equal(8000, #t)
    for p = 1, 4 do
      processes[p] = mp.spawn(function()
        local mine = {}
        for i = 1, math.huge do
          local x = mp.Table.remove(t, i % 20 == 0 and #t > 10 and 1 or nil)
          if not x then return mine end
          mine[i] = x
        end
      end)
    end
    local seen, n = {}, 0
    for _, p in ipairs(processes) do
      for _, x in ipairs((p:result())) do
        assert.is_nil(seen[x])
        seen[x], n = true, n + 1
      end
    end
    assert.equal(8000, n)
  end)

  -- ---- extend and clear ----

  it("takes whole lists", function()
    local t = mp.Table {1, x = "kept"}
    mp.Table.extend(t, {2, 3})
    mp.Table.extend(t, {})
    mp.Table.extend(t, mp.Table {4, {5}, ignored = true})
    mp.Table.extend(t, {("v"):rep(1000), ignored = true})
    assert.same({1, 2, 3, 4, {5}, ("v"):rep(1000), x = "kept"}, totable(t))
    mp.Table.extend(t, t)
    assert.equal(12, #t)
    assert.equal(t[5], t[11])
    local backwards = {}
    for i = 1000, 1, -1 do backwards[i] = i end
    local u = mp.Table()
    mp.Table.extend(u, backwards)
    assert.same(list_of(1000), totable(u))
    for _, bad in ipairs {5, "x", print} do
      assert.matches("bad argument #2 to 'extend'", message_of(function() mp.Table.extend(t, bad) end))
    end
  end)

  it("takes a list that is in itself", function()
    local list, t = {1}, mp.Table()
    list[2] = list
    mp.Table.extend(t, list)
    assert.equal(1, t[2][1])
    assert.equal(t[2], t[2][2])
    mp.Table.clear(t[2])
  end)

  it("appends as far as holes and pairs let it", function()
    local t = mp.Table {1, 2, [4] = 4, [6] = 6}
    mp.Table.extend(t, {3})
    assert.equal(4, #t)
    mp.Table.extend(t, {5})
    assert.same({1, 2, 3, 4, 5, 6}, totable(t))
    assert.equal(6, #t)
    local sparse = mp.Table {1, [3] = 3, [4] = 4, [7] = 7, [10] = 10, [1000] = 1000}
    mp.Table.extend(sparse, {"a", "b", "c"})
    assert.equal(13, #sparse)
    assert.same({1, [3] = 3, [4] = 4, [7] = 7, [10] = 10, [11] = "a", [12] = "b", [13] = "c", [1000] = 1000},
                totable(sparse))
    assert.is_true(mp.debug.check())
  end)

  it("is emptied at once", function()
    local t = mp.Table {1, 2, {3}, ("x"):rep(1000), mp.Queue(), x = 1, [("k"):rep(30)] = {}, [1 << 40] = 1}
    local nested = t[3]
    mp.Table.clear(t)
    assert.equal(0, #t)
    assert.same({}, totable(t))
    assert.is_nil(t.x)
    t[1], t.x = "a", "b"
    assert.same({"a", x = "b"}, totable(t))
    assert.same({3}, totable(nested))
    mp.Table.clear(t)
    mp.Table.clear(t)
    assert.same({}, totable(t))
  end)

  -- ---- concat, unpack, keys ----

  it("is joined to a text and given as values", function()
    local t = mp.Table {1, "b", 2.5, x = 1}
    assert.equal("1b2.5", mp.Table.concat(t))
    assert.equal("1, b, 2.5", mp.Table.concat(t, ", "))
    assert.equal("b-2.5", mp.Table.concat(t, "-", 2))
    assert.equal("1-b", mp.Table.concat(t, "-", 1, 2))
    assert.equal("", mp.Table.concat(mp.Table()))
    assert.same({1, "b", 2.5}, {mp.Table.unpack(t)})
    assert.same({"b", 2.5}, {mp.Table.unpack(t, 2)})
    assert.same(table.pack(2.5, nil), table.pack(mp.Table.unpack(t, 3, 4)))
    assert.equal(0, select("#", mp.Table.unpack(mp.Table())))
    assert.matches("invalid value .* in table for 'concat'",
                   message_of(function() mp.Table.concat(mp.Table {1, {}}) end))
    assert.matches("bad argument #2 to 'concat' %(string expected", message_of(function() mp.Table.concat(t, {}) end))
    assert.matches("too many results", message_of(function() mp.Table.unpack(t, 1, 1e8) end))
    assert.matches("bad argument #2 to 'unpack'", message_of(function() mp.Table.unpack(t, "x") end))
  end)

  it("tells its keys", function()
    local keys = mp.Table.keys(mp.Table {"a", "b", x = 1, [false] = 2, [2.5] = 3})
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    assert.same({1, 2, 2.5, false, "x"}, keys)
  end)

  -- ---- as Python's tests of managers' lists ----

  it("is sliced, repeated and nested as lists are", function()
    local a = mp.Table(list_of(10))
    assert.same({3, 4, 5}, {mp.Table.unpack(a, 3, 5)})
    local b = mp.Table()
    mp.Table.extend(b, list_of(5))
    for _ = 1, 2 do mp.Table.extend(b, b) end
    assert.equal(20, #b)
    local d = mp.Table {a, b}
    assert.equal(a, d[1])
    mp.Table.insert(a, "hello")
    assert.equal("hello", d[1][11])
    local in_list = mp.Table {mp.Table {1, 2}}
    mp.Table.insert(in_list, in_list)
    assert.equal(2, in_list[2][1][2])
    mp.Table.remove(in_list)
    local rows = mp.Table()
    for i = 1, 3 do rows[i] = mp.Table {("x"):rep(i)} end
    mp.Table.insert(rows[3], 65)
    assert.equal(65, rows[3][2])
    assert.same({65}, {mp.Table.remove(mp.Table.remove(rows))})
  end)
end)
