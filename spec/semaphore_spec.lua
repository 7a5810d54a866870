-- Semaphores: what those who take permits and those who wait for them rely on.
local helper = require "spec.helper"
local mp = require "mp"

local message_of = helper.message_of

-- Starts a process that takes n permits, says so and holds them until it is told to go on.
local function holder_of(semaphore, n, leave)
  local ready, go = mp.Queue(), mp.Queue()
  local p = mp.spawn(function()
    for _ = 1, n do semaphore:acquire() end
    ready:put(true)
    go:get()
    if leave then leave(semaphore) end
  end)
  ready:get()
  return p, go
end

local function waiter_of(semaphore, timeout)
  local p = mp.spawn(function() return semaphore:acquire(timeout) end)
  helper.asleep(p)
  return p
end

for _, class in ipairs {"Semaphore", "BoundedSemaphore"} do
  describe("an mp." .. class, function()
    it("has as many permits as it was made with", function()
      local s = mp[class](2)
      assert.equal(2, s.value)
      assert.same({true}, {s:acquire()})
      assert.equal(1, s.value)
      assert.is_true(s:acquire())
      assert.equal(0, s.value)
      assert.same({false, "timeout"}, {s:acquire(0)})
      assert.same({}, {s:release()})
      assert.equal(1, s.value)
      s:release()
      assert.equal(2, s.value)
    end)

    it("has one when nothing is said", function()
      assert.equal(1, mp[class]().value)
      assert.equal(1, mp[class]{name = "x"}.value)
      assert.equal(4, mp[class]{value = 4}.value)
    end)

    it("gives several back at once", function()
      local s = mp[class](3)
      for _ = 1, 3 do s:acquire() end
      s:release(2)
      assert.equal(2, s.value)
      s:release()
      assert.equal(3, s.value)
    end)

    it("waits no longer than asked", function()
      local s, begin = mp[class](1), mp.time()
      s:acquire()
      assert.same({false, "timeout"}, {s:acquire(0.05)})
      assert.is_true(mp.time() - begin >= 0.05)
      assert.same({false, "timeout"}, {s:acquire(-1)})
      assert.same({nil, "timeout"}, {s:guard(0)})
      s:release()
      assert.is_true(s:acquire(0.05))
      s:release()
    end)

    it("lets no more than so many in at a time", function()
      local s, inside, most = mp[class](3), mp.Queue(), mp.Queue()
      local processes = {}
      for i = 1, 8 do
        processes[i] = mp.spawn(function()
          for _ = 1, 50 do
            s:acquire()
            inside:put(true)
            most:put(inside:size())
            inside:get()
            s:release()
          end
        end)
      end
      for _, p in ipairs(processes) do assert.is_true(p:join()) end
      for _ = 1, 400 do assert.is_true(most:get() <= 3) end
      assert.equal(3, s.value)
    end)

    it("does not give back what others hold", function()
      local s = mp[class] {value = 2, name = "seats"}
      assert.equal("semaphore 'seats' is not held by this process", message_of(function() s:release() end))
      local p, go = holder_of(s, 1, function() s:release() end)
      assert.equal("semaphore 'seats' is not held by this process", message_of(function() s:release() end))
      s:acquire()
      assert.equal("semaphore 'seats' cannot take back 2 permits: this process holds 1",
                   message_of(function() s:release(2) end))
      assert.equal(0, s.value)
      s:release()
      go:put(true)
      p:join()
      assert.equal(2, s.value)
    end)

    it("has its permits back when their holder was killed, and when it ended with them", function()
      local s = mp[class](3)
      local p = holder_of(s, 2)
      assert.equal(1, s.value)
      p:kill()
      p:join()
      assert.equal(3, s.value)
      local q, go = holder_of(s, 3)
      local waiter = waiter_of(s)
      go:put(true)
      assert.is_true(waiter:result())
      q:join()
      assert.equal(3, s.value)
    end)

    it("wakes those who wait when a holder is killed", function()
      local s = mp[class](2)
      local p = holder_of(s, 2)
      local waiters = {waiter_of(s), waiter_of(s)}
      p:kill()
      for _, waiter in ipairs(waiters) do assert.is_true(waiter:result()) end
      p:join()
      assert.equal(2, s.value)
    end)

    it("goes on although one that waits is killed", function()
      local s = mp[class](1)
      s:acquire()
      local victim, other = waiter_of(s), waiter_of(s)
      victim:kill()
      victim:join()
      s:release()
      assert.is_true(other:result())
      assert.equal(1, s.value)
    end)

    it("lets everyone in who waits, however long others keep coming", function()
      local s, stop = mp[class](1), mp.Event()
      local greedy = mp.spawn(function()
        while not stop:is_set() do
          s:acquire()
          s:release()
        end
      end)
      local modest = mp.spawn(function()
        for _ = 1, 50 do
          s:acquire()
          mp.sleep(0.0001)
          s:release()
        end
      end)
      assert.is_true(modest:join(10))
      stop:set()
      greedy:join()
    end)

    it("never has more permits than it was made with, whoever is killed when", function()
      local s = mp[class](2)
      local function user()
        while true do
          s:acquire()
          s:acquire(0)
          s:release()
          pcall(s.release, s)
        end
      end
      local processes = {}
      for i = 1, 4 do processes[i] = mp.spawn(user) end
      for round = 1, 60 do
        local i = round % 4 + 1
        assert.is_true(s.value <= 2)
        mp.sleep(math.random() / 1000)
        processes[i]:kill()
        processes[i]:join()
        processes[i] = mp.spawn(user)
      end
      for _, p in ipairs(processes) do
        p:kill()
        p:join()
      end
      assert.equal(2, s.value)
    end)

    it("is given back by its guard, and after a function", function()
      local s = mp[class](1)
      do
        local _ <close> = s:guard()
        assert.equal(0, s.value)
      end
      assert.equal(1, s.value)
      assert.same({1, nil, 3}, {s:with(function(...)
        assert.equal(0, s.value)
        return ...
      end, 1, nil, 3)})
      assert.same({false, "out"}, {pcall(s.with, s, error, "out")})
      assert.equal(1, s.value)
    end)

    it("is held on by who forgets it", function()
      local q = mp.Queue()
      do
        local s = mp[class](2)
        q:put(s)
        s:acquire()
      end
      collectgarbage()
      collectgarbage()
      local s = q:get()
      assert.equal(1, s.value)
      s:release()
      assert.equal(2, s.value)
    end)

    it("is not the child's when its maker holds it", function()
      local s = mp[class](1)
      s:acquire()
      local child = mp.spawn(function() return pcall(s.release, s) end)
      assert.is_false((child:result()))
      assert.equal(0, s.value)
      s:release()
    end)

    it("is ready when a permit is free", function()
      local s = mp[class](1)
      assert.same({s}, mp.wait({s}, 0))
      local p, go = holder_of(s, 1, function() s:release() end)
      assert.same({}, mp.wait({s}, 0))
      go:put(true)
      assert.same({s}, mp.wait {s})
      p:join()
    end)

    it("is not ready for who holds a permit already", function()
      local s, e = mp[class](3), mp.Event()
      s:acquire()
      assert.same({}, mp.wait({s}, 0))
      assert.same({}, mp.wait({s}, 0.02))
      local other = mp.spawn(function() return #mp.wait({s}, 0) end)
      assert.equal(1, other:result())   -- who holds none
      local helper_of = mp.spawn(function() e:set() end)
      assert.same({e}, mp.wait {s, e})
      helper_of:join()
      s:release()
      assert.same({s}, mp.wait({s}, 0))
    end)

    it("travels", function()
      local q, s, done = mp.Queue(), mp[class](1), mp.Event()
      local p = mp.spawn(function()
        local got = q:get().semaphore
        got:acquire()
        done:wait()
        got:release()
      end)
      q:put {semaphore = s}
      assert.is_truthy(helper.wait_until(function() return s.value == 0 end))
      done:set()
      p:join()
      assert.equal(1, s.value)
    end)

    it("that is waited for can be interrupted", function()
      local s = mp[class](1)
      s:acquire()
      local p = mp.spawn(function() return pcall(s.acquire, s) end)
      helper.asleep(p)
      p:interrupt()
      local ok, message = p:result()
      assert.is_false(ok)
      assert.matches("interrupted", message)
      s:release()
      assert.equal(1, s.value)
    end)

    it("raises what cannot be", function()
      local s = mp[class] {name = "seats"}
      assert.equal("semaphore 'seats'", tostring(s))
      assert.equal("seats", s.name)
      assert.equal("semaphore", mp.type(s))
      assert.matches("permits must be from 0", message_of(function() mp[class](-1) end))
      assert.matches("permits must be from 0", message_of(function() mp[class](2 ^ 31) end))
      assert.matches("number expected, got string", message_of(function() mp[class]("x") end))
      assert.matches("nobody could ever take .*signal = true", message_of(function() mp[class](0) end))
      assert.matches("must be from 1", message_of(function() s:release(0) end))
      assert.matches("must be from 1", message_of(function() s:release(-1) end))
      assert.matches("number has no integer", message_of(function() s:release(1.5) end))
      assert.matches("number of seconds expected", message_of(function() s:acquire("1") end))
      assert.matches("did you mean 'acquire'", message_of(function() s:aquire() end))
      assert.matches("cannot set 'value'", message_of(function() s.value = 2 end))
      assert.matches("semaphore expected, got table", message_of(function() s.acquire({}) end))
    end)
  end)
end

describe("a semaphore for signalling", function()
  it("is released by anyone, as often as they like", function()
    local s = mp.Semaphore {value = 0, signal = true}
    assert.same({false, "timeout"}, {s:acquire(0)})
    s:release()
    s:release(4)
    assert.equal(5, s.value)
    local p = mp.spawn(function()
      for _ = 1, 5 do s:acquire() end
      s:release(7)
    end)
    p:join()
    assert.equal(7, s.value)
    assert.equal(2, mp.Semaphore(2, true).value)
  end)

  it("wakes as many as there are signals", function()
    local s, woken = mp.Semaphore {value = 0, signal = true}, mp.Queue()
    local processes = {}
    for i = 1, 5 do
      processes[i] = mp.spawn(function()
        s:acquire()
        woken:put(true)
      end)
    end
    for _, p in ipairs(processes) do helper.asleep(p) end
    s:release(2)
    for _ = 1, 2 do assert.is_true(woken:get()) end
    assert.same({nil, "timeout"}, {woken:get(0.05)})
    s:release(3)
    for _ = 1, 3 do assert.is_true(woken:get()) end
    for _, p in ipairs(processes) do p:join() end
    assert.equal(0, s.value)
  end)

  it("gets nothing back from the dead", function()
    local s = mp.Semaphore {value = 3, signal = true}
    local p = holder_of(s, 2)
    p:kill()
    p:join()
    assert.equal(1, s.value)
  end)

  it("counts every signal of many processes", function()
    local s = mp.Semaphore {value = 0, signal = true}
    local givers, takers = {}, {}
    for i = 1, 3 do
      givers[i] = mp.spawn(function()
        for _ = 1, 2000 do s:release() end
      end)
      takers[i] = mp.spawn(function()
        for _ = 1, 2000 do s:acquire() end
      end)
    end
    for _, p in ipairs(givers) do p:join() end
    for _, p in ipairs(takers) do assert.is_true(p:join(20)) end
    assert.equal(0, s.value)
  end)

  it("raises when there would be too many", function()
    local s = mp.Semaphore {value = 2 ^ 31 - 1, signal = true, name = "go"}
    assert.equal("semaphore 'go' would have more than 2147483647 permits", message_of(function() s:release() end))
    assert.equal(2 ^ 31 - 1, s.value)
    assert.matches("boolean expected, got number", message_of(function() mp.Semaphore {value = 0, signal = 1} end))
    assert.matches("mp.BoundedSemaphore has no 'signal'", message_of(function()
      mp.BoundedSemaphore {value = 0, signal = true}
    end))
  end)
end)
