-- Locks, semaphores, conditions, events and barriers: nobody waits for the dead, nobody is where only one may be.
local mp = require "mp"
local ledger = require "spec.torture.ledger"

-- Two values that are only changed together; a death in between is told as "abandoned".
local function add_lock(family, name, lock, acquire)
  local sums, a, b, abandoned = ledger.sums(), mp.Value(0), mp.Value(0), mp.Value(0)
  local function enter()
    local held, how = acquire(lock, family.patience)
    assert(held, name .. " was never free")
    local x, y = a.value, b.value
    if how == "abandoned" then
      abandoned:add(1)
      b.value = x
      y = x
    end
    assert(x == y, "somebody else is in " .. name)
    return x
  end
  local function worker(me)
    while family:going_on() do
      sums:add(me, function()
        local x = enter()
        a.value = x + 1
        b.value = x + 1
        lock:release()
      end)
    end
  end
  family:role(name .. " ", 2, worker, {quick = true})
  family:check(function()
    local sum = enter()
    lock:release()
    assert(not lock:locked(), name .. " is held by nobody")
    return ("%s, abandoned %d times"):format(sums:check(name, sum), abandoned.value)
  end)
end

local function acquire(lock, timeout) return lock:acquire(timeout) end

local function acquire_twice(lock, timeout)
  local held, how = lock:acquire(timeout)
  if held and lock:acquire(0) then lock:release() end
  return held, how
end

local function add_semaphore(family, name, semaphore)
  local permits <const>, workers <const> = semaphore.value, 4
  local held, entries = mp.Array("q", workers), mp.Value(0)
  local function count()
    local sum = 0
    for _, n in ipairs(held) do sum = sum + n end
    return sum
  end
  local function worker(me)
    while family:going_on() do
      local n = math.random(2)
      for i = 1, n do   -- two at a time need not deadlock: there are enough for one who holds all but one
        if i == 2 and not semaphore:acquire(0) then
          n = 1
        elseif i == 1 then
          assert(semaphore:acquire(family.patience), name .. " was never free")
        end
      end
      held[me] = n
      local sure, sum = family:calmly(count)
      assert(not sure or sum <= permits, name .. " has more permits than it had")
      held[me] = 0
      semaphore:release(n)
      entries:add(1)
    end
  end
  family:role(name .. " ", workers, worker, {died = function(me) held[me] = 0 end, quick = true})
  family:check(function()
    assert(entries.value > 0, "nobody got into " .. name)
    assert(semaphore.value == permits, name .. " has lost permits, or got some")
    return ("%s: %d entries, %d permits as before"):format(name, entries.value, permits)
  end)
end

-- Tokens in a store with room for some. Who dies between the change and the notification leaves the lock abandoned, and
-- the next one notifies all.
local function add_condition(family)
  local condition, tokens, room <const> = mp.Condition {name = "store"}, mp.Value(0), 5
  local given, taken = ledger.sums(), ledger.sums()
  local function wait_for(ready)
    local held, how = condition:acquire(family.patience)
    assert(held, "the lock of a condition was never free")
    if how == "abandoned" then condition:notify_all() end
    local is = condition:wait_for(function() return family.over:is_set() or ready() end, family.patience)
    assert(is, "a waiter of a condition was not woken")
    if condition.abandoned then condition:notify_all() end
  end
  local function change(me, sums, n, ready)
    wait_for(ready)
    if not family.over:is_set() then sums:add(me, tokens.add, tokens, n) end
    condition:notify()
    condition:release()
  end
  local function giver(me)
    while family:going_on() do change(me, given, 1, function() return tokens.value < room end) end
  end
  local function taker(me)
    while family:going_on() do change(me, taken, -1, function() return tokens.value > 0 end) end
  end
  family:role("condition giver ", 2, giver)
  family:role("condition taker ", 2, taker)
  family:ending(function()
    assert(condition:acquire(family.patience))
    condition:notify_all()
    condition:release()
  end)
  family:check(function()
    local left = tokens.value
    assert(left >= 0 and left <= room, "a store has more than it has room for, or less than nothing")
    local done_given, most_given = given:range()
    local done_taken, most_taken = taken:range()
    assert(done_given - most_taken <= left and left <= most_given - done_taken, "tokens were lost, or came of nothing")
    return ("condition: %d tokens were given, %d taken, %d are left"):format(done_given, done_taken, left)
  end)
end

local function add_event(family)
  local event, wakes = mp.Event {name = "bell"}, mp.Value(0)
  local function setter()
    while family:going_on() do
      event:set()
      event:clear()
      mp.sleep(math.random() * 0.001)
    end
  end
  local function waiter()
    while family:going_on() do
      assert(event:wait(family.patience), "a waiter of an event was not woken")
      wakes:add(1)
    end
  end
  family:role("setter ", 1, setter)
  family:role("waiter ", 2, waiter)
  family:ending(function()
    family:join "setter "
    event:set()
  end)
  family:check(function()
    assert(wakes.value > 0, "no event woke anybody")
    return ("event: %d wakes"):format(wakes.value)
  end)
end

local function add_barrier(family)
  local parties <const> = 3
  local rounds, passes, breaks = mp.Value(0), mp.Value(0), mp.Value(0)
  local barrier = mp.Barrier {parties = parties, name = "gate", action = function() rounds:add(1) end}
  local function worker()
    while family:going_on() do
      local ok, err = pcall(barrier.wait, barrier, family.patience)
      if ok then
        passes:add(1)
      else
        assert(err:find "was killed" or err:find "was reset" or err:find "called abort", err)
        breaks:add(1)
        barrier:reset()
      end
    end
    barrier:abort()   -- for who was not over when it came, and would wait for us
  end
  family:role("party ", parties, worker)
  family:check(function()
    assert(rounds.value > 0, "no barrier opened")
    local told = ("barrier: %d rounds, %d passes, %d times broken"):format(rounds.value, passes.value, breaks.value)
    assert(passes.value <= rounds.value * parties, told)
    return told
  end)
end

return function(family)
  add_lock(family, "lock", mp.Lock {name = "lock"}, acquire)
  add_lock(family, "rlock", mp.RLock {name = "rlock"}, acquire_twice)
  add_semaphore(family, "semaphore", mp.Semaphore(3, false, "semaphore"))
  add_condition(family)
  add_event(family)
  add_barrier(family)
end
