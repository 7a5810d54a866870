-- Shared tables in shared tables, and walking through them while others work with them.
local mp = require "mp"

-- What a function gives that runs in another process.
local function elsewhere(f, ...)
  return mp.spawn(f, ...):result()
end

describe("a shared table", function()
  -- ---- tables in tables ----

  it("makes plain tables in it shared ones, deeply", function()
    local plain = {b = 1, list = {1, 2, {3}}}
    local t = mp.Table()
    t.a = plain
    mp.spawn(function()
      t.a.b = 2
      t.a.list[3][1] = 33
    end):join()
    assert.same({b = 2, list = {1, 2, {33}}}, mp.Table.totable(t.a))
    assert.equal(1, plain.b)   -- not linked
    assert.equal("table", mp.type(t.a.list[3]))
    assert.equal(t.a, t.a)
  end)

  it("keeps tables that are shared and cycles among plain ones", function()
    local leaf, knot = {"leaf"}, {}
    knot.me, knot.deeper = knot, {{knot}}
    local t = mp.Table {a = leaf, b = {leaf}, knot = knot}
    assert.equal(t.a, t.b[1])
    assert.equal(t.knot, t.knot.me)
    assert.equal(t.knot, t.knot.deeper[1][1])
    local copy = mp.Table.totable(t)
    assert.equal(copy.a, copy.b[1])
    assert.equal(copy.knot, copy.knot.deeper[1][1])
    local root = {}
    root.root = root
    local r = mp.Table(root)
    assert.equal(r, r.root)
    r.root = nil
    mp.Table.clear(t.knot)
  end)

  it("can be in itself", function()
    local t = mp.Table()
    t.me, t[1] = t, t
    assert.equal(t, t.me.me[1].me)
    assert.equal(t, elsewhere(function() return t.me end))
    local copy = mp.Table.totable(t)
    assert.equal(copy, copy.me)
    assert.equal(copy, copy[1])
    local n = 0
    for _, value in pairs(t) do
      assert.equal(t, value)
      n = n + 1
    end
    assert.equal(2, n)
    mp.Table.clear(t)   -- what only a cycle holds is not given back
  end)

  it("may be 100,000 levels deep", function()
    assert.equal(100000, elsewhere(function()
      local plain = {}
      for _ = 1, 100000 do plain = {plain} end
      local t = mp.Table(plain)
      local function depth_of(x)
        local depth = 0
        while x[1] do x, depth = x[1], depth + 1 end
        return depth
      end
      local depth = depth_of(t)
      assert(depth_of(mp.Table.totable(t)) == depth)
      t[1] = nil   -- drops them all
      collectgarbage()
      collectgarbage()
      return mp.debug.census().table < 10 and depth
    end))
  end)

  it("lives on when the table that it was in is dropped or cleared", function()
    local function only_the_deepest()
      local outer = mp.Table {inner = {1, deep = {"kept"}}}
      local inner, deep = outer.inner, outer.inner.deep
      mp.spawn(function() outer.inner = nil end):join()
      assert.equal(1, inner[1])
      mp.spawn(function() mp.Table.clear(inner) end):join()
      return deep
    end
    local deep = only_the_deepest()
    collectgarbage()
    assert.same({"kept"}, mp.Table.totable(deep))
  end)

  it("takes a hundred changes of what is nested, from all sides", function()
    local t = mp.Table()
    for i = 1, 10 do t[i] = {} end
    local processes = {}
    for p = 1, 4 do
      processes[p] = mp.spawn(function()
        for i = 1, 10 do t[i]["p" .. p] = {n = p * i} end
      end)
    end
    for _, p in ipairs(processes) do p:join() end
    for i = 1, 10 do
      assert.same({p1 = {n = i}, p2 = {n = 2 * i}, p3 = {n = 3 * i}, p4 = {n = 4 * i}}, mp.Table.totable(t[i]))
    end
  end)

  it("leads processes to queues, events and locks", function()
    local t = mp.Table {queues = {mp.Queue(), mp.Queue(), mp.Queue()}, done = mp.Event(), lock = mp.Lock()}
    t.name = "Bob"
    mp.spawn(function()
      for i, q in ipairs(t.queues) do q:put(i) end
      t.lock:with(function() t.name, t.job = nil, "builder" end)
      t.done:set()
    end):join()
    assert.is_true(t.done:is_set())
    assert.same({1, 2, 3}, {t.queues[1]:get(), t.queues[2]:get(), t.queues[3]:get()})
    assert.is_false(t.lock:locked())
    assert.same({nil, "builder"}, {t.name, t.job})
  end)

  -- ---- walking ----

  it("is walked by pairs as it was when that began", function()
    local t = mp.Table {1, 2, 3, x = "a", y = "b", [("k"):rep(100)] = ("v"):rep(1000)}
    local seen = {}
    for key, value in pairs(t) do
      seen[key] = value
      t[key] = nil
      t[tostring(key) .. "'"] = value
      t[#t + 1] = "more"
    end
    assert.same({1, 2, 3, x = "a", y = "b", [("k"):rep(100)] = ("v"):rep(1000)}, seen)
    assert.same({"a", "b", 1}, {t["x'"], t["y'"], t["1'"]})
    assert.is_nil(t.x)
  end)

  it("is walked by pairs in moderate steps, also over long holes and emptied hashes", function()
    local t = mp.Table()
    for i = 1, 20000 do t["k" .. i], t[i] = i, i end
    for i = 1, 20000 do
      t["k" .. i] = nil
      if i < 20000 then t[i] = nil end
    end
    t.x = 1
    assert.same({[20000] = 20000, x = 1}, mp.Table.totable(t))
  end)

  it("is never seen half changed by pairs, however busy others are with it", function()
    local t, stop = mp.Table(), mp.Event()
    local function list(n)
      local l = {}
      for i = 1, 200 do l[i] = n end
      return l
    end
    mp.Table.extend(t, list(0))
    local writer = mp.spawn(function()
      for n = 1, math.huge do
        if stop:is_set() then return n end
        if n % 2 == 0 then mp.Table.extend(t, list(n)) else mp.Table.clear(t) end
      end
    end)
    for _ = 1, 300 do
      local copy = mp.Table.totable(t)
      assert.is_true(#copy == 0 or #copy == 200)
      for i = 1, #copy do assert.equal(copy[1], copy[i]) end
    end
    stop:set()
    assert.is_true(writer:result() > 10)
  end)

  it("shows one entry after the other to ipairs, as they are by then", function()
    local t, seen = mp.Table {1, 2, 3}, {}
    for i, value in ipairs(t) do
      seen[i] = value
      if i == 2 then t[3], t[4] = "changed", "new" end
    end
    assert.same({1, 2, "changed", "new"}, seen)
  end)

  -- ---- together ----

  it("loses nothing of what many processes put under keys of their own", function()
    local t, processes = mp.Table(), {}
    for p = 1, 4 do
      processes[p] = mp.spawn(function()
        for i = 1, 3000 do t[("%d:%d"):format(p, i)] = i end
        for i = 1, 3000, 2 do t[("%d:%d"):format(p, i)] = nil end
      end)
    end
    for _, p in ipairs(processes) do p:join() end
    local n, sum = 0, 0
    for _, value in pairs(t) do n, sum = n + 1, sum + value end
    assert.same({6000, 4 * 1500 * 3002 // 2}, {n, sum})
    for p = 1, 4 do assert.same({nil, 3000}, {t[p .. ":1"], t[p .. ":3000"]}) end
  end)

  it("never shows a torn value", function()
    local t, stop = mp.Table(), mp.Event()
    local values = {}
    for i = 1, 8 do values[i] = string.char(64 + i):rep(i * 300) end
    t.x = values[1]
    local writers = {}
    for w = 1, 2 do
      writers[w] = mp.spawn(function()
        for i = w, math.huge do
          if stop:is_set() then return end
          t.x = values[i % 8 + 1]
        end
      end)
    end
    local valid = {}
    for _, value in ipairs(values) do valid[value] = true end
    for _ = 1, 20000 do assert(valid[t.x]) end
    stop:set()
    for _, w in ipairs(writers) do w:join() end
  end)
end)
