-- Shared tables: what is kept by which key, and that all processes see the same.
local helper = require "spec.helper"
local mp = require "mp"

local message_of = helper.message_of

-- What a function gives that runs in another process.
local function elsewhere(f, ...)
  return mp.spawn(f, ...):result()
end

local function bytes(from, to)
  local list = {}
  for i = from, to do list[#list + 1] = string.char(i) end
  return table.concat(list)
end

describe("a shared table", function()

  it("is list, dictionary and namespace in one", function()
    local t = mp.Table {1, 2, 3, name = "x"}
    t[2] = t[2] * 2
    t.color = "red"
    assert.same({1, 4, 3, name = "x", color = "red"}, mp.Table.totable(t))
    assert.equal(3, #t)
  end)

  it("is seen and changed by all processes, also by those that came before a key", function()
    local t, go = mp.Table(), mp.Queue()
    local p = mp.spawn(function()
      go:get()
      t.answer = t.question + 1
      t.question = nil
    end)
    t.question = 41
    go:put(true)
    p:join()
    assert.same({answer = 42}, mp.Table.totable(t))
  end)

  it("outlives its maker, and goes wherever a value goes", function()
    local q = mp.Queue()
    mp.spawn(function() q:put {mp.Table {made = "there"}} end):join()
    local t = q:get()[1]
    assert.equal("there", t.made)
    assert.equal(t, elsewhere(function() return t end))
  end)

  it("has a name, a kind and a text", function()
    local t = mp.Table(nil, "board")
    assert.equal("table 'board'", tostring(t))
    assert.equal("table", mp.type(t))
    assert.equal("userdata", type(t))
    assert.matches("^table%-%d+$", tostring(mp.Table()))
    assert.is_nil(t.name)   -- its keys are the user's
    assert.is_nil(t.insert)
    t.insert, t.__index, t.name = 1, 2, 3
    assert.same({insert = 1, __index = 2, name = 3}, mp.Table.totable(t))
  end)

  it("is made from nothing, from a plain table, and from a shared one, of which it is a copy", function()
    assert.same({}, mp.Table.totable(mp.Table()))
    assert.same({}, mp.Table.totable(mp.Table {}))
    local plain = {1, 2, x = {3}}
    local a = mp.Table(plain, "a")
    local b = mp.Table(a, "b")
    plain[1], a[2] = 10, 20
    assert.same({1, 20, x = {3}}, mp.Table.totable(a))
    assert.same({1, 2, x = {3}}, mp.Table.totable(b))
    assert.equal(a.x, b.x)   -- one level is copied
    for _, bad in ipairs {5, "x", print, true} do
      assert.matches("bad argument #1 to 'Table' %(table expected", message_of(function() mp.Table(bad) end))
    end
    assert.matches("string as a name expected", message_of(function() mp.Table({}, 5) end))
  end)

  it("suggests the function that was meant", function()
    assert.matches("mp.Table has no 'isnert' %(did you mean 'insert'%?%)",
                   message_of(function() mp.Table.isnert(mp.Table(), 1) end))
  end)

  it("refuses what is no shared table", function()
    for _, name in ipairs {
      "insert", "remove", "add", "exchange", "compare_exchange", "update", "extend", "clear", "len", "keys", "totable",
      "sort", "concat", "unpack", "wait",
    } do
      for _, bad in ipairs {{}, "x", mp.Queue()} do
        assert.matches("bad argument #1 to '[%a?]+' %(shared table expected, got ",
                       message_of(function() mp.Table[name](bad, 1, 1) end))
      end
    end
  end)

  -- ---- keys ----

  for name, key in pairs {
    ["an empty string"] = "", ["a short string"] = "key", ["a string of 13 bytes"] = ("k"):rep(13),
    ["a string of 14 bytes"] = ("k"):rep(14), ["a string of 15 bytes"] = ("k"):rep(15),
    ["a string of 16 bytes"] = ("k"):rep(16), ["a string of 17 bytes"] = ("k"):rep(17),
    ["a string of 33 bytes"] = ("k"):rep(33), ["a string of 100,000 bytes"] = ("key"):rep(33333) .. "!",
    ["any bytes"] = bytes(0, 255), ["one zero"] = "\0", ["zeros only"] = ("\0"):rep(14),
    ["many zeros"] = ("\0"):rep(40),
    ["true"] = true, ["false"] = false, ["zero"] = 0, ["a negative integer"] = -7,
    ["the least integer"] = math.mininteger, ["the greatest integer"] = math.maxinteger, ["a fraction"] = 2.5,
    ["infinity"] = math.huge, ["minus infinity"] = -math.huge, ["the least float"] = 5e-324, ["2^63"] = 2^63,
    ["a huge float"] = 1e308,
  } do
    it("has as a key " .. name, function()
      local t = mp.Table()
      assert.is_nil(t[key])
      t[key] = "there"
      assert.equal("there", elsewhere(function() return t[key] end))
      t[key] = "again"
      assert.same({[key] = "again"}, mp.Table.totable(t))
      assert.equal(math.type(key), math.type(mp.Table.keys(t)[1]))
      t[key] = nil
      assert.is_nil(t[key])
      assert.same({}, mp.Table.keys(t))
    end)
  end

  it("keeps apart keys that look alike", function()
    local keys = {"", "\0", "\0\0", "1", 1, 1.5, true, "true", "a", "a\0", "A", ("x"):rep(14), ("x"):rep(14) .. "\0",
                  ("x"):rep(15), ("x"):rep(15) .. "\0", ("\0"):rep(14), ("\0"):rep(15), ("\0"):rep(16), false, 0, -1}
    local t = mp.Table()
    for i, key in ipairs(keys) do t[key] = i end
    for i, key in ipairs(keys) do assert.equal(i, t[key]) end
    local n = 0
    for key, value in pairs(t) do
      n = n + 1
      assert.equal(keys[value], key)
    end
    assert.equal(#keys, n)
  end)

  it("takes floats with the value of an integer for that integer", function()
    local t = mp.Table()
    t[1.0], t[-0.0], t[2^53] = "one", "zero", "big"
    assert.same({"one", "zero", "zero", "big"}, {t[1], t[0], t[0.0], t[1 << 53]})
    for key in pairs(t) do assert.equal("integer", math.type(key)) end
    t[0] = nil
    assert.is_nil(t[-0.0])
    assert.equal(1, #t)
  end)

  it("cannot have nil, NaN, tables and other things as keys, and nothing is there to be read", function()
    local t = mp.Table({1}, "board")
    local function refused(key, what)
      for _, write in ipairs {
        function() t[key] = 1 end, function() mp.Table.add(t, key, 1) end, function() mp.Table.exchange(t, key, 1) end,
        function() mp.Table.update(t, key, print) end, function() mp.Table.compare_exchange(t, key, nil, 1) end,
        function() mp.Table.wait(t, key, 0) end,
      } do
        assert.equal("table 'board' cannot have " .. what .. " as a key", message_of(write))
      end
      assert.is_nil(t[key])
    end
    refused(nil, "nil")
    refused(0 / 0, "NaN")
    refused({}, "a table")
    refused(print, "a function")
    refused(coroutine.create(print), "a thread")
    refused(io.stdout, "a userdata")
    refused(t, "a userdata")
    assert.same({1}, mp.Table.totable(t))
    assert.equal("cannot send value.a[1]: a key that is a table",
                 message_of(function() t.x = {a = {{[{}] = 1}}} end))
    assert.equal("cannot send value: a key that is a function", message_of(function() mp.Table {[print] = 1} end))
    assert.same({1}, mp.Table.totable(t))
  end)

  it("is not slowed down by keys that were chosen to collide", function()
    local t, bad, begin = mp.Table(), "\x15\x7c\x4a\x7f\xb9\x79\x37\x9e", os.clock()
    for i = 1, 20000 do
      t[("%06d"):format(i) .. bad] = i
      t[("%08d"):format(i) .. bad .. "xyz"] = i
    end
    assert.is_true(os.clock() - begin < 1)   -- 3.4 s when they do
  end)

  -- ---- values ----

  for name, value in pairs {
    ["true"] = true, ["false"] = false, ["an integer"] = 7, ["the least integer"] = math.mininteger,
    ["the greatest integer"] = math.maxinteger, ["a float"] = 2.5, ["infinity"] = math.huge, ["minus zero"] = -0.0,
    ["a float with the value of an integer"] = 1.0, ["an empty string"] = "", ["14 bytes"] = ("v"):rep(14),
    ["15 bytes"] = ("v"):rep(15), ["512 bytes"] = ("v"):rep(512), ["513 bytes"] = ("v"):rep(513),
    ["any bytes"] = bytes(0, 255), ["zeros"] = "\0\0\0", ["a megabyte"] = ("x"):rep(1 << 20),
  } do
    it("carries " .. name .. ", as a pair and as an element", function()
      local t = mp.Table()
      mp.spawn(function() t.k, t[1] = value, value end):join()
      for _, got in ipairs {t.k, t[1], mp.Table.totable(t).k, mp.Table.totable(t)[1]} do
        assert.equal(value, got)
        assert.equal(math.type(value), math.type(got))
        assert.equal(value == 0 and 1 / value, got == 0 and 1 / got)
      end
    end)
  end

  it("carries NaN", function()
    local t = mp.Table {x = 0 / 0}
    assert.is_true(t.x ~= t.x)
  end)

  it("loses a key whose value becomes nil", function()
    local t = mp.Table {1, 2, x = 1, [("k"):rep(50)] = ("v"):rep(50)}
    t.x, t[2], t[("k"):rep(50)] = nil, nil, nil
    t.never = nil
    t[100] = nil
    assert.same({1}, mp.Table.totable(t))
    assert.same({1}, mp.Table.keys(t))
  end)

  it("carries functions with their upvalues, as copies", function()
    local n = 10
    local t = mp.Table()
    t.f = function() n = n + 1 return n end
    assert.equal(11, elsewhere(function() return t.f() end))
    assert.same({11, 11, 10}, {t.f(), t.f(), n})
    t.f = print
    assert.equal(print, t.f)
    t.f, t[1] = string, _G
    assert.equal(string, t.f)
    assert.equal(_G, t[1])
  end)

  it("carries objects with a registered metatable as copies, not as shared tables", function()
    local point = mp.register("table_spec.point", {
      __index = {sum = function(self) return self.x + self.y end},
      __eq = function(a, b) return a.x == b.x and a.y == b.y end,
    })
    local t = mp.Table {p = setmetatable({x = 1, y = 2}, point)}
    assert.equal("table", type(t.p))
    assert.equal(3, t.p:sum())
    t.p.x = 100   -- of the copy
    assert.equal(3, elsewhere(function() return t.p:sum() end))
    assert.is_true(mp.Table.compare_exchange(t, "p", setmetatable({x = 1, y = 2}, point), "equal"))
    assert.equal("equal", t.p)
  end)

  it("carries the objects of the library by reference", function()
    local t, q, lock = mp.Table(), mp.Queue(), mp.Lock()
    t.q, t[1], t.lock, t.p, t.event = q, q, lock, mp.current_process(), mp.Event()
    mp.spawn(function()
      t.q:put(t[1])
      t.event:set()
    end):join()
    assert.is_true(t.event:is_set())
    assert.equal(q, q:get())
    assert.equal(lock, t.lock)
    assert.equal(mp.current_process(), t.p)
  end)

  it("keeps alive what only it has, and lets it go", function()
    local before, t = helper.census(), mp.Table()
    mp.spawn(function()
      local q = mp.Queue()
      q:put("kept")
      t.q = q
      t.f = function() return q end
    end):join()
    helper.census()
    assert.equal("kept", t.q:get())
    assert.equal(t.q, t.f())
    t.q, t.f = nil, nil
    local now = helper.census_like {queue = before.queue}
    assert.equal(before.queue, now.queue)
  end)

  it("raises for what cannot travel, with the way to it, and is as it was", function()
    local t = mp.Table({x = 1}, "board")
    local thread, file <close> = coroutine.create(print), io.tmpfile()
    local opaque = setmetatable({}, {})
    for _, case in ipairs {
      {thread, "value: a coroutine"}, {file, "value: a file"},
      {opaque, "value: a table with an unregistered metatable"}, {{thread}, "value[1]: a coroutine"},
      {{a = {b = {c = thread}}}, "value.a.b.c: a coroutine"},
      {{handlers = {1, file}}, "value.handlers[2]: a file"}, {{["a key"] = {[true] = {[2.5] = opaque}}},
       'value["a key"][true][2.5]: a table with an unregistered metatable'},
    } do
      local expected = "cannot send " .. case[2]
      for _, write in ipairs {
        function() t.x = case[1] end, function() t.new = case[1] end, function() t[1] = case[1] end,
        function() mp.Table.insert(t, case[1]) end, function() mp.Table.exchange(t, "x", case[1]) end,
        function() mp.Table.compare_exchange(t, "x", 1, case[1]) end,
        function() mp.Table.update(t, "x", function() return case[1] end) end,
      } do
        assert.equal(expected, message_of(write):sub(1, #expected))
        assert.same({x = 1}, mp.Table.totable(t))
      end
    end
    assert.matches("cannot send value%[2%]%.a: a file",
                   message_of(function() mp.Table.extend(t, {1, {a = file}}) end))
    assert.matches("cannot send value: a userdata 'guard'", message_of(function() t.x = mp.Lock():guard() end))
    assert.same({x = 1}, mp.Table.totable(t))
  end)

  it("passes on what a packing function raises", function()
    local t = mp.Table {x = 1}
    local point = mp.register("table_spec.bad", {})
    local cyclic = setmetatable({}, point)
    cyclic.me, cyclic.co = cyclic, coroutine.create(print)
    assert.equal("cannot send value[1].co: a coroutine", message_of(function() t.x = {cyclic} end))
    assert.same({x = 1}, mp.Table.totable(t))
  end)
end)
