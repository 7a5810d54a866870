-- Managers: a scope whose objects end with it.
local helper = require "spec.helper"
local mp = require "mp"

local message_of = helper.message_of

describe("an mp.Manager", function()
  it("makes objects as mp does", function()
    local m <close> = mp.Manager()
    local q, t = m.Queue {maxsize = 2, name = "jobs"}, m.Table({1, 2, 3}, "numbers")
    assert.equal("queue 'jobs'", tostring(q))
    assert.equal(2, q.maxsize)
    assert.equal("table 'numbers'", tostring(t))
    assert.same({1, 2, 3}, mp.Table.totable(t))
    assert.equal("lock", mp.type(m.Lock()))
    assert.equal("event", mp.type(m.Event()))
  end)

  it("closes what it made, for everyone", function()
    local q, t, inner, lock
    do
      local m <close> = mp.Manager {name = "scope"}
      q, t, lock = m.Queue {name = "jobs"}, m.Table({list = {1}}, "numbers"), m.Lock {name = "one"}
      t.later = {2}
      inner = {t.list, t.later}
      lock:acquire()
    end
    assert.equal("queue 'jobs' is closed with its manager 'scope'", message_of(function() q:put(1) end))
    assert.equal("table 'numbers' is closed with its manager 'scope'", message_of(function() return t.list end))
    assert.equal("table 'numbers' is closed with its manager 'scope'", message_of(function() t.x = 1 end))
    assert.equal("lock 'one' is closed with its manager 'scope'", message_of(function() lock:release() end))
    for i = 1, 2 do
      assert.matches("^table%-%d+ is closed with its manager 'scope'", message_of(function() return #inner[i] end))
    end
    local p = mp.spawn(function() return (select(2, pcall(q.put, q, 1))) end)
    assert.matches("manager_spec.lua:%d+: queue 'jobs' is closed with its manager 'scope'$", p:result())
  end)

  it("wakes who waits in what it made", function()
    local m = mp.Manager()
    local q, e, lock, t = m.Queue(), m.Event(), m.Lock(), m.Table()
    lock:acquire()
    local full, s, c, barrier = m.Queue(1), m.Semaphore(1), m.Condition(), m.Barrier(2)
    local a, b = m.Pipe()
    assert.equal("connection", mp.type(b))
    full:put(1)
    s:acquire()
    local waits = {
      function() q:get() end,
      function() e:wait() end,
      function() lock:acquire() end,
      function() mp.Table.wait(t, "never") end,
      function() full:put(2) end,
      function() full:join() end,
      function() mp.wait {e, q} end,
      function() s:acquire() end,
      function() c:with(c.wait, c) end,
      function() barrier:wait() end,
      function() a:recv() end,
    }
    local processes = {}
    for i, f in ipairs(waits) do
      processes[i] = mp.spawn(function()
        local ok, message = pcall(f)
        return ok or message:match("is closed with its manager") or message
      end)
    end
    for _, p in ipairs(processes) do helper.asleep(p) end
    m:close()
    for _, p in ipairs(processes) do assert.equal("is closed with its manager", p:result()) end
  end)

  it("closes when its scope is left by an error, and only once", function()
    local m = mp.Manager()
    local q
    pcall(function()
      local scope <close> = m
      q = scope.Queue()
      error "out"
    end)
    assert.is_true(m.closed)
    assert.has_error(function() q:get(0) end)
    m:close()
    assert.matches("^manager%-%d+ is closed$", message_of(function() return m.Queue() end))
  end)

  it("works from another process", function()
    local m = mp.Manager()
    local p = mp.spawn(function() return m.Table {1, 2} end)
    local t = p:result()
    assert.equal(2, t[2])
    local closer = mp.spawn(function() m:close() end)
    closer:join()
    assert.is_true(m.closed)
    assert.has_error(function() return t[2] end)
  end)

  it("does not end what it did not make", function()
    local q = mp.Queue()
    local m = mp.Manager()
    local t = m.Table {queue = q}
    assert.equal(q, t.queue)
    m:close()
    q:put(1)
    assert.equal(1, q:get())
  end)

  it("frees what nobody has any more while it is open", function()
    local m <close> = mp.Manager()
    local now = helper.census()
    for i = 1, 100 do m.Table {i} end
    assert.same(now, helper.census())
  end)

  it("that is closed inside a scope does not mask the error that ends it", function()
    for _, open in ipairs {
      function(m) return m.Lock():guard() end, function(m) return m.RLock():guard() end,
      function(m) return m.Semaphore(1):guard() end, function(m) return m.Condition():guard() end,
      function(m) return (m.Pipe()) end,
      function(m)
        local q = m.Queue()
        q:put(1)
        return q:lease()
      end,
    } do
      local m = mp.Manager()
      local ok, why = pcall(function()
        local _ <close> = open(m)
        m:close()
        error("mine", 0)
      end)
      assert.same({false, "mine"}, {ok, why})
    end
    for _, class in ipairs {"Lock", "RLock", "Semaphore", "Condition", "Value"} do
      local m = mp.Manager()
      local object = class == "Value" and m.Value(1) or m[class]()
      assert.equal("ours", object:with(function()
        m:close()
        return "ours"
      end))
    end
  end)

  it("raises what cannot be", function()
    local m = mp.Manager {name = "scope"}
    assert.equal("manager 'scope'", tostring(m))
    assert.equal("scope", m.name)
    assert.equal("manager", mp.type(m))
    assert.equal("a manager has no 'Qeue' (did you mean 'Queue'?)", message_of(function() return m.Qeue end))
    assert.matches("cannot set 'Queue' of a manager", message_of(function() m.Queue = 1 end))
    assert.matches("mp.Manager has no 'nam'", message_of(function() mp.Manager {nam = "x"} end))
    assert.matches("maxsize must be from 0", message_of(function() m.Queue(-1) end))
    assert.equal("manager 'scope' is no argument: write m.Queue(...) with a dot, not a colon",
                 message_of(function() m:Queue(5) end))
    for _, class in ipairs {"Table", "Lock", "Value", "Barrier"} do
      assert.matches("write m." .. class .. "%(...%) with a dot", message_of(function() m[class](m) end))
    end
  end)
end)
