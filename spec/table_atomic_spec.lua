-- Shared tables: what happens as a whole although others change the same key, and waiting for keys.
local helper = require "spec.helper"
local mp = require "mp"

local add, exchange, compare_exchange = mp.Table.add, mp.Table.exchange, mp.Table.compare_exchange
local update, wait = mp.Table.update, mp.Table.wait

local message_of = helper.message_of

local function in_processes(n, f)
  local processes = {}
  for i = 1, n do processes[i] = mp.spawn(f, i) end
  for _, p in ipairs(processes) do p:result() end
end

describe("on a shared table", function()
  describe("add", function()
    it("gives the new value, and what is missing counts as 0", function()
      local t = mp.Table {5, x = 1.5}
      assert.same({1, 3, 2}, {add(t, "new", 1), add(t, "new", 2), add(t, "new", -1)})
      assert.same({8, 1}, {add(t, 1, 3), add(t, 2, 1)})
      assert.equal(2, #t)
      assert.equal(2.0, add(t, "x", 0.5))
      assert.equal("float", math.type(t.x))
      assert.equal("float", math.type(add(t, 1, 0.0)))
      assert.equal("float", math.type(add(t, "f", 1.0)))
      assert.equal("integer", math.type(t.new))
      assert.equal(math.huge, add(t, "f", math.huge))
      t[2], t[1] = nil, nil
      assert.equal(7, add(t, 1, 7))
      local long = ("k"):rep(1000)
      assert.equal(2, add(t, long, 2))
      assert.equal(2, t[long])
      assert.equal(1, add(mp.Table {1, 2, 3}, 5, 1))
    end)

    it("fills a hole of a list", function()
      local t = mp.Table {1, 2, 3}
      t[2] = nil
      assert.equal(9, add(t, 2, 9))
      assert.same({1, 9, 3}, mp.Table.totable(t))
    end)

    it("raises for what is no number or would not fit, and changes nothing", function()
      local t = mp.Table({s = "1", b = true, t = {}, l = ("x"):rep(100)}, "sums")
      t.max, t.min = math.maxinteger, math.mininteger
      for _, key in ipairs {"s", "b", "t", "l"} do
        assert.equal("table 'sums' has no number at '" .. key .. "'", message_of(function() add(t, key, 1) end))
      end
      assert.equal("table 'sums' would exceed an integer at 'max'", message_of(function() add(t, "max", 1) end))
      assert.equal("table 'sums' would exceed an integer at 'min'", message_of(function() add(t, "min", -1) end))
      assert.equal(math.maxinteger, t.max)
      assert.equal(-1, add(t, "max", math.mininteger))
      for _, bad in ipairs {"1", {}, true} do
        assert.matches("bad argument #3 to 'add' %(number expected", message_of(function() add(t, "n", bad) end))
      end
      assert.matches("bad argument #3 to 'add' %(number expected", message_of(function() add(t, "n") end))
      assert.is_nil(t.n)
      assert.same({"1", true, ("x"):rep(100)}, {t.s, t.b, t.l})
    end)

    it("loses nothing", function()
      local t = mp.Table()
      in_processes(4, function(p)
        for _ = 1, 5000 do
          add(t, "n", 1)
          add(t, p % 2 + 1, 0.5)
        end
      end)
      assert.same({5000.0, 5000.0, n = 20000}, mp.Table.totable(t))
    end)
  end)

  describe("exchange", function()
    it("gives what was there", function()
      local t, q = mp.Table(), mp.Queue()
      local values = {1, 2.5, "short", ("long"):rep(1000), true, false, q, print}
      assert.is_nil(exchange(t, "x", values[1]))
      for i = 2, #values do assert.equal(values[i - 1], exchange(t, "x", values[i])) end
      assert.equal(print, exchange(t, "x", {1, {2}}))
      assert.same({1, {2}}, mp.Table.totable(exchange(t, "x", nil)))
      assert.is_nil(exchange(t, "x"))
      assert.same({}, mp.Table.keys(t))
      assert.is_nil(exchange(t, 1, "a"))
      assert.equal("a", exchange(t, 1, nil))
      assert.equal(0, #t)
    end)

    it("hands each value to one", function()
      local t, sums = mp.Table {slot = 0}, mp.Queue()
      in_processes(4, function(p)
        local sum = 0
        for i = 1, 2000 do sum = sum + exchange(t, "slot", p * 10000 + i) end
        sums:put(sum)
      end)
      local expected, got = 0, t.slot
      for p = 1, 4 do
        for i = 1, 2000 do expected = expected + p * 10000 + i end
        got = got + sums:get()
      end
      assert.equal(expected, got)
    end)
  end)

  describe("compare_exchange", function()
    it("replaces what is equal as == says", function()
      local t, q = mp.Table(), mp.Queue()
      local long = ("long"):rep(1000)
      for _, case in ipairs {
        {1, 1}, {1, 1.0}, {1.0, 1}, {0.0, -0.0}, {"short", "short"}, {long, ("longlong"):rep(500)}, {true, true},
        {false, false}, {q, q}, {print, print}, {math.maxinteger, math.maxinteger}, {"", ""},
      } do
        t.x = case[1]
        assert.is_true(compare_exchange(t, "x", case[2], "new"))
        assert.equal("new", t.x)
      end
      t.x = {}
      assert.is_true(compare_exchange(t, "x", t.x, "new"))
      assert.is_true(compare_exchange(t, "x", "new", nil))
      assert.same({}, mp.Table.keys(t))
      assert.is_true(compare_exchange(t, "x", nil, nil))
      assert.is_true(compare_exchange(t, "x", nil, {1}))
      assert.equal(1, t.x[1])
    end)

    it("leaves what is another one", function()
      local t = mp.Table()
      for _, case in ipairs {
        {1, 2}, {1, "1"}, {"a", "b"}, {("a"):rep(100), ("a"):rep(101)}, {true, 1}, {false, nil}, {nil, false},
        {mp.Queue(), mp.Queue()}, {1, 1.5}, {math.maxinteger, 2^63}, {0 / 0, 0 / 0}, {{}, {}}, {print, error},
      } do
        t.x = case[1]
        assert.is_false(compare_exchange(t, "x", case[2], "new"))
        assert.is_true(t.x ~= "new")
      end
    end)

    it("lets one win", function()
      local t, wins = mp.Table {("v"):rep(100) .. 0}, mp.Table()
      in_processes(4, function()
        for i = 1, 500 do
          local old, new = ("v"):rep(100) .. i - 1, ("v"):rep(100) .. i
          if compare_exchange(t, 1, old, new) then add(wins, i, 1) end
          while t[1] == old do mp.sleep(0) end
        end
      end)
      assert.equal(500, #wins)
      for i = 1, 500 do assert.equal(1, wins[i]) end
    end)
  end)

  describe("update", function()
    it("gives the new value, made of the old one and of what else was passed", function()
      local t = mp.Table {x = 1}
      assert.equal(10, update(t, "x", function(old, ...)
        assert.same({2, nil, 7}, {...})
        return old + 9
      end, 2, nil, 7))
      assert.equal(10, t.x)
      assert.equal("none", update(t, "new", function(old, ...)
        assert.same({nil, n = 1}, table.pack(old))
        assert.equal(0, select("#", ...))
        return "none"
      end))
      assert.equal("a", update(t, 1, function() return "a", "b" end))
      assert.equal(1, select("#", update(t, 1, function() return "a", "b" end)))
      assert.equal(_G, update(t, "globals", function() return _G end))
      assert.same(table.pack(nil), table.pack(update(t, "x", function() end)))
      assert.is_nil(t.x)
      assert.is_nil(update(t, "missing", function() return nil end))
      assert.equal(("x"):rep(1000), update(t, "long", function() return ("x"):rep(1000) end))
      local args = {}
      for i = 1, 200 do args[i] = i end
      assert.equal(201, update(t, "n", function(_, ...) return select("#", ...) + 1 end, table.unpack(args)))
    end)

    it("shares a plain table that it puts", function()
      local t = mp.Table()
      local new = update(t, "x", function() return {1, {2}} end)
      assert.equal(t.x, new)
      assert.equal(2, new[2][1])
      update(t, "x", function(old)
        old[1] = 10   -- is there at once
        return old
      end)
      assert.equal(10, new[1])
    end)

    it("changes nothing when the function raises or yields", function()
      local t, raised = mp.Table {x = 1}, {}
      assert.equal("out", message_of(function() update(t, "x", function() error("out") end) end))
      assert.equal(raised, select(2, pcall(update, t, "x", function() error(raised) end)))
      assert.matches("attempt to yield", select(2, pcall(coroutine.wrap(function()
        update(t, "x", coroutine.yield)
      end))))
      assert.matches("cannot send value: a coroutine", message_of(function()
        update(t, "x", function() return coroutine.create(print) end)
      end))
      assert.same({x = 1}, mp.Table.totable(t))
      for _, bad in ipairs {5, {}, "x"} do
        assert.matches("bad argument #3 to 'update' %(function expected",
                       message_of(function() update(t, "x", bad) end))
      end
      assert.matches("bad argument #3 to 'update'", message_of(function() update(t, "x") end))
    end)

    for name, values in pairs {
      numbers = {1, 2, 3, 4}, ["long strings"] = {("a"):rep(100), ("b"):rep(100), ("c"):rep(100), ("d"):rep(100)},
      ["huge strings"] = {("a"):rep(9000), ("b"):rep(9000), ("c"):rep(9000), ("d"):rep(9000)},
      tables = {{"a"}, {"b"}, {"c"}, {"d"}}, functions = {print, error, pcall, select}, nils = {nil, "b", "c", "d"},
    } do
      it("runs its function again when the value changed meanwhile: " .. name, function()
        local t, calls = mp.Table {x = values[1]}, 0
        local function text(x)
          return (type(x) == "table" or mp.type(x) == "table") and x[1] or x
        end
        update(t, "x", function(old)
          calls = calls + 1
          if calls == 1 then
            t.x = values[2]
            t.x = values[3]   -- perhaps where the first one was
            return values[4]
          end
          assert.equal(text(values[3]), text(old))
          return "end"
        end)
        assert.same({"end", 2}, {t.x, calls})
      end)
    end

    it("does not run its function again for changes of other keys, nor for an equal value", function()
      local t, calls = mp.Table {x = 1, y = 1}, 0
      update(t, "x", function(old)
        calls = calls + 1
        t.y, t.z, t[1], t.x = 2, 3, 4, 1
        return old + 1
      end)
      assert.same({2, 1}, {t.x, calls})
    end)

    it("sees when an element has moved", function()
      local t = mp.Table {("a"):rep(100), ("b"):rep(100)}
      local calls = 0
      update(t, 2, function(old)
        calls = calls + 1
        if calls == 1 then mp.Table.insert(t, 1, "first") end
        return old .. "!"
      end)
      assert.same({"first", ("a"):rep(100) .. "!", ("b"):rep(100)}, mp.Table.totable(t))
    end)

    it("may update within an update", function()
      local t = mp.Table {x = 1}
      assert.equal(111, update(t, "x", function(x)
        return x + 10 + update(t, "y", function(y) return (y or 99) + 1 end)
      end))
      assert.equal(100, t.y)
    end)

    it("loses nothing", function()
      local t = mp.Table {n = 0, s = "", list = {}}
      in_processes(4, function(p)
        for i = 1, 500 do
          update(t, "n", function(n) return n + 1 end)
          update(t, "s", function(s) return s .. p end)
          update(t, p, function(n) return (n or 0) + i end)
        end
      end)
      assert.equal(2000, t.n)
      assert.equal(2000, #t.s)
      for p = 1, 4 do
        assert.equal(500, select(2, t.s:gsub(tostring(p), "")))
        assert.equal(500 * 501 // 2, t[p])
      end
    end)
  end)

  describe("wait", function()
    it("gives a value that is there, also false", function()
      local t = mp.Table {"first", x = false, [("k"):rep(100)] = ("v"):rep(1000)}
      assert.same({"first", false}, {wait(t, 1), wait(t, "x", 0)})
      assert.equal(("v"):rep(1000), wait(t, ("k"):rep(100)))
    end)

    it("gives up in time", function()
      local t = mp.Table {1}
      assert.same({nil, "timeout"}, {wait(t, "x", 0)})
      assert.same({nil, "timeout"}, {wait(t, "x", -1)})
      local begin = mp.time()
      assert.same({nil, "timeout"}, {wait(t, 2, 0.05)})
      assert.is_true(mp.time() - begin >= 0.05)
      for _, bad in ipairs {0 / 0, "1", {}} do
        assert.matches("bad argument #3 to 'wait'", message_of(function() wait(t, "x", bad) end))
      end
    end)

    local function arrives(how, change, key)
      it("ends when the value comes by " .. how, function()
        local t = mp.Table {"one"}
        local waiter = mp.spawn(function()
          local value = wait(t, key or "x", 10)
          return mp.type(value) == "table" and mp.Table.totable(value) or value
        end)
        helper.asleep(waiter)
        t.other = 1
        local expected = change(t)
        assert.same(expected, waiter:result())
      end)
    end
    arrives("an assignment", function(t) t.x = 5 return 5 end)
    arrives("exchange", function(t) exchange(t, "x", false) return false end)
    arrives("compare_exchange", function(t) compare_exchange(t, "x", nil, {1}) return {1} end)
    arrives("update", function(t) update(t, "x", function() return ("v"):rep(600) end) return ("v"):rep(600) end)
    arrives("add", function(t) add(t, "x", 1.5) return 1.5 end)
    arrives("insert", function(t) mp.Table.insert(t, "two") return "two" end, 2)
    arrives("insert at the begin", function(t) mp.Table.insert(t, 1, "zero") return "one" end, 2)
    arrives("extend", function(t) mp.Table.extend(t, {"two", "three"}) return "three" end, 3)
    arrives("a table that the waiter has never seen", function(t) t.x = {1, {2}} return {1, {2}} end)

    it("goes on waiting when the value went again before it came to look", function()
      local t = mp.Table()
      local waiter = mp.spawn(function() return wait(t, "x", 10) end)
      helper.asleep(waiter)
      for _ = 1, 100 do
        t.x = "too short"
        t.x = nil
      end
      t.x = "long enough"
      local got = waiter:result()
      assert.is_true(got == "too short" or got == "long enough")
    end)

    it("ends for all who wait, for whatever keys", function()
      local t, waiters = mp.Table(), {}
      for i = 1, 12 do waiters[i] = mp.spawn(function() return wait(t, i % 3 + 1, 10) end) end
      for _, p in ipairs(waiters) do helper.asleep(p) end
      t[3], t[2], t[1] = "c", "b", "a"
      for i, p in ipairs(waiters) do assert.equal(({"a", "b", "c"})[i % 3 + 1], p:result()) end
    end)

    it("may be interrupted, and the others wait on", function()
      local t = mp.Table()
      local first = mp.spawn(function() return pcall(wait, t, "x") end)
      local second = mp.spawn(function() return wait(t, "x") end)
      local third = mp.spawn(function() wait(t, "x") end)
      for _, p in ipairs {first, second, third} do helper.asleep(p) end
      first:interrupt()
      local ok, message = first:result()
      assert.is_false(ok)
      assert.matches("interrupted", message)
      third:kill()
      third:join()
      t.x = "there"
      assert.equal("there", second:result())
    end)

    it("leads a chain of processes along", function()
      local t, processes = mp.Table(), {}
      for i = 1, 8 do
        processes[i] = mp.spawn(function() t["step" .. i] = wait(t, "step" .. i - 1, 10) + 1 end)
      end
      t.step0 = 0
      assert.equal(8, wait(t, "step8", 10))
      for _, p in ipairs(processes) do p:join() end
    end)
  end)
end)
