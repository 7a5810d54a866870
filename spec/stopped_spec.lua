-- A process that is stopped while it waits keeps nobody else from what comes, and finds what there is when it goes on.
local helper = require "spec.helper"
local mp = require "mp"

local SIGCONT <const>, SIGSTOP <const> = 18, 19
local stop = helper.stop

local function nothing() end

-- A lock or semaphore that we hold: who has waited for it gives it back.
local function held(lock)
  lock:acquire()
  return {wait = function() lock:with(nothing) end, give = function() lock:release() end, again = nothing}
end

-- What is waited for: `wait` does it, `give` lets one waiter go on, `again` the next one.
local ways = {
  get = function(q) return {wait = function() q:get() end, give = function() q:put(1) end} end,
  get_many = function(q) return {wait = function() q:get_many(2) end, give = function() q:put_many {1} end} end,
  lease = function(q) return {wait = function() q:lease():done() end, give = function() q:put(1) end} end,
  put = function(q)
    for i = 1, q.maxsize do q:put(i) end
    return {wait = function() q:put(0) end, give = function() q:get() end}
  end,
  recv = function()
    local mine, other = mp.Pipe()
    return {wait = function() mine:recv() end, give = function() other:send(1) end}
  end,
  lock = function() return held(mp.Lock()) end,
  rlock = function() return held(mp.RLock()) end,
  semaphore = function() return held(mp.Semaphore(1)) end,
  signal = function()
    local s = mp.Semaphore(0, true)
    return {wait = function() s:acquire() end, give = function() s:release() end}
  end,
  condition = function()
    local c = mp.Condition()
    return {wait = function() c:with(function() c:wait() end) end,
            give = function() c:with(function() c:notify() end) end}
  end,
}

local function waiter(way)
  local p = mp.spawn(way.wait)
  helper.asleep(p)
  return p
end

-- An end is told when all stops before it have been seen.
local function let_family_know() mp.spawn(nothing):join() end

describe("who is stopped while it waits", function()
  for name, make in pairs(ways) do
    it("leaves what comes to the next one: " .. name, function()
      local way = make(mp.Queue(3))
      local first = waiter(way)
      local second = waiter(way)
      mp.sleep(0.005)   -- so long that a lock is handed over
      stop(first)
      let_family_know()
      way.give()
      assert.is_true(second:join(20), "nobody gets it")
      assert.is_true(first:is_alive())
      first:signal(SIGCONT);
      (way.again or way.give)()
      assert.is_true(first:join(20), "it does not go on")
    end)
  end

  it("leaves an item to the next one also when it had been chosen for it already", function()
    for i = 1, 100 do
      local way = ways.get(mp.Queue())
      local first = waiter(way)
      local second = waiter(way)
      first:signal(SIGSTOP)
      way.give()
      if i % 2 == 0 then first:signal(SIGCONT) end
      assert.is_true(helper.wait_until(function() return not (first:is_alive() and second:is_alive()) end))
      first:signal(SIGCONT)
      way.give()
      assert.is_true(first:join(20) and second:join(20))
    end
  end)

  it("in a thread, too", function()
    local way = ways.get(mp.Queue())
    local first = mp.spawn(function() mp.Thread(way.wait):start():join() end)
    helper.asleep(first)
    mp.sleep(0.02)
    local second = waiter(way)
    stop(first)
    let_family_know()
    way.give()
    assert.is_true(second:join(20))
    first:signal(SIGCONT)
    way.give()
    assert.is_true(first:join(20))
  end)

  it("takes nothing from others: an event goes on for all, when it is there", function()
    local event = mp.Event()
    local way = {wait = function() event:wait() end}
    local first, second = waiter(way), waiter(way)
    stop(first)
    let_family_know()
    event:set()
    event:clear()
    assert.is_true(second:join(20))
    first:signal(SIGCONT)
    assert.is_true(first:join(20))
  end)

  it("is told of nobody else in the place of all who are stopped: a notification waits for one of them", function()
    local way = ways.condition()
    local first = waiter(way)
    stop(first)
    let_family_know()
    way.give()
    first:signal(SIGCONT)
    assert.is_true(first:join(20))
  end)
end)
