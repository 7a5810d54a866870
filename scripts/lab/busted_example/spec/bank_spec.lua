local bank = require "bank"
local mp = require "mp"

describe("a bank", function()
  -- All processes see the one counter, the other one is our own: so a process that a test has started, and that ran on
  -- into the suite instead of ending, would be noticed.
  local begun_by_all, begun = mp.Value(0), 0

  before_each(function()
    begun_by_all:add(1)
    begun = begun + 1
  end)

  after_each(function()
    assert.same({}, mp.active_children())
    assert.equal(begun, begun_by_all.value)
  end)

  it("keeps its money while many transfer at once", function()
    local b = bank.open {ann = 1000, bob = 1000}
    local processes = {}
    for i = 1, 4 do
      local from, to = "ann", "bob"
      if i % 2 == 0 then from, to = to, from end
      processes[i] = mp.spawn(function()
        for _ = 1, 500 do b:transfer(from, to, 1) end
      end)
    end
    for _, p in ipairs(processes) do p:result() end   -- raises what went wrong there
    assert.equal(2000, b:total())
    assert.equal(1000, b.balances.ann)
  end)

  it("never gives more than there is, whoever is faster", function()
    local b = bank.open {ann = 10, bob = 0}
    local granted, processes = mp.Value(0), {}
    for i = 1, 4 do
      processes[i] = mp.spawn(function()
        for _ = 1, 5 do
          if b:transfer("ann", "bob", 1) then granted:add(1) end
        end
      end)
    end
    for _, p in ipairs(processes) do p:result() end
    assert.equal(10, granted.value)
    assert.same({ann = 0, bob = 10}, mp.Table.totable(b.balances))
  end)

  it("raises in a worker what the test gets to see", function()
    local pool <close> = mp.Pool(2)
    assert.error_matches(function()
      pool:apply(function(...) return bank.open {ann = 1}:transfer(...) end, "ann", "nobody", 1)
    end, "there is no account 'nobody'")
  end)

  it("is usable after the death of a process that was in it", function()
    local b = bank.open {ann = 1, bob = 0}
    local inside = mp.Event()
    local p = mp.spawn(function()
      b.lock:acquire()
      inside:set()
      mp.sleep(math.huge)
    end)
    inside:wait()
    p:kill()
    assert.is_true(b:transfer("ann", "bob", 1))
    assert.is_true(p:join())
  end)

  it("is tested once, however the processes of a test end", function()
    for _, ending in ipairs {function() end, function() return "value" end, function() os.exit(3) end,
      function() os.exit(true, true) end, function() mp.current_process():kill() end,
      function() mp.spawn(function() end):join() end} do
      mp.spawn(ending):join()
    end
  end)
end)
