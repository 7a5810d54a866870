-- Objects that only keep each other are freed too.
local helper = require "spec.helper"
local mp = require "mp"

local function forget()
  collectgarbage()
  collectgarbage()
end

describe("objects that keep each other", function()
  it("are freed by mp.collect when nobody else has them", function()
    local before = helper.census()
    do
      local t, q = mp.Table(), mp.Queue()
      t.me, t.queue = t, q
      q:put {q, function() return t end}
    end
    forget()
    local now = mp.debug.census()
    assert.equal(before.table + 1, now.table)
    assert.equal(before.queue + 1, now.queue)
    assert.is_true((mp.debug.check()))
    assert.equal(2, mp.collect())
  end)

  it("stay as long as one of them can be reached", function()
    local keep = mp.Table()
    do
      local a, b = mp.Table {name = "a"}, mp.Table {name = "b"}
      a.other, b.other, keep.a = b, a, a
    end
    forget()
    assert.equal(0, mp.collect())
    assert.equal("a", keep.a.other.other.name)
    keep.a = nil
    forget()
    assert.equal(2, mp.collect())
  end)

  it("stay while a message, another process or a lease has them", function()
    local q = mp.Queue()
    do
      local t = mp.Table {5}
      t.me = t
      q:put(t)
    end
    forget()
    assert.equal(0, mp.collect())
    local lease = q:lease()
    assert.equal(0, mp.collect())
    assert.equal(5, lease.value.me[1])
    lease:done()
    local go = mp.Event()
    local p
    do
      local t = mp.Table {6}
      t.me = t
      p = mp.spawn(function()
        go:wait()
        return t.me[1]
      end)
    end
    forget()
    mp.collect()
    go:set()
    assert.equal(6, p:result())
  end)

  it("are freed by themselves when there are many", function()
    local before = helper.census()
    for i = 1, 3000 do
      local t = mp.Table {i}
      t.me = t
      if i % 100 == 0 then forget() end
    end
    forget()
    assert.is_true(mp.debug.census().table < before.table + 1500)
  end)

  it("are collected while others work", function()
    local shared, stop = mp.Table(), mp.Event()
    local workers = {}
    for i = 1, 3 do
      workers[i] = mp.spawn(function()
        local n = 0
        repeat
          local t = mp.Table {n}
          t.me = t
          shared[i] = {n}
          n = n + 1
          if n % 20 == 0 then collectgarbage() end
        until stop:is_set()
        collectgarbage()
        return n
      end)
    end
    for _ = 1, 100 do mp.collect() end
    stop:set()
    for i, p in ipairs(workers) do assert.equal(p:result() - 1, shared[i][1]) end
  end)

  it("are collected by the others when who collects is killed", function()
    local shared = mp.Table()
    for _ = 1, 20 do
      local p = mp.spawn(function()
        while true do
          local t = mp.Table()
          t.me, shared.last = t, t
          collectgarbage()
          mp.collect()
        end
      end)
      helper.wait_until(function() return shared.last end)
      shared.last = nil
      p:kill()
      p:join()
    end
  end)
end)
