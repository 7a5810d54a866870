-- Shared tables whose users are killed at any moment, that are large, and that fill the arena.
local helper = require "spec.helper"
local mp = require "mp"

describe("a shared table", function()


  it("is sound whoever is killed in the middle of whatever", function()
    local result = helper.run([=[
      local mp = require "mp"
      local t, q = mp.Table({}, "board"), mp.Queue()
      local function check()
        local sound, why = mp.debug.check()
        return why or sound
      end
      local function value()
        local k = math.random(8)
        if k == 1 then return ("v"):rep(math.random(2000)) end
        if k == 2 then return {1, {2}, ("w"):rep(100)} end
        if k == 3 then return q end
        if k == 4 then return print end
        if k == 5 then return {q, ("x"):rep(20)} end
        if k == 6 then return nil end
        return math.random(1000)
      end
      local function key()
        local k = math.random(4)
        if k == 1 then return math.random(60) end
        if k == 2 then return ("a long key of the table "):rep(3) .. math.random(20) end
        return "k" .. math.random(40)
      end
      local ops = {
        function() t[key()] = value() end, function() t[key()] = value() end,
        function() return t[key()] end, function() return #t end,
        function() mp.Table.insert(t, value() or 1) end,
        function() pcall(mp.Table.insert, t, math.random(20), value() or 1) end,
        function() pcall(mp.Table.remove, t, math.random(20)) end, function() mp.Table.remove(t) end,
        function() pcall(mp.Table.add, t, key(), 1) end,
        function() mp.Table.exchange(t, key(), value()) end,
        function() mp.Table.update(t, key(), function() return value() end) end,
        function() mp.Table.compare_exchange(t, key(), nil, value()) end,
        function() mp.Table.totable(t) end, function() for _ in pairs(t) do end end,
        function() mp.Table.wait(t, key(), 0.001) end,
        function() mp.Table.extend(t, {value(), value(), value()}) end,
        function() mp.Table.sort(t, function(a, b) return tostring(a) < tostring(b) end) end,
        function() if #t > 300 then mp.Table.clear(t) end end,
      }
      local function work()
        while true do ops[math.random(#ops)]() end
      end
      local done, deadline, kills = mp.Table(), mp.time() + 2, 0
      local survivor = mp.spawn(function()
        while mp.time() < deadline do
          ops[math.random(#ops)]()
          mp.Table.add(done, "survivor", 1)
        end
      end)
      while mp.time() < deadline do
        local p, other = mp.spawn(work), mp.spawn(work)
        mp.sleep(math.random() * 0.02)
        p:kill()
        other:kill()
        p:join()
        other:join()
        kills = kills + 2
      end
      survivor:join()
      print(check())
      t.last = "after all"
      assert(t.last == "after all" and mp.Table.totable(t).last == "after all")
      mp.Table.insert(t, 1, "first")
      assert(mp.Table.remove(t, 1) == "first")
      mp.Table.clear(t)
      collectgarbage()
      collectgarbage()
      local census = mp.debug.census()
      print(census.table, census.queue, done.survivor > 100, kills > 20)
      print(check())
    ]=])
    assert.equal("true\n2\t1\ttrue\ttrue\ntrue\n", result.out)
    assert.equal("", result.err)
  end)

  it("loses nothing of what those who live put, while others beside them are killed", function()
    local t, stop = mp.Table {list = {}}, mp.Event()
    local list = t.list
    local workers = {}
    for w = 1, 2 do
      workers[w] = mp.spawn(function()
        local n = 0
        while not stop:is_set() do
          n = n + 1
          mp.Table.add(t, "sum", 1)
          if n % 3 == 0 then mp.Table.insert(list, 1, w) else mp.Table.insert(list, w) end
          mp.Table.update(t, "w" .. w, function(x) return (x or 0) + 1 end)
        end
        return n
      end)
    end
    for _ = 1, 25 do
      local victim = mp.spawn(function()
        while true do
          mp.Table.sort(list)
          t[("x"):rep(50)] = ("y"):rep(700)
          t[("x"):rep(50)] = nil
        end
      end)
      mp.sleep(0.005)
      victim:kill()
      victim:join()
    end
    stop:set()
    local total = 0
    for w, p in ipairs(workers) do
      local n = p:result()
      assert.equal(n, t["w" .. w])
      total = total + n
    end
    assert.same({total, total}, {t.sum, #list})
    assert.is_true(mp.debug.check())
  end)

  it("holds a million entries and gives their memory back", function()
    local before, t = helper.census(), mp.Table()
    for i = 1, 1000000 do t[i] = i end
    assert.same({1000000, 999999}, {#t, t[999999]})
    mp.Table.clear(t)
    for i = 1, 1000000 do t[i * 10.5] = i end
    assert.same({1000000, 0}, {t[1000000 * 10.5], #t})
    mp.Table.clear(t)
    assert.is_true(mp.debug.census().blocks - before.blocks < 5)
    for i = 1, 100000 do t["key of more than 14 bytes " .. i] = "value of more than 14 bytes " .. i end
    for i = 1, 100000, 999 do
      assert.equal("value of more than 14 bytes " .. i, t["key of more than 14 bytes " .. i])
    end
    mp.Table.clear(t)
    assert.same({}, mp.Table.totable(t))
  end)

  it("is whole when the arena is full, and can be used again when there is room", function()
    local result = helper.run([=[
      local mp = require "mp"
      local function fill(name, f)
        local t, n = mp.Table {kept = "kept", list = {1, 2, 3}}, 0
        local ok, message = pcall(function()
          for i = 1, math.huge do
            f(t, i)
            n = i
          end
        end)
        print(name, ok, message:match("arena is full"), n > 10)
        local found = 0
        for _ in pairs(t) do found = found + 1 end
        assert(found == n + 2 or found == 3, found .. " of " .. n)
        assert(t.kept == "kept" and #t.list == 3)
        mp.Table.clear(t)
        collectgarbage()
        collectgarbage()
        f(t, 1)
        assert(mp.debug.check())
      end
      fill("elements", function(t, i) t[i] = i end)
      fill("pairs", function(t, i) t["k" .. i] = i end)
      fill("long keys", function(t, i) t[("k"):rep(1000) .. i] = i end)
      fill("long values", function(t, i) t[i] = ("v"):rep(3000) end)
      fill("huge values", function(t, i) t[i] = ("v"):rep(300000) end)
      fill("tables", function(t, i) t[i] = {{}} end)
      fill("at the begin", function(t, i) mp.Table.insert(t, 1, ("v"):rep(30000)) end)
      fill("updates", function(t, i) mp.Table.update(t, "x", function(old) return (old or "x"):rep(2) end) end)
      fill("lists", function(t, i) mp.Table.extend(t, {("v"):rep(3000)}) end)

      local t, ok, message = mp.Table {1, 2}, nil, nil
      local list = {}
      for i = 1, 300000 do list[i] = i end
      for _ = 1, 10 do
        local n = #t
        ok, message = pcall(mp.Table.extend, t, list)
        if not ok then
          print("extend", message:match("arena is full"), #t == n)
          break
        end
      end
      local rest = mp.Table()
      collectgarbage()
      collectgarbage()
      for _, size in ipairs {60000, 1000} do
        pcall(function() while true do mp.Table.insert(rest, ("r"):rep(size)) end end)
      end
      ok, message = pcall(mp.Table.sort, t)
      print("sort", ok or message:match("arena is full"))
      print(t[1], t[2], t[3])
      mp.Table.clear(t)
      mp.Table.clear(rest)
      print(mp.debug.check())
    ]=], {env = {MPLUA_ARENA = "16M"}})
    assert.equal([[
elements	false	arena is full	true
pairs	false	arena is full	true
long keys	false	arena is full	true
long values	false	arena is full	true
huge values	false	arena is full	true
tables	false	arena is full	true
at the begin	false	arena is full	true
updates	false	arena is full	true
lists	false	arena is full	true
extend	arena is full	true
sort	arena is full
1	2	1
true
]], result.out .. result.err)
  end)
end)
