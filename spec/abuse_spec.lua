-- time limit: 120 s
-- What Lua code may do to the library that nobody would do on purpose: a clear error, and nothing is lost.
local helper = require "spec.helper"
local mp = require "mp"

local error_of = helper.error_of

describe("mplua", function()
  it("hides the metatables of its objects", function()
    assert.is_false(getmetatable(mp.Queue()))
    assert.is_false(getmetatable(mp.current_process()))
    assert.has_error(function() setmetatable(mp.Queue(), {}) end)
  end)

  it("checks what finalizers are called with", function()
    for _, object in ipairs {mp.Queue(), mp.Process(print)} do
      local meta = debug.getmetatable(object)
      meta.__gc(nil)
      meta.__gc(io.stdout)
      assert.is_string(meta.__tostring(nil))
      meta.__gc(object)
      meta.__gc(object)
      assert.matches("closed", tostring(object))
    end
    assert.matches("process expected", error_of(debug.getmetatable(mp.current_process()).__close, nil))
    local q = mp.Queue()
    q:put(1)
    local meta = debug.getmetatable(q:lease(0))
    assert.matches("lease expected", error_of(meta.__close, nil))
    assert.matches("lease expected", error_of(meta.__gc, q))
    collectgarbage()
    q:clear()
  end)

  it("says what an object is no more", function()
    local q = mp.Queue()
    debug.getmetatable(q).__gc(q)
    assert.matches("queue expected", error_of(q.put, q, 1))
  end)

  it("waits for objects that a list makes while it is read", function()
    local list = setmetatable({}, {
      __len = function() return 50 end,
      __index = function() collectgarbage("step") local q = mp.Queue() q:put(1) return q end,
    })
    assert.equal(50, #mp.wait(list, 0))
  end)

  it("gives the traceback of an error whose text cannot be had", function()
    local result = helper.run [[
      local mp = require "mp"
      local p = mp.spawn(function() error(setmetatable({}, {__tostring = function() error("no text") end})) end)
      p:join()
      print(p.exitcode, pcall(p.result, p))
    ]]
    assert.matches("^1\tfalse\t", result.out)
    assert.matches("^Process process%-1:\n%(error object is a table value that has no text%)\nstack traceback:",
      result.err)
    assert.equal(0, result.code)
  end)

  it("does not start a process in a finalizer", function()
    local message
    setmetatable({}, {__gc = function() message = error_of(mp.spawn, print) end})
    collectgarbage()
    collectgarbage()
    assert.matches("cannot start a process in a finalizer", message)
  end)

  it("runs the other functions of atexit when one of them calls os.exit", function()
    local result = helper.run [[
      local mp = require "mp"
      local go = mp.Queue()
      mp.atexit(function() print "first set" go:put(1) end)
      mp.atexit(function() os.exit(3) end)
      mp.spawn(function() go:get() print "child" end)
    ]]
    assert.same({"first set\nchild\n", 3}, {result.out, result.code})
  end)

  it("ends at os.exit also when a variable cannot be closed", function()
    local result = helper.run [[
      local bad <close> = setmetatable({}, {__close = function()
        error(setmetatable({}, {__tostring = function() error "no" end}))
      end})
      pcall(os.exit, 4)
      print "goes on"
    ]]
    assert.same({"", 4}, {result.out, result.code})
  end)

  it("starts a process once, whoever else has it", function()
    local up, go = mp.Queue(), mp.Queue()
    local victim = mp.Process(function() up:put("ran") end)
    local other = mp.spawn(function() go:get() return (pcall(victim.start, victim)) end)
    go:put(1)
    local mine = pcall(victim.start, victim)
    assert.is_true(mine ~= other:result())
    victim:join()
    assert.equal("ran", up:get(10))
    assert.equal(0, #up)
  end)

  it("signals a process that is just being started", function()
    local ps = {}
    local signaller = mp.Queue()
    local other = mp.spawn(function()
      for p in signaller:items() do
        while not p:is_alive() and not p.exitcode do mp.sleep(0) end
        p:kill()
      end
    end)
    for i = 1, 50 do
      ps[i] = mp.Process(mp.sleep, 1000)
      signaller:put(ps[i])
      ps[i]:start()
    end
    for i = 1, 50 do
      assert.is_true(ps[i]:join(10))
      assert.equal(-9, ps[i].exitcode)
    end
    signaller:close()
    other:join()
    assert.equal(0, other.exitcode)
  end)

  it("knows an interruption whose text was lengthened on the way", function()
    local up = mp.Queue()
    local result = helper.run [[
      local mp = require "mp"
      local up = mp.Queue()
      local p = mp.spawn(function()
        coroutine.wrap(function() up:put(1) mp.sleep(1000) end)()
      end)
      up:get()
      p:interrupt()
      p:join()
      print(p.exitcode)
    ]]
    assert.equal("-2\n", result.out)
    assert.is_true(up:empty())
  end)

  -- ---- absurd sizes, names and keys ----

  -- Either it works or it raises a text that says where.
  local function tried(f, ...)
    local file = debug.getinfo(1, "S").short_src:gsub("%p", "%%%0")
    local ok, message = pcall(f, ...)
    assert.is_true(ok or message:find("^" .. file .. ":%d+: ") ~= nil, tostring(message))
  end

  it("takes numbers of absurd size as sizes and positions, or says that they are none", function()
    local sizes = {math.maxinteger, math.mininteger, 1 << 62, 1 << 53, 1 << 45, 1 << 31, -1, 0, 1e300, -1e300, 2^63,
                   math.huge, -math.huge, 0 / 0, 0.5}
    local b, a, t, q = mp.Buffer(10), mp.Array("q", 10), mp.Table {1, 2}, mp.Queue()
    local signals, c = mp.Semaphore {value = 1, signal = true}, mp.Condition()
    for _, n in ipairs(sizes) do
      tried(function() return mp.Queue(n) end)
      tried(function() return mp.Semaphore(n) end)
      tried(function() return mp.Barrier(n) end)
      if not (math.type(n) == "integer" and n == 1 << 31) then   -- that much there may be
        tried(function() return mp.Buffer(n) end)
        tried(function() return mp.Array("b", n) end)
        tried(function() return mp.Array("d", n) end)
      end
      tried(function() return b:read(n, n), b:read(1, n), b:read(n) end)
      tried(function() b:write(n, "x") end)
      tried(function() b:fill(1, n, n) end)
      tried(function() a:fill(1, n, n) end)
      tried(function() return a:totable(n, n) end)
      tried(function() return a:totable(1, n) end)
      tried(function() a:set({1}, n) end)
      tried(function() a:add(n, 1) end)
      tried(function() return a[n] end)
      tried(function() a[n] = 1 end)
      tried(function() signals:release(n) end)
      tried(function() c:with(function() c:notify(n) end) end)
      q:put(1)
      tried(function() return q:get_many(n, 0) end)
      q:clear()
      tried(function() mp.Table.insert(t, n, 1) end)
      tried(function() return mp.Table.remove(t, n) end)
      tried(function() t[n] = 1 end)
      tried(function() return mp.Table.add(t, n, 1) end)
      tried(function() return mp.current_process():signal(n == 0 and n or -1) end)
      tried(function() return mp.Process {target = print, args = {n = n}} end)
      for _, k in ipairs {mp.Table.len(t), 5} do assert.is_true(k >= 0) end
    end
    assert.is_true((mp.debug.check()))
  end)

  it("has names of any bytes and any length", function()
    for _, name in ipairs {"", "a\0b", "\r\n\27[31m", "\255\254", "%s%n%d", ("x"):rep(1 << 20)} do
      local list = {
        mp.Lock {name = name}, mp.Queue {name = name}, mp.Event {name = name}, mp.Barrier {parties = 1, name = name},
        mp.Semaphore {name = name}, mp.Condition {name = name}, mp.Table({}, name), mp.Buffer {n = 1, name = name},
        mp.Process {target = function() return mp.current_process().name end, name = name},
        mp.Thread {target = function() return mp.current_thread().name end, name = name},
      }
      for i, object in ipairs(list) do
        if i ~= 7 then assert.is_true(object.name == name) end   -- a table's name is a key like others
        assert.is_string(tostring(object))
      end
      assert.is_true(list[9]:start():result() == name)
      assert.is_true(list[10]:start():result() == name)
      tried(function() list[2]:close() list[2]:put(1) end)
      tried(function() list[1]:release() end)
    end
  end)

  it("tells the error of a process whose name has any bytes", function()
    local result = helper.run [[
      local mp = require "mp"
      for _, name in ipairs {"a\0b", "\n\27[31m", "%s%n", ("x"):rep(100000)} do
        mp.spawn {target = error, args = {"no"}, name = name}:join()
      end
      print "done"
    ]]
    assert.same({"done\n", 0}, {result.out, result.code})
    local _, n = result.err:gsub("Process ", "")
    assert.equal(4, n)
  end)

  it("makes, sends and frees a shared table that is a million levels deep", function()
    local p = mp.spawn(function()   -- which takes along what a process keeps when it has had many references
      local plain, q = {}, mp.Queue()
      local at = plain
      for _ = 1, 1000000 do
        at.next = {}
        at = at.next
      end
      q:put(mp.Table(plain))
      at = q:get(0)
      local depth = 0
      while at.next do
        at = at.next
        depth = depth + 1
      end
      return depth
    end)
    assert.equal(1000000, p:result())
  end)

  it("refuses NaN as a key in every function of shared tables, and changes nothing", function()
    local t, nan = mp.Table {1}, 0 / 0
    for _, f in ipairs {
      function() t[nan] = 1 end,
      function() mp.Table.add(t, nan, 1) end,
      function() mp.Table.exchange(t, nan, 1) end,
      function() mp.Table.update(t, nan, function() return 1 end) end,
      function() mp.Table.compare_exchange(t, nan, nil, 1) end,
    } do
      assert.matches("NaN", helper.message_of(f))
    end
    assert.is_nil(t[nan])
    assert.same({1}, mp.Table.totable(t))
  end)

  it("carries a string of 1 GiB", function()
    local file <close> = assert(io.open "/proc/meminfo")
    local free = tonumber(file:read("a"):match "MemAvailable:%s*(%d+)") << 10
    if free < 8 << 30 then return pending "less than 8 GiB of memory" end
    local result = helper.run([[
      local mp = require "mp"
      local text, q = ("0123456789abcdef"):rep(1 << 26), mp.Queue()
      q:put(text)
      local ok, message = pcall(q.put, q, text)
      print(q:get(0) == text, ok or message:match "arena is full" ~= nil, mp.debug.check())
    ]], {limit = 90})
    assert.same({out = "true\ttrue\ttrue\n", err = "", code = 0}, result)
  end)
end)
