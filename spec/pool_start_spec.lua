-- How pools start, or cannot: workers, initializers, processes and threads that make them.
local helper = require "spec.helper"
local mp = require "mp"

local function error_of(f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok)
  return err
end

local function same(...) return ... end

local function pid() return mp.current_process().pid end

-- Runs a script under a limit of processes, which root needs another user for.
local function run_with_few_processes(script)
  local limited = "ulimit -u 40; exec %s"
  local as_user = "chmod 755 . && exec setpriv --reuid 54321 --regid 54321 --clear-groups bash -c '" .. limited .. "'"
  local pipe <close> = assert(io.popen("id -u"))
  local is_root = pipe:read() == "0"
  return helper.run(script, {shell = is_root and as_user or ("exec bash -c '%s'"):format(limited)})
end

describe("a pool that starts", function()
  it("has as many workers as it is told, with its name, or one for each CPU", function()
    local pool <close> = mp.Pool{n = 3, name = "crew"}
    local names = {}
    for i, worker in ipairs(pool.workers) do names[i] = worker.name end
    assert.same({"crew-1", "crew-2", "crew-3"}, names)
    assert.same({3, "crew", "pool 'crew' (3 workers)"}, {pool.n, pool.name, tostring(pool)})
    local named <close> = mp.Pool(1, "positional")
    assert.equal("positional", named.name)
    local default <close> = mp.Pool()
    assert.equal(mp.cpu_count(), default.n)
    assert.equal(mp.cpu_count(), #default.workers)
  end)

  it("ends those that it has started when it cannot start another", function()
    local ran = run_with_few_processes [[
      local mp = require "mp"
      local pool = mp.Pool(200)
      local ok, message = true, nil
      repeat ok, message = pcall(pool.apply, pool, function() end) until not ok
      print(message:match("is broken: process 'pool%-1%-%d+' could not be started: too many processes"))
      print(select(2, pcall(pool.submit, pool, print)) == message)
      pool:close()
      print(pool:join(10), #pool.workers, #mp.active_children())
      local small <close> = mp.Pool(2)
      print(small:apply(function() return "there is room again" end))
    ]]
    if ran.out == "" then return pending("no limit of processes for this user") end
    assert.matches("^is broken: process 'pool%-1%-%d+' could not be started: too many processes\ntrue\n" ..
      "true\t0\t0\nthere is room again\n$", ran.out)
    assert.same({"", 0}, {ran.err, ran.code})
  end)

  it("replaces workers that are killed while they wait for tasks", function()
    local pool <close> = mp.Pool(2)
    local go, up = mp.Event(), mp.Semaphore{value = 0, signal = true}
    for _, worker in ipairs(pool.workers) do worker:kill() end
    local future = pool:map_async(function()   -- both are needed
      up:release()
      go:wait()
      return pid()
    end, {1, 2}, {chunksize = 1, retries = 9})
    up:acquire()
    up:acquire()
    go:set()
    local pids = future:get()
    assert.are_not.equal(pids[1], pids[2])
  end)

  it("works in a child, and in a child of that", function()
    local function sum(depth)
      local pool <close> = mp.Pool(2)
      local total = 0
      for _, x in ipairs(pool:map(same, {1, 2, 3})) do total = total + x end
      return total + (depth > 0 and mp.spawn(sum, depth - 1):result() or 0)
    end
    assert.equal(18, mp.spawn(sum, 2):result(20))
  end)

  -- ---- initializers ----

  it("gives its initializer arguments, nil among them, and what can be sent nowhere", function()
    local co = coroutine.wrap(function() coroutine.yield "from a coroutine" end)
    local pool <close> = mp.Pool{n = 1, initializer = function(...)
      _G.pool_start_spec = table.pack(co(), ...)
    end, initargs = {nil, 2, nil, n = 3}}
    assert.same({"from a coroutine", nil, 2, nil, n = 4}, pool:apply(function() return _G.pool_start_spec end))
  end)

  it("runs the initializer in workers that take the place of others too, before their first task", function()
    local ran = mp.Value("q", 0)
    local pool <close> = mp.Pool{n = 1, initializer = function() _G.pool_start_spec = ran:add(1) end}
    for wanted = 1, 3 do
      assert.equal(wanted, pool:apply(function() return _G.pool_start_spec end))
      error_of(pool.apply, pool, os.exit)
    end
  end)

  it("is broken when the initializer fails in a worker that takes the place of another", function()
    local may = mp.Event()
    may:set()
    local pool <close> = mp.Pool{n = 1, max_tasks = 1, initializer = function()
      if not may:is_set() then error("not twice", 0) end
    end}
    assert.equal(1, pool:apply(function()
      may:clear()
      return 1
    end))
    assert.matches("^pool 'pool%-%d+' is broken: not twice", error_of(pool.apply, pool, same, 2))
    may:set()
    assert.matches("not twice", error_of(pool.map, pool, same, {3}))
  end)

  it("raises an initializer's error as it is when that is no text", function()
    local pool <close> = mp.Pool{n = 2, initializer = function() error({code = 7}) end}
    assert.same({code = 7}, error_of(pool.map, pool, same, {1}))
    assert.same({code = 7}, error_of(pool.apply, pool, same, 1))
  end)

  it("fails what was given before its initializer failed", function()
    local go = mp.Event()
    local pool = mp.Pool{n = 2, initializer = function()
      go:wait()
      error("no licence", 0)
    end}
    local futures = {pool:submit(same, 1), pool:map_async(same, mp.range(1, 100))}
    local iterator = pool:imap(same, mp.range(1, 100))
    go:set()
    for _, future in ipairs(futures) do
      assert.matches("is broken: no licence", error_of(future.get, future))
      assert.is_true(future:done())
      assert.is_false(future:successful())
    end
    assert.matches("is broken: no licence", error_of(iterator))
    pool:close()
    assert.is_true(pool:join(10))
  end)

  it("is not ready, and can be terminated, while its initializer hangs", function()
    local pool = mp.Pool{n = 2, initializer = mp.sleep, initargs = {1000}}
    local future = pool:submit(same, 1)
    assert.same({nil, "timeout", n = 2}, table.pack(future:get(0.05)))
    assert.equal(2, #pool.workers)
    local dropped = pool:submit(same, 2)
    assert.is_true(dropped:cancel())
    pool:close()
    assert.same({false, "timeout", n = 2}, table.pack(pool:join(0.05)))
    pool:terminate()
    assert.is_true(pool:join(10))
    assert.matches("was terminated", error_of(future.get, future))
  end)

  it("works with the others while the initializer hangs in one", function()
    local first = mp.Value("q", 0)
    local pool = mp.Pool{n = 2, initializer = function()
      if first:add(1) == 1 then mp.sleep(1000) end
    end}
    assert.same({1, 2, 3, n = 3}, pool:map(same, {1, 2, 3}))
    pool:terminate()
    assert.is_true(pool:join(10))
  end)

  -- ---- threads ----

  it("cannot be made by a thread, nor while one runs, and raises", function()
    local go = mp.Event()
    local thread = mp.Thread(function()
      go:wait()
      return select(2, pcall(mp.Pool, 1))
    end):start()
    local wanted = "cannot start a process while 1 thread runs: start processes first"
    assert.equal(wanted, helper.message_of(function() mp.Pool(2) end))
    go:set()
    assert.matches(wanted .. "$", (thread:result()))
    local pool <close> = mp.Pool(1)
    assert.equal(5, pool:apply(same, 5))
  end)

  it("goes on while threads run, and replaces workers that die meanwhile", function()
    local pool <close> = mp.Pool(1)
    local go = mp.Event()
    local thread = mp.Thread(function() go:wait() end):start()
    for i = 1, 3 do
      assert.matches("SIGKILL", error_of(pool.apply, pool, function() mp.current_process():kill() end))
      assert.equal(i, pool:apply(same, i))
    end
    go:set()
    thread:join()
  end)

  it("cannot replace its supervisor while threads run, raises, and does it later", function()
    local pool <close> = mp.Pool(1)
    local supervisor, go = pool:apply(function() return mp.parent_process() end), mp.Event()
    local thread = mp.Thread(function() go:wait() end):start()
    supervisor:kill()
    supervisor:join()
    for _ = 1, 5 do
      assert.matches("cannot start a process while 1 thread runs", error_of(pool.apply, pool, same, 5))
    end
    go:set()
    thread:join()
    assert.equal(5, pool:apply(same, 5))
  end)

  it("belongs to the thread that made it", function()
    local pool <close> = mp.Pool(1)
    local thread = mp.Thread(function() return select(2, pcall(pool.apply, pool, print)) end):start()
    assert.matches(("pool '%s' belongs to another process or thread$"):format(pool.name:gsub("%p", "%%%0")),
      (thread:result(10)))
  end)

  it("refuses four threads that use it at once, and works for its maker meanwhile", function()
    local pool <close> = mp.Pool(2)
    local up, go, refusals, threads = mp.Semaphore{value = 0, signal = true}, mp.Event(), mp.Queue(), {}
    local calls = {
      function() pool:submit(print) end, function() pool:map(print, {1}) end,
      function() for _ in pool:imap(print, {1}) do print() end end, function() pool:close() end,
    }
    for i, call in ipairs(calls) do
      threads[i] = mp.Thread(function()
        up:release()
        go:wait()
        for _ = 1, 50 do refusals:put(select(2, pcall(call))) end
      end):start()
    end
    for _ = 1, #threads do up:acquire() end
    go:set()
    for i = 1, 100 do assert.equal(i, pool:apply(same, i)) end
    assert.same({1, 2, 3, n = 3}, pool:map(same, {1, 2, 3}))
    for _, thread in ipairs(threads) do thread:join() end
    local wanted = ("pool '%s' belongs to another process or thread"):format(pool.name)
    for _ = 1, 50 * #threads do assert.equal(wanted, (refusals:get(0):gsub("^.-:%d+: ", ""))) end
  end)

  it("takes tasks from four threads at once by a queue, and gives each its results", function()
    local pool <close> = mp.Pool(2)
    local jobs, threads = mp.Queue(), {}
    for i = 1, 4 do
      threads[i] = mp.Thread(function()
        local answers, sum = mp.Queue(), 0
        for x = 1, 25 do jobs:put {answers, function(y) return i * y end, x} end
        for _ = 1, 25 do sum = sum + answers:get() end
        return sum
      end):start()
    end
    for _ = 1, 100 do
      local answers, f, x = table.unpack(jobs:get())
      pool:submit(f, x):on_done(function(future) answers:put((future:get())) end)
    end
    pool:close()
    assert.is_true(pool:join(20))
    for i, thread in ipairs(threads) do assert.equal(325 * i, (thread:result(10))) end
  end)

  it("comes as a handle to a process that knows no pools: what it is can be read there, using it raises", function()
    local ran = helper.run [[
      local mp = require "mp"
      local handles, go = mp.Queue(), mp.Event()
      local child = mp.spawn(function()   -- when mp.Pool was not touched yet
        local pool = handles:get()
        print(pool, pool.name, pool.n, mp.type(pool), pool == handles:get())
        for _, name in ipairs {"map", "submit", "apply", "imap", "options", "close", "terminate", "join"} do
          local ok, message = pcall(function() pool[name](pool, print, {}) end)
          print(name, message:match "^[^:]*:%d+: (.*)")
        end
        print((select(2, pcall(function() local w = pool.workers return w end)):gsub("^[^:]*:%d+: ", "")))
        do local scope <close> = pool end
        pool = nil
        collectgarbage()
        local own <close> = mp.Pool(1)
        print(own:apply(string.upper, "its own works"))
      end)
      local pool <close> = mp.Pool {n = 2, name = "crew"}
      handles:put(pool)
      handles:put(pool)
      child:join()
      print(pool:apply(string.upper, "and this one still does"))
    ]]
    local wanted = {"pool 'crew' (2 workers)\tcrew\t2\tpool\ttrue"}
    for _, name in ipairs {"map", "submit", "apply", "imap", "options", "close", "terminate", "join"} do
      wanted[#wanted + 1] = name .. "\tpool 'crew' belongs to another process or thread"
    end
    wanted[#wanted + 1] = "pool 'crew' belongs to another process or thread"
    wanted[#wanted + 1] = "ITS OWN WORKS\nAND THIS ONE STILL DOES\n"
    assert.same({out = table.concat(wanted, "\n"), err = "", code = 0}, ran)
  end)

  it("runs tasks that have threads of their own", function()
    local pool <close> = mp.Pool(2)
    local sums = pool:map(function(x)
      local threads, sum = {}, 0
      for i = 1, 3 do threads[i] = mp.Thread(function(y) return x * y end, i):start() end
      for _, thread in ipairs(threads) do sum = sum + thread:result() end
      return sum
    end, mp.range(1, 10))
    for i = 1, 10 do assert.equal(6 * i, sums[i]) end
    assert.matches("SIGKILL", error_of(pool.apply, pool, function()
      mp.Thread(mp.sleep, 1000):start()
      mp.current_process():kill()
    end))
  end)

  it("waits at its end for threads that its tasks have left", function()
    local go, ended = mp.Event(), mp.Event()
    local pool = mp.Pool(1)
    pool:apply(function()
      mp.Thread(function()
        go:wait()
        ended:set()
      end):start()
    end)
    pool:close()
    assert.is_false(pool:join(0.05))
    go:set()
    assert.is_true(pool:join(10))
    assert.is_true(ended:is_set())
  end)

  it("gives threads what its tasks return, by a queue", function()
    local pool <close> = mp.Pool(2)
    local jobs, results = mp.Queue(), mp.Queue()
    local thread = mp.Thread(function()
      for i = 1, 10 do jobs:put(i) end
      local sum = 0
      for _ = 1, 10 do sum = sum + results:get() end
      return sum
    end):start()
    pool:map(function(n)
      for _ = 1, n do
        local x = jobs:get()
        results:put(x * x)
      end
    end, {5, 5})
    assert.equal(385, (thread:result(10)))
  end)
end)
