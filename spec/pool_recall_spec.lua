-- What a pool takes back: tasks that nobody has begun, when their call has failed, was cancelled or is no more read.
local helper = require "spec.helper"
local mp = require "mp"

local class = debug.getmetatable(io.stdout)   -- files stand for a C module's userdata

local function error_of(f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok)
  return err
end

describe("a pool that takes tasks back", function()
  after_each(function() class.__mp_pack, class.__mp_unpack = nil, nil end)

  it("keeps nothing of calls that failed", function()
    local pool <close> = mp.Pool(2)
    local function fail_often(times)
      for _ = 1, times do
        assert.equal("no", error_of(pool.map, pool, function(x)
          if x == 3 then error("no", 0) end
        end, mp.range(1, 100), {chunksize = 1}):match("^%w+"))
      end
      return helper.census().blocks
    end
    local blocks = fail_often(5)
    assert.is_true(helper.wait_until(function() return fail_often(10) < blocks + 50 end, 1))
  end)

  -- ---- cancel ----

  it("does not say that a call was cancelled whose second chunk runs while the first one is still unpacked", function()
    local unpacking, go, runs = mp.Event(), mp.Event(), mp.Event()
    class.__mp_pack = function() return "slow" end
    class.__mp_unpack = function()
      unpacking:set()
      go:wait()
      return "slow"
    end
    local pool <close> = mp.Pool(2)
    local second = mp.Queue()
    local future = pool:map_async(function(x)
      runs:set()
      if x ~= "slow" then go:wait() end
      second:put(x)
      return x
    end, {io.tmpfile(), "quick", "third"}, {chunksize = 1})
    unpacking:wait()
    runs:wait()
    assert.is_false(future:cancel())
    go:set()
    assert.same({"slow", "quick", "third", n = 3}, future:get())
    assert.equal(3, second:size())
  end)

  it("runs nothing that was cancelled just when a worker took it", function()
    local pool, n = mp.Pool(3), 20000
    local ran, futures, cancelled = mp.Array("b", n), {}, {}
    for first = 1, n, 4 do
      for i = first, first + 3 do futures[i] = pool:submit(function(x) ran[x] = 1 end, i) end
      for i = first + 3, first, -1 do cancelled[i] = futures[i]:cancel() end
    end
    pool:close()
    assert.is_true(pool:join(60))
    for i = 1, n do assert.equal(cancelled[i] and 0 or 1, ran[i]) end
  end)

  it("cancels a call whose first chunk is still unpacked, and runs none of it", function()
    local unpacking, go, ran = mp.Event(), mp.Event(), mp.Value("q", 0)
    class.__mp_pack = function() return "slow" end
    class.__mp_unpack = function()
      unpacking:set()
      go:wait()
      return "slow"
    end
    local pool <close> = mp.Pool(1)
    local future = pool:map_async(function() ran:add(1) end, {io.tmpfile(), 2, 3, 4}, {chunksize = 1})
    unpacking:wait()
    assert.is_true(future:cancel())
    go:set()
    assert.equal(5, pool:apply(function() return 5 end))
    assert.equal(0, ran.value)
    assert.same({nil, "cancelled"}, {future:get()})
  end)

  it("either cancels a call of many chunks, or runs all of it", function()
    local pool <close> = mp.Pool(2)
    local ran = mp.Value("q", 0)
    for round = 1, 100 do
      ran.value = 0
      local future = pool:map_async(function() ran:add(1) end, mp.range(1, 10), {chunksize = 1})
      for _ = 1, round * 20 do ran = ran end
      local cancelled = future:cancel()
      future:wait()
      pool:map(function() end, {1, 2}, {chunksize = 1})
      assert.equal(cancelled and 0 or 10, ran.value)
    end
  end)

  -- ---- in a full arena ----

  -- A pool whose workers are busy until go is set; f is called with it when the arena is full.
  local function in_full_arena(f)
    return helper.run([[
      local mp = require "mp"
      local pool <close> = mp.Pool(2)
      local go, up, ran = mp.Event(), mp.Semaphore{value = 0, signal = true}, mp.Value("q", 0)
      local busy = pool:map_async(function() up:release() go:wait() end, {1, 2}, {chunksize = 1})
      up:acquire()
      up:acquire()
      local function count(x) ran:add(1) return x end
      local hoard = mp.Queue()
      local function fill()
        for _, content in ipairs{("x"):rep(60000), ("x"):rep(100), 1} do
          while pcall(hoard.put, hoard, content) do end
        end
      end
    ]] .. f .. [[
      pool:close()
      print(pool:join(10), mp.debug.check())
    ]], {env = {MPLUA_ARENA = "32M"}})
  end

  it("raises when there is no room to cancel a call, which goes on then", function()
    assert.same({out = "false\ttrue\n2000\ntrue\ttrue\n", err = "", code = 0}, in_full_arena [[
      local future = pool:map_async(count, mp.range(1, 2000), {chunksize = 1})
      fill()
      local ok, err = pcall(future.cancel, future)
      print(ok, err:find("arena is full", 1, true) ~= nil)
      hoard:clear()
      go:set()
      print(#future:get())
    ]])
  end)

  it("leaves a loop when there is no room to take back what was given", function()
    assert.same({out = "true\ttrue\n", err = "", code = 0}, in_full_arena [[
      do
        local _, _, _, loop <close> = pool:imap(count, mp.range(1, 2000), {buffersize = 4000})
        fill()
      end
      hoard:clear()
      go:set()
    ]])
  end)
end)
