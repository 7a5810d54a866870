-- What people complain of about pools elsewhere: there it hangs, is lost in silence, or grows without end.
local helper = require "spec.helper"
local mp = require "mp"

local function error_of(f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok)
  return err
end

local function same(...) return ... end

local function pid() return mp.current_process().pid end

-- The outcomes of an iterator by position, and its errors in order.
local function drain(iterator)
  local results, errors = {}, {}
  while true do
    local ok, position, value = pcall(iterator)
    if ok and position == nil then return results, errors end
    if ok then results[position] = value else errors[#errors + 1] = position end
  end
end

describe("a pool, where others fail,", function()
  -- ---- workers that die ----

  it("does not wait for ever for a task whose worker was killed from outside", function()
    local pool <close> = mp.Pool(2)
    local running = mp.Queue()
    local killer = mp.spawn(function() running:get():kill() end)
    local message = error_of(pool.map, pool, function(x)
      if x ~= 3 then return x end
      running:put(mp.current_process())
      mp.sleep(1000)
    end, {1, 2, 3, 4})
    killer:join()
    assert.matches("^task 3 failed: worker [%w-]+ was killed by signal 9 %(SIGKILL%)$", message)
    assert.same({1, 2, n = 2}, pool:map(same, {1, 2}))
  end)

  for name, number in pairs{SIGSEGV = 11, SIGABRT = 6, SIGTERM = 15} do
    it("names the signal of a task that died of " .. name .. ", and goes on", function()
      local pool <close> = mp.Pool(1)
      assert.matches(("^task 1 failed: worker [%%w-]+ was killed by signal %d %%(%s%%)$"):format(number, name),
        error_of(pool.apply, pool, function() mp.current_process():signal(number) end))
      assert.equal(5, pool:apply(same, 5))
    end)
  end

  it("fails no other call for a worker that died", function()
    local pool <close> = mp.Pool(2)
    local futures = {}
    for i = 1, 20 do
      futures[i] = pool:submit(function() if i == 7 then mp.current_process():kill() end return i end)
    end
    for i, future in ipairs(futures) do
      if i == 7 then
        assert.matches("SIGKILL", error_of(future.get, future))
      else
        assert.equal(i, future:get())
      end
    end
  end)

  it("gives the error and the result of tasks whose worker died right after them", function()
    local pool <close> = mp.Pool(1)
    local results, errors = drain(pool:imap(function(x)
      if x == 1 then return "result" end
      if x == 2 then error("error", 0) end
      mp.current_process():kill()
    end, {1, 2, 3}, {chunksize = 3}))
    assert.same({"result"}, results)
    assert.matches("^error\n", errors[1])
    assert.matches("^task 3 failed", errors[2])
    assert.equal(2, #errors)
  end)

  it("is not lost when a task ends its worker, by whatever means", function()
    local pool <close> = mp.Pool(2)
    local function deep() return 1 + deep() end
    assert.matches("exited with status 3", error_of(pool.map, pool, os.exit, {3}))
    assert.matches("exited with status 0", error_of(pool.map, pool, function() os.exit(true, true) end, {1}))
    assert.matches("stack overflow", error_of(pool.map, pool, deep, {1}))
    assert.matches("interrupted", error_of(pool.map, pool, function() mp.current_process():interrupt() end, {1}))
    for _, value in ipairs{false, 5} do assert.equal(value, error_of(pool.map, pool, error, {value})) end
    assert.is_nil(error_of(pool.starmap, pool, error, {{nil, n = 1}}))
    assert.equal(5, pool:apply(same, 5))
  end)

  -- ---- what is sent ----

  it("takes closures and local functions that were written after it was made", function()
    local pool <close> = mp.Pool(2)
    local factor, odd = 10, nil
    local function even(n) return n == 0 or odd(n - 1) end
    function odd(n) return n ~= 0 and even(n - 1) end
    local made = {scale = function(x) return x * factor end}
    assert.same({true, false, true, n = 3}, pool:map(function(n) return even(n) end, {0, 1, 2}))
    assert.same({10, 20, n = 2}, pool:map(made.scale, {1, 2}))
    assert.equal(42, pool:apply(function(f) return f(41) end, function(x) return x + 1 end))
    assert.equal(7, pool:apply(function() return function() return 7 end end)())
  end)

  it("raises an error that cannot be sent, read or shown, and does not hang", function()
    local pool <close> = mp.Pool(2)
    local function odd(x)
      if x == 1 then error({coroutine.create(print)}) end
      if x == 2 then error(setmetatable({}, {__tostring = function() error("not to be shown") end})) end
      package.loaded["pool_pains_spec.odd"] = {}
      error(package.loaded["pool_pains_spec.odd"])   -- travels by name, and nobody else has that
    end
    assert.matches("^table: 0x", error_of(pool.apply, pool, odd, 1))
    assert.equal("string", type(error_of(pool.apply, pool, odd, 2)))
    assert.matches("cannot receive module 'pool_pains_spec.odd'", error_of(pool.apply, pool, odd, 3))
    for x = 1, 3 do error_of(pool.map, pool, odd, {x, x}, {chunksize = 1}) end
    assert.same({1, 2, n = 2}, pool:map(same, {1, 2}))
  end)

  it("raises for a function that its workers cannot read, and does not replace them again and again", function()
    local pool <close> = mp.Pool(1)
    local worker = pool:apply(pid)
    package.loaded["pool_pains_spec.ours"] = {}
    finally(function() package.loaded["pool_pains_spec.ours"] = nil end)
    local ours = package.loaded["pool_pains_spec.ours"]
    for _ = 1, 3 do
      local message = error_of(pool.map, pool, function(x) return ours[x] end, {1, 2, 3})
      assert.matches("cannot receive module 'pool_pains_spec.ours'", message)
    end
    assert.matches("cannot receive", error_of(pool.apply, pool, function() return ours end))
    assert.equal(worker, pool:apply(pid))
  end)

  it("takes locks, queues, pipes and tables as arguments, and gives them as results", function()
    local pool <close> = mp.Pool(3)
    local lock, table, value, queue = mp.Lock(), mp.Table{n = 0}, mp.Value("q", 0), mp.Queue()
    local a, b = mp.Pipe()
    pool:starmap(function(l, t, v, q, i)
      l:with(function() t.n, v.value = t.n + 1, v.value + 1 end)
      q:put(i)
    end, {{lock, table, value, queue, 1}, {lock, table, value, queue, 2}, {lock, table, value, queue, 3}})
    assert.same({3, 3, 3}, {table.n, value.value, queue:size()})
    pool:apply(function(connection) connection:send("through a pipe") end, b)
    assert.equal("through a pipe", a:recv(10))
    local made = pool:apply(function()
      local event = mp.Event()
      event:set()
      return {event = event, lock = lock}
    end)
    assert.is_true(made.event:is_set())
    assert.equal(lock, made.lock)
  end)

  it("shares large data with its tasks by reference: no copy for each", function()
    local ran = helper.run([[
      local mp = require "mp"
      local pool <close> = mp.Pool(2)
      local big = mp.Buffer(24 << 20)
      big:fill(1)
      local list = {}
      for i = 1, 50 do list[i] = {big, i} end
      local sum = 0
      for _, x in ipairs(pool:starmap(function(b, i)
        b:write(i, "x")
        return #b:read(i, i)
      end, list)) do sum = sum + x end
      print(sum, big:read(50, 51) == "x\1")
    ]], {env = {MPLUA_ARENA = "32M"}})
    assert.same({out = "50\ttrue\n", err = "", code = 0}, ran)
  end)

  -- ---- what is waited for ----

  it("takes an endless input as its results are read, in bounded memory", function()
    local ran = helper.run([[
      local mp = require "mp"
      local pool <close> = mp.Pool(2)
      local taken, ahead = 0, 0
      local function endless()
        taken = taken + 1
        return ("x"):rep(1 << 20)
      end
      for _, method in ipairs{"imap", "imap_unordered"} do
        taken = 0
        local n = 0
        for _, text in pool[method](pool, function(text) return text end, endless, {buffersize = 4}) do
          n = n + 1
          ahead = math.max(ahead, taken - n)
          assert(#text == 1 << 20)
          if n == 100 then break end
        end
      end
      print(ahead <= 4, mp.debug.check())
    ]], {env = {MPLUA_ARENA = "32M"}})
    assert.same({out = "true\ttrue\n", err = "", code = 0}, ran)
  end)

  it("ends one task that runs too long, and keeps its other workers and tasks", function()
    local pool <close> = mp.Pool(2)
    local bystander, go = mp.Queue(), mp.Event()
    local future = pool:submit(function()
      bystander:put(pid())
      go:wait()
      return pid()
    end)
    local its_pid = bystander:get()
    assert.equal("task 2 failed: it ran longer than 0.1 s",
      error_of(pool.map, pool, function(x) while x == 2 do end end, {1, 2}, {timeout = 0.1}))
    go:set()
    assert.equal(its_pid, future:get())
  end)

  it("cancels what has not begun while something runs for ever", function()
    local pool <close> = mp.Pool(1)
    local begun, ran = mp.Event(), mp.Value("q", 0)
    local long = pool:options{timeout = 0.5}:submit(function()
      begun:set()
      mp.sleep(1000)
    end)
    local futures = {}
    for i = 1, 10 do futures[i] = pool:submit(function() ran:add(1) end) end
    begun:wait()
    assert.is_false(long:cancel())
    for _, future in ipairs(futures) do assert.is_true(future:cancel()) end
    assert.matches("it ran longer than 0.5 s", error_of(long.get, long))
    assert.equal(5, pool:apply(same, 5))
    assert.equal(0, ran.value)
  end)

  it("never runs out of workers when each is replaced after a task, also while some die", function()
    local pool <close> = mp.Pool{n = 3, max_tasks = 1}
    local seen = {}
    for _, its_pid in ipairs(pool:map(pid, mp.range(1, 60))) do seen[its_pid] = true end
    local n = 0
    for _ in pairs(seen) do n = n + 1 end
    assert.equal(60, n)
    local _, errors = drain(pool:imap_unordered(function(x)
      if x % 7 == 0 then mp.current_process():kill() end
    end, mp.range(1, 70)))
    assert.equal(10, #errors)
    assert.equal(5, pool:apply(same, 5))
  end)

  it("lets a task make pools, and leaves none of theirs when it is terminated", function()
    local pool = mp.Pool(2)
    local workers = mp.Queue()
    pool:map_async(function()
      local inner <close> = mp.Pool(2)
      inner:map(function()
        local innermost <close> = mp.Pool(1)
        workers:put(innermost.workers[1])
        innermost:map(mp.sleep, {1000})
      end, {1, 2})
    end, {1, 2})
    local deepest = {}
    for i = 1, 4 do deepest[i] = workers:get() end
    pool:terminate()
    assert.is_true(pool:join(10))
    for _, worker in ipairs(deepest) do assert.is_true(worker:join(10)) end
  end)

  -- ---- what is seen of it ----

  it("tells how far a map is while it runs", function()
    local pool <close> = mp.Pool(1)
    for _, method in ipairs{"map", "starmap"} do
      local told, steps = mp.Event(), {}
      local function task(x)
        if x == 3 then told:wait() end   -- the progress before this one
      end
      local items = method == "map" and {1, 2, 3, 4} or {{1}, {2}, {3}, {4}}
      pool[method](pool, task, items, {chunksize = 1, progress = function(done, total)
        steps[#steps + 1] = done
        assert(total == 4)
        if done >= 1 then told:set() end
      end})
      assert.is_true(#steps >= 2)
      assert.equal(4, steps[#steps])
    end
  end)

  it("draws other random numbers in each worker", function()
    local pool <close> = mp.Pool(4)
    local up, go, seen = mp.Semaphore{value = 0, signal = true}, mp.Event(), {}
    local future = pool:map_async(function()
      up:release()
      go:wait()   -- so that each has one
      return math.random(0)
    end, mp.range(1, 4), {chunksize = 1})
    for _ = 1, 4 do up:acquire() end
    go:set()
    seen[math.random(0)] = true
    for _, number in ipairs(future:get()) do
      assert.is_nil(seen[number])
      seen[number] = true
    end
  end)

  it("tells once why its initializer failed, however many workers and calls there are", function()
    local ran = helper.run([[
      local mp = require "mp"
      local pool <close> = mp.Pool{n = 8, initializer = function() error("no licence", 0) end}
      for _ = 1, 3 do print(select(2, pcall(pool.map, pool, print, mp.range(1, 100))):match("^[^\n]*")) end
    ]])
    assert.equal(("pool 'pool-1' is broken: no licence\n"):rep(3), ran.out)
    assert.equal("", ran.err)
    assert.equal(0, ran.code)
  end)
end)
