-- Pools: what those rely on who give them tasks.
local helper = require "spec.helper"
local mp = require "mp"

-- The error of f(...), which has to have its place here, without that.
local function message_of(f, ...)
  local arguments = table.pack(...)
  return helper.message_of(function()
    local result = f(table.unpack(arguments, 1, arguments.n))
    return result
  end)
end

-- The error as it is.
local function error_of(f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok)
  return err
end

local function square(x) return x * x end

describe("a pool", function()
  it("maps a function over a list, in order", function()
    local pool <close> = mp.Pool(3)
    assert.same({1, 4, 9, n = 3}, pool:map(square, {1, 2, 3}))
    assert.same({n = 0}, pool:map(square, {}))
    local factor = 3
    assert.same({3, 6, n = 2}, pool:map(function(x) return x * factor end, {1, 2}))
    assert.same({1, nil, 3, n = 3}, pool:map(function(x) if x ~= 2 then return x end end, {1, 2, 3}))
  end)

  it("takes ranges, shared tables, arrays and iterators", function()
    local pool <close> = mp.Pool(2)
    assert.same({1, 9, 25, n = 3}, pool:map(square, mp.range(1, 5, 2)))
    assert.same({n = 0}, pool:map(square, mp.range(1, 0)))
    assert.same({0.25, 1.0, n = 2}, pool:map(square, mp.range(0.5, 1, 0.5)))
    assert.same({4, 9, n = 2}, pool:map(square, mp.Table{2, 3}))
    assert.same({4, 9, n = 2}, pool:map(square, mp.Array("i", {2, 3})))
    local i = 0
    local function upto3()
      i = i + 1
      return i <= 3 and i or nil
    end
    assert.same({1, 4, 9, n = 3}, pool:map(square, upto3))
    assert.same({3, 7, n = 2}, pool:starmap(function(a, b) return a + b end, {{1, 2}, {3, 4}}))
    assert.same({2, n = 1}, pool:starmap(function(...) return select("#", ...) end, {{nil, nil, n = 2}}))
  end)

  it("calls each task's function as it was given, whatever the same one has done before", function()
    local pool <close> = mp.Pool(1)
    local count, called = 0, function() return "one" end
    local function add()
      count = count + 1
      return count
    end
    local function lose_globals()
      local had = print ~= nil
      _ENV = {}
      return had
    end
    for _ = 1, 3 do
      assert.equal(1, pool:apply(add))
      assert.is_true(pool:apply(lose_globals))
      assert.equal("one", pool:apply(called))
    end
    called = function() return "two" end
    assert.equal("two", pool:apply(called))
    assert.equal(3, pool:apply(select, -1, 1, 2, 3))
    assert.same({1, nil, 3}, {pool:apply(function(...) return ... end, 1, nil, 3)})
  end)

  it("counts through ranges of integers as Lua does, around the end of them too", function()
    local pool <close> = mp.Pool(2)
    local function same(x) return x end
    for _, range in ipairs{{math.maxinteger - 2, math.maxinteger, 1}, {5, -5, -3}, {1, 2, 0.5}, {1.0, 3, 1}} do
      local wanted = {n = 0}
      for x = range[1], range[2], range[3] do
        wanted.n = wanted.n + 1
        wanted[wanted.n] = x
      end
      local results = pool:map(same, mp.range(table.unpack(range)), {chunksize = 4})
      assert.same(wanted, results)
      for i, x in ipairs(wanted) do assert.equal(math.type(x), math.type(results[i])) end
    end
  end)

  it("maps in chunks of any size", function()
    local pool <close> = mp.Pool(2)
    local wanted = {n = 1000}
    for i = 1, 1000 do wanted[i] = i * i end
    for _, chunksize in ipairs{1, 7, 999, 1000, 5000} do
      assert.same(wanted, pool:map(square, mp.range(1, 1000), {chunksize = chunksize}))
    end
  end)

  it("gives results of every kind and size", function()
    local pool <close> = mp.Pool(2)
    local long = ("x"):rep(100000)
    local results = pool:map(function(kind)
      if kind == "long" then return long end
      if kind == "table" then return {kind} end
      if kind == "queue" then return mp.Queue(3) end
      if kind == "nil" then return nil end
      return function() return kind end
    end, {"long", "table", "nil", "queue", "function", "long"})
    assert.equal(long, results[1])
    assert.same({"table"}, results[2])
    assert.is_nil(results[3])
    assert.equal(3, results[4].maxsize)
    assert.equal("function", results[5]())
    assert.equal(long, results[6])
  end)

  it("applies a function and gives all its results", function()
    local pool <close> = mp.Pool(1)
    assert.same({3, -1, nil, n = 3}, table.pack(pool:apply(function(a, b) return a + b, a - b, nil end, 1, 2)))
    assert.equal(0, select("#", pool:apply(function() end)))
  end)

  it("iterates over results in order, and as they come", function()
    local pool <close> = mp.Pool(2)
    local list = {}
    for i, x, y in pool:imap(function(x) return x, -x end, mp.range(1, 100)) do list[i] = {i, x, y} end
    assert.equal(100, #list)
    for i, got in ipairs(list) do assert.same({i, i, -i}, got) end
    local seen, n = {}, 0
    for i, x in pool:imap_unordered(square, mp.range(1, 100), {chunksize = 3}) do
      assert.equal(i * i, x)
      seen[i], n = true, n + 1
    end
    assert.equal(100, n)
    assert.equal(100, #seen)
    for _ in pool:imap(square, {}) do error("no result") end
  end)

  it("gives results of imap_unordered before slow ones", function()
    local pool <close> = mp.Pool(2)
    local go, order = mp.Event(), {}
    for i in pool:imap_unordered(function(x) if x == 1 then go:wait() end end, {1, 2, 3}) do
      order[#order + 1] = i
      if i == 3 then go:set() end
    end
    assert.same({2, 3, 1}, order)
  end)

  it("takes no more of an endless input than its bound, and nothing after break", function()
    local pool <close> = mp.Pool(2)
    local taken, ran = 0, mp.Value("q", 0)
    local function naturals()
      taken = taken + 1
      return taken
    end
    for i, x in pool:imap(function(x) ran:add(1) return x end, naturals, {buffersize = 10}) do
      assert.equal(i, x)
      assert.is_true(taken <= i + 10)
      if i == 50 then break end
    end
    assert.equal(7, pool:apply(function() return 7 end))
    assert.is_true(ran.value <= 61)
    assert.equal(1, #pool:map(square, {1}))
  end)

  it("raises an error of the input at its place, and goes on", function()
    local pool <close> = mp.Pool(2)
    local function failing()
      local i = 0
      return function()
        i = i + 1
        if i == 4 then error("no more input", 0) end
        return i
      end
    end
    assert.equal("no more input", error_of(pool.map, pool, square, failing()))
    local got = {}
    local message = error_of(function()
      for i, x in pool:imap(square, failing()) do got[i] = x end
    end)
    assert.equal("no more input", message)
    assert.same({1, 4, 9}, got)
    assert.same({1, n = 1}, pool:map(square, {1}))
  end)

  it("raises a task's error with the worker's traceback", function()
    local pool <close> = mp.Pool(2)
    local function culprit() error("wrong") end
    local message = error_of(pool.map, pool, function(x) if x == 2 then culprit() end end, {1, 2, 3})
    assert.matches("^[^\n]*pool_spec.lua:%d+: wrong\nstack traceback:\n", message)
    assert.matches("culprit", message)
    assert.is_nil(message:find("mp/pool", 1, true), message)
    local value = select(2, pcall(pool.apply, pool, function() error({code = 5}) end))
    assert.same({code = 5}, value)
  end)

  it("raises the failure with the least position, and drops what has not begun", function()
    local pool <close> = mp.Pool(2)
    local go, ran = mp.Event(), mp.Value("q", 0)
    local message = error_of(pool.map, pool, function(x)
      ran:add(1)
      if x == 1 then
        go:wait()
        error("one", 0)
      end
      go:set()
      error("another", 0)
    end, mp.range(1, 1000), {chunksize = 1})
    assert.matches("^one\n", message)
    assert.is_true(ran.value < 1000)
  end)

  it("raises what cannot be sent, and loses no worker", function()
    local pool <close> = mp.Pool(1)
    local pid = pool:apply(function() return mp.current_process().pid end)
    local co = coroutine.create(print)
    assert.matches("^cannot send item%[1%]: a coroutine", message_of(pool.map, pool, square, {co}))
    assert.matches("^cannot send", message_of(pool.map, pool, function() return co end, {1}))
    assert.matches("cannot send result 1: a coroutine", error_of(pool.apply, pool, function()
      return coroutine.create(print)
    end))
    assert.matches("module 'no.such' not found", error_of(pool.apply, pool, function() error(require "no.such") end))
    for _ = 1, 20 do
      assert.matches("cannot send", error_of(pool.map, pool, function() return {io.stdout, coroutine.create(print)} end,
        {1}))
    end
    assert.equal(pid, pool:apply(function() return mp.current_process().pid end))
  end)

  it("says which item it is that cannot be sent", function()
    local pool <close> = mp.Pool(1)
    local items = {1, 2, 3, 4, {x = coroutine.create(print)}, 6}
    for _, chunksize in ipairs {1, 2, 3, 10} do
      assert.matches("^cannot send item%[5%]%.x: a coroutine",
        message_of(pool.map, pool, square, items, {chunksize = chunksize}))
    end
    assert.matches("^cannot send item%[2%]%[3%]: a coroutine",
      message_of(pool.starmap, pool, square, {{1}, {1, 2, items[5].x}}, {chunksize = 1}))
    local seen = {}
    local message = error_of(function()
      for i in pool:imap(function(x) return x end, items) do seen[#seen + 1] = i end
    end)
    assert.same({1, 2, 3, 4}, seen)
    assert.matches("cannot send item[5].x: a coroutine", message, 1, true)
  end)

  it("fails a task whose arguments are no list, and loses no worker", function()
    local pool <close> = mp.Pool(2)
    local function add(a, b) return (a or 0) + (b or 0) end
    assert.same({3, 7, n = 2}, pool:starmap(add, {mp.Table{1, 2}, mp.Array("i", {3, 4})}))
    assert.same({0, n = 1}, pool:starmap(add, {{1, 2, n = -1}}))
    local list = "^item%%[2%%]: a list of arguments expected, not a %s$"
    local wrong = {[list:format("number")] = 1, [list:format("string")] = "12", [list:format("nil")] = false,
                   [list:format("lock")] = mp.Lock()}
    for message, item in pairs(wrong) do
      for chunksize = 1, 2 do
        local items = {{1, 2}, item or nil, {3, 4}, n = 3}
        assert.matches(message, message_of(pool.starmap, pool, add, items, {chunksize = chunksize}))
      end
    end
    assert.matches("too many arguments", error_of(pool.starmap, pool, add, {{n = 1 << 40}}))
    assert.matches("too many results", error_of(pool.apply, pool, function() return table.unpack({}, 1, 300000) end))
    for i, worker in ipairs(pool.workers) do assert.equal(pool.name .. "-" .. i, worker.name) end
  end)

  it("runs an initializer once in every worker", function()
    local ran = mp.Value("q", 0)
    local pool <close> = mp.Pool{n = 3, initializer = function(a, b)
      ran:add(1)
      _G.pool_spec_sum = a + b
    end, initargs = {1, 2}}
    assert.same({3, 3, n = 2}, pool:map(function() return _G.pool_spec_sum end, {1, 2}))
    assert.equal(3, #pool.workers)
    helper.wait_until(function() return ran.value == 3 end)
  end)

  it("is broken by an initializer that fails, once", function()
    local pool <close> = mp.Pool{n = 3, initializer = function() error("no licence") end}
    local message = error_of(pool.map, pool, square, {1, 2, 3})
    assert.matches("^pool 'pool%-%d+' is broken: [^\n]*pool_spec.lua:%d+: no licence\nstack traceback", message)
    assert.equal(message, error_of(pool.submit, pool, square, 1))
  end)

  it("replaces workers after max_tasks tasks", function()
    local pool <close> = mp.Pool{n = 2, max_tasks = 10}
    local pids = {}
    for _, pid in ipairs(pool:map(function() return mp.current_process().pid end, mp.range(1, 100))) do
      pids[pid] = (pids[pid] or 0) + 1
    end
    local workers = 0
    for _, tasks in pairs(pids) do
      assert.is_true(tasks <= 10)
      workers = workers + 1
    end
    assert.is_true(workers >= 10)
  end)

  it("tries again what failed", function()
    local pool <close> = mp.Pool(2)
    local tries = mp.Table()
    local function sometimes(x)
      if mp.Table.add(tries, x, 1) < 3 then error("not yet") end
      return x
    end
    assert.same({1, 2, n = 2}, pool:map(sometimes, {1, 2}, {retries = 2}))
    assert.equal(3, tries[1])
    assert.matches("not yet", error_of(pool.map, pool, function() error("not yet") end, {1}, {retries = 3}))
    assert.equal(4, pool:options{retries = 2}:apply(function()
      if mp.Table.add(tries, "apply", 1) < 3 then error("not yet") end
      return 4
    end))
  end)

  it("tells its progress", function()
    local pool <close> = mp.Pool(2)
    local last, total
    local function progress(done, all) last, total = done, all end
    pool:map(square, mp.range(1, 50), {progress = progress})
    assert.same({50, 50}, {last, total})
    pool:map(square, {1}, {progress = true})   -- no terminal: nothing to see
  end)

  it("lets workers use their own pool, and make pools", function()
    local pool <close> = mp.Pool(2)
    local function fib(n)
      if n < 2 then return n end
      local a, b = pool:submit(fib, n - 1), pool:submit(fib, n - 2)
      return a:get() + b:get()
    end
    assert.equal(34, pool:apply(fib, 9))
    assert.same({10, 20, n = 2}, pool:map(function(x)
      local inner <close> = mp.Pool(2)
      local sum = 0
      for _, value in ipairs(inner:map(function(y) return x * y end, {1, 2, 3, 4})) do sum = sum + value end
      return sum
    end, {1, 2}))
    assert.same({30, n = 1}, pool:map(function(x)
      local sum = 0
      for _, value in ipairs(pool:map(function(y) return x * y end, mp.range(1, 5))) do sum = sum + value end
      return sum
    end, {2}))
  end)

  it("keeps nothing of tasks that a worker has given and that are done", function()
    local pool <close> = mp.Pool(2)
    local grown = pool:apply(function()
      local function used() return collectgarbage("collect") and collectgarbage("count") end
      local begin = used()
      for i = 1, 30 do pool:apply(function(text) return {#text} end, ("x"):rep(100000) .. i) end
      return used() - begin
    end)
    assert.is_true(grown < 1000)
  end)

  it("has many workers", function()
    local pool <close> = mp.Pool(100)
    local sum = 0
    for _, value in ipairs(pool:map(square, mp.range(1, 1000))) do sum = sum + value end
    assert.equal(333833500, sum)
    assert.equal(100, #pool.workers)
  end)

  it("refuses what makes no sense, at the caller", function()
    for _, n in ipairs{0, -1, 1.5, "2"} do
      assert.matches("^mp.Pool: n must be an integer of at least 1", message_of(mp.Pool, n))
    end
    assert.matches("mp.Pool has no 'wokers'", message_of(mp.Pool, {wokers = 3}))
    assert.matches("max_tasks must be an integer of at least 1, not 0", message_of(mp.Pool, {max_tasks = 0}))
    assert.matches("initializer must be a function", message_of(mp.Pool, {initializer = 5}))
    local pool <close> = mp.Pool(1)
    assert.matches("^bad argument #1 to 'map' %(function expected, got nil%)",
      message_of(pool.map, pool))
    assert.matches("bad argument #2 to 'map' %(list, range or iterator function expected, got number%)",
      message_of(pool.map, pool, square, 5))
    assert.matches("pool:map has no 'chunksiz' %(did you mean 'chunksize'%?%)",
      message_of(pool.map, pool, square, {1}, {chunksiz = 1}))
    assert.matches("chunksize must be an integer of at least 1, not 0",
      message_of(pool.map, pool, square, {1}, {chunksize = 0}))
    assert.matches("a pool has no 'mapp' %(did you mean 'map'%?%)", message_of(function() return pool.mapp end))
    assert.matches("a range must have an end", message_of(mp.range, 1, math.huge))
  end)

  it("belongs to its maker", function()
    local pool <close> = mp.Pool(1)
    local main = mp.current_process().name
    local p = mp.spawn(function()
      local message = message_of(pool.map, pool, square, {1})
      return message
    end)
    assert.equal(("pool '%s' belongs to process '%s'"):format(pool.name, main), (p:result()))
    assert.equal("pool", mp.type(pool))
  end)
end)

describe("the end of a pool", function()
  it("finishes what was given when it is closed", function()
    local pool = mp.Pool(2)
    local future = pool:map_async(square, mp.range(1, 500))
    assert.matches("is still running: close or terminate it first", message_of(pool.join, pool))
    pool:close()
    assert.matches("^pool 'pool%-%d+' is closed", message_of(pool.submit, pool, square, 1))
    assert.is_true(pool:join())
    assert.is_true(pool:join())
    assert.equal(250000, future:get()[500])
  end)

  it("is quick when it is terminated", function()
    local pool = mp.Pool(2)
    local future = pool:map_async(mp.sleep, {1000, 1000, 1000})
    helper.wait_until(function() return #pool.workers == 2 end)
    local workers = pool.workers
    pool:terminate()
    assert.is_true(pool:join())
    for _, worker in ipairs(workers) do assert.is_false(worker:is_alive()) end
    assert.matches("pool 'pool%-%d+' was terminated", error_of(future.get, future))
    assert.matches("is terminated", message_of(pool.map, pool, square, {1}))
  end)

  it("does not wait for workers that are stopped, when it is terminated", function()
    local pool = mp.Pool(2)
    for _, worker in ipairs(pool.workers) do worker:signal(19) end
    pool:terminate()
    assert.is_true(pool:join())
  end)

  it("comes by itself, when nobody has the pool any more", function()
    local workers
    do
      local pool = mp.Pool(2)
      workers = pool.workers
    end
    helper.wait_until(function()
      collectgarbage()
      return not workers[1]:is_alive() and not workers[2]:is_alive()
    end)
  end)

  it("lets it be when a copy that came back from a shared table is collected", function()
    local pool <close> = mp.Pool(1)
    local t = mp.Table {pool = pool}
    assert.equal(pool, t.pool)
    assert.equal(pool, pool:apply(function(x) return x end, pool))
    collectgarbage()
    collectgarbage()
    assert.equal(5, t.pool:apply(function() return 5 end))
  end)

  it("terminates it when the scope ends by an error", function()
    local workers
    pcall(function()
      local pool <close> = mp.Pool(1)
      pool:submit(mp.sleep, 1000)
      workers = pool.workers
      error("over")
    end)
    assert.is_false(workers[1]:is_alive())
  end)

  it("prints a failure that nobody has read", function()
    local ran = helper.run([[
      local mp = require "mp"
      local pool <close> = mp.Pool(1)
      pool:submit(error, "unread")
    ]])
    assert.matches("a task failed, and nobody has asked for its result: unread", ran.err)
    assert.equal(0, ran.code)
  end)

  it("prints it too when the pool is terminated, or ends with the program, but not what that has cut off", function()
    for _, ending in ipairs {"pool:terminate() pool:join()", "pool:terminate()", "error('the scope ends', 0)", ""} do
      local ran = helper.run([[
        local mp = require "mp"
        local function main()
          local pool ]] .. (ending:find("error") and "<close>" or "") .. [[ = mp.Pool(2)
          pool:submit(error, "unread"):wait()
          pool:submit(mp.sleep, 1000)
          ]] .. ending .. [[

        end
        print(pcall(main))
      ]])
      assert.matches("^pool 'pool%-1': a task failed, and nobody has asked for its result: unread\n", ran.err)
      assert.is_nil(ran.err:find("terminated"))
      assert.equal(ending:find("error") and "false\tthe scope ends\n" or "true\n", ran.out)
      assert.equal(0, ran.code)
    end
  end)

  it("leaves no process when the program ends without it", function()
    local ran = helper.run([[
      local mp = require "mp"
      pool = mp.Pool(2)
      pool:submit(mp.sleep, 1000)
      print(pool:apply(function() return 5 end))
    ]])
    assert.same({out = "5\n", err = "", code = 0}, ran)
  end)
end)
