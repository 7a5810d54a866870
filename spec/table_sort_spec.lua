-- Shared tables in order: mp.Table.sort, during which others wait.
local helper = require "spec.helper"
local mp = require "mp"

local message_of = helper.message_of

local function totable(t)
  return mp.Table.totable(t)
end

local function list_of(n)
  local list = {}
  for i = 1, n do list[i] = i end
  return list
end

describe("a shared list", function()
  it("is sorted as Lua sorts", function()
    math.randomseed(7)
    local t, plain = mp.Table {x = "kept"}, {}
    for i = 1, 2000 do
      plain[i] = math.random(500)
      t[i] = plain[i]
    end
    mp.Table.sort(t)
    table.sort(plain)
    assert.same(plain, {mp.Table.unpack(t)})
    assert.equal("kept", t.x)
    mp.Table.sort(t, function(a, b) return a > b end)
    for i = 1, 1999 do assert.is_true(t[i] >= t[i + 1]) end
    mp.Table.sort(mp.Table())
    local words = mp.Table {"b", "a\0", "a", ("z"):rep(100), ("c"):rep(100)}
    mp.Table.sort(words)
    assert.same({"a", "a\0", "b", ("c"):rep(100), ("z"):rep(100)}, totable(words))
  end)

  it("is sorted by what its tables have, and they stay the same ones", function()
    local t = mp.Table {{n = 3}, {n = 1}, {n = 2}}
    local three = t[1]
    mp.Table.sort(t, function(a, b) return a.n < b.n end)
    assert.same({{n = 1}, {n = 2}, {n = 3}}, totable(t))
    assert.equal(three, t[3])
  end)

  it("stays as it was when it cannot be sorted, and can be changed again", function()
    local content = {3, 1, 2, "a", {4}}
    local t = mp.Table(content, "row")
    local function fails(expected, ...)
      assert.matches(expected, message_of(function(...) mp.Table.sort(t, ...) end, ...))
      assert.same(content, totable(t))
      local changed = mp.spawn(function()
        t.x = 1
        t.x = nil
      end)
      assert.is_true(changed:join(5))
    end
    fails("^attempt to compare")
    fails("^out$", function() error("out") end)
    fails("^attempt to index", function(a, b) return a.x.y < b.x.y end)
    fails("^bad argument #2 to 'sort' %(function expected, got number%)", 5)
    fails("^table 'row' was changed by the function that sorts it", function(a, b)
      t.y = 1
      t.y = nil
      return tostring(a) < tostring(b)
    end)
    local many = mp.Table(list_of(100))
    assert.equal("invalid order function for sorting",
                 message_of(function() mp.Table.sort(many, function() return true end) end))
    assert.same(list_of(100), totable(many))
    local yields = coroutine.wrap(function() mp.Table.sort(t, coroutine.yield) end)
    assert.matches("attempt to yield", select(2, pcall(yields)))
    local raised = {}
    assert.equal(raised, select(2, pcall(mp.Table.sort, t, function() error(raised) end)))
    t[1] = 30
    assert.equal(30, t[1])
  end)

  it("may be read while it is sorted, by others and by the order function", function()
    local t = mp.Table {3, 1, 2}
    local sums = {}
    mp.Table.sort(t, function(a, b)
      sums[#sums + 1] = mp.spawn(function() return t[1] + t[2] + t[3] end):result() + #t
      return a < b
    end)
    assert.same({1, 2, 3}, totable(t))
    for _, sum in ipairs(sums) do assert.equal(9, sum) end
  end)

  it("has the changes of others wait while it is sorted", function()
    local t, in_order, go = mp.Table {3, 1, 2}, mp.Queue(), mp.Queue()
    local sorter = mp.spawn(function()
      local told
      mp.Table.sort(t, function(a, b)
        if not told then
          told = true
          in_order:put(true)
          go:get()
        end
        return a < b
      end)
    end)
    in_order:get()
    local changes = {
      mp.spawn(function() mp.Table.insert(t, 1, 0) end), mp.spawn(function() t.x = 1 end),
      mp.spawn(function() mp.Table.add(t, "y", 2) end),
    }
    for _, p in ipairs(changes) do helper.asleep(p) end
    go:put(true)
    sorter:join()
    for _, p in ipairs(changes) do p:join() end
    assert.same({0, 1, 2, 3, x = 1, y = 2}, totable(t))
  end)

  it("goes on when the process that sorts it is killed or ends", function()
    for _, leave in ipairs {function() mp.current_process():kill() end, function() os.exit(0) end} do
      local t, sorting = mp.Table {3, 1, 2}, mp.Queue()
      local go = mp.Queue()
      local sorter = mp.spawn(function()
        mp.Table.sort(t, function()
          sorting:put(true)
          go:get()
          leave()
        end)
      end)
      sorting:get()
      local other = mp.spawn(function() mp.Table.insert(t, 4) end)
      helper.asleep(other)
      go:put(true)
      assert.is_true(other:join(5))
      sorter:join()
      mp.Table.sort(t)
      assert.same({1, 2, 3, 4}, totable(t))
    end
  end)

  it("may be sorted by its order function again, which is a change", function()
    local t = mp.Table {3, 1, 2}
    assert.matches("was changed by the function that sorts it", message_of(function()
      mp.Table.sort(t, function(a, b)
        mp.Table.sort(t)
        return a < b
      end)
    end))
    assert.same({1, 2, 3}, totable(t))
    mp.spawn(function() t[4] = 4 end):join()
    assert.equal(4, t[4])
  end)
end)
