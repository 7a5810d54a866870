-- time limit: 120 s
-- Pools in an arena that is full of something else.
local helper = require "spec.helper"

-- A script in which fill() leaves no room for anything, and hoard:clear() gives it back.
local function run(script, options)
  return helper.run([[
    local mp = require "mp"
    local hoard = mp.Queue()
    local function fill()
      local size = 60000
      while size >= 16 do
        local content = ("x"):rep(size)
        while pcall(hoard.put, hoard, content) do end
        size = size * 3 // 4
      end
    end
    local function wait_until(ask)
      for _ = 1, 1000 do
        if ask() then return true end
        mp.sleep(0.01)
      end
    end
    local function pid() return mp.current_process().pid end
  ]] .. script, {env = {MPLUA_ARENA = "32M"}, shell = options and options.shell})
end

describe("a pool in a full arena", function()
  it("ends the workers that it has started when there is no room for another, and leaves nothing", function()
    local ran = helper.run([[
      local mp = require "mp"
      do   -- what a process keeps of the first pool, and of many objects
        local many = {}
        for i = 1, 600 do many[i] = mp.Event() end
        local pool <close> = mp.Pool(1)
        pool:apply(function() end)
      end
      local function census()
        mp.active_children()
        collectgarbage()
        collectgarbage()
        mp.collect()
        return mp.debug.census()
      end
      local started, go = mp.Value(0), mp.Event()
      local before = census()
      do
        local pool = mp.Pool {n = 500, initializer = function()
          started:add(1)
          go:wait()
        end}
        local future = pool:submit(function() return 5 end)
        print(select(2, pcall(future.get, future)))
        print(started.value < 500)
        print(select(2, pcall(pool.apply, pool, print)))
        pool:close()
        print(pool:join(10), #pool.workers, #mp.active_children())
      end
      local now
      for _ = 1, 500 do
        now = census()
        if now.blocks == before.blocks then break end
        mp.sleep(0.01)
      end
      for name, n in pairs(before) do
        if now[name] ~= n then print(name, n, now[name]) end
      end
      local small <close> = mp.Pool(2)
      print(small:apply(function() return "there is room again" end), mp.debug.check())
    ]], {env = {MPLUA_ARENA = "4M"}})
    local broken = "pool 'pool%-2' is broken: arena is full: 4 MiB of 4 MiB; raise MPLUA_ARENA\n"
    assert.matches("^" .. broken .. "true\n" .. broken .. "true\t0\t0\nthere is room again\ttrue\n$", ran.out)
    assert.same({"", 0}, {ran.err, ran.code})
  end)

  it("replaces thousands of workers in the smallest arena", function()
    local ran = helper.run([[
      local mp = require "mp"
      local pool <close> = mp.Pool {n = 2, max_tasks = 1}
      local list = pool:map(function(x) return x end, mp.range(1, 3000))
      print(#list, list[3000])
    ]], {env = {MPLUA_ARENA = "2M"}, limit = 90})
    assert.same({out = "3000\t3000\n", err = "", code = 0}, ran)
  end)

  it("keeps its other workers when there is no room to replace one that died", function()
    assert.same({out = "true\ntrue\ttrue\n", err = "", code = 0}, run [[
      local pool <close> = mp.Pool(2)
      pool:apply(pid)
      local first, second = pool.workers[1], pool.workers[2]
      fill()
      first:kill()
      first:join()
      for _ = 1, 10 do
        fill()
        mp.sleep(0.03)
      end
      print(second:is_alive())
      hoard:clear()
      print(wait_until(function() return #pool.workers == 2 end), second:is_alive())
    ]])
  end)

  it("says what a worker waits for when there is no room for an error, and goes on when there is", function()
    local ran = run [[
      local pool = mp.Pool(1)
      local go, up, told = mp.Event(), mp.Event(), mp.Event()
      local future = pool:submit(function()
        local stderr = io.stderr
        io.stderr = {write = function(_, text)
          stderr:write(text)
          told:set()
        end}
        up:set()
        go:wait()
        error(("no"):rep(50000), 0)
      end)
      up:wait()
      fill()
      go:set()
      print(told:wait(30))
      hoard:clear()
      local ok, err = pcall(future.get, future)
      print(ok, #err:match("[^\n]+"))
      pool:close()
      print(pool:join(10))
    ]]
    assert.same({out = "true\nfalse\t100000\ntrue\n", code = 0, err =
      "worker pool-1-1 waits for room to send a result: arena is full: 32 MiB of 32 MiB; raise MPLUA_ARENA\n"}, ran)
  end)

  it("replaces its only worker though there is no more room than the dead one leaves", function()
    assert.same({out = "true\ttrue\n", err = "", code = 0}, run [[
      local pool <close> = mp.Pool(1)
      pool:apply(pid)
      local dead = pool.workers[1]
      fill()
      dead:kill()
      dead:join()
      local replaced = wait_until(function()
        local ok, workers = pcall(function() return pool.workers end)
        return ok and workers[1] ~= nil and workers[1] ~= dead
      end)
      hoard:clear()
      print(replaced, pool:apply(pid) ~= dead.pid)
    ]])
  end)
end)
