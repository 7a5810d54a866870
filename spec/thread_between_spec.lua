-- What the primitives do between threads.
local helper = require "spec.helper"
local mp = require "mp"

local message_of = helper.message_of

-- mp.Thread, started.
local function run(f, ...)
  return mp.Thread(f, ...):start()
end

describe("between threads", function()
  -- Runs f(i) in n threads and waits for them.
  local function together(n, f)
    local list = {}
    for i = 1, n do list[i] = run(f, i) end
    for i = 1, n do list[i]:result() end
  end

  for _, class in ipairs {"Lock", "RLock"} do
    it("an mp." .. class .. " lets one at a time in", function()
      local lock, t = mp[class](), mp.Table {n = 0}
      together(4, function()
        for _ = 1, 500 do lock:with(function() t.n = t.n + 1 end) end
      end)
      assert.equal(2000, t.n)
    end)
  end

  it("a lock tells who has it", function()
    local lock, ready, go = mp.Lock {name = "door"}, mp.Event(), mp.Event()
    local t = run(function() lock:acquire() ready:set() go:wait() lock:release() end)
    ready:wait()
    assert.equal(t, lock.holder)
    assert.matches("^lock 'door' is held by thread%-%d+$", message_of(function() lock:release() end))
    assert.same({false, "timeout"}, {lock:acquire(0)})
    go:set()
    t:join()
    assert.matches("lock 'door' is held by this thread already", run(function()
      lock:acquire()
      local _, message = pcall(lock.acquire, lock)
      lock:release()
      return message
    end):result())
  end)

  it("queues carry each message once", function()
    local q, sum = mp.Queue(10), mp.Value(0)
    local readers = {}
    for i = 1, 3 do readers[i] = run(function() for n in q:items() do sum:add(n) end end) end
    together(3, function() for n = 1, 1000 do q:put(n) end end)
    q:close()
    for _, t in ipairs(readers) do t:join() end
    assert.equal(3 * 500500, sum.value)
  end)

  it("semaphores, events and barriers work", function()
    local seats, inside, most = mp.Semaphore(2), mp.Value(0), mp.Value(0)
    local start, barrier, rounds = mp.Event(), mp.Barrier(4), mp.Array("i", 3)
    local list = {}
    for i = 1, 4 do
      list[i] = run(function()
        start:wait()
        for round = 1, 3 do
          seats:with(function()
            local n = inside:add(1)
            most:update(function(m) return math.max(m, n) end)
            inside:add(-1)
          end)
          rounds:add(round, 1)
          barrier:wait()
          assert(rounds[round] == 4)
        end
      end)
    end
    start:set()
    for _, t in ipairs(list) do t:result() end
    assert.is_true(most.value <= 2)
    assert.equal(0, inside.value)
  end)

  it("conditions wake who waits", function()
    local c, t, log = mp.Condition(), mp.Table {turn = 1}, mp.Queue()
    together(3, function(i)
      for round = 0, 4 do
        c:with(function()
          c:wait_for(function() return t.turn == round * 3 + i end)
          log:put(i)
          t.turn = t.turn + 1
          c:notify_all()
        end)
      end
    end)
    local order = {}
    for i = 1, 15 do order[i] = log:get(0) end
    assert.equal("123123123123123", table.concat(order))
  end)

  it("pipes carry messages both ways", function()
    local a, b = mp.Pipe()
    local echo = run(function()
      local n = 0
      for _ = 1, 500 do
        b:send({b:recv()})
        n = n + 1
      end
      return n
    end)
    for i = 1, 500 do
      a:send(i)
      assert.equal(i, a:recv()[1])
    end
    assert.equal(500, echo:result())
  end)

  it("tables, values and arrays are shared", function()
    local t, v, a = mp.Table {list = {}, n = 0}, mp.Value(0), mp.Array("i", 4)
    together(4, function(i)
      for n = 1, 200 do
        mp.Table.add(t, "n", 1)
        mp.Table.insert(t.list, i)
        v:add(1)
        a:add(i, n)
      end
    end)
    assert.same({800, 800, 800}, {t.n, #t.list, v.value})
    assert.same({20100, 20100, 20100, 20100}, a:totable())
  end)

  it("and processes all of that is the same", function()
    local q, lock, v = mp.Queue(), mp.Lock(), mp.Value(0)
    local processes = {}
    for i = 1, 2 do
      processes[i] = mp.spawn(function()
        local threads = {}
        for k = 1, 2 do
          threads[k] = run(function()
            for _ = 1, 200 do lock:with(function() v.value = v.value + 1 end) end
            q:put(i)
          end)
        end
        for _, t in ipairs(threads) do t:result() end
      end)
    end
    for _, p in ipairs(processes) do p:result() end
    assert.equal(800, v.value)
    assert.equal(4, #q)
    q:clear()
  end)

  it("objects that only keep each other are collected", function()
    together(3, function()
      for _ = 1, 50 do
        local t = mp.Table {}
        t.self = t
      end
      mp.collect()
    end)
  end)
end)
