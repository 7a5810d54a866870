-- What Lua code may do to the library that nobody would do on purpose: a clear error, and nothing is lost.
local helper = require "spec.helper"
local mp = require "mp"

local function message_of(f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  return message
end

describe("mplua", function()
  local before

  setup(helper.setup)
  teardown(helper.teardown)
  before_each(function() before = helper.census() end)
  after_each(function() assert.same(before, helper.census_like(before)) end)

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
    assert.matches("process expected", message_of(debug.getmetatable(mp.current_process()).__close, nil))
    local q = mp.Queue()
    q:put(1)
    local meta = debug.getmetatable(q:lease(0))
    assert.matches("lease expected", message_of(meta.__close, nil))
    assert.matches("lease expected", message_of(meta.__gc, q))
    collectgarbage()
    q:clear()
  end)

  it("says what an object is no more", function()
    local q = mp.Queue()
    debug.getmetatable(q).__gc(q)
    assert.matches("queue expected", message_of(q.put, q, 1))
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
    setmetatable({}, {__gc = function() message = message_of(mp.spawn, print) end})
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
end)
