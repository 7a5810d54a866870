-- Processes that start others, end at once, have threads or pools: killed in the middle of that as of everything else.
local mp = require "mp"
local ledger = require "spec.torture.ledger"

local SIGKILL <const> = 9

-- Children that are joined, killed in their start or their end, or left behind by a maker that dies.
local function add_starters(family)
  local results, killed = mp.Value(0), family.children
  local function child(n)
    local queue <const> = mp.Queue()
    queue:put(n)
    return n, queue
  end
  local function start_one()
    local n = math.random(1 << 30)
    local process = mp.spawn(child, n)
    if math.random(2) == 1 then
      if math.random(2) == 1 then mp.sleep(math.random() * 0.001) end
      process:kill()
    end
    assert(process:join(family.patience), "a child does not end")
    if process.exitcode == -SIGKILL then return killed:add(1) end
    local result, queue = process:result()
    assert(result == n and queue:get(0) == n, "a process has another one's result")
    results:add(1)
  end
  local function starter()
    while family:going_on() do start_one() end
  end
  family:role("starter ", 2, starter)
  family:check(function()
    assert(results.value > 0, "no child has a result")
    return ("processes: %d results, %d killed by their makers"):format(results.value, killed.value)
  end)
end

-- Who ends soon, and leaves whatever can be left behind.
local function add_briefs(family)
  local lock, permits, jobs = mp.Lock(), mp.Semaphore(2), mp.Queue()
  jobs:put "the only one"
  local briefs = mp.Value(0)
  local function brief()
    assert(lock:acquire(family.patience), "a lock of those that ended is not free")
    assert(permits:acquire(family.patience), "a permit of those that ended is not back")
    local lease = jobs:lease(family.patience)
    assert(lease and lease.value == "the only one", "an item of those that ended is not back")
    mp.Queue():put(mp.Table {lease.deliveries})
    briefs:add(1)
  end
  family:role("brief ", 2, brief)
  family:check(function()
    assert(briefs.value > 0, "nobody has ended")
    assert(lock:acquire(0) and permits.value == 2 and #jobs == 1, "what those had that ended is not back")
    lock:release()
    return ("ends: %d with a lock, a permit and a lease"):format(briefs.value)
  end)
end

local function add_threads(family)
  local sum, sums, pass = mp.Value(0), ledger.sums(), mp.Value(0)
  local function count(n)
    for _ = 1, n do sum:add(1) end
    return n
  end
  local function both(me, n)
    local queue, threads = mp.Queue(3), {}
    for i = 1, n do threads[i] = mp.Thread(count, 1) end
    threads[n + 1] = mp.Thread(function() for i = 1, 20 do queue:put(i) end queue:close() end)
    for i = 1, n + 1 do
      if i <= n then sums.attempted:add(me, 1) end
      threads[i]:start()
    end
    for i = 1, 20 do assert(queue:get(family.patience) == i, "a thread's items come in another order") end
    for i = 1, n do
      assert(threads[i]:result(family.patience) == 1, "a thread has another one's result")
      sums.done:add(me, 1)
    end
    assert(threads[n + 1]:join(family.patience), "a thread does not end")
    pass:add(n)
  end
  local function worker(me)
    while family:going_on() do both(me, math.random(3)) end
  end
  family:role("threads ", 1, worker)
  family:check(function() return sums:check("threads", sum.value) end)
end

-- A pool whose workers are killed, and whose maker is: each task runs once or not at all, and its result is its own.
local function add_pools(family)
  local MOST <const> = 1 << 20
  local runs, last = mp.Array("B", MOST), mp.Value(0)
  local fine, failed, pools = mp.Value(0), mp.Value(0), mp.Value(0)
  local function task(n)
    assert(runs:add(n, 1) == 1, "a task runs twice")
    if n % 16 == 0 then mp.sleep(0.0005) end
    return -n
  end
  local function numbers(n)
    local first, list = last:add(n) - n, {}
    for i = 1, n do list[i] = first + i end
    return list
  end
  local function judge(future, n)
    local ok, result = pcall(future.get, future, family.patience)
    if ok then
      assert(result == -n, "a task has another one's result")
      fine:add(1)
    else
      assert(tostring(result):find "was killed by signal 9", result)
      failed:add(1)
    end
  end
  local function maker()
    local pool <close> = mp.Pool(2)
    pools:add(1)
    while family:going_on() and last.value < MOST - 1000 do
      local list, futures = numbers(math.random(100)), {}
      for i, n in ipairs(list) do futures[i] = pool:submit(task, n) end
      local worker = pool.workers[math.random(4)]   -- or nobody
      if worker then worker:kill() end
      for i, n in ipairs(list) do judge(futures[i], n) end
      if math.random(20) == 1 then break end
    end
  end
  family:role("pool ", 1, maker)
  family:check(function()
    assert(fine.value > 0, "no task has a result")
    return ("pools: %d made, %d results, %d tasks failed by a death"):format(pools.value, fine.value, failed.value)
  end)
end

return function(family)
  add_starters(family)
  add_briefs(family)
  add_threads(family)
  add_pools(family)
end
