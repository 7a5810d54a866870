-- Arrays: what those who share one rely on.
local helper = require "spec.helper"
local mp = require "mp"

local message_of = helper.message_of

local types = {"b", "B", "h", "H", "i", "I", "l", "L", "q", "Q", "f", "d", "boolean"}

local function in_processes(n, f)
  local processes = {}
  for i = 1, n do processes[i] = mp.spawn(f, i) end
  for _, p in ipairs(processes) do p:result() end
end

describe("an array", function()
  it("is read and written like a list", function()
    local a = mp.Array("i", {1, 2, 3, 4, 5})
    assert.equal(5, #a)
    for i = 1, #a do a[i] = a[i] * 2 end
    assert.same({2, 4, 6, 8, 10}, a:totable())
    a[2.0] = 7
    assert.same({7, 7}, {a[2], a[2.0]})
    local seen = {}
    for i, x in ipairs(a) do seen[i] = x end
    assert.same({2, 7, 6, 8, 10}, seen)
    assert.equal("2,7,6,8,10", table.concat(a, ","))
    assert.same({2, 7, 6, 8, 10}, {table.unpack(a)})
    assert.same({2, 7, 6, 8, 10}, table.move(a, 1, 5, 1, {}))
  end)

  it("is nil where it has nothing, and cannot be written there", function()
    local a = mp.Array {type = "i", n = 3, name = "three"}
    for _, i in ipairs {0, 4, -1, 1.5, math.huge, math.mininteger, math.maxinteger} do
      assert.is_nil(a[i])
      assert.matches("^array 'three' has no %[.*%]: its length is 3$", message_of(function() a[i] = 1 end))
    end
    assert.is_nil(a[true])
    assert.matches("cannot set 'x' of an array", message_of(function() a.x = 1 end))
    assert.equal("array 'three' has no [4]: its length is 3", message_of(function() a:add(4, 1) end))
    assert.matches("has no %[0%]", message_of(function() a:exchange(0, 1) end))
    assert.matches("has no %[%-1%]", message_of(function() a:compare_exchange(-1, 0, 1) end))
    assert.matches("has no %[9%]", message_of(function() a:update(9, print) end))
    assert.same({0, 0, 0}, a:totable())
  end)

  it("may be empty", function()
    local a = mp.Array("d", 0)
    assert.equal(0, #a)
    assert.is_nil(a[1])
    assert.same({}, a:totable())
    a:fill(1)
    a:set {}
    assert.equal(0, #mp.Array("i", {}))
  end)

  it("of each type gives what was put into it", function()
    local contents = {f = {0.5, -1.25, 1 / 0}, d = {0.1, -2, 1e300}, boolean = {true, false, true}}
    for _, type in ipairs(types) do
      local list = contents[type] or {1, 100, 0}
      local a = mp.Array(type, list)
      assert.same({type, 3}, {a.type, #a})
      assert.same(list, a:totable())
      for i = 1, 3 do
        assert.equal(list[i], a[i])
        a[i] = list[4 - i]
        assert.equal(list[4 - i], a[i])
        assert.equal(list[4 - i], a:exchange(i, list[i]))
      end
      a:fill(list[1])
      assert.same({list[1], list[1], list[1]}, a:totable())
    end
  end)

  it("keeps to its bounds", function()
    local a = mp.Array {type = "B", list = {0, 255}, name = "bytes"}
    assert.equal("array 'bytes' (type B) holds 0..255, not 256", message_of(function() a[1] = 256 end))
    assert.equal("array 'bytes' (type B) holds 0..255, not 255 + 1", message_of(function() a:add(2, 1) end))
    assert.matches("holds 0..255, not %-1", message_of(function() a:fill(-1) end))
    assert.matches("holds integers, not nil", message_of(function() a[1] = nil end))
    assert.equal("array 'bytes' (type B) holds 0..255, not 300 at [2]", message_of(function() a:set {1, 300} end))
    assert.equal("mp.Array (type b) holds -128..127, not 128 at [3]",
                 message_of(function() mp.Array("b", {1, 2, 128}) end))
    assert.same({0, 255}, a:totable())
  end)

  it("is as compact as in C", function()
    local n, q = 1 << 20, mp.Queue()
    local run = helper.run([[
      local mp = require "mp"
      local a, b = mp.Array("b", 3 << 20), mp.Array("h", 1 << 20)   -- 5 of 6 MiB
      print(#a + #b, pcall(mp.Array, "b", 2 << 20))
    ]], {env = {MPLUA_ARENA = "6M"}})
    assert.matches("^4194304\tfalse\t.*script%d+.lua:3: arena is full", run.out)
    q:put(mp.Array("b", n))
    assert.equal(n, #q:get())
  end)

  it("raises when the arena is full, whatever was asked for", function()
    for _, n in ipairs {1 << 40, 1 << 61, math.maxinteger} do
      assert.matches("arena is full", message_of(function() mp.Array("q", n) end))
    end
    assert.matches("must not be negative", message_of(function() mp.Array("q", -1) end))
    assert.matches("must not be negative", message_of(function() mp.Array("q", math.mininteger) end))
  end)

  it("is changed atomically, element by element", function()
    local a = mp.Array("i", {1, 2, 3})
    assert.equal(12, a:add(2, 10))
    assert.equal(12, a:exchange(2, 5))
    assert.is_true(a:compare_exchange(2, 5.0, 6))
    assert.is_false(a:compare_exchange(2, 5, 7))
    assert.equal(65, a:update(2, function(x, y) return x * 10 + y end, 5))
    assert.same({1, 65, 3}, a:totable())
  end)

  it("loses no change of many processes", function()
    for _, type in ipairs {"B", "h", "i", "q", "f", "d"} do
      local a = mp.Array(type, 5)
      in_processes(8, function()
        for i = 1, 125 do
          a:add(i % 5 + 1, 1)
          if type ~= "B" then a:update(1, function(x) return x + 1 end) end
        end
      end)
      local more = type == "B" and 0 or 1000
      assert.same({200 + more, 200, 200, 200, 200}, a:totable())
    end
  end)

  it("leaves the elements beside a changed one alone", function()
    local a = mp.Array("b", 8)
    in_processes(8, function(i)
      for k = 1, 2000 do a[i] = k % 100 end
      a[i] = i
    end)
    assert.same({1, 2, 3, 4, 5, 6, 7, 8}, a:totable())
  end)

  it("shows in the parent what a child made of it", function()
    local a = mp.Array("i", {680, 626, 934, 821, 150, 233, 548, 982, 714, 831})
    mp.spawn(function()
      for i = 2, #a do a[i] = a[i] + a[i - 1] end
    end):result()
    assert.same({680, 1306, 2240, 3061, 3211, 3444, 3992, 4974, 5688, 6519}, a:totable())
  end)

  it("gives and takes parts", function()
    local a = mp.Array("i", {1, 2, 3, 4, 5})
    assert.same({3, 4, 5}, a:totable(3))
    assert.same({2, 3}, a:totable(2, 3))
    assert.same({}, a:totable(3, 2))
    assert.same({}, a:totable(6))
    a:fill(0, 4)
    a:fill(9, 2, 2)
    assert.same({1, 9, 3, 0, 0}, a:totable())
    a:set({7, 8}, 4)
    a:set {6}
    assert.same({6, 9, 3, 7, 8}, a:totable())
    for _, wrong in ipairs {{0, 2}, {1, 6}, {7}, {-1, 1}} do
      assert.matches("has no %[", message_of(function() a:totable(table.unpack(wrong)) end))
      assert.matches("has no %[", message_of(function() a:fill(1, table.unpack(wrong)) end))
    end
    assert.matches("has no %[6%]", message_of(function() a:set({1, 2}, 5) end))
    assert.matches("has no %[0%]", message_of(function() a:set({1, 2}, 0) end))
    assert.matches("has no %[", message_of(function() a:set({1, 2}, math.maxinteger) end))
    assert.matches("has no %[6%]", message_of(function() a:set({1, 2, 3, 4, 5, 6}) end))
    assert.same({6, 9, 3, 7, 8}, a:totable())
  end)

  it("takes all of a list or nothing", function()
    local a = mp.Array("h", {1, 2, 3})
    for _, list in ipairs {{7, 7, "7"}, {7, 1 << 20}, {7, 0.5}, {7, false}} do
      assert.is_false(pcall(a.set, a, list))
      assert.same({1, 2, 3}, a:totable())
    end
    assert.matches("list expected, got number", message_of(function() a:set(5) end))
    assert.matches("list expected, got string", message_of(function() a:set("123") end))
    assert.matches("boom", select(2, pcall(a.set, a, setmetatable({}, {
      __len = function() return 2 end,
      __index = function(_, i) return i == 1 and 5 or error "boom" end,
    }))))
    assert.same({1, 2, 3}, a:totable())
  end)

  it("is copied from arrays and from what looks like a list", function()
    local a = mp.Array("i", {1, 2, 3})
    local copy = mp.Array("d", a)
    a[1] = 5
    assert.same({1.0, 2.0, 3.0}, copy:totable())
    copy:set(a)
    assert.same({5.0, 2.0, 3.0}, copy:totable())
    a:set(a)
    assert.same({5, 2, 3}, a:totable())
    assert.same({2, 5, 2, 3}, (function()
      local b = mp.Array("i", {2, 0, 0, 0})
      b:set(a, 2)
      return b:totable()
    end)())
    local squares = setmetatable({}, {__len = function() return 4 end, __index = function(_, i) return i * i end})
    assert.same({1, 4, 9, 16}, mp.Array("i", squares):totable())
  end)

  it("holds megabytes, for all to see, and gives them back", function()
    local n = 10 << 17   -- 10 MiB
    local a = mp.Array("q", n)
    a:fill(1)
    a[n] = 5
    local list = {}
    for i = 1, 1000 do list[i] = i end
    a:set(list, 1001)
    local sum = mp.spawn(function()
      local s = 0
      for i = 1, #a do s = s + a[i] end
      return s
    end):result()
    assert.equal(n + 4 + 500500 - 1000, sum)
  end)

  it("is all zero at first, also on memory that was used before", function()
    for _, n in ipairs {10, 1000, 100000, 1000000} do
      for _ = 1, 3 do
        local a = mp.Array("b", n)
        for _, i in ipairs {1, 2, n // 2, n - 1, n} do assert.equal(0, a[i]) end
        assert.is_nil(table.concat(a, ""):find("[^0]"))
        a:fill(-1)
        a = nil   -- luacheck: ignore
        collectgarbage()
        collectgarbage()
      end
    end
  end)

  it("comes and goes thousands of times, sizes and kinds mixed", function()
    local live = {}
    for i = 1, 5000 do
      local slot = math.random(30)
      local n = math.floor(2 ^ (math.random() * 16))
      live[slot] = i % 3 == 0 and mp.Buffer(n) or i % 3 == 1 and mp.Array("i", n) or mp.Value(n)
      if i % 10 == 0 and mp.type(live[slot]) ~= "buffer" then live[slot]:get_lock() end
      if i % 500 == 0 then
        collectgarbage()
        local sound, why = mp.debug.check()
        assert.is_true(sound, why)
      end
    end
  end)

  it("is of whole elements after a kill amid changes", function()
    local a, d = mp.Array("h", 1000), mp.Array("i", 3)
    for _ = 1, 10 do
      local sign = mp.Event()
      d:fill(0)
      local p = mp.spawn(function()
        while true do
          a:fill(0x0101)
          sign:set()
          a:fill(0x7f7f)
          d:add(2, 1)
          d:update(3, function(x) return x + 2 end)
        end
      end)
      sign:wait()
      p:kill()
      p:join()
      for _, x in ipairs(a) do assert.is_true(x == 0x0101 or x == 0x7f7f) end
      assert.is_true(d[3] == 2 * d[2] or d[3] == 2 * (d[2] - 1))
    end
  end)

  it("has a lock", function()
    local a, ready = mp.Array {type = "i", n = 2, name = "pair"}, mp.Event()
    assert.equal("rlock 'pair'", tostring(a:get_lock()))
    assert.equal(a:get_lock(), mp.spawn(function() return a:get_lock() end):result())
    in_processes(4, function()
      for _ = 1, 300 do
        a:with(function()
          a[1] = a[1] + 1
          a[2] = a[1]
        end)
      end
    end)
    assert.same({1200, 1200}, a:totable())
    assert.same({"x", 2}, {a:with(function(...) return ... end, "x", 2)})
    local p = mp.spawn(function()
      a:get_lock():acquire()
      ready:set()
      mp.sleep(60)
    end)
    ready:wait()
    p:kill()
    assert.same({true, "abandoned"}, {a:get_lock():acquire()})
    a:get_lock():release()
    p:join()
  end)

  it("travels", function()
    local q, a = mp.Queue(), mp.Array("i", 3)
    local p = mp.spawn(function()
      local got = q:get()
      got.a[1] = 7
      return got.a
    end)
    q:put {a = a}
    assert.equal(a, p:result())
    assert.equal(7, a[1])
  end)

  it("is as good after much use", function()
    local a = mp.Array("i", 2)
    for _ = 1, 500 do a:add(1, 1) end
    a[2] = a[1] + 1
    assert.same({500, 501, nil, "i"}, {a[1], a[2], a[3], a.type})
    assert.is_nil(a[0])
    assert.matches("has no %[3%]", message_of(function() a[3] = 1 end))
    assert.matches("did you mean 'fill'", message_of(function() a:fil(1) end))
    assert.same({500, 501}, a:totable())
  end)

  it("raises what cannot be", function()
    local a = mp.Array {type = "i", n = 2, name = "two"}
    assert.equal("array 'two'", tostring(a))
    assert.same({"two", "i", "array"}, {a.name, a.type, mp.type(a)})
    assert.matches("no type 'x'; there are b B h", message_of(function() mp.Array("x", 2) end))
    assert.matches("number or list expected, got nil", message_of(function() mp.Array("i") end))
    assert.matches("list expected, got string", message_of(function() mp.Array("i", "5") end))
    assert.matches("no integer representation", message_of(function() mp.Array("i", 1.5) end))
    assert.matches("n or list, not both", message_of(function() mp.Array {type = "i", n = 1, list = {}} end))
    assert.matches("mp.Array has no 'size'", message_of(function() mp.Array {type = "i", size = 1} end))
    assert.matches("did you mean 'totable'", message_of(function() a:totabel() end))
    assert.matches("an array has no", message_of(function() return a.length end))
    assert.matches("%(type boolean%) cannot be added to", message_of(function() mp.Array("boolean", 1):add(1, 1) end))
    assert.matches("is an array, which cannot be waited for", message_of(function() mp.wait {a} end))
  end)
end)
