-- Conditions: what those who wait and those who notify rely on.
local helper = require "spec.helper"
local mp = require "mp"

local message_of = helper.message_of

-- Starts a process that waits for the condition and is asleep; it puts its number into `woken` when it goes on.
local function waiter_of(c, woken, i, timeout)
  local p = mp.spawn(function()
    return c:with(function()
      local ok, reason = c:wait(timeout)
      if woken then woken:put(i) end
      return ok, reason
    end)
  end)
  helper.asleep(p)
  return p
end

local function waiters_of(c, woken, n)
  local processes = {}
  for i = 1, n do processes[i] = waiter_of(c, woken, i) end
  return processes
end

local function join_all(processes)
  for _, p in ipairs(processes) do assert.is_true(p:join(10)) end
end

for _, class in ipairs {"Lock", "RLock"} do
  describe("a condition of an mp." .. class, function()
    local function new(name)
      return mp.Condition {lock = mp[class](), name = name}
    end

    it("is its lock too", function()
      local lock = mp[class]()
      local c = mp.Condition(lock)
      assert.same({true}, {c:acquire()})
      assert.is_true(lock:locked())
      assert.equal(mp.current_process(), lock.holder)
      assert.same({}, {c:release()})
      assert.is_false(lock:locked())
      do
        local _ <close> = c:guard()
        assert.is_true(lock:locked())
      end
      assert.same({1, nil, 3}, {c:with(function(...)
        assert.is_true(lock:locked())
        return ...
      end, 1, nil, 3)})
      assert.same({false, "out"}, {pcall(c.with, c, error, "out")})
      assert.is_false(lock:locked())
    end)

    it("notifies as many as asked, those who came first first", function()
      local c, woken = new(), mp.Queue()
      local processes = waiters_of(c, woken, 6)
      c:with(function() c:notify() end)
      assert.equal(1, woken:get())
      c:with(function() c:notify(2) end)
      local two = {woken:get(), woken:get()}
      table.sort(two)
      assert.same({2, 3}, two)
      assert.same({nil, "timeout"}, {woken:get(0.05)})
      c:with(function() c:notify(0) end)
      assert.same({nil, "timeout"}, {woken:get(0.02)})
      c:with(function() c:notify(100) end)   -- more than wait
      for _ = 1, 3 do assert.is_truthy(woken:get()) end
      c:with(function() c:notify(2) end)
      join_all(processes)
      assert.is_true(woken:empty())
    end)

    it("notifies all", function()
      local c, woken = new(), mp.Queue()
      local processes = waiters_of(c, woken, 20)
      c:with(c.notify_all, c)
      for _ = 1, 20 do assert.is_truthy(woken:get()) end
      join_all(processes)
    end)

    it("notifies nobody who comes later", function()
      local c = new()
      c:with(function()
        c:notify()
        c:notify_all()
        assert.same({false, "timeout"}, {c:wait(0.02)})
      end)
    end)

    it("gives the lock up while it waits, and has it again", function()
      local lock, seen = mp[class](), mp.Queue()
      local c = mp.Condition(lock)
      c:acquire()
      local p = mp.spawn(function()
        c:acquire()
        seen:put(lock.holder == mp.current_process())
        c:notify()
        c:release()
      end)
      assert.is_true(c:wait())
      assert.equal(mp.current_process(), lock.holder)
      assert.is_true(seen:get())
      c:release()
      p:join()
    end)

    it("waits no longer than asked, and has the lock again after that", function()
      local lock = mp[class]()
      local c = mp.Condition(lock)
      c:acquire()
      local begin = mp.time()
      assert.same({false, "timeout"}, {c:wait(0.05)})
      assert.is_true(mp.time() - begin >= 0.05)
      assert.same({false, "timeout"}, {c:wait(0)})
      assert.same({false, "timeout"}, {c:wait(-1)})
      assert.equal(mp.current_process(), lock.holder)
      c:release()
    end)

    it("takes who waits in vain off the list", function()
      local c, woken = new(), mp.Queue()
      local early = {}
      for i = 1, 3 do
        early[i] = mp.spawn(function() return c:with(c.wait, c, 0.05) end)
      end
      for _, p in ipairs(early) do assert.same({false, "timeout"}, {p:result()}) end
      local processes = waiters_of(c, woken, 6)
      c:with(function() c:notify(6) end)
      for _ = 1, 6 do assert.is_truthy(woken:get()) end
      join_all(processes)
    end)

    it("wakes exactly one a notification, also when it comes with the end of the time", function()
      local c, woken, stop = new(), mp.Queue(), mp.Event()
      local processes = {}
      for i = 1, 3 do
        processes[i] = mp.spawn(function()
          c:acquire()
          while not stop:is_set() do
            if c:wait(i < 3 and math.random() / 2000 or math.huge) then woken:put(i) end
          end
          c:release()
        end)
      end
      helper.asleep(processes[3])
      for _ = 1, 300 do
        c:with(c.notify, c)
        assert.is_truthy(woken:get(5))
      end
      assert.is_true(woken:empty())
      stop:set()
      c:with(c.notify_all, c)
      join_all(processes)
    end)

    it("passes the notification of a dead one on", function()
      local c, woken = new(), mp.Queue()
      local processes = waiters_of(c, woken, 3)
      c:acquire()
      c:notify()                 -- the first is notified and waits for the lock
      helper.asleep(processes[1])
      processes[1]:kill()
      processes[1]:join()
      c:release()
      assert.equal(2, woken:get())
      assert.same({nil, "timeout"}, {woken:get(0.05)})
      c:with(c.notify, c)
      assert.equal(3, woken:get())
      join_all(processes)
    end)

    it("does not count one that was killed while it waited", function()
      local c, woken = new(), mp.Queue()
      local processes = waiters_of(c, woken, 3)
      processes[1]:kill()
      processes[1]:join()
      c:with(c.notify, c)
      assert.equal(2, woken:get())
      c:with(c.notify, c)
      assert.equal(3, woken:get())
      join_all(processes)
    end)

    it("wakes each that lives, however many are killed", function()
      local c, woken = new(), mp.Queue()
      local processes = waiters_of(c, woken, 8)
      for i = 1, 8, 2 do processes[i]:kill() end
      c:with(function() c:notify(8) end)
      local seen = {}
      for _, p in ipairs(processes) do p:join() end
      for i in woken:items() do
        seen[i] = true
        if woken:empty() then woken:close() end
      end
      for i = 2, 8, 2 do assert.is_true(seen[i]) end
    end)

    it("goes on when who notified was killed with the lock", function()
      local lock = mp[class]()
      local c = mp.Condition(lock)
      local waiter = mp.spawn(function()
        c:acquire()
        local ok = c:wait()
        return ok, lock.abandoned
      end)
      helper.asleep(waiter)
      local notifier = mp.spawn(function()
        c:acquire()
        c:notify()
        mp.sleep(math.huge)
      end)
      assert.is_truthy(helper.wait_until(function() return lock.holder == notifier end))
      helper.asleep(notifier)
      notifier:kill()
      assert.same({true, true}, {waiter:result()})
      notifier:join()
      assert.same({true, "abandoned"}, {c:acquire()})   -- the waiter ended with it
      assert.is_true(lock.abandoned)
      c:release()
    end)

    it("is waited for until something is so", function()
      local c, n = new(), mp.Queue()
      local p = mp.spawn(function()
        return c:with(function() return c:wait_for(function() return n:size() >= 3 and "three" end) end)
      end)
      helper.asleep(p)
      for i = 1, 3 do
        c:with(function()
          n:put(i)
          c:notify()
        end)
      end
      assert.same({"three"}, {p:result()})
      assert.same({7}, {c:with(c.wait_for, c, function() return 7 end)})
    end)

    it("is waited for no longer than asked, however often it is notified", function()
      local c, stop = new(), mp.Event()
      local p = mp.spawn(function()
        while not stop:is_set() do
          c:with(c.notify, c)
          mp.sleep(0.005)
        end
      end)
      local begin, calls = mp.time(), 0
      assert.same({false, "timeout"}, {c:with(c.wait_for, c, function()
        calls = calls + 1
        return false
      end, 0.1)})
      assert.is_true(mp.time() - begin >= 0.1)
      assert.is_true(mp.time() - begin < 5)
      assert.is_true(calls > 2)
      assert.same({nil, "timeout"}, {c:with(c.wait_for, c, function() end, 0)})
      stop:set()
      p:join()
    end)

    it("is given back when the predicate fails", function()
      local lock = mp[class]()
      local c = mp.Condition(lock)
      assert.same({false, "out"}, {pcall(c.with, c, c.wait_for, c, function() error("out", 0) end)})
      assert.is_false(lock:locked())
      local yields = coroutine.wrap(function() return pcall(c.with, c, c.wait_for, c, coroutine.yield) end)
      local ok, message = yields()
      assert.is_false(ok)
      assert.matches("yield", message)
      assert.is_false(lock:locked())
    end)

    it("that is waited for can be interrupted, and then has its lock", function()
      local lock = mp[class]()
      local c = mp.Condition(lock)
      local p = mp.spawn(function()
        c:acquire()
        local ok, message = pcall(c.wait, c)
        local held = lock.holder == mp.current_process()
        c:release()
        return ok, message, held
      end)
      helper.asleep(p)
      p:interrupt()
      local ok, message, held = p:result()
      assert.is_false(ok)
      assert.matches("interrupted", message)
      assert.is_true(held)
    end)

    it("passes the notification of an interrupted one on", function()
      local c, woken = new(), mp.Queue()
      local first = mp.spawn(function()
        c:acquire()
        local ok, message = pcall(c.wait, c)
        c:release()
        return ok, message
      end)
      helper.asleep(first)
      local second = waiter_of(c, woken, 2)
      c:acquire()
      c:notify()
      first:interrupt()
      assert.same({nil, "timeout"}, {woken:get(0.05)})   -- it must have the lock first
      helper.asleep(first)
      c:release()
      local ok, message = first:result()
      assert.is_false(ok)
      assert.matches("interrupted", message)
      assert.equal(2, woken:get())
      second:join()
    end)

    it("goes back and forth between two processes", function()
      local c, turn = new(), mp.Queue()
      turn:put("ping")
      local function play(mine, theirs)
        c:with(function()
          for _ = 1, 500 do
            while true do
              local now = turn:get()
              turn:put(now == mine and theirs or now)
              if now == mine then break end
              c:wait()
            end
            c:notify()
          end
        end)
      end
      local p = mp.spawn(play, "pong", "ping")
      play("ping", "pong")
      assert.is_true(p:join(10))
      assert.equal("ping", turn:get())
    end)

    it("travels, and its lock with it", function()
      local q, c, ready = mp.Queue(), new(), mp.Event()
      local p = mp.spawn(function()
        local got = q:get().condition
        return got:with(function()
          ready:set()
          return got:wait()
        end)
      end)
      q:put {condition = c}
      ready:wait()
      c:with(c.notify, c)
      assert.is_true(p:result())
      local lock = mp[class]()
      q:put(mp.Condition(lock))
      local back = q:get()
      back:acquire()
      assert.is_true(lock:locked())
      back:release()
    end)

    it("raises where the lock is needed and not held", function()
      local c = new("news")
      local function held(method, holder)
        return "condition 'news' is not held by this process" .. (holder or "") .. ": " .. method .. " needs that"
      end
      assert.equal(held "wait()", message_of(function() c:wait(0) end))
      assert.equal(held "wait_for()", message_of(function() c:wait_for(function() return true end) end))
      assert.equal(held "notify()", message_of(function() c:notify() end))
      assert.equal(held "notify_all()", message_of(function() c:notify_all() end))
      assert.equal("condition 'news' is not held", message_of(function() c:release() end))
      local p = mp.spawn {name = "reporter", target = function()
        c:acquire()
        mp.sleep(math.huge)
      end}
      helper.asleep(p)
      assert.equal(held("notify()", " but by process reporter"), message_of(function() c:notify() end))
      assert.equal("condition 'news' is held by process reporter", message_of(function() c:release() end))
      assert.same({false, "timeout"}, {c:acquire(0)})
      assert.same({nil, "timeout"}, {c:guard(0)})
      p:kill()
      assert.same({true, "abandoned"}, {c:acquire()})
      c:release()
      p:join()
    end)
  end)
end

describe("a condition", function()
  it("has an RLock when nothing is said, gives it up altogether and holds it as often again", function()
    local c = mp.Condition()
    for _ = 1, 3 do c:acquire() end
    local p = mp.spawn(function() c:with(c.notify, c) end)
    assert.is_true(c:wait(10))
    for _ = 1, 2 do c:release() end
    assert.same({false, "timeout"}, {c:wait(0)})
    c:release()
    assert.matches("is not held", message_of(function() c:release() end))
    p:join()
  end)

  it("keeps its lock when that was forgotten", function()
    local c
    do c = mp.Condition(mp.Lock {name = "door"}) end
    collectgarbage()
    collectgarbage()
    c:acquire()
    local child = mp.spawn(function() return c:acquire(0) end)
    assert.is_false((child:result()))
    c:release()
  end)

  it("shares a lock with another", function()
    local lock = mp.Lock()
    local full, empty = mp.Condition(lock), mp.Condition(lock)
    local waiter = mp.spawn(function() return full:with(full.wait, full) end)
    helper.asleep(waiter)
    empty:with(function()
      empty:notify_all()
      full:notify()
    end)
    assert.is_true(waiter:result())
  end)

  it("raises what cannot be", function()
    local c = mp.Condition {name = "news"}
    assert.equal("condition 'news'", tostring(c))
    assert.equal("news", c.name)
    assert.equal("condition", mp.type(c))
    assert.matches("lock expected, got number", message_of(function() mp.Condition(1) end))
    assert.matches("lock expected", message_of(function() mp.Condition(mp.Event()) end))
    assert.matches("mp.Condition has no 'lok'", message_of(function() mp.Condition {lok = 1} end))
    assert.matches("objects%[1%] is a condition, which cannot be waited for", message_of(function() mp.wait {c} end))
    local plain = mp.Condition {lock = mp.Lock(), name = "once"}
    plain:acquire()
    assert.equal("condition 'once' is held by this process already", message_of(function() plain:acquire() end))
    assert.matches("must not be negative", message_of(function() plain:notify(-1) end))
    assert.matches("number of seconds expected", message_of(function() plain:wait("1") end))
    assert.matches("function expected, got no value", message_of(function() plain:wait_for() end))
    assert.matches("did you mean 'notify_all'", message_of(function() plain:notifyall() end))
    plain:release()
  end)
end)

describe("the default lock of a condition", function()
  it("tells its holder, and that it was abandoned", function()
    local c, here = mp.Condition(), mp.Queue()
    assert.is_false(c:locked())
    assert.is_nil(c.holder)
    local p = mp.spawn(function()
      c:acquire()
      here:put(true)
      mp.sleep(100)
    end)
    here:get()
    assert.is_true(c:locked())
    assert.equal(p, c.holder)
    p:kill()
    assert.same({true, "abandoned"}, {c:acquire()})
    assert.is_true(c.abandoned)
    c:release()
    assert.is_false(c.abandoned)
  end)
end)
