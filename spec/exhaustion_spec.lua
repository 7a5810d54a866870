-- time limit: 200 s
-- A small arena and a full one: clear errors, nothing lost, and afterwards everything is as before.
local helper = require "spec.helper"

describe("in a small arena", function()
  local small = {env = {MPLUA_ARENA = "64M"}, limit = 30}

  it("says at the caller when the arena is full", function()
    local result = helper.run([[
      local q, data = require "mp".Queue(), ("x"):rep(1 << 20)
      while true do
        q:put(data)
      end
    ]], small)
    assert.equal(1, result.code)
    assert.matches("^mplua: [^\n]*script%d+%.lua:3: arena is full: %d+ MiB of 64 MiB; raise MPLUA_ARENA\n", result.err)
  end)

  it("tells who joins a process that it had no room for its result or error", function()
    local result = helper.run([[
      local mp = require "mp"
      local q = mp.Queue()
      for _, last in ipairs {function() return ("x"):rep(3000) end, function() error(("x"):rep(3000)) end} do
        local p = mp.spawn(function()
          for s = 16, 4, -1 do
            pcall(function() while true do q:put {("x"):rep(1 << s)} end end)
          end
          return last()
        end)
        print(pcall(p.result, p))
        print(p.exitcode, p.error:match("arena is full: %d MiB of 4 MiB"), p.traceback)
        q:clear()
      end
      print(mp.spawn(function() return "room again" end):result())
    ]], {env = {MPLUA_ARENA = "4M"}})
    local one = "false\tarena is full: %d MiB of 4 MiB; raise MPLUA_ARENA; there was no room for the result or error "
                .. "of process%-%d\n1\tarena is full: %d MiB of 4 MiB\tnil\n"
    assert.matches("^" .. one .. one .. "room again\n$", result.out)
    assert.matches("Process process%-1:\narena is full.*Process process%-2:\n[^\n]*xxxxx", result.err)
  end)

  it("tells who joins a thread the same", function()
    local result = helper.run([[
      local mp = require "mp"
      local q, full = mp.Queue(), mp.Event()
      local t = mp.Thread{target = function() full:wait() error(("x"):rep(3000)) end}:start()
      for s = 16, 0, -1 do
        pcall(function() while true do q:put {("x"):rep(1 << s)} end end)
      end
      full:set()
      print(pcall(t.result, t))
      print(t.error:match("no room for the result or error of .*"))
      q:clear()
      print(mp.spawn(function() return "room again" end):result(), mp.current_process().error)
    ]], {env = {MPLUA_ARENA = "4M"}})
    assert.matches("^false\tarena is full: %d MiB of 4 MiB; raise MPLUA_ARENA; there was no room for the result or "
      .. "error of thread%-1\nno room for the result or error of thread%-1\nroom again\tnil\n$", result.out)
  end)

  it("loses nothing when the arena is full, and has the room again afterwards", function()
    local result = helper.run([[
      local mp = require "mp"
      local function census()
        collectgarbage()
        collectgarbage()
        local c = mp.debug.census()
        return c.blocks .. " " .. c.queue .. " " .. c.process
      end
      local q, data = mp.Queue(), ("x"):rep(1 << 20)
      local function fill(make)
        local n = 0
        while pcall(q.put, q, make(n + 1)) do n = n + 1 end
        return n
      end
      local function round()
        local large = fill(function(i) return i .. data end)
        local small = fill(function(i) return {i} end)
        for i = 1, large do assert(q:get(0) == i .. data, i) end
        for i = 1, small do assert(q:get(0)[1] == i, i) end
        assert(#q == 0)
        return large, small
      end
      local large, small = round()
      local before = census()
      local again, small_again = round()
      print(large > 50, small > 1000, again >= large - 1, small_again > 1000, before == census())
      print(mp.debug.check())
    ]], small)
    assert.same({"true\ttrue\ttrue\ttrue\ttrue\ntrue\n", "", 0}, {result.out, result.err, result.code})
  end)

  it("says so when there is no room for another object or process, and goes on when there is", function()
    local result = helper.run([[
      local mp = require "mp"
      local list, ok, message = {}, nil, nil
      repeat
        ok, message = pcall(mp.Queue)
        if ok then list[#list + 1] = message end
      until not ok
      print(message:match("arena is full"), #list > 1000)
      print(pcall(mp.spawn, print))
      list = nil
      collectgarbage()
      collectgarbage()
      print(mp.spawn(function() return "fine" end):result(), mp.debug.check())
    ]], small)
    assert.matches("^arena is full\ttrue\nfalse\t[^\n]*arena is full[^\n]*\nfine\ttrue\n$", result.out)
    assert.equal(0, result.code)
  end)

  it("raises in the child when its result has no room", function()
    local result = helper.run([[
      local mp = require "mp"
      local p = mp.spawn(function() return ("x"):rep(100 << 20) end)
      print(pcall(p.result, p))
      print(mp.spawn(function() return "fine" end):result(), p.exitcode)
    ]], small)
    assert.matches("^false\t[^\n]*arena is full[^\n]*\nfine\t1\n$", result.out)
  end)

  it("lets a consumer drain a full arena", function()
    local result = helper.run([[
      local mp = require "mp"
      local q, data = mp.Queue(), ("x"):rep(1 << 20)
      while pcall(q.put, q, data) do end
      local p = mp.spawn(function()
        local n = 0
        for x in q:items() do n = n + #x end
        return n
      end)
      q:close()
      print(p:result() > 50 << 20)
    ]], small)
    assert.same({"true\n", ""}, {result.out, result.err})
  end)

  it("survives the death of processes that fill the arena", function()
    local result = helper.run([[
      local mp = require "mp"
      local q, data = mp.Queue(), ("x"):rep(1 << 20)
      for _ = 1, 10 do
        local p = mp.spawn(function() while true do pcall(q.put, q, data) end end)
        while #q < 40 do mp.sleep(0) end
        p:kill()
        p:join()
        q:clear()
      end
      local n = 0
      while pcall(q.put, q, data) do n = n + 1 end
      q:clear()
      print(n > 50, mp.debug.check())
    ]], small)
    assert.same({"true\ttrue\n", ""}, {result.out, result.err})
  end)

  for _, size in ipairs {"0", "x", "-1", "64X", "64MM", "", " 64M", "99999999999999999999", "1K", "64K"} do
    it(("says in a line that %q is no size for the arena"):format(size), function()
      local result = helper.run("print 'ran'", {env = {MPLUA_ARENA = size}})
      assert.same({"", 1}, {result.out, result.code})
      assert.matches("^mplua: [^\n]*MPLUA_ARENA[^\n]*\n$", result.err)
    end)
  end

  for _, size in ipairs {"67108864", "65536K", "64M", "1G", "1T"} do
    it("takes " .. size .. " as a size for the arena", function()
      assert.equal("ran\n", helper.run("print 'ran'", {env = {MPLUA_ARENA = size}}).out)
    end)
  end
end)
