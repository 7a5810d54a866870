-- Barriers: what those who wait for each other rely on.
local helper = require "spec.helper"
local mp = require "mp"

local message_of = helper.message_of

-- Starts n processes that wait; they are asleep. Their result: the index, or nil and the message.
local function waiters_of(barrier, n, timeout)
  local processes = {}
  for i = 1, n do
    processes[i] = mp.spawn(function()
      local ok, result = pcall(function() return barrier:wait(timeout) end)
      if ok then return result end
      return nil, result
    end)
    helper.asleep(processes[i])
  end
  return processes
end

local function expect_broken(processes, pattern)
  for _, p in ipairs(processes) do
    local index, message = p:result()
    assert.is_nil(index)
    assert.matches(pattern, message)
  end
end

local SIGSTOP <const>, SIGCONT <const> = 19, 18

local function join_all(processes)
  for _, p in ipairs(processes) do assert.is_true(p:join(20)) end
end

describe("a barrier", function()
  it("lets all go on when the last has come", function()
    local b, passed = mp.Barrier(4), mp.Queue()
    assert.equal(4, b.parties)
    local processes = waiters_of(b, 3)
    assert.equal(3, b.n_waiting)
    assert.is_true(passed:empty())
    assert.equal(4, b:wait())
    local seen = {}
    for _, p in ipairs(processes) do seen[p:result()] = true end
    assert.same({true, true, true}, seen)
    assert.equal(0, b.n_waiting)
    assert.is_false(b.broken)
  end)

  it("of one lets it pass", function()
    local b = mp.Barrier(1)
    for _ = 1, 3 do assert.equal(1, b:wait()) end
  end)

  it("keeps many in step for a thousand rounds", function()
    local b, done = mp.Barrier(5), {}
    local counts = {}
    for i = 1, 5 do counts[i] = mp.Queue() end
    local function run(i)
      for round = 1, 1000 do
        counts[i]:put(round)
        b:wait()
        for k = 1, 5 do   -- nobody is behind, and nobody ahead
          if counts[k]:size() ~= round then error(("round %d: %d has %d"):format(round, k, counts[k]:size())) end
        end
        b:wait()
      end
      return true
    end
    for i = 2, 5 do done[i - 1] = mp.spawn(run, i) end
    assert.is_true(run(1))
    for _, p in ipairs(done) do assert.is_true(p:result()) end
    assert.equal(0, b.n_waiting)
    assert.is_false(b.broken)
  end)

  it("gives each index once in each round", function()
    local b, indices = mp.Barrier(3), mp.Queue()
    local processes = {}
    for i = 1, 3 do
      processes[i] = mp.spawn(function()
        for _ = 1, 100 do indices:put(b:wait()) end
      end)
    end
    join_all(processes)
    local count = {0, 0, 0}
    for _ = 1, 300 do
      local i = indices:get()
      count[i] = count[i] + 1
    end
    assert.same({100, 100, 100}, count)
  end)

  it("serves more processes than it has parties", function()
    local b, enough = mp.Barrier(2), mp.Event()
    local processes = {}
    for i = 1, 4 do
      processes[i] = mp.spawn(function()
        local passed = 0
        while pcall(b.wait, b) do
          passed = passed + 1
          if passed == 300 then enough:set() end
        end
        return passed
      end)
    end
    enough:wait()
    b:abort()
    local sum = 0
    for _, p in ipairs(processes) do sum = sum + p:result() end
    assert.equal(0, sum % 2)   -- each round let two pass
  end)

  it("does not mind that one who has waited ends", function()
    local b = mp.Barrier(2)
    local p = mp.spawn(b.wait, b)
    b:wait()
    p:join()
    assert.is_false(b.broken)
    local q = mp.spawn(b.wait, b)
    assert.is_truthy(b:wait())
    q:join()
  end)

  -- ---- breaking ----

  it("is broken by the death of one who waits", function()
    local b = mp.Barrier {parties = 4, name = "x"}
    local victim = mp.Process {target = function() b:wait() end, name = "worker-3"}:start()
    helper.asleep(victim)
    local processes = waiters_of(b, 2)
    victim:kill()
    local text = "barrier 'x' is broken: process worker-3 was killed by signal 9 (SIGKILL)"
    expect_broken(processes, (text:gsub("%p", "%%%0")))
    assert.is_true(b.broken)
    assert.equal(text, message_of(function() b:wait() end))
    assert.equal(0, b.n_waiting)
    victim:join()
  end)

  it("is broken by the death of one who has waited, also when it was forgotten", function()
    local b, q, passed = mp.Barrier(2), mp.Queue(), mp.Event()
    q:put(b)
    local p = mp.spawn(function()
      q:get():wait()
      collectgarbage()
      collectgarbage()
      passed:set()
      mp.sleep(math.huge)
    end)
    b:wait()
    passed:wait()
    local processes = waiters_of(b, 1)
    p:signal(15)
    expect_broken(processes, "is broken: process%-%d+ was killed by signal 15 %(SIGTERM%)")
    p:join()
  end)

  it("does not mind the death of one who has never waited", function()
    local b = mp.Barrier(2)
    local stranger = mp.spawn(mp.sleep, math.huge)
    helper.asleep(stranger)
    stranger:kill()
    stranger:join()
    assert.is_false(b.broken)
    local p = mp.spawn(b.wait, b)
    assert.is_truthy(b:wait())
    p:join()
  end)

  it("is broken by abort()", function()
    local b = mp.Barrier(5)
    local processes = waiters_of(b, 4)
    b:abort()
    expect_broken(processes, "barrier%-%d+ is broken: process main called abort%(%)")
    assert.is_true(b.broken)
    b:abort()
    assert.matches("is broken", message_of(function() b:wait() end))
  end)

  it("is broken by who waits in vain, and tells it so", function()
    local b = mp.Barrier(3)
    local processes = waiters_of(b, 1)
    local begin = mp.time()
    assert.matches("is broken: process main waited for 0%.05 seconds and gave up$",
                   message_of(function() b:wait(0.05) end))
    assert.is_true(mp.time() - begin >= 0.05)
    expect_broken(processes, "process main waited for 0%.05 seconds and")
    assert.is_true(b.broken)
    local once = mp.Barrier(2)
    assert.matches("main waited for 0 seconds and", message_of(function() once:wait(0) end))
    assert.is_true(once.broken)
  end)

  it("has a timeout for those who give none", function()
    local b = mp.Barrier(2, nil, 0.05)
    local begin = mp.time()
    assert.matches("waited for 0.05 seconds and gave up", message_of(function() b:wait() end))
    assert.is_true(mp.time() - begin >= 0.05 and mp.time() - begin < 5)
    local patient = mp.Barrier {parties = 2, timeout = 0.01}
    local p = mp.spawn(function()
      mp.sleep(0.1)
      return patient:wait()
    end)
    assert.equal(1, patient:wait(10))
    assert.equal(2, p:result())
    assert.equal(1, mp.Barrier(1, nil, 0):wait())
  end)

  it("is mended by reset(), which sends those away who wait", function()
    local b = mp.Barrier(3)
    local processes = waiters_of(b, 2)
    b:reset()
    expect_broken(processes, "barrier%-%d+ was reset")
    assert.is_false(b.broken)
    assert.equal(0, b.n_waiting)
    b:abort()
    assert.is_true(b.broken)
    b:reset()
    assert.is_false(b.broken)
    b:reset()
    processes = waiters_of(b, 2)
    assert.equal(3, b:wait())
    for _, p in ipairs(processes) do assert.is_truthy(p:result()) end
  end)

  it("tells those who waited in a broken round so, however soon it is mended and used", function()
    local b = mp.Barrier(4)
    for _ = 1, 20 do
      local processes = waiters_of(b, 3)
      b:abort()
      b:reset()
      local next_round = waiters_of(b, 3)
      b:wait()
      expect_broken(processes, "is broken: process main called abort%(%)")
      for _, p in ipairs(next_round) do assert.is_truthy(p:result()) end
    end
  end)

  it("lets those pass who waited in a good round, however soon it is broken", function()
    local b = mp.Barrier(4)
    for _ = 1, 20 do
      local processes = waiters_of(b, 3)
      b:wait()
      b:abort()
      for _, p in ipairs(processes) do assert.is_truthy(p:result()) end
      b:reset()
    end
  end)

  -- A waiter of a barrier for two that is stopped before its round ends, and goes on after `meanwhile`.
  local function late(b, meanwhile)
    local waiter = waiters_of(b, 1)[1]
    helper.asleep(waiter)
    waiter:signal(SIGSTOP)
    meanwhile()
    waiter:signal(SIGCONT)
    return waiter
  end

  it("tells that also who is late by more rounds than it remembers", function()
    local b = mp.Barrier(2)
    local waiter = late(b, function()
      b:reset()
      for _ = 1, 100 do
        assert.is_false(pcall(b.wait, b, 0))
        b:reset()
      end
    end)
    expect_broken({waiter}, "is broken: process main waited for 0 seconds and gave up")
  end)

  it("lets pass who is late by as many, also where there was a broken round before his own", function()
    local b = mp.Barrier(2)
    assert.is_false(pcall(b.wait, b, 0))
    b:reset()
    local waiter = late(b, function()
      b:wait()   -- ends the waiter's round, before there is another who could
      local other = mp.spawn(function() for _ = 1, 100 do b:wait() end end)
      for _ = 1, 100 do b:wait() end
      assert.is_true(other:join())
    end)
    assert.equal(1, (waiter:result()))
  end)

  it("goes on without one that was interrupted", function()
    local b = mp.Barrier(3)
    local first, second = waiters_of(b, 1)[1], waiters_of(b, 1)[1]
    first:interrupt()
    local index, message = first:result()
    assert.is_nil(index)
    assert.matches("interrupted", message)
    assert.equal(1, b.n_waiting)
    local third = waiters_of(b, 1)[1]
    assert.equal(3, b:wait())
    assert.is_truthy(second:result())
    assert.is_truthy(third:result())
  end)

  it("is never passed by some of a round only, whoever is killed when", function()
    for _ = 1, 25 do
      local b, results, begun = mp.Barrier(4), mp.Queue(), mp.Event()
      local processes = {}
      for i = 1, 4 do
        processes[i] = mp.spawn(function()
          for round = 1, 1000000 do
            local ok = pcall(b.wait, b)
            results:put {i, round, ok}
            if not ok then return end
            if i == 1 then begun:set() end
          end
        end)
      end
      begun:wait()
      mp.sleep(math.random() / 200)
      processes[1]:kill()
      join_all(processes)
      assert.is_true(b.broken)
      local last, how = {}, {}
      while not results:empty() do
        local i, round, ok = table.unpack(results:get())
        last[i] = round
        how[round] = how[round] or ok
        if i > 1 then assert.equal(how[round], ok) end
      end
      assert.equal(last[2], last[3])
      assert.equal(last[2], last[4])
    end
  end)

  it("travels", function()
    local q, b = mp.Queue(), mp.Barrier(2)
    local p = mp.spawn(function() return q:get().barrier:wait() end)
    q:put {barrier = b}
    assert.is_truthy(b:wait())
    assert.is_truthy(p:result())
  end)

  it("is not kept by who has waited at many and forgot them", function()
    local q = mp.Queue()
    for _ = 1, 20 do
      for _ = 1, 50 do
        local b = mp.Barrier(1)
        b:wait()
        q:put(b)
      end
      collectgarbage()   -- while others could still meet them
      collectgarbage()
      q:clear()
    end
    assert.is_true(mp.debug.census().barrier <= 150)
    for _ = 1, 2 do   -- what is left goes when there is more to keep
      for _ = 1, 200 do
        local b = mp.Barrier(1)
        b:wait()
        q:put(b)
      end
      collectgarbage()
      collectgarbage()
      while not q:empty() do q:get():reset() end
      collectgarbage()
      collectgarbage()
    end
    assert.is_true(mp.debug.census().barrier < 50)
  end)

  it("raises what cannot be", function()
    local b = mp.Barrier {parties = 2, name = "x"}
    assert.equal("barrier 'x'", tostring(b))
    assert.equal("x", b.name)
    assert.equal("barrier", mp.type(b))
    assert.matches("parties must be from 1", message_of(function() mp.Barrier(0) end))
    assert.matches("parties must be from 1", message_of(function() mp.Barrier(-1) end))
    assert.matches("number expected, got no value", message_of(function() mp.Barrier() end))
    assert.matches("function expected, got string", message_of(function() mp.Barrier(1, "f") end))
    assert.matches("number of seconds expected", message_of(function() mp.Barrier(1, nil, "f") end))
    assert.matches("number of seconds expected", message_of(function() b:wait("f") end))
    assert.matches("mp.Barrier has no 'party'", message_of(function() mp.Barrier {party = 2} end))
    assert.matches("cannot send action", message_of(function()
      local co = coroutine.create(print)
      mp.Barrier(1, function() return co end)
    end))
    assert.matches("objects%[1%] is a barrier, which cannot be waited for", message_of(function() mp.wait {b} end))
    assert.matches("did you mean 'reset'", message_of(function() b:rest() end))
    assert.is_false(b.broken)
    assert.equal(0, b.n_waiting)
  end)
end)

describe("the action of a barrier", function()
  it("runs once a round, when all have come and before they go on", function()
    local runs = mp.Queue()
    local b = mp.Barrier(3, function() runs:put(mp.current_process()) end)
    local processes = {}
    for i = 1, 2 do
      processes[i] = mp.spawn(function()
        for round = 1, 100 do
          b:wait()
          assert(runs:size() >= round)
        end
        return true
      end)
    end
    for round = 1, 100 do
      b:wait()
      assert.is_true(runs:size() >= round and runs:size() <= round + 1)
    end
    for _, p in ipairs(processes) do assert.is_true(p:result()) end
    assert.equal(100, runs:size())
  end)

  it("of the maker is the function itself, of others a copy", function()
    local n, q, back = 0, mp.Queue(), mp.Queue()
    local stranger = mp.spawn(function()   -- has not inherited the barrier
      local b = q:get()
      for _ = 1, 3 do b:wait() end
      back:put(true)
    end)
    local b = mp.Barrier {parties = 1, action = function()
      n = n + 1
      back:put(n)
    end}
    b:wait()
    b:wait()
    assert.equal(2, n)
    q:put(b)
    stranger:join()
    local counts = {}
    for i = 1, 5 do counts[i] = back:get() end
    assert.same({1, 2, 1, 2, 3}, counts)
    assert.is_true(back:get())
  end)

  it("that fails breaks the barrier; its runner raises the error itself", function()
    local failure = {}
    local b = mp.Barrier(3, function() error(failure) end)
    local processes = waiters_of(b, 2)
    local ok, err = pcall(b.wait, b)
    assert.is_false(ok)
    assert.equal(failure, err)
    expect_broken(processes, "is broken: its action failed in process main: %(error object is a table value%)")
    assert.is_true(b.broken)
    local c = mp.Barrier(1, function() error("out of paper", 0) end)
    assert.equal("out of paper", helper.error_of(c.wait, c))
    assert.matches("its action failed in process main: out of paper", message_of(function() c:wait() end))
  end)

  it("cannot wait for its own barrier", function()
    local b
    b = mp.Barrier {parties = 1, name = "x", action = function() b:wait() end}
    assert.equal("barrier 'x' is waited for by its own action", message_of(function() b:wait() end))
    assert.is_true(b.broken)
  end)

  it("cannot yield", function()
    local b = mp.Barrier(1, coroutine.yield)
    local co = coroutine.wrap(function() return pcall(b.wait, b) end)
    local ok, message = co()
    assert.is_false(ok)
    assert.matches("yield", message)
    assert.is_true(b.broken)
  end)

  it("whose process is killed in it breaks the barrier", function()
    local began = mp.Event()
    local b = mp.Barrier(3, function()
      began:set()
      mp.sleep(math.huge)
    end)
    local processes = waiters_of(b, 2)
    local actor = mp.spawn(b.wait, b)
    began:wait()
    actor:kill()
    expect_broken(processes, "is broken: process%-%d+ was killed by signal 9 %(SIGKILL%)")
    actor:join()
  end)

  it("whose process ends in it breaks the barrier", function()
    local b = mp.Barrier(3, function() os.exit(0) end)
    local processes = waiters_of(b, 2)
    local actor = mp.spawn(b.wait, b)
    actor:join()
    expect_broken(processes, "is broken: process%-%d+ ended in its action")
  end)

  it("is waited for by those of the next round", function()
    local began, go = mp.Event(), mp.Event()
    local b = mp.Barrier(2, function()
      began:set()
      go:wait()
    end)
    local first = waiters_of(b, 1)
    local actor = mp.spawn(b.wait, b)
    began:wait()
    assert.equal(2, b.n_waiting)
    local second = waiters_of(b, 2)
    assert.equal(2, b.n_waiting)
    go:set()
    assert.equal(1, first[1]:result())
    assert.equal(2, actor:result())
    local a, c = second[1]:result(), second[2]:result()
    assert.equal(3, a + c)
  end)

  it("does not pass the barrier when it was reset meanwhile", function()
    local b
    b = mp.Barrier(2, function() b:reset() end)
    local processes = waiters_of(b, 1)
    assert.matches("barrier%-%d+ was reset", message_of(function() b:wait() end))
    expect_broken(processes, "was reset")
    assert.is_false(b.broken)
  end)
end)
