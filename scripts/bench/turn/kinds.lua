-- Kinds: queue, pipe, event, condition, barrier: by what two processes take turns. One operation is a turn of both.
local clock = require "clock"
local mp = require "mp"

-- Runs one(n) here and other(n) in another process, after a turn of both that does not count.
local function both(one, other)
  return function(n)
    local process = mp.spawn(function()
      other(1)
      other(n)
    end)
    one(1)
    local begin = mp.time()
    one(n)
    local took = mp.time() - begin
    process:result()
    return took
  end
end

local kinds = {}

function kinds.queue()
  local questions, answers = mp.Queue(), mp.Queue()
  return both(function(n)
    for i = 1, n do
      questions:put(i)
      assert(answers:get() == i)
    end
  end, function(n)
    for _ = 1, n do answers:put(questions:get()) end
  end)
end

function kinds.pipe()
  local mine, theirs = mp.Pipe()
  return both(function(n)
    for i = 1, n do
      mine:send(i)
      assert(mine:recv() == i)
    end
  end, function(n)
    for _ = 1, n do theirs:send(theirs:recv()) end
  end)
end

function kinds.event()
  local ping, pong = mp.Event(), mp.Event()
  return both(function(n)
    for _ = 1, n do
      ping:set()
      pong:wait()
      pong:clear()
    end
  end, function(n)
    for _ = 1, n do
      ping:wait()
      ping:clear()
      pong:set()
    end
  end)
end

function kinds.condition()
  local changed, turn = mp.Condition(), mp.Value("i", 0)
  local function take_turns(mine)
    return function(n)
      for _ = 1, n do
        changed:acquire()
        while turn.value ~= mine do changed:wait() end
        turn.value = 1 - mine
        changed:notify()
        changed:release()
      end
    end
  end
  return both(take_turns(0), take_turns(1))
end

function kinds.barrier()
  local barrier = mp.Barrier(2)
  local function meet(n)
    for _ = 1, n do barrier:wait() end
  end
  return both(meet, meet)
end

clock.main(kinds)
