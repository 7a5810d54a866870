-- Locks: what their holders and those who wait rely on.
local helper = require "spec.helper"
local mp = require "mp"

local message_of = helper.message_of

-- Starts a process that takes the lock, says so and holds it until it is told to go on.
local function holder_of(lock, leave)
  local ready, go = mp.Queue(), mp.Queue()
  local p = mp.spawn(function()
    lock:acquire()
    ready:put(true)
    go:get()
    if leave then leave(lock) end
  end)
  ready:get()
  return p, go
end

for _, class in ipairs {"Lock", "RLock"} do
  describe("an mp." .. class, function()
    it("is taken and given back", function()
      local lock = mp[class]()
      assert.is_false(lock:locked())
      assert.is_nil(lock.holder)
      assert.same({true}, {lock:acquire()})
      assert.is_true(lock:locked())
      assert.equal(mp.current_process(), lock.holder)
      assert.same({}, {lock:release()})
      assert.is_false(lock:locked())
    end)

    it("is held by one process at a time", function()
      local lock = mp[class]()
      local p, go = holder_of(lock, function(l) l:release() end)
      assert.is_true(lock:locked())
      assert.equal(p, lock.holder)
      assert.same({false, "timeout"}, {lock:acquire(0)})
      assert.same({false, "timeout"}, {lock:acquire(0.02)})
      go:put(true)
      assert.same({true}, {lock:acquire()})
      lock:release()
      p:join()
    end)

    it("keeps increments of many processes apart", function()
      local lock, counter = mp[class](), mp.Queue()
      counter:put(0)
      local processes = {}
      for i = 1, 4 do
        processes[i] = mp.spawn(function()
          for _ = 1, 2000 do
            lock:acquire()
            counter:put(counter:get() + 1)
            lock:release()
          end
        end)
      end
      for _, p in ipairs(processes) do p:join() end
      assert.equal(8000, counter:get())
    end)

    it("lets everyone in who waits, however long others keep coming", function()
      local lock, stop = mp[class](), mp.Event()
      local greedy = mp.spawn(function()
        while not stop:is_set() do
          lock:acquire()
          lock:release()
        end
      end)
      local modest = mp.spawn(function()
        for _ = 1, 50 do
          lock:acquire()
          mp.sleep(0.0001)
          lock:release()
        end
      end)
      assert.is_true(modest:join(10))
      stop:set()
      greedy:join()
    end)

    it("comes as abandoned when its holder was killed", function()
      local lock = mp[class]()
      local p = holder_of(lock)
      p:kill()
      assert.same({true, "abandoned"}, {lock:acquire()})
      assert.is_true(lock.abandoned)
      lock:release()
      assert.is_false(lock.abandoned)
      assert.same({true}, {lock:acquire()})
      lock:release()
      p:join()
    end)

    it("comes as abandoned to one that was asleep, and when its holder ended without giving it back", function()
      local lock = mp[class]()
      local p, go = holder_of(lock)
      local waiter = mp.spawn(function() return lock:acquire() end)
      helper.asleep(waiter)
      go:put(true)
      assert.same({true, "abandoned"}, {waiter:result()})
      assert.same({true, "abandoned"}, {lock:acquire()})   -- the waiter ended with it too
      lock:release()
      p:join()
    end)

    it("goes on although one that waits is killed", function()
      local lock = mp[class]()
      local p, go = holder_of(lock, function(l) l:release() end)
      local victim = mp.spawn(function() lock:acquire() end)
      local other = mp.spawn(function() return lock:acquire() end)
      helper.asleep(victim)
      helper.asleep(other)
      victim:kill()
      victim:join()
      go:put(true)
      assert.is_true(other:result())
      p:join()
    end)

    it("is given back by its guard", function()
      local lock = mp[class]()
      do
        local _ <close> = lock:guard()
        assert.is_true(lock:locked())
      end
      assert.is_false(lock:locked())
      assert.is_false(pcall(function()
        local _ <close> = lock:guard()
        error("out")
      end))
      assert.is_false(lock:locked())
      local p, go = holder_of(lock, function(l) l:release() end)
      assert.same({nil, "timeout"}, {lock:guard(0)})
      go:put(true)
      p:join()
    end)

    it("is held while a function runs, whatever happens in it", function()
      local lock = mp[class]()
      assert.same({1, nil, 3}, {lock:with(function(...)
        assert.is_true(lock:locked())
        return ...
      end, 1, nil, 3)})
      assert.is_false(lock:locked())
      local ok, message = pcall(lock.with, lock, error, "out")
      assert.same({false, "out", false}, {ok, message, lock:locked()})
    end)

    it("is held over a yield", function()
      local lock = mp[class]()
      local co = coroutine.wrap(function()
        return lock:with(function(x) return x + coroutine.yield("inside") end, 1)
      end)
      assert.equal("inside", co())
      assert.is_true(lock:locked())
      assert.equal(3, co(2))
      assert.is_false(lock:locked())
    end)

    it("is held on by who forgets it", function()
      local q = mp.Queue()
      do
        local lock = mp[class]()
        q:put(lock)
        q:put(lock)
        lock:acquire()
      end
      collectgarbage()
      collectgarbage()
      local lock = q:get()
      assert.is_true(lock:locked())
      assert.equal(lock, q:get())
      lock:release()
      assert.is_false(lock:locked())
    end)

    it("is not the child's when its maker holds it", function()
      local lock = mp[class]()
      lock:acquire()
      local child = mp.spawn(function() return pcall(lock.release, lock) end)
      assert.is_false((child:result()))
      assert.is_true(lock:locked())
      lock:release()
    end)

    it("is ready when it is free", function()
      local lock = mp[class]()
      assert.same({lock}, mp.wait({lock}, 0))
      lock:acquire()
      assert.same({}, mp.wait({lock}, 0))
      lock:release()
      local p, go = holder_of(lock, function(l) l:release() end)
      assert.same({}, mp.wait({lock}, 0))
      go:put(true)
      assert.same({lock}, mp.wait {lock})
      p:join()
    end)

    it("raises what cannot be", function()
      local lock = mp[class] {name = "door"}
      local kind = class:lower()
      assert.equal(kind .. " 'door'", tostring(lock))
      assert.equal(kind, mp.type(lock))
      assert.equal(kind .. " 'door' is not held", message_of(function() lock:release() end))
      local p, go = holder_of(lock, function(l) l:release() end)
      assert.equal(kind .. " 'door' is held by " .. p.name, message_of(function() lock:release() end))
      local child = mp.spawn(function() return (message_of(function() lock:release() end)) end)
      assert.equal(kind .. " 'door' is held by " .. p.name, child:result())
      go:put(true)
      p:join()
      lock:acquire()
      child = mp.spawn(function() return (message_of(function() lock:release() end)) end)
      assert.equal(kind .. " 'door' is held by process main", child:result())
      lock:release()
      assert.matches("number of seconds expected", message_of(function() lock:acquire({}) end))
      assert.matches("did you mean 'acquire'", message_of(function() lock:aquire() end))
      assert.matches("cannot send .*guard", message_of(function() mp.Queue():put(lock:guard()) end))
    end)
  end)
end

describe("taking a lock again", function()
  it("raises for a Lock, also when it is only tried", function()
    local lock = mp.Lock {name = "door"}
    lock:acquire()
    for _, timeout in ipairs {0, 1, math.huge} do
      assert.equal("lock 'door' is held by this process already",
                   message_of(function() lock:acquire(timeout) end))
    end
    assert.is_true(lock:locked())
    lock:release()
    assert.is_false(lock:locked())
  end)

  it("counts for an RLock", function()
    local lock = mp.RLock()
    for _ = 1, 3 do assert.is_true(lock:acquire()) end
    for _ = 1, 2 do lock:release() end
    assert.is_true(lock:locked())
    lock:release()
    assert.is_false(lock:locked())
    assert.matches("is not held", message_of(function() lock:release() end))
  end)
end)
