-- time limit: 400 s, alone
-- Many and large.
local helper = require "spec.helper"
local mp = require "mp"

local function works(script, options)
  local result = helper.run(helper.unchanged .. script, options)
  assert.same({"fine\n", "", 0}, {result.out, result.err, result.code})
end

describe("a family", function()
  it("has room for 2,000 live processes", function()
    local result = helper.run([[
      local mp = require "mp"
      local up, go, list = mp.Queue(), mp.Queue(), {}
      for i = 1, 2000 do list[i] = mp.spawn(function() up:put(i) go:get() return i end) end
      local sum = 0
      for _ = 1, 2000 do sum = sum + up:get() end
      print(sum, #mp.active_children())
      go:close()
      for i = 1, 2000 do sum = sum - list[i]:result() end
      print(sum, #mp.active_children())
    ]], {limit = 60})
    assert.same({"2001000\t2000\n0\t0\n", "", 0}, {result.out, result.err, result.code})
  end)

  it("may be 300 generations deep", function()
    local function chain(n)
      if n == 0 then return 0 end
      return mp.spawn(chain, n - 1):result() + 1
    end
    assert.equal(300, chain(300))
  end)

  it("starts and joins 2,000 processes one after the other, and nothing grows", function()
    for _ = 1, 2000 do mp.spawn(function() end):join() end
  end)

  it("passes 100,000 messages through a queue", function()
    local q = mp.Queue()
    local p = mp.spawn(function() for i = 1, 100000 do q:put(i) end end)
    for i = 1, 100000 do
      local got = q:get()
      if got ~= i then error(("got %s instead of %d"):format(got, i)) end
    end
    p:join()
  end)

  it("holds 100,000 messages in a queue", function()
    local q = mp.Queue()
    mp.spawn(function() for i = 1, 100000 do q:put {i, tostring(i)} end end):join()
    assert.equal(100000, #q)
    for i = 1, 100000 do
      local got = q:get(0)
      if got[1] ~= i or got[2] ~= tostring(i) then error("a wrong message at " .. i) end
    end
  end)

  it("passes a message of 64 MiB", function()
    local q, big = mp.Queue(), ("0123456789abcdef"):rep(4 << 20)
    local p = mp.spawn(function() q:put(big) end)
    assert.is_true(q:get() == big)
    p:join()
  end)

  it("passes a table with a million items", function()
    local q, list = mp.Queue(), {}
    for i = 1, 1000000 do list[i] = i end
    mp.spawn(function() q:put(list) end):join()
    local got = q:get(0)
    local equal = #got == #list
    for i = 1, #list do equal = equal and got[i] == i end
    assert.is_true(equal)
  end)

  it("ten million messages in a queue", function()
    works([[
      local q = mp.Queue()
      local n <const> = 10000000
      local function fill_and_empty(count)
        mp.spawn(function() for i = 1, count do q:put(i) end end):join()
        assert(#q == count)
        for i = 1, count do
          if q:get(0) ~= i then error("another message instead of " .. i) end
        end
      end
      fill_and_empty(1000)
      local before = census()
      fill_and_empty(n)
      unchanged(before)
      print "fine"
    ]], {limit = 120})
  end)

  it("100,000 objects of each kind", function()
    works([[
      local kinds <const> = {
        mp.Queue, mp.Pipe, mp.Lock, mp.RLock, mp.Semaphore, mp.Condition, mp.Event, mp.Table, mp.Manager,
        function() return mp.Barrier(2) end,
        function() return mp.Value("q", 7) end,
        function() return mp.Array("q", 3) end,
        function() return mp.Buffer(100) end,
      }
      for _, new in ipairs(kinds) do
        same(function()
          local list = {}
          for i = 1, 100000 do list[i] = new() end
        end)
      end
      print "fine"
    ]], {limit = 200})
  end)

  it("100,000 objects in one message, and in one table", function()
    works([[
      local q, t <const> = mp.Queue(), mp.Table()
      same(function()
        local list = {}
        for i = 1, 100000 do list[i] = mp.Value("q", i) end
        q:put(list)
        for i = 1, #list do t[i] = list[i] end
        list = nil
        census()
        list = q:get(0)
        for i = 1, 100000 do assert(list[i].value == i and t[i].value == i) end
        mp.Table.clear(t)
      end)
      print "fine"
    ]], {limit = 60})
  end)

  it("messages, arguments, results and entries of 1 GiB", function()
    works([[
      local q, t <const> = mp.Queue(), mp.Table()
      local first, second <const> = mp.Pipe()
      local function round(n)
        local big = ("0123456789abcdef"):rep(n)
        local function equal(got)
          if got ~= big then error("another string arrived") end
        end
        q:put(big)
        equal(q:get(0))
        t.big = big
        equal(t.big)
        t.big = nil
        local sender = mp.spawn(function() first:send(big) end)
        equal(second:recv())
        sender:join()
        equal(mp.spawn(function(text) return text end, big):result())
      end
      round(1 << 10)
      helper.wait_until(function() return census().process == 1 end)   -- main: the monitor tidies after the others
      local before = census()
      round(1 << 26)
      unchanged(before)
      print "fine"
    ]], {limit = 120})
  end)
end)
