-- How pools end: closed, terminated, interrupted or forgotten, whatever their workers do then; and what is left.
local helper = require "spec.helper"
local mp = require "mp"

local SIGSTOP <const>, SIGCONT <const> = 19, 18

local function error_of(f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok)
  return err
end

local function same(...) return ... end

-- A pool of two whose workers are in tasks that never end, and the future of these.
local function busy_pool()
  local pool, up = mp.Pool(2), mp.Semaphore{value = 0, signal = true}
  local future = pool:map_async(function()
    up:release()
    mp.sleep(1000)
  end, mp.range(1, 10), {chunksize = 1})
  up:acquire()
  up:acquire()
  return pool, future
end

describe("a pool that ends", function()
  -- ---- closed ----

  it("finishes what was given when each worker may run one task only", function()
    local pool = mp.Pool{n = 2, max_tasks = 1}
    local future = pool:map_async(same, mp.range(1, 20))
    pool:close()
    assert.is_true(pool:join(20))
    assert.equal(20, #future:get())
  end)

  it("lets what has not begun be cancelled when it is closed, and finishes the rest", function()
    local pool, go, up = mp.Pool(2), mp.Event(), mp.Semaphore{value = 0, signal = true}
    local futures, cancelled, done = {}, 0, 0
    for i = 1, 50 do
      futures[i] = pool:submit(function()
        up:release()
        go:wait()
        return i
      end)
    end
    up:acquire()
    up:acquire()
    pool:close()
    for _, future in ipairs(futures) do
      if future:cancel() then cancelled = cancelled + 1 end
    end
    go:set()
    assert.is_true(pool:join(10))
    for i, future in ipairs(futures) do
      if future:get() == i then done = done + 1 end
    end
    assert.same({48, 2}, {cancelled, done})
  end)

  it("lets its workers run their exit functions when it is closed", function()
    local ended = mp.Queue()
    local pool = mp.Pool{n = 2, initializer = function()
      mp.atexit(function() ended:put(mp.current_process().name) end)
    end}
    pool:map(same, mp.range(1, 10))
    pool:close()
    assert.is_true(pool:join(10))
    assert.equal(2, ended:size())
  end)

  it("raises for every call after its scope, however that was left", function()
    local left
    for _ = 1, 1 do
      local pool <close> = mp.Pool(1)
      left = pool
      if pool:apply(same, true) then break end
    end
    local methods = {"map", "starmap", "map_async", "starmap_async", "imap", "imap_unordered", "apply", "submit"}
    for _, method in ipairs(methods) do
      assert.matches("^pool 'pool%-%d+' is closed", helper.message_of(function() left[method](left, same, {}) end))
    end
    assert.is_true(left:join())
  end)

  it("has nothing to do for an empty input, whatever the chunks are to be", function()
    local pool <close> = mp.Pool(1)
    for _, items in ipairs{{}, mp.range(1, 0), function() end} do
      assert.same({n = 0}, pool:map(same, items, {chunksize = 7}))
      assert.same({n = 0}, pool:starmap(same, items, {chunksize = 7}))
      assert.same({n = 0}, pool:map_async(same, items, {chunksize = 7}):get())
      assert.same({n = 0}, pool:starmap_async(same, items, {chunksize = 7}):get())
      assert.is_nil((pool:imap(same, items, {chunksize = 7})()))
      assert.is_nil((pool:imap_unordered(same, items, {chunksize = 7})()))
    end
    assert.same({3, 7, n = 2}, pool:starmap_async(function(a, b) return a + b end, {{1, 2}, {3, 4}}):get())
  end)

  -- ---- terminated ----

  it("is terminated while its workers and its supervisor are stopped in the middle of tasks", function()
    local pool, future = busy_pool()
    local workers = pool.workers
    for _, worker in ipairs(workers) do worker:signal(SIGSTOP) end
    for _, child in ipairs(mp.active_children()) do
      if child.name == pool.name then child:signal(SIGSTOP) end
    end
    pool:terminate()
    assert.is_true(pool:join(10))
    for _, worker in ipairs(workers) do assert.is_false(worker:is_alive()) end
    assert.matches("was terminated", error_of(future.get, future))
  end)

  it("does not lose what stopped workers do once they go on", function()
    local pool = mp.Pool(2)
    local up, go = mp.Semaphore{value = 0, signal = true}, mp.Event()
    local future = pool:map_async(function(x)
      up:release()
      go:wait()
      return x
    end, {1, 2}, {chunksize = 1})
    up:acquire()
    up:acquire()
    for _, worker in ipairs(pool.workers) do worker:signal(SIGSTOP) end
    go:set()
    pool:close()
    assert.is_false(pool:join(0.05))
    for _, worker in ipairs(pool.workers) do worker:signal(SIGCONT) end
    assert.is_true(pool:join(10))
    assert.same({1, 2, n = 2}, future:get())
  end)

  it("may be terminated by a finalizer, and again", function()
    local pool, future = busy_pool()
    setmetatable({}, {__gc = function() pool:terminate() end})
    assert(helper.wait_until(function()
      collectgarbage()
      return future:done()
    end))
    pool:terminate()
    assert.is_true(pool:join(10))
    assert.matches("was terminated", error_of(future.get, future))
  end)

  it("may be terminated by an exit function, and by one that is interrupted", function()
    local ran = helper.run([[
      local mp = require "mp"
      local pool = mp.Pool(2)
      local future = pool:submit(mp.sleep, 1000)
      mp.atexit(function()
        pool:terminate()
        print(pool:join(10), (pcall(future.get, future)))
      end)
      mp.current_process():interrupt()
      future:get()
    ]])
    assert.equal("true\tfalse\n", ran.out)
    assert.matches("interrupted", ran.err)
  end)

  -- ---- forgotten ----

  it("ends its workers when it is collected while they run tasks", function()
    local workers
    do
      local pool = busy_pool()
      workers = pool.workers
    end
    assert.is_true(helper.wait_until(function()
      collectgarbage()
      return not workers[1]:is_alive() and not workers[2]:is_alive()
    end))
  end)

  it("keeps nothing of a task when that is over", function()
    local pool <close> = mp.Pool(1)
    local kept, events = setmetatable({}, {__mode = "v"}), mp.debug.census().event
    do
      local argument, upvalue = {mp.Event()}, {mp.Event()}
      kept.argument, kept.upvalue = argument, upvalue
      kept.result = pool:map(function(x) return {x, upvalue} end, {argument})
      kept.future = pool:submit(function(x) return x, upvalue end, argument)
      kept.future:get()
    end
    pool:map(function() end, {1})   -- a worker keeps the function of its last call
    pool:apply(function() mp.collect(collectgarbage() + collectgarbage()) end)
    helper.census()
    assert.is_nil(next(kept))
    assert.equal(events, mp.debug.census().event)
  end)

  -- ---- interrupted ----

  it("fails the task of a worker that is interrupted, and replaces one that waits", function()
    local pool <close> = mp.Pool(2)
    local up = mp.Queue()
    local future = pool:submit(function()
      up:put(mp.current_process())
      mp.sleep(1000)
    end)
    up:get():interrupt()
    assert.matches("interrupted", error_of(future.get, future, 10))
    assert.same({1, 2, 3, n = 3}, pool:map(same, {1, 2, 3}))
  end)

  it("ends when everyone of the family is interrupted while it maps, and nobody is left", function()
    local family = helper.start([[
      local mp = require "mp"
      local pool <close> = mp.Pool(4)
      local up = mp.Semaphore{value = 0, signal = true}
      mp.spawn(function()
        for _ = 1, 4 do up:acquire() end
        print("ready")
      end)
      pool:map(function()
        up:release()
        mp.sleep(1000)
      end, mp.range(1, 20), {chunksize = 1})
    ]])
    assert.equal("ready", family:read())
    for _, pid in ipairs(family:members()) do os.execute(("kill -INT %d 2>/dev/null"):format(pid)) end
    local rest, how, code = family:finish()
    assert.same({"", "signal", 2}, {rest, how, code})
    assert.is_true(family:gone(10))
    local _, lines = family.stderr():gsub("\n", "")
    assert.is_true(lines <= 2)   -- of main, and of the supervisor
  end)

  it("lets an interruption end a program that only gives tasks, and says nothing more", function()
    local family = helper.start [[
      local mp = require "mp"
      local pool = mp.Pool(1)
      local function same(x) return x end
      print "ready"
      while true do pool:map_async(same, mp.range(1, 1000), {chunksize = 1}) end
    ]]
    family:read()
    helper.kill("INT", family.pid)
    assert.same({"", "signal", 2}, {family:finish()})
    assert.matches("^mplua: [^\n]*interrupted\n$", family.stderr())
  end)

  it("raises the interruption of an input that waits", function()
    local pool <close> = mp.Pool(1)
    local me, waiting = mp.current_process(), mp.Event()
    local interrupter = mp.spawn(function()
      waiting:wait()
      me:interrupt()
    end)
    local function input()
      waiting:set()
      mp.sleep(1000)
    end
    assert.matches("interrupted", error_of(pool.map_async, pool, function() end, input))
    interrupter:join()
    assert.equal(1, pool:apply(function() return 1 end))
  end)

  it("can be used after an interruption of map that was caught", function()
    local pool <close> = mp.Pool(2)
    local me, up = mp.current_process(), mp.Event()
    local interrupter = mp.spawn(function()
      up:wait()
      me:interrupt()
    end)
    assert.matches("interrupted", error_of(pool.map, pool, function()
      up:set()
      return mp.sleep(0.2)
    end, {1}))
    interrupter:join()
    assert.same({1, 2, n = 2}, pool:map(same, {1, 2}))
  end)
end)
