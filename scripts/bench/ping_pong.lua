-- ARG[1]: how many. ARG[2]: by what two processes take turns: "event", "condition", "barrier" or "pipe". Prints the
-- microseconds of a turn of both.
local mp = require "mp"

local kinds = {}   -- each gives what the one and what the other does so many times

function kinds.event()
  local ping, pong = mp.Event(), mp.Event()
  return function(n)
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
  end
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
  return take_turns(0), take_turns(1)
end

function kinds.barrier()
  local barrier = mp.Barrier(2)
  local function meet(n)
    for _ = 1, n do barrier:wait() end
  end
  return meet, meet
end

function kinds.pipe()
  local mine, theirs = mp.Pipe()
  return function(n)
    for i = 1, n do
      mine:send(i)
      assert(mine:recv() == i)
    end
  end, function(n)
    for _ = 1, n do theirs:send(theirs:recv()) end
  end
end

local n = math.tointeger(arg[1])
local one, other = kinds[arg[2]]()
local warm_up = n // 10 + 1
local process = mp.spawn(function()
  other(warm_up)
  other(n)
end)
one(warm_up)
local begin = mp.time()
one(n)
print((mp.time() - begin) / n * 1e6)
process:join()
