-- time limit: 120 s
-- A pool whose maker is interrupted again and again, and goes on: nothing is lost, called twice or forgotten.
local mp = require "mp"

local ROUNDS <const> = 150

-- In the maker of a pool: begin(f, ...) runs f, while which one interruption arrives at some moment. Returns what f
-- returned, or nothing if it did not come to that.
local function interruptible()
  local wanted, me = mp.Queue(), mp.current_process()
  local interrupter = mp.spawn{daemon = true, target = function()
    for most in wanted:items() do
      local moment = math.random(0, most)
      while moment > 0 do moment = moment - 1 end
      me:interrupt()
    end
  end}
  return function(f, ...)
    local results
    local ok, err = pcall(function(...)
      wanted:put(math.random(0, 3) * 5000)
      results = table.pack(f(...))
      while true do mp.sleep(10) end   -- until it comes
    end, ...)
    assert(not ok and tostring(err):find "interrupted", err)
    return results
  end, interrupter
end

-- Runs this in a process of its own, which the busted of the specs is not to share its interruptions with.
local function run(body)
  local process = mp.spawn(function()
    local begin, interrupter = interruptible()
    local pool = mp.Pool(2)
    body(pool, begin)
    pool:close()
    assert(pool:join(20), "the pool does not end")
    interrupter:kill()
  end)
  assert.same({true}, {process:join(120)})
  process:result()
end

local function double(x) return 2 * x end

local function assert_doubled(results, n)
  assert(results and results.n == n, "a result is missing")
  for i = 1, n do assert(results[i] == 2 * i, "a wrong result") end
end

describe("the maker of a pool that is interrupted and goes on", function()
  it("gets each result of map_async", function()
    run(function(pool, begin)
      for _ = 1, ROUNDS do
        local future = pool:map_async(double, mp.range(1, 40), {chunksize = 1})
        begin(future.get, future)
        assert_doubled(future:get(20), 40)
      end
    end)
  end)

  it("gets the results of larger chunks, and such as are no simple values", function()
    run(function(pool, begin)
      for _ = 1, ROUNDS do
        local future = pool:map_async(function(x) return {x, tostring(x)} end, mp.range(1, 40), {chunksize = 3})
        begin(future.get, future)
        local results = assert(future:get(20), "a result is missing")
        for i = 1, 40 do assert(results[i][1] == i and results[i][2] == tostring(i)) end
      end
    end)
  end)

  it("gives all tasks of a call that is given in portions", function()
    run(function(pool, begin)
      for _ = 1, ROUNDS // 10 do
        local future = pool:map_async(double, mp.range(1, 3000), {chunksize = 1})
        for _ = 1, 10 do begin(future.get, future) end
        assert_doubled(future:get(20), 3000)
      end
    end)
  end)

  -- One may be interrupted itself.
  it("gets what was submitted, and has each callback called once", function()
    run(function(pool, begin)
      for _ = 1, ROUNDS do
        local futures, calls = {}, 0
        for i = 1, 20 do
          futures[i] = pool:submit(double, i)
          futures[i]:on_done(function(future)
            assert(future:get() == 2 * i)
            calls = calls + 1
          end)
        end
        begin(mp.wait, futures)
        for i = 1, 20 do assert(futures[i]:get(20) == 2 * i, "a result is missing") end
        assert(calls == 20 or calls == 19, "a callback is missing")
      end
    end)
  end)

  it("can give tasks, whatever was interrupted in giving some", function()
    run(function(pool, begin)
      for i = 1, ROUNDS do
        begin(pool.submit, pool, double, i)
        begin(pool.map_async, pool, double, mp.range(1, 10))
        begin(pool.apply, pool, double, i)
        assert(pool:apply(double, i) == 2 * i)
      end
    end)
  end)

  it("may leave loops over imap, and go on with other ones", function()
    run(function(pool, begin)
      for i = 1, ROUNDS do
        local method = i % 2 == 0 and "imap" or "imap_unordered"
        begin(function()
          for _, value in pool[method](pool, double, mp.range(1, 30)) do assert(value % 2 == 0) end
        end)
        local n = 0
        for position, value in pool:imap(double, mp.range(1, 3)) do
          n = n + 1
          assert(position == n and value == 2 * n)
        end
        assert(n == 3)
      end
    end)
  end)

  it("may cancel: either that was in time, or it has the results", function()
    run(function(pool, begin)
      for _ = 1, ROUNDS do
        local future = pool:map_async(double, mp.range(1, 10), {chunksize = 1})
        begin(future.cancel, future)
        local results, why = future:get(20)
        if future:cancelled() then assert(why == "cancelled") else assert_doubled(results, 10) end
        assert(pool:apply(double, 4) == 8)
      end
    end)
  end)

  it("gets a result whose decoding was interrupted", function()
    local class = debug.getmetatable(io.stdout)   -- files stand for a C module's userdata
    local pack, unpack = class.__mp_pack, class.__mp_unpack
    class.__mp_pack = function() return 17 end
    class.__mp_unpack = function(value)
      for i = 1, 2000 do value = value + i - i end
      return value
    end
    run(function(pool, begin)
      for _ = 1, ROUNDS do
        local future = pool:submit(io.tmpfile)
        begin(future.get, future)
        assert(future:get(20) == 17, "a result is missing")
        future = pool:map_async(io.tmpfile, mp.range(1, 5), {chunksize = 1})
        begin(future.get, future)
        assert(#future:get(20) == 5, "a result is missing")
      end
    end)
    class.__mp_pack, class.__mp_unpack = pack, unpack
  end)

  it("may be a worker: its calls are done, and fail only by an interruption of a task that it ran itself", function()
    run(function(pool)
      local futures = {}
      for i = 1, 2 do
        futures[i] = pool:submit(function()
          local begin, interrupter = interruptible()
          for _ = 1, ROUNDS do
            local future = pool:map_async(double, mp.range(1, 10), {chunksize = 1})
            begin(future.get, future)
            local ok, results = pcall(future.get, future, 20)
            if ok then assert_doubled(results, 10) else assert(results:find "interrupted", results) end
          end
          interrupter:kill()
          return "done"
        end)
      end
      for i = 1, 2 do assert(futures[i]:get(60) == "done") end
    end)
  end)

  it("can terminate it", function()
    run(function(_, begin)
      for _ = 1, ROUNDS // 10 do
        local pool = mp.Pool(1)
        local future = pool:map_async(mp.sleep, {10, 10})
        begin(pool.terminate, pool)
        pool:terminate()
        assert(pool:join(20), "it does not end")
        assert(not pcall(future.get, future, 20), "a future is not done")
      end
    end)
  end)
end)
