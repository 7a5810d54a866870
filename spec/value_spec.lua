-- Values: what those who share one rely on.
local helper = require "spec.helper"
local mp = require "mp"

local message_of = helper.message_of

local bounds = {
  b = {-128, 127}, B = {0, 255}, h = {-32768, 32767}, H = {0, 65535}, i = {-2 ^ 31 | 0, 2 ^ 31 - 1 | 0},
  I = {0, 2 ^ 32 - 1 | 0}, l = {math.mininteger, math.maxinteger}, q = {math.mininteger, math.maxinteger},
  L = {0, math.maxinteger}, Q = {0, math.maxinteger},
}

-- Runs f(i) in n processes and waits for them; raises the error of the first that has one.
local function in_processes(n, f)
  local processes = {}
  for i = 1, n do processes[i] = mp.spawn(f, i) end
  for _, p in ipairs(processes) do p:result() end
end

describe("a value", function()
  it("is read and written as a field", function()
    local v = mp.Value("i", 7)
    assert.equal(7, v.value)
    v.value = 8
    assert.equal(8, v.value)
    v.value = v.value + 1
    assert.same({9, 9}, {v.value, v:get()})
    assert.same({}, {v:set(10)})
    assert.equal(10, v.value)
  end)

  it("begins with 0 or what was given", function()
    assert.equal(0, mp.Value("i").value)
    assert.equal("float", math.type(mp.Value("d").value))
    assert.is_false(mp.Value("boolean").value)
    assert.is_true(mp.Value("boolean", true).value)
    assert.equal(-1, mp.Value {type = "b", init = -1}.value)
    assert.equal(2.5, mp.Value {init = 2.5}.value)
  end)

  it("has a type that follows from its first content", function()
    assert.same({"q", "d", "boolean", "boolean"},
                {mp.Value(5).type, mp.Value(5.0).type, mp.Value(true).type, mp.Value(false).type})
  end)

  it("is written in a child and read in its parent, whatever its type", function()
    for type, x in pairs {i = 4343, d = 3.625, h = -232, q = 2 ^ 33 | 0, boolean = true, f = -0.5} do
      local v = mp.Value(type)
      mp.spawn(function() v.value = x end):result()
      assert.equal(x, v.value)
      assert.equal(math.type(x), math.type(v.value))
    end
  end)

  it("holds what its type holds, from the least to the greatest", function()
    for type, range in pairs(bounds) do
      local v = mp.Value(type)
      for _, x in ipairs(range) do
        v.value = x
        assert.equal(x, v.value)
      end
    end
  end)

  it("raises at an overflow and stays as it was", function()
    for type, range in pairs(bounds) do
      local least, greatest = range[1], range[2]
      local v = mp.Value(type, greatest)
      local holds = (" %%(type %s%%) holds %d%%.%%.%d, not "):format(type, least, greatest):gsub("%-", "%%-")
      assert.matches(holds .. greatest .. " %+ 1", message_of(function() v:add(1) end))
      for _, x in ipairs {greatest + 1.0, 2.0 ^ 70, least - 1e6 - 1e13} do
        if math.tointeger(x) ~= greatest and math.tointeger(x) ~= least then
          for _, method in ipairs {"set", "exchange"} do
            assert.matches(holds, message_of(function() v[method](v, x) end))
          end
        end
      end
      assert.equal(greatest, v.value)
      v.value = least
      assert.matches(holds, message_of(function() v:add(-1) end))
      assert.equal(least, v.value)
    end
  end)

  it("of integers takes whole floats, gives integers, and refuses others", function()
    local v = mp.Value("h", 3.0)
    assert.equal("integer", math.type(v.value))
    v.value = 4.0
    assert.equal("integer", math.type(v:add(1.0)))
    assert.equal(5, v.value)
    for _, x in ipairs {0.5, 1 / 0, -1 / 0, 0 / 0, "1", {}, true} do
      assert.matches("%(type h%) holds integers, not ", message_of(function() v.value = x end))
      assert.matches("%(type h%) holds integers, not ", message_of(function() v:add(x) end))
    end
    assert.matches("holds integers, not nil", message_of(function() v:set() end))
    assert.equal(5, v.value)
  end)

  it("of floats gives floats", function()
    local d, f = mp.Value("d", 1), mp.Value("f", 1)
    for _, v in ipairs {d, f} do
      assert.equal("float", math.type(v.value))
      assert.equal("float", math.type(v:add(1)))
      assert.equal(2.0, v.value)
      assert.matches("holds numbers, not a string", message_of(function() v.value = "1" end))
    end
    d.value, f.value = 0.1, 0.1
    assert.equal(0.1, d.value)
    assert.equal(string.unpack("f", string.pack("f", 0.1)), f.value)   -- the nearest of single precision
    for _, v in ipairs {d, f} do
      v.value = 0 / 0
      assert.is_true(v.value ~= v.value)
      for _, x in ipairs {1 / 0, -1 / 0} do
        v.value = x
        assert.equal(x, v.value)
      end
    end
  end)

  it("of single precision refuses what would become infinite", function()
    local f, largest = mp.Value("f"), (2 - 2.0 ^ -23) * 2.0 ^ 127
    for _, x in ipairs {largest, -largest, largest + 1} do   -- the nearest of the last one is the largest
      f.value = x
      assert.equal(x > 0 and largest or -largest, f.value)
    end
    f.value = 1
    for _, x in ipairs {1e39, -1e300, largest * 1.01} do
      for _, method in ipairs {"set", "exchange", "update", "compare_exchange"} do
        local arg = method == "update" and function() return x end or method == "compare_exchange" and 1 or x
        assert.matches("%(type f%) holds numbers from %-3%.4028.*e%+38 to 3%.4028.*e%+38, not ",
                       message_of(function() f[method](f, arg, x) end))
      end
    end
    assert.is_false(f:compare_exchange(1e39, 2))
    assert.equal(1.0, f.value)
    f.value = largest
    assert.matches("not 3.4028.* %+ 3.4028", message_of(function() f:add(largest) end))
    assert.equal(largest, f.value)
    assert.equal(-largest, f:add(-2 * largest))   -- a summand may be greater than what the type holds
    assert.equal(1 / 0, f:add(1 / 0))
    assert.matches("not 1e%+39 at %[2%]", message_of(function() mp.Array("f", {1, 1e39}) end))
    assert.matches("mp.Value %(type f%) holds", message_of(function() mp.Value("f", 1e39) end))
  end)

  it("of booleans takes and gives booleans alone", function()
    local v = mp.Value(true)
    v.value = false
    assert.is_false(v.value)
    assert.is_false(v:exchange(true))
    for _, x in ipairs {0, 1, "true", {}} do
      assert.matches("holds booleans, not ", message_of(function() v.value = x end))
    end
    assert.matches("holds booleans, not nil", message_of(function() v.value = nil end))
    assert.matches("%(type boolean%) cannot be added to", message_of(function() v:add(1) end))
    assert.is_true(v.value)
  end)

  it("adds and gives the sum", function()
    local v = mp.Value("B", 250)
    assert.equal(255, v:add(5))
    assert.equal(0, v:add(-255))   -- a summand may be greater than what the type holds
    assert.equal(0.75, mp.Value(0.5):add(0.25))
    assert.equal(1 / 0, mp.Value(1e308):add(1e308))
  end)

  it("loses no addition of many processes, and gives each sum once", function()
    for _, type in ipairs {"q", "H", "d", "f"} do
      local v, sums = mp.Value(type), mp.Array("i", 8 * 1000)
      in_processes(8, function()
        for _ = 1, 1000 do sums:add(v:add(1) // 1 | 0, 1) end
      end)
      assert.equal(8000, v.value)
      for i = 1, 8000 do assert.equal(1, sums[i]) end
    end
  end)

  it("may lose additions that are not atomic, but stays a number of its type", function()
    local v = mp.Value("i")
    in_processes(4, function()
      for _ = 1, 2000 do v.value = v.value + 1 end
    end)
    assert.equal("integer", math.type(v.value))
    assert.is_true(v.value >= 2 and v.value <= 8000)
  end)

  it("never shows an overflow to others", function()
    local v = mp.Value("b", 120)
    in_processes(4, function()
      for _ = 1, 2000 do
        if pcall(v.add, v, 7) then v:add(-7) end
        local x = v.value
        assert(x >= 120 and x <= 127)
      end
    end)
    assert.equal(120, v.value)
  end)

  it("is exchanged", function()
    local v = mp.Value(1)
    assert.equal(1, v:exchange(2))
    assert.equal(2, v.value)
  end)

  it("hands each thing over once when it is exchanged", function()
    local v, got = mp.Value(0), mp.Queue()
    in_processes(4, function(i)
      local sum = 0
      for k = 1, 1000 do sum = sum + v:exchange(i * 1000 + k) end
      got:put(sum)
    end)
    local sum = v.value
    for _ = 1, 4 do sum = sum + got:get() end
    assert.equal(1000 * 1000 * (1 + 2 + 3 + 4) + 4 * 500500, sum)
  end)

  it("is exchanged if it holds what was thought", function()
    local v = mp.Value("i", 5)
    assert.is_false(v:compare_exchange(4, 6))
    assert.is_true(v:compare_exchange(5.0, 6))   -- equal is what == says
    assert.is_false(v:compare_exchange(6.5, 7))
    assert.is_false(v:compare_exchange(2 ^ 60, 7))   -- not a number of this type, so not equal
    assert.equal(6, v.value)
    assert.matches("holds integers, not a string", message_of(function() v:compare_exchange("6", 7) end))
    assert.matches("holds integers, not nil", message_of(function() v:compare_exchange(6) end))
    local b = mp.Value(true)
    assert.is_false(b:compare_exchange(false, true))
    assert.is_true(b:compare_exchange(true, false))
    assert.matches("holds booleans, not nil", message_of(function() b:compare_exchange(nil, false) end))
  end)

  it("compares floats as Lua does", function()
    local v = mp.Value(0.0)
    assert.is_true(v:compare_exchange(-0.0, 1))
    assert.is_true(v:compare_exchange(1, -0.0))
    assert.is_true(v:compare_exchange(0, 0 / 0))
    assert.is_false(v:compare_exchange(0 / 0, 1))
    v.value = 2.0 ^ 53
    assert.is_false(v:compare_exchange((1 << 53) + 1, 1))   -- no float is equal to that integer
    assert.is_true(v:compare_exchange(1 << 53, 1))
    local f = mp.Value("f", 0.1)
    assert.is_false(f:compare_exchange(0.1, 1))
    assert.is_true(f:compare_exchange(f.value, 1))
  end)

  it("lets one of many win", function()
    local v, winners = mp.Value("i"), mp.Value("i")
    in_processes(6, function(i)
      if v:compare_exchange(0, i) then winners:add(1) end
    end)
    assert.equal(1, winners.value)
  end)

  it("is updated by a function, without a loss", function()
    local v = mp.Value("q", 1)
    assert.equal(7, v:update(function(x, a, b) return x * a + b end, 5, 2))
    in_processes(4, function()
      for _ = 1, 1000 do v:update(function(x) return x + 3 end) end
    end)
    assert.equal(7 + 4 * 3000, v.value)
    local d = mp.Value(0 / 0)   -- not equal to itself, and updated all the same
    assert.equal(1.0, d:update(function() return 1 end))
  end)

  it("stays as it was when an update fails", function()
    local v = mp.Value("b", 100)
    assert.same({false, "no"}, {pcall(v.update, v, function() error("no", 0) end)})
    assert.matches("holds %-128%.%.127, not 200", message_of(function() v:update(function(x) return x * 2 end) end))
    assert.matches("holds integers, not nil", message_of(function() v:update(function() end) end))
    assert.equal(100, v.value)
    local co = coroutine.wrap(function() v:update(coroutine.yield) end)
    assert.matches("attempt to yield", select(2, pcall(co)))
    assert.equal(100, v.value)
  end)

  it("calls a function again when another process was faster", function()
    local v, calls = mp.Value(0), 0
    local sum = v:update(function(x)
      calls = calls + 1
      if calls == 1 then mp.spawn(function() v:add(10) end):join() end
      return x + 1
    end)
    assert.same({2, 11, 11}, {calls, sum, v.value})
  end)

  it("is a valid one after a kill amid changes", function()
    local v, d = mp.Value("h"), mp.Value(0.5)
    for _ = 1, 10 do
      local sign = mp.Event()
      local p = mp.spawn(function()
        while true do
          v:update(function(x) return x == 0x0101 and 0x0202 or 0x0101 end)
          d:add(1)
          v:exchange(0x0101)
          sign:set()
        end
      end)
      sign:wait()
      p:kill()
      p:join()
      assert.is_true(v.value == 0x0101 or v.value == 0x0202)
      assert.equal(0.5, d.value % 1)
    end
  end)

  it("shows no change before what was printed", function()
    local run = helper.run([[
      local mp = require "mp"
      local v = mp.Value(0)
      local p = mp.spawn(function()
        print "first"
        v.value = 1
        while v.value == 1 do mp.sleep(0.001) end
        print "third"
        v:add(1)
        mp.sleep(60)
      end)
      while v.value == 0 do mp.sleep(0.001) end
      print "second"
      v.value = 2
      while v.value == 2 do mp.sleep(0.001) end
      p:kill()
    ]])
    assert.equal("first\nsecond\nthird\n", run.out)
  end)

  it("travels", function()
    local q, v = mp.Queue(), mp.Value("i")
    local p = mp.spawn(function()
      local got = q:get()
      got.list[1]:add(1)
      got.f(5)
      return got.list[1]
    end)
    q:put {list = {v}, f = function(x) v:add(x) end}
    assert.equal(v, p:result())
    assert.equal(6, v.value)
  end)

  it("outlives its maker", function()
    local v = mp.spawn(function() return mp.Value("i", 42) end):result()
    assert.equal(42, v.value)
  end)

  it("is as good after much use", function()
    local v = mp.Value {type = "i", name = "much used"}
    for _ = 1, 500 do v:add(1) end
    assert.equal(500, v.value)
    v.value = 7
    assert.same({7, 7, "i", "much used"}, {v.value, v:get(), v.type, v.name})
    assert.equal("a value has no 'valeu' (did you mean 'value'?)", message_of(function() return v.valeu end))
    assert.matches("cannot set 'type' of a value", message_of(function() v.type = "q" end))
  end)

  it("raises what cannot be", function()
    local v = mp.Value {init = 1, name = "counter"}
    assert.equal("value 'counter'", tostring(v))
    assert.same({"counter", "q", "value"}, {v.name, v.type, mp.type(v)})
    assert.equal("value 'counter' (type q) holds integers, not 0.5", message_of(function() v.value = 0.5 end))
    assert.matches("no type 'x'; there are b B h H i I l L q Q f d boolean", message_of(function() mp.Value("x") end))
    assert.matches("a type, a number or a boolean expected", message_of(function() mp.Value() end))
    assert.matches("a type, a number or a boolean expected", message_of(function() mp.Value(print) end))
    assert.matches("a type expected", message_of(function() mp.Value(1, 2) end))
    assert.equal("mp.Value (type b) holds -128..127, not 128", message_of(function() mp.Value("b", 128) end))
    assert.equal("mp.Value (type q) holds integers, not a string", message_of(function() mp.Value("q", "1") end))
    assert.matches("mp.Value has no 'int' %(did you mean 'init'", message_of(function() mp.Value {int = 1} end))
    assert.matches("did you mean 'exchange'", message_of(function() v:exchang(1) end))
    assert.matches("value expected, got table", message_of(function() v.get({}) end))
    assert.matches("is a value, which cannot be waited for", message_of(function() mp.wait {v} end))
  end)
end)

describe("the lock of a value", function()
  it("is one, for everybody", function()
    local v = mp.Value("i")
    local lock = v:get_lock()
    assert.equal("rlock", mp.type(lock))
    assert.equal(lock, v:get_lock())
    assert.equal(lock, mp.spawn(function() return v:get_lock() end):result())
    local other = mp.Value("i")
    local theirs = mp.spawn(function() return other:get_lock() end):result()
    assert.equal(theirs, other:get_lock())
    assert.is_true(theirs ~= lock)
  end)

  it("is one, also when two ask first at once", function()
    for _ = 1, 30 do
      local v, go, got = mp.Value("i"), mp.Event(), mp.Queue()
      local processes = {}
      for i = 1, 2 do
        processes[i] = mp.spawn(function()
          go:wait()
          got:put(v:get_lock())
        end)
      end
      go:set()
      local first, second = got:get(), got:get()
      assert.equal(first, second)
      assert.equal(first, v:get_lock())
      for _, p in ipairs(processes) do p:join() end
    end
  end)

  it("is called as its value", function()
    assert.equal("rlock 'counter'", tostring(mp.Value {init = 0, name = "counter"}:get_lock()))
    local v = mp.Value(0)
    assert.equal(v.name, v:get_lock().name)
  end)

  it("keeps changes of several steps apart", function()
    local v = mp.Value("i")
    in_processes(4, function(i)
      for _ = 1, 500 do
        if i % 2 == 0 then
          v:with(function() v.value = v.value + 1 end)
        else
          local _ <close> = v:get_lock():guard()
          v.value = v.value + 1
        end
      end
    end)
    assert.equal(2000, v.value)
  end)

  it("is held while a function runs, whatever happens in it", function()
    local v = mp.Value("i")
    assert.same({1, nil, 3}, {v:with(function(...)
      assert.is_true(v:get_lock():locked())
      v:with(function() v:add(1) end)   -- it may be taken again by its holder
      return ...
    end, 1, nil, 3)})
    assert.same({false, "out"}, {pcall(v.with, v, error, "out")})
    assert.is_false(v:get_lock():locked())
  end)

  it("does not keep atomic operations waiting", function()
    local v = mp.Value("i")
    v:get_lock():acquire()
    mp.spawn(function() v:add(1) end):result()
    v:get_lock():release()
    assert.equal(1, v.value)
  end)

  it("comes as abandoned when its holder was killed", function()
    local v, ready = mp.Value("i"), mp.Event()
    local p = mp.spawn(function()
      v:with(function()
        ready:set()
        mp.sleep(60)
      end)
    end)
    ready:wait()
    p:kill()
    v:with(function() assert.is_true(v:get_lock().abandoned) end)
    assert.same({true}, {v:get_lock():acquire()})
    v:get_lock():release()
    p:join()
  end)

  it("lives as long as the value or longer", function()
    local lock = mp.Value("i"):get_lock()
    collectgarbage()
    collectgarbage()
    lock:acquire()
    lock:release()
    local v = mp.spawn(function()
      local made = mp.Value("i")
      made:get_lock()
      return made
    end):result()
    v:with(function() v:add(1) end)
    assert.equal(1, v.value)
  end)
end)
