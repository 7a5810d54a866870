-- Futures, and what else comes back from a pool while other things go on.
local helper = require "spec.helper"
local mp = require "mp"

local function error_of(f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok)
  return err
end

local function message_of(f, ...)
  local arguments = table.pack(...)
  return helper.message_of(function()
    local result = f(table.unpack(arguments, 1, arguments.n))
    return result
  end)
end

local function same(...) return ... end

local function boom() error("boom", 0) end

describe("a future", function()
  it("gives all results, as often as they are asked for", function()
    local pool <close> = mp.Pool(1)
    local future = pool:submit(same, 1, nil, 3)
    assert.same({1, nil, 3, n = 3}, table.pack(future:get()))
    assert.same({1, nil, 3, n = 3}, table.pack(future:get(0)))
    assert.is_true(future:done())
    assert.is_true(future:wait(0))
    assert.is_true(future:successful())
    assert.equal("future (done) of pool '" .. pool.name .. "'", tostring(future))
    assert.equal("future", mp.type(future))
  end)

  it("raises its task's error whenever it is asked", function()
    local pool <close> = mp.Pool(1)
    local future = pool:submit(boom)
    assert.is_true(future:wait(10))
    for _ = 1, 2 do assert.matches("^boom\n", error_of(future.get, future)) end
    assert.is_false(future:successful())
    assert.is_false(future:cancel())
    for _, value in ipairs{false, 5} do assert.equal(value, error_of(pool.apply, pool, error, value)) end
    assert.is_nil(error_of(pool.apply, pool, error, nil))
  end)

  it("says when it is not in time, and comes later", function()
    local pool <close> = mp.Pool(1)
    local go = mp.Event()
    local future = pool:submit(function()
      go:wait()
      return 5
    end)
    assert.same({nil, "timeout", n = 2}, table.pack(future:get(0.01)))
    assert.same({false, "timeout", n = 2}, table.pack(future:wait(0)))
    assert.same({false, "timeout", n = 2}, table.pack(future:wait(-1)))
    assert.is_false(future:done())
    assert.is_false(future:successful())
    go:set()
    assert.equal(5, future:get(10))
  end)

  it("stays with its process", function()
    local pool <close> = mp.Pool(1)
    local future = pool:submit(same, 1)
    assert.matches("cannot send value%[1%]: a future, which stays with the process that gave its task$",
      error_of(function() mp.Queue():put{future} end))
    assert.equal(1, future:get())
  end)

  it("is cancelled if it has not begun", function()
    local pool <close> = mp.Pool(1)
    local go, begun, ran = mp.Event(), mp.Event(), mp.Value("q", 0)
    local first = pool:submit(function()
      begun:set()
      go:wait()
    end)
    local second = pool:submit(function() ran:add(1) end)
    local many = pool:map_async(function() ran:add(1) end, mp.range(1, 50), {chunksize = 10})
    begun:wait()
    assert.is_false(first:cancel())
    assert.is_false(first:cancelled())
    for _, future in ipairs{second, many} do
      assert.is_true(future:cancel())
      assert.is_true(future:cancel())
      assert.is_true(future:cancelled())
      assert.is_true(future:done())
      assert.is_false(future:successful())
      assert.same({nil, "cancelled", n = 2}, table.pack(future:get()))
    end
    go:set()
    assert.is_nil(first:get())
    assert.equal(5, pool:apply(same, 5))
    assert.equal(0, ran.value)
  end)

  it("calls back once each, in the process that set it", function()
    local pool <close> = mp.Pool(2)
    local calls, me = {}, mp.current_process()
    local function note(future)
      assert.equal(me, mp.current_process())
      calls[#calls + 1] = future
    end
    local future = pool:submit(same, 1)
    assert.equal(future, future:on_done(note):on_done(note))
    assert.equal(1, future:get())
    future:get()
    future:wait()
    assert.equal(2, #calls)
    future:on_done(note)
    assert.equal(3, #calls)
    local failed = pool:submit(boom):on_done(note)
    failed:wait()
    assert.equal(failed, calls[4])
    pool:map_async(same, mp.range(1, 100)):on_done(note):get()
    assert.equal(5, #calls)
  end)

  it("calls back by the time join returns, and for what is cancelled or terminated", function()
    local pool = mp.Pool(1)
    local done, go, begun = {}, mp.Event(), mp.Event()
    local function note(name) return function() done[name] = (done[name] or 0) + 1 end end
    pool:submit(function() begun:set() go:wait() end):on_done(note "ran")
    begun:wait()
    local dropped = pool:submit(same):on_done(note "cancelled")
    assert.is_true(dropped:cancel())
    assert.same({cancelled = 1}, done)
    go:set()
    pool:close()
    pool:join()
    assert.same({cancelled = 1, ran = 1}, done)
    local other = mp.Pool(1)
    other:submit(mp.sleep, 1000):on_done(note "terminated")
    other:terminate()
    other:join()
    assert.equal(1, done.terminated)
  end)

  it("lets callbacks use the pool", function()
    local pool = mp.Pool(2)
    local got = {}
    pool:submit(same, 2):on_done(function(future)
      got[1] = pool:apply(same, future:get() + 1)
      got[2] = pool:map(same, {1, 2, 3}).n
      pool:submit(same, 7):on_done(function(next_one)
        got[3] = next_one:get()
        pool:close()
      end)
    end)
    helper.wait_until(function()
      pool:submit(same):get()
      return got[3]
    end)
    assert.same({3, 3, 7}, got)
    assert.is_true(pool:join(10))
  end)

  it("cannot be sent, nor be used by others", function()
    local pool <close> = mp.Pool(1)
    local future = pool:submit(same, 1)
    assert.matches("^cannot send value.x%[1%]: ", message_of(mp.Queue().put, mp.Queue(), {x = {future}}))
    local child = mp.spawn(function() return select(2, pcall(future.get, future)) end)
    assert.matches("pool '[%w-]+' belongs to process", (child:result(10)))
  end)

  it("keeps its pool", function()
    do
      local future = mp.Pool(1):submit(same, 5)
      collectgarbage()
      assert.equal(5, future:get())
    end
    local retried = mp.Pool(1):options{retries = 1}
    collectgarbage()
    assert.equal(6, retried:apply(same, 6))
    local results = {}
    for i, x in mp.Pool(1):imap(same, mp.range(1, 500)) do
      if i % 100 == 0 then collectgarbage() end
      results[i] = x
    end
    assert.equal(500, #results)
  end)

  it("works in coroutines, and with several pools", function()
    local first <close> = mp.Pool(1)
    local second <close> = mp.Pool(2)
    local co = coroutine.wrap(function(pool)
      local future = pool:submit(same, 1)
      coroutine.yield(future)
      coroutine.yield(future:get() + pool:apply(same, 2))
    end)
    local future = co(first)
    assert.equal(4, second:apply(same, 4))
    assert.equal(1, future:get())
    assert.equal(3, co())
    local futures = {}
    for i = 1, 20 do futures[i] = (i % 2 == 0 and first or second):submit(same, i) end
    local sum = 0
    for done in mp.as_completed(futures) do sum = sum + done:get() end
    assert.equal(210, sum)
  end)

  it("refuses what makes no sense", function()
    local pool <close> = mp.Pool(1)
    local future = pool:submit(same, 1)
    assert.matches("^bad argument #1 to 'get'", message_of(future.get, future, "1"))
    assert.matches("^bad argument #1 to 'wait'", message_of(future.wait, future, 0/0))
    assert.matches("^bad argument #1 to 'on_done' %(function expected, got nil%)", message_of(future.on_done, future))
    assert.matches("a future has no 'gett'", message_of(function() return future.gett end))
    assert.matches("futures%[2%] is a number", message_of(mp.as_completed, {future, 5}))
    assert.matches("^bad argument #1 to 'as_completed'", message_of(mp.as_completed, future))
  end)
end)

describe("waiting for several futures", function()
  -- Tasks that end when their event is set.
  local function gated(pool, n)
    local gates, futures = {}, {}
    for i = 1, n do
      gates[i] = mp.Event()
      futures[i] = pool:submit(function(gate)
        gate:wait()
        return i
      end, gates[i])
    end
    return gates, futures
  end

  it("gives them in order of completion, each once", function()
    local pool <close> = mp.Pool(3)
    local gates, futures = gated(pool, 3)
    local order, follows = {}, {2, 3, 1}
    gates[follows[1]]:set()
    for future in mp.as_completed{futures[1], futures[2], futures[1], futures[3]} do
      order[#order + 1] = future:get()
      local following = follows[#order + 1]
      if following then gates[following]:set() end
    end
    assert.same(follows, order)
    local again = {}
    for future in mp.as_completed(futures) do again[#again + 1] = future:get() end   -- all were done before
    assert.same(follows, again)
    for _ in mp.as_completed{} do error("none") end
  end)

  it("goes through very many without looking at each of them for each that comes", function()
    local pool <close> = mp.Pool(2)
    local futures, sum = {}, 0
    for i = 1, 20000 do futures[i] = pool:submit(same, i) end
    for future in mp.as_completed(futures) do sum = sum + future:get() end   -- else it would be over minutes later
    assert.equal(200010000, sum)
  end)

  it("may be done by two at once, and left before the end", function()
    local pool <close> = mp.Pool(2)
    local gates, futures = gated(pool, 2)
    local first, second = mp.as_completed(futures), mp.as_completed{futures[2], futures[1]}
    gates[2]:set()
    assert.equal(futures[2], first())
    gates[1]:set()
    assert.equal(futures[2], second())
    assert.equal(futures[1], second())
    assert.is_nil(second())
  end)

  it("raises when the time is over", function()
    local pool <close> = mp.Pool(2)
    local gates, futures = gated(pool, 2)
    gates[1]:set()
    local got = {}
    local message = message_of(function()
      for future in mp.as_completed(futures, 0.2) do got[#got + 1] = future:get() end
    end)
    assert.equal("mp.as_completed: timeout: 1 of 2 futures are not done", message)
    assert.same({1}, got)
    gates[2]:set()
    assert.equal(2, futures[2]:get())
  end)

  it("mixes with queues, events and processes", function()
    local pool <close> = mp.Pool(2)
    local gates, futures = gated(pool, 2)
    local queue, event = mp.Queue(), mp.Event()
    local child = mp.spawn(function() event:wait() end)
    local all = {futures[1], queue, event, child, futures[2]}
    assert.same({}, mp.wait(all, 0))
    assert.same({}, mp.wait(all, 0.02))
    queue:put(1)
    assert.same({queue}, mp.wait(all))
    gates[2]:set()
    futures[2]:wait()
    assert.same({queue, futures[2]}, mp.wait(all))
    assert.same({futures[2]}, mp.wait{futures[1], futures[2]})
    gates[1]:set()
    event:set()
    child:join()
    futures[1]:wait()
    assert.same(all, mp.wait(all))
    local message = message_of(mp.wait, {futures[1], 5}, 1)
    assert.matches("^mp.wait: objects%[2%] is a number, which cannot be waited for", message)
  end)

  it("sees a future that completes while it waits", function()
    local pool <close> = mp.Pool(1)
    local future = pool:submit(mp.sleep, 0.05)
    assert.same({future}, mp.wait({mp.Event(), future}, 10))
  end)

  it("goes on in a worker that only asks whether it is done", function()
    local pool <close> = mp.Pool(1)
    assert.equal(5, pool:apply(function()
      local future = pool:submit(function(x) return x end, 5)
      while not future:done() do mp.sleep(0.001) end
      return future:get()
    end))
  end)

  it("sees a future whose result comes while another one is asked", function()
    local pool <close> = mp.Pool(3)
    local function first_ready(list) return mp.wait(list)[1] end
    local function first_completed(list) return mp.as_completed(list)() end
    for _, first_of in ipairs{first_ready, first_completed} do
      local gates, futures = gated(pool, 3)
      futures[3]:on_done(function()   -- is called when the first future has been asked
        gates[1]:set()
        while #futures[1].client.results == 0 do mp.sleep(0.001) end
      end)
      gates[3]:set()
      while #futures[3].client.results == 0 do mp.sleep(0.001) end
      local guard = mp.spawn(function() return gates[2]:wait(5) or gates[2]:set() end)
      assert.equal(futures[1], first_of{futures[1], futures[2]})
      gates[2]:set()
      assert.is_true(guard:result())   -- nobody has waited for the second one
    end
  end)

  it("runs tasks of the own pool meanwhile", function()
    local pool <close> = mp.Pool(1)
    assert.equal(6, pool:apply(function()
      local futures, sum = {}, 0
      for i = 1, 3 do futures[i] = pool:submit(function(x) return x end, i) end
      mp.wait{futures[3]}
      for future in mp.as_completed(futures) do sum = sum + future:get() end
      return sum
    end))
  end)
end)

describe("results of a pool", function()
  it("fail alone when they cannot be sent, or not be read by us or by the worker", function()
    local pool <close> = mp.Pool(2)
    local function odd(x)
      if x == 1 then return coroutine.create(print) end
      if x > 2 then return x end
      package.loaded["future_spec.odd"] = {}
      return package.loaded["future_spec.odd"]   -- travels by name, and nobody else has that
    end
    local outcomes, next_result = {}, pool:imap(odd, {1, 2, 3, 4}, {chunksize = 2})
    for i = 1, 4 do
      local ok, position, x = pcall(next_result)
      outcomes[i] = ok and x or position
    end
    assert.matches("cannot send result 1: a coroutine", outcomes[1])
    assert.matches("cannot receive module 'future_spec.odd'", outcomes[2])
    assert.same({3, 4}, {outcomes[3], outcomes[4]})
    package.loaded["future_spec.ours"] = {}
    local message = error_of(pool.apply, pool, same, package.loaded["future_spec.ours"])
    package.loaded["future_spec.ours"] = nil
    assert.matches("cannot receive module 'future_spec.ours'", message)
    assert.same({1, 2, 3, n = 3}, pool:map(same, {1, 2, 3}))
  end)

  it("end by the error of whole chunks that fail in the middle", function()
    local pool <close> = mp.Pool(2)
    for _ = 1, 20 do
      local message = error_of(pool.map, pool, function(x)
        if x % 10 == 5 then error("bad " .. x, 0) end
        return x
      end, mp.range(1, 100), {chunksize = 10})
      assert.matches("^bad %d*5\n", message)
    end
    assert.same({1, n = 1}, pool:map(same, {1}))
    local long = ("x"):rep(1 << 20)
    assert.matches("^x+\n", error_of(pool.map, pool, error, {long, long}))
  end)

  it("raise an error of the input after what came before, in any order too", function()
    local pool <close> = mp.Pool(2)
    for _, method in ipairs{"imap", "imap_unordered"} do
      local i, got = 0, {}
      local message = error_of(function()
        for position, x in pool[method](pool, same, function()
          i = i + 1
          if i == 11 then error("no more", 0) end
          return i
        end, {chunksize = 3}) do got[position] = x end
      end)
      assert.equal("no more", message)
      assert.same({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, got)
    end
  end)

  it("are missing with an error, not in silence, when the pool ends before", function()
    local pool = mp.Pool(2)
    local iterators = {pool:imap(same, mp.range(1, 100000)), (pool:imap_unordered(same, mp.range(1, 100000)))}
    for i = 1, 2 do iterators[i]() end
    pool:close()
    assert.is_true(pool:join(10))
    for _, iterator in ipairs(iterators) do
      if type(iterator) == "function" then
        assert.matches("has ended before all of the input was given", error_of(function() while iterator() do end end))
        assert.is_nil(iterator())
      end
    end
    local small = mp.Pool(2)
    local rest = small:imap(same, {1, 2, 3})
    small:close()
    small:join()
    assert.equal(1, rest())
    assert.equal(2, rest())
    assert.equal(3, rest())
    assert.is_nil(rest())
  end)

  it("come in order when the input uses the pool", function()
    local pool <close> = mp.Pool(2)
    local i = 0
    local results = pool:map(same, function()
      i = i + 1
      if i > 300 then return nil end
      return pool:apply(same, i)
    end, {chunksize = 4})
    assert.equal(300, results.n)
    for k = 1, 300 do assert.equal(k, results[k]) end
  end)

  it("are no worse for an error in a progress function", function()
    local ran = helper.run([[
      local mp = require "mp"
      local pool <close> = mp.Pool(2)
      local calls = 0
      local function progress() calls = calls + 1 error("bad bar") end
      print(pool:map(function(x) return x end, mp.range(1, 100), {progress = progress}).n, calls)
      pool:submit(function() end):on_done(function() error("bad call") end):wait()
      print(pool:apply(function() return 5 end))
    ]])
    assert.equal("100\t1\n5\n", ran.out)
    assert.equal(1, select(2, ran.err:gsub("progress: [^\n]*bad bar", "")))
    assert.equal(1, select(2, ran.err:gsub("on_done: [^\n]*bad call", "")))
    assert.equal(0, ran.code)
  end)

  it("fit into no arena, or wait until they do", function()
    local ran = helper.run([[
      local mp = require "mp"
      local pool <close> = mp.Pool(2)
      local function long(n) return ("x"):rep(n) end
      print((select(2, pcall(pool.apply, pool, long, 1 << 26)):match("arena is full")))
      print((select(2, pcall(pool.map, pool, long, {10, 1 << 26, 10})):match("arena is full")))
      local bytes = 0
      for _, text in pool:imap(long, function() return 1 << 22 end, {buffersize = 100}) do
        bytes = bytes + #text
        if bytes == 100 << 22 then break end
      end
      local future = pool:map_async(function() return long(1 << 22) end, mp.range(1, 8), {chunksize = 1})
      mp.sleep(0.2)
      print(future:get().n)
      print((select(2, pcall(pool.apply, pool, long, long(1 << 26))):match("arena is full")))
      print(pool:apply(function() return 5 end))
    ]], {env = {MPLUA_ARENA = "32M"}})
    assert.equal("arena is full\narena is full\n8\narena is full\n5\n", ran.out .. ran.err)
  end)

  it("end with one line at Ctrl-C", function()
    local family = helper.start([[
      local mp = require "mp"
      local pool <close> = mp.Pool(4)
      print(pool:apply(function() return 1 end))
      io.stdout:flush()
      pool:map(mp.sleep, {1000, 1000, 1000, 1000, 1000})
    ]])
    family:read()
    helper.kill("INT", family.pid)
    local _, how, code = family:finish()
    assert.same({"signal", 2}, {how, code})
    local _, lines = family.stderr():gsub("\n", "")
    assert.equal(1, lines)
    assert.is_true(family:gone(5))
  end)

  it("end with one line when the initializer fails, though nobody asked", function()
    local ran = helper.run([[
      local mp = require "mp"
      local pool <close> = mp.Pool{n = 4, initializer = function() error("no licence", 0) end}
      for _ = 1, 10 do pool:submit(print) end
    ]])
    assert.equal(1, select(2, ran.err:gsub("no licence", "")))
  end)

  it("leave a pool in a cycle, and the program ends", function()
    local ran = helper.run([[
      local mp = require "mp"
      local pool = mp.Pool(2)
      local cycle = {pool = pool}
      cycle.cycle = cycle
      pool:apply(function() return 1 end)
      pool, cycle = nil, nil
      collectgarbage()
      collectgarbage()
      print("end")
    ]])
    assert.same({out = "end\n", err = "", code = 0}, ran)
  end)

  it("come from a huge number of tasks", function()
    local pool <close> = mp.Pool(2)
    local future = pool:map_async(same, mp.range(1, 100000), {chunksize = 1})
    assert.equal(100000, future:get().n)
    local n = 0
    for _ in pool:imap_unordered(same, mp.range(1, 20000)) do n = n + 1 end
    assert.equal(20000, n)
  end)

  it("keep max_tasks whatever the chunks are", function()
    local pool <close> = mp.Pool{n = 1, max_tasks = 10}
    local function pid() return mp.current_process().pid end
    local tasks = {}
    local function count(list)
      for _, of in ipairs(list) do tasks[of] = (tasks[of] or 0) + 1 end
    end
    for size = 1, 10 do count(pool:map(pid, mp.range(1, 20), {chunksize = size})) end
    for _, n in pairs(tasks) do assert.is_true(n <= 10) end
  end)

  it("leave a user's table of arguments alone", function()
    local arguments = {1, 2}
    local pool <close> = mp.Pool{n = 1, initializer = function() end, initargs = arguments}
    pool:apply(same)
    assert.same({1, 2}, arguments)
    assert.matches("a range of .* is too long", message_of(mp.range, 1, 1e300))
    assert.matches("is too long", message_of(mp.range, math.mininteger, math.maxinteger))
  end)
end)
