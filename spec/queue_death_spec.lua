-- Queues whose users die, and leases: items that come back.
local helper = require "spec.helper"
local mp = require "mp"

local drain, message_of, asleep = helper.drain, helper.message_of, helper.all_asleep

describe("a queue", function()
  -- ---- leases ----

  it("leases an item until it is done", function()
    local q = mp.Queue()
    q:put("job")
    local lease = q:lease()
    assert.same({"job", 1, 0}, {lease.value, lease.deliveries, #q})
    lease:done()
    assert.is_true(q:join(0))
  end)

  it("gets an item back at its head", function()
    local q = mp.Queue()
    q:put_many {"a", "b"}
    q:lease():back()
    local lease = q:lease()
    assert.same({"a", 2}, {lease.value, lease.deliveries})
    lease:done()
    assert.equal("b", q:get())
  end)

  it("gets an item back when its holder is killed", function()
    local q, up = mp.Queue(), mp.Queue()
    q:put("job")
    local p = mp.spawn(function() local lease = q:lease() up:put(lease.deliveries) mp.sleep(100) end)
    up:get()
    p:kill()
    local lease = q:lease()
    assert.same({"job", 2}, {lease.value, lease.deliveries})
    lease:done()
  end)

  it("gets an item back when its holder ends without a word", function()
    local q = mp.Queue()
    q:put("job")
    mp.spawn(function() q:lease() end):join()
    local lease = q:lease(5)
    assert.same({"job", 2}, {lease.value, lease.deliveries})
    lease:done()
  end)

  it("gets an item back at the end of a scope that did not say done", function()
    local q = mp.Queue()
    q:put("job")
    do local _ <close> = q:lease() end
    assert.equal(1, #q)
    q:get()
  end)

  it("keeps what is done in a scope", function()
    local q = mp.Queue()
    q:put("job")
    do
      local lease <close> = q:lease()
      lease:done()
    end
    assert.equal(0, #q)
  end)

  it("gets an item back when the lease is garbage", function()
    local q = mp.Queue()
    q:put("job")
    do local _ = q:lease() end
    collectgarbage()
    collectgarbage()
    assert.equal("job", q:get(0))
  end)

  it("counts leased items against maxsize", function()
    local q = mp.Queue(1)
    q:put(1)
    local lease = q:lease()
    assert.same({0, false, "timeout"}, {#q, q:put(2, 0)})
    lease:done()
    assert.is_true(q:put(2, 0))
    q:get()
  end)

  it("is not over for consumers while a lease is out", function()
    local q = mp.Queue()
    q:put("job")
    local lease = q:lease()
    q:close()
    local p = mp.spawn(function() return q:get() end)
    asleep {p}
    lease:back()
    assert.equal("job", p:result())
    assert.same(table.pack(nil, "closed"), table.pack(q:get()))
  end)

  it("ends waiting consumers when the last lease of a closed queue is done", function()
    local q = mp.Queue()
    q:put("job")
    local lease = q:lease()
    q:close()
    local p = mp.spawn(function() return q:get() end)
    asleep {p}
    lease:done()
    assert.same(table.pack(nil, "closed"), table.pack(p:result()))
  end)

  it("does not let a lease be done twice", function()
    local q = mp.Queue {name = "jobs"}
    q:put("job")
    local lease = q:lease()
    lease:done()
    assert.equal("this lease of queue 'jobs' is done or given back", message_of(function() lease:done() end))
    assert.equal("this lease of queue 'jobs' is done or given back", message_of(function() lease:back() end))
  end)

  it("leases to one process: its child does not hold it", function()
    local q = mp.Queue()
    q:put("job")
    local lease = q:lease()
    local ok = mp.spawn(function() return pcall(lease.done, lease) end):result()
    assert.is_false(ok)
    lease:done()
    assert.is_true(q:join(0))
  end)

  it("does not send leases", function()
    local q = mp.Queue()
    q:put("job")
    local lease <close> = q:lease()
    assert.matches("^cannot send value: ", message_of(function() q:put(lease) end))
    lease:done()
  end)

  -- ---- death ----

  it("stays whole when its producers are killed in the middle", function()
    local q = mp.Queue()
    for round = 1, 30 do
      local p = mp.spawn(function()
        for i = 1, math.huge do q:put(i % 2 == 0 and {round, i} or ("%d %d %s"):format(round, i, ("x"):rep(200))) end
      end)
      while #q < 20 do mp.sleep(0) end
      p:kill()
      p:join()
      local items = drain(q)
      for i = 1, items.n do
        local a = items[i]
        if type(a) == "string" then a = {tonumber(a:match("^(%d+)")), tonumber(a:match(" (%d+) x+$"))} end
        assert.same({round, i}, a)
      end
    end
  end)

  it("loses at most what a killed consumer had in its hands", function()
    local q, total, lost = mp.Queue(), 0, 0
    for _ = 1, 30 do
      local got = mp.Queue()
      local p = mp.spawn(function() for x in q:items() do got:put(x) end end)
      for i = 1, 200 do q:put(i) end
      while #got < 20 do mp.sleep(0) end
      p:kill()
      p:join()
      local missing = 200 - #got - #q
      assert.is_true(missing == 0 or missing == 1)
      lost, total = lost + missing, total + 200
      q:clear()
      got:clear()
    end
    assert.is_true(lost < total)
  end)

  it("serves others when a consumer that waited was killed", function()
    local q, consumers = mp.Queue(), {}
    for i = 1, 3 do consumers[i] = mp.spawn(function() return q:get() end) end
    asleep(consumers)
    consumers[1]:kill()
    consumers[1]:join()
    q:put_many {"a", "b"}
    local got = {consumers[2]:result(), (consumers[3]:result())}
    table.sort(got)
    assert.same({"a", "b"}, got)
  end)

  it("serves others when a producer that waited was killed", function()
    local q, producers = mp.Queue(1), {}
    q:put("full")
    for i = 1, 2 do producers[i] = mp.spawn(function() q:put(i) end) asleep {producers[i]} end
    producers[1]:kill()
    producers[1]:join()
    assert.same({"full", 2}, {q:get(), q:get()})
    producers[2]:join()
  end)

  it("wakes the next consumer when the one that was woken is killed before it took the item", function()
    local q = mp.Queue()
    for _ = 1, 20 do
      local consumers = {mp.spawn(function() return q:get() end), mp.spawn(function() return q:get() end)}
      asleep(consumers)
      consumers[1]:signal(19)
      q:put("item")
      consumers[1]:kill()
      consumers[1]:join()
      q:put("more")
      assert.is_string((consumers[2]:result()))
      q:clear()
    end
  end)
end)
