-- Queues: what producers and consumers rely on.
local helper = require "spec.helper"
local mp = require "mp"

local drain, message_of, asleep = helper.drain, helper.message_of, helper.all_asleep

describe("a queue", function()
  -- ---- order, sizes, limits ----

  it("is first in, first out", function()
    local q = mp.Queue()
    for i = 1, 1000 do q:put(i) end
    for i = 1, 1000 do assert.equal(i, q:get()) end
  end)

  it("gives what was put before and after a process started, by both", function()
    local q = mp.Queue()
    q:put("before")
    local p = mp.Process(function() q:put("child") end)
    q:put("made")
    p:start():join()
    q:put("after")
    assert.same({"before", "made", "child", "after", n = 4}, drain(q))
  end)

  it("tells its size exactly", function()
    local q = mp.Queue()
    local sizes = {q:size()}
    q:put(1) sizes[2] = q:size()
    q:put(2) sizes[3] = #q
    q:get() sizes[4] = q:size()
    q:get() sizes[5] = #q
    assert.same({0, 1, 2, 1, 0}, sizes)
  end)

  it("tells whether it is empty", function()
    local q = mp.Queue()
    assert.is_true(q:empty())
    q:put(1)
    assert.is_false(q:empty())
    q:get()
  end)

  it("tells whether it is full", function()
    local q = mp.Queue(2)
    q:put(1)
    assert.is_false(q:full())
    q:put(2)
    assert.is_true(q:full())
    q:get()
    assert.is_false(q:full())
    q:get()
  end)

  it("is never full without maxsize", function()
    local q = mp.Queue()
    assert.same({0, false}, {q.maxsize, q:full()})
  end)

  for name, timeout in pairs {["0"] = 0, ["a negative number"] = -1, ["a moment"] = 0.02} do
    it("refuses what is too much, with a timeout of " .. name, function()
      local q <const> = mp.Queue(1)
      assert.is_true(q:put("a", timeout))
      assert.same({false, "timeout"}, {q:put("b", timeout)})
      assert.same({"a", n = 1}, drain(q))
    end)

    it("has nothing to give, with a timeout of " .. name, function()
      assert.same(table.pack(nil, "timeout"), table.pack(mp.Queue():get(timeout)))
    end)
  end

  for name, timeout in pairs {["NaN"] = 0 / 0, ["a string"] = "1", ["a boolean"] = true} do
    it("refuses a timeout that is " .. name, function()
      local q = mp.Queue()
      assert.matches("bad argument #1 to 'get'", message_of(function() q:get(timeout) end))
      assert.matches("bad argument #2 to 'put'", message_of(function() q:put(1, timeout) end))
      assert.equal(0, #q)
    end)
  end

  it("waits for as long as was asked", function()
    local q, begin = mp.Queue(1), mp.time()
    q:get(0.1)
    local got = mp.time() - begin
    q:put(1)
    q:put(2, 0.1)
    assert.is_true(got >= 0.1 and mp.time() - begin >= 0.2)
    q:get()
  end)

  it("waits for ever when the timeout is math.huge", function()
    local q = mp.Queue(1)
    local p = mp.spawn(function() return q:get(math.huge) end)
    asleep {p}
    q:put("came", math.huge)
    assert.equal("came", p:result())
  end)

  it("lets a producer wait until there is room", function()
    local q = mp.Queue(1)
    q:put(1)
    local p = mp.spawn(function() return q:put(2) end)
    asleep {p}
    assert.equal(1, q:get())
    assert.is_true(p:result())
    assert.equal(2, q:get())
  end)

  it("does not end a wait early when a signal comes", function()
    local q, up = mp.Queue(), mp.Queue()
    local p = mp.spawn(function()
      up:put(1)
      local begin = mp.time()
      local _, reason = q:get(0.2)
      return reason, mp.time() - begin >= 0.2
    end)
    up:get()
    for _ = 1, 20 do
      p:signal(19)
      p:signal(18)
      p:signal(28)   -- SIGWINCH
    end
    assert.same({"timeout", true}, {p:result()})
  end)

  it("can be cleared", function()
    local q = mp.Queue(3)
    q:put_many {1, {2}, ("x"):rep(100000)}
    q:clear()
    assert.equal(0, #q)
    assert.is_true(q:put(1, 0))
    q:get()
  end)

  it("lets waiting producers go on when it is cleared", function()
    local q = mp.Queue(1)
    q:put(1)
    local p = mp.spawn(function() return q:put(2) end)
    asleep {p}
    q:clear()
    assert.is_true(p:result())
    assert.equal(2, q:get())
  end)

  it("gives each item to one of its consumers", function()
    local q, sums = mp.Queue(), 0
    local consumers = {}
    for i = 1, 4 do
      consumers[i] = mp.spawn(function()
        local sum = 0
        for x in q:items() do sum = sum + x end
        return sum
      end)
    end
    for i = 1, 5000 do q:put(i) end
    q:close()
    for i = 1, 4 do sums = sums + consumers[i]:result() end
    assert.equal(5000 * 5001 // 2, sums)
  end)

  it("keeps the order of each of its producers", function()
    local q, last = mp.Queue(10), {0, 0, 0}
    for k = 1, 3 do
      mp.spawn(function() for i = 1, 1000 do q:put {k, i} end end)
    end
    for _ = 1, 3000 do
      local item = q:get()
      assert.equal(last[item[1]] + 1, item[2])
      last[item[1]] = item[2]
    end
  end)

  it("keeps what was put when the process that put it ends at once", function()
    local q, big = mp.Queue(), ("x"):rep(100000)
    mp.spawn(function() for _ = 1, 50 do q:put(big) end os.exit(0) end):join()
    for _ = 1, 50 do assert.equal(big, q:get(0)) end
  end)

  it("outlives the process that made it", function()
    local q = mp.spawn(function() local q = mp.Queue{name = "left"} q:put("item") return q end):result()
    assert.same({"left", "item"}, {q.name, q:get(0)})
  end)

  it("serves a grandchild to which its parent passed it", function()
    local q = mp.Queue()
    mp.spawn(function() mp.spawn(function(inner) inner:put("deep") end, q):join() end):join()
    assert.equal("deep", q:get(0))
  end)

  -- ---- tasks ----

  it("is joined when each task is done", function()
    local q = mp.JoinableQueue()
    for _ = 1, 4 do
      mp.spawn(function()
        for _ in q:items() do q:task_done() end
      end)
    end
    for i = 1, 10 do q:put(i) end
    assert.is_true(q:join(20))
    q:close()
  end)

  it("is not joined while a task is out", function()
    local q = mp.Queue()
    q:put(1)
    q:get()
    assert.same({false, "timeout"}, {q:join(0.01)})
    q:task_done()
    assert.is_true(q:join(0))
  end)

  it("is joined at once when nothing was put", function()
    assert.is_true(mp.Queue():join())
  end)

  it("raises when more tasks are done than were put", function()
    local q = mp.Queue{name = "jobs"}
    assert.matches("^queue 'jobs' has no task left", message_of(function() q:task_done() end))
  end)

  it("wakes all who join it", function()
    local q, joiners = mp.Queue(), {}
    q:put(1)
    for i = 1, 3 do joiners[i] = mp.spawn(function() return q:join() end) end
    asleep(joiners)
    q:get()
    q:task_done()
    for i = 1, 3 do assert.is_true(joiners[i]:result()) end
  end)

  -- ---- the end ----

  it("gives what is left after it was closed, then says so", function()
    local q = mp.Queue()
    q:put(1)
    q:close()
    assert.equal(1, q:get())
    assert.same(table.pack(nil, "closed"), table.pack(q:get()))
    assert.same(table.pack(nil, "closed"), table.pack(q:get_many(3)))
    assert.same(table.pack(nil, "closed"), table.pack(q:lease()))
  end)

  it("raises on put after it was closed", function()
    local q = mp.Queue{name = "jobs"}
    q:close()
    assert.equal("queue 'jobs' is closed", message_of(function() q:put(1) end))
    assert.equal("queue 'jobs' is closed", message_of(function() q:put_many {1} end))
    assert.equal("queue 'jobs' is closed", message_of(function() q:put_many {} end))
  end)

  it("can be closed twice", function()
    local q = mp.Queue()
    q:close()
    q:close()
    assert.is_true(q.closed)
  end)

  it("wakes all waiting consumers when it is closed", function()
    local q, consumers = mp.Queue(), {}
    for i = 1, 5 do consumers[i] = mp.spawn(function() return q:get() end) end
    asleep(consumers)
    q:close()
    for i = 1, 5 do assert.same(table.pack(nil, "closed"), table.pack(consumers[i]:result())) end
  end)

  it("raises in waiting producers when it is closed", function()
    local q = mp.Queue{maxsize = 1, name = "jobs"}
    q:put(1)
    local p = mp.spawn(function() return pcall(q.put, q, 2) end)
    asleep {p}
    q:close()
    local ok, message = p:result()
    assert.is_false(ok)
    assert.matches("queue 'jobs' is closed", message)
    assert.same({1, n = 1}, drain(q))
  end)

  it("is read by a loop until it is closed", function()
    local q, list = mp.Queue(), {}
    q:put_many {1, 2, 3}
    q:close()
    for x in q:items() do list[#list + 1] = x end
    assert.same({1, 2, 3}, list)
  end)

  it("is read by a loop until a nil", function()
    local q, list = mp.Queue(), {}
    q:put_many {1, 2}
    q:put(nil)
    q:put(3)
    for x in q:items() do list[#list + 1] = x end
    assert.same({1, 2}, list)
    assert.equal(3, q:get())
  end)

  it("gives false to a loop and goes on", function()
    local q, list = mp.Queue(), {}
    q:put_many {false, 2}
    q:close()
    for x in q:items() do list[#list + 1] = x end
    assert.same({false, 2}, list)
  end)

  it("can be dropped with items in it", function()
    local q = mp.Queue()
    q:put_many {1, {2}, ("x"):rep(1000000), mp.Queue()}
    assert.equal(4, #q)
  end)

  -- ---- names and mistakes ----

  it("has a name", function()
    local q = mp.Queue{name = "jobs"}
    assert.same({"jobs", "queue 'jobs'"}, {q.name, tostring(q)})
    assert.matches("^queue%-%d+$", mp.Queue().name)
  end)

  it("has a limit", function()
    assert.same({3, 4}, {mp.Queue(3).maxsize, mp.Queue{maxsize = 4}.maxsize})
  end)

  for name, value in pairs {["negative"] = -1, ["a fraction"] = 1.5, ["a string"] = "x", ["too great"] = 2 ^ 40} do
    it("refuses a limit that is " .. name, function()
      assert.matches("bad argument #1 to '[%w.]*Queue'", message_of(function() mp.Queue(value) end))
    end)
  end

  it("stays what it is however often it was used, and is let go", function()
    local q = mp.Queue {maxsize = 3, name = "much used"}
    for i = 1, 1000 do
      q:put(i)
      assert.equal(i, q:get())
    end
    assert.same({3, "much used", false, "queue"}, {q.maxsize, q.name, q.closed, mp.type(q)})
    assert.equal("queue 'much used'", tostring(q))
    assert.is_nil(q.__anything)
    assert.equal("a queue has no 'putt' (did you mean 'put'?)", message_of(function() q:putt(1) end))
    assert.equal("cannot set 'maxsize' of a queue", message_of(function() q.maxsize = 4 end))
    mp.spawn(function() q:put(q.maxsize) end):join()
    assert.equal(3, q:get())
    local weak = setmetatable({q}, {__mode = "v"})
    q = nil
    collectgarbage()
    collectgarbage()
    assert.is_nil(weak[1])
  end)

  it("suggests what was meant", function()
    local q = mp.Queue()
    assert.equal("a queue has no 'putt' (did you mean 'put'?)", message_of(function() q:putt(1) end))
    assert.equal("mp.Queue has no 'maxsiz' (did you mean 'maxsize'?)", message_of(function() mp.Queue{maxsiz = 1} end))
  end)

  it("needs a value to put", function()
    local q = mp.Queue()
    assert.matches("value expected", message_of(function() q:put() end))
  end)

  it("is the same class under its other names", function()
    assert.same({mp.Queue, mp.Queue}, {mp.SimpleQueue, mp.JoinableQueue})
  end)
end)
