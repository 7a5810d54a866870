-- Many items of a queue at once.
local helper = require "spec.helper"
local mp = require "mp"

local drain, message_of, asleep = helper.drain, helper.message_of, helper.all_asleep

describe("a queue", function()
  it("takes many at once", function()
    local q = mp.Queue()
    assert.is_true(q:put_many {1, "two", {3}})
    assert.same({1, "two", {3}, n = 3}, drain(q))
  end)

  it("puts what is in a shared table or an array too", function()
    local q = mp.Queue()
    assert.is_true(q:put_many(mp.Table {1, "two", {3}, x = 4}))
    assert.is_true(q:put_many(mp.Array("B", {4, 5})))
    local got = drain(q)
    assert.same({1, "two", 4, 5}, {got[1], got[2], got[4], got[5]})
    assert.same({3}, mp.Table.totable(got[3]))
    for _, x in ipairs {q, mp.Buffer(1), mp.Value(1), 5, "list"} do
      assert.matches("list expected, got " .. (mp.type(x) or type(x)), message_of(function() q:put_many(x) end))
    end
    assert.equal(0, #q)
  end)

  it("puts nothing of a list in which something cannot travel", function()
    local q = mp.Queue()
    assert.equal("cannot send value[3]: a coroutine",
      message_of(function() q:put_many {1, 2, coroutine.create(print)} end))
    assert.equal(0, #q)
  end)

  it("tells how many of a list it took when the time was over", function()
    local q = mp.Queue(2)
    assert.same({false, "timeout", 2}, {q:put_many({1, 2, 3}, 0)})
    assert.same({1, 2, n = 2}, drain(q))
  end)

  it("reads each value of a list once, and puts what it was then", function()
    local q, reads = mp.Queue(), 0
    local list = setmetatable({}, {
      __len = function() return 3 end,
      __index = function(_, i)
        reads = reads + 1
        return {i, reads, ("x"):rep(i * 400)}
      end,
    })
    q:put_many(list)
    local got = drain(q)
    assert.equal(3, reads)
    for i = 1, 3 do assert.same({i, i, ("x"):rep(i * 400)}, got[i]) end
  end)

  it("keeps nothing of a list that it could not take", function()
    local q, other = mp.Queue(), mp.Queue()
    local big = ("x"):rep(100000)
    for _ = 1, 20 do
      assert.is_false(pcall(q.put_many, q, {1, big, other, {big}, {other}, coroutine.create(print)}))
    end
    local bad = setmetatable({}, {
      __len = function() return 9 end,
      __index = function(_, i) return i < 9 and {big, other} or error("no more") end,
    })
    assert.equal("no more", message_of(function() q:put_many(bad) end))
    assert.equal(0, #q)
  end)

  it("keeps nothing of a list that was too long for it", function()
    local q, other = mp.Queue(2), mp.Queue()
    local list = {}
    for i = 1, 30 do list[i] = i % 2 == 0 and {other, ("x"):rep(i * 100)} or i end
    assert.same({false, "timeout", 2}, {q:put_many(list, 0.01)})
    assert.same({1, {other, ("x"):rep(200)}, n = 2}, drain(q))
  end)

  it("takes a long list with back-pressure, in order", function()
    local q = mp.Queue(7)
    local list = {}
    for i = 1, 2000 do list[i] = i % 3 == 0 and {i, ("x"):rep(600)} or i % 3 == 1 and i or ("%d"):format(i) end
    local p = mp.spawn(function() return q:put_many(list) end)
    for i = 1, 2000 do
      assert.is_true(#q <= 7)
      local x = q:get()
      assert.equal(i, type(x) == "table" and x[1] or math.tointeger(tonumber(x)))
    end
    assert.is_true(p:result())
  end)

  it("wakes as many consumers as there are items in a list", function()
    local q, consumers = mp.Queue(), {}
    for i = 1, 5 do consumers[i] = mp.spawn(function() return q:get() end) end
    asleep(consumers)
    q:put_many {1, {2}, ("3"):rep(1000), 4, 5}
    for i = 1, 5 do assert.is_not_nil((consumers[i]:result())) end
    assert.equal(0, #q)
  end)

  it("takes lists of several producers whole up to their deaths", function()
    local q = mp.Queue()
    for round = 1, 10 do
      local p = mp.spawn(function()
        local list = {}
        for i = 1, 300 do list[i] = i % 2 == 0 and {round, i, ("x"):rep(600)} or {round, i} end
        while true do q:put_many(list) end
      end)
      while #q < 50 do mp.sleep(0) end
      p:kill()
      p:join()
      local got = drain(q)
      for i = 1, got.n do assert.same({round, (i - 1) % 300 + 1}, {got[i][1], got[i][2]}) end
    end
  end)

  it("can be given a list by the values of another list", function()
    local q, other = mp.Queue(), mp.Queue()
    local list = setmetatable({}, {
      __len = function() return 3 end,
      __index = function(_, i)
        other:put_many {i, {i}, ("x"):rep(1000)}
        return {i}
      end,
    })
    q:put_many(list)
    assert.same({{1}, {2}, {3}, n = 3}, drain(q))
    assert.equal(9, drain(other).n)
  end)

  -- Puts a table that travels by the name of a module, which then is there no more.
  local function put_undecodable(q, more)
    local module = {}
    package.loaded["queue_spec.gone"] = module
    q:put(more and {module, more} or module)
    package.loaded["queue_spec.gone"] = nil
  end

  for name, more in pairs {["a short"] = false, ["a long"] = ("x"):rep(1000)} do
    it("gives what it can of many, before " .. name .. " item that cannot be made here", function()
      local q = mp.Queue()
      q:put_many {1, {2}, ("3"):rep(1000)}
      put_undecodable(q, more)
      q:put(5)
      assert.same({1, {2}, ("3"):rep(1000), n = 3}, q:get_many(10))
      assert.equal(2, #q)
      assert.matches("queue_spec.gone", select(2, pcall(q.get_many, q, 10)))   -- it is the first now, and taken
      assert.same({5, n = 1}, q:get_many(10))
      put_undecodable(q, more)
      q:put(7)
      assert.is_false(pcall(q.get, q))
      assert.equal(7, q:get())
    end)
  end

  it("gives back what was being made when an interruption came", function()
    local q, up = mp.Queue(), mp.Queue()
    package.loaded["queue_spec.slow"] = {}
    q:put_many {1, package.loaded["queue_spec.slow"], 3}
    package.loaded["queue_spec.slow"] = nil
    local p = mp.spawn(function()
      package.preload["queue_spec.slow"] = function()
        up:put(1)
        mp.sleep(100)
      end
      local ok, message = pcall(function()
        q:get_many(3)
        while true do end
      end)
      return ok, message:match("interrupted")
    end)
    up:get()
    helper.asleep(p)
    p:interrupt()
    assert.same({false, "interrupted"}, {p:result()})
    assert.equal(2, #q)
    q:clear()
  end)

  it("gives many at once, at most as many as were asked for", function()
    local q = mp.Queue()
    q:put_many {1, 2, 3}
    assert.same({1, 2, n = 2}, q:get_many(2))
    assert.same({3, n = 1}, q:get_many(2))
    assert.same(table.pack(nil, "timeout"), table.pack(q:get_many(2, 0)))
  end)

  it("gives many with nil among them", function()
    local q = mp.Queue()
    q:put(nil)
    q:put(2)
    assert.same({nil, 2, n = 2}, q:get_many(5))
  end)

  it("refuses to give no item", function()
    local q = mp.Queue()
    for _, max in ipairs {0, -1} do
      assert.matches("must be at least 1", message_of(function() q:get_many(max) end))
    end
  end)
end)
