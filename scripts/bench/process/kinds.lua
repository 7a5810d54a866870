-- Kinds: start AT_ONCE MEGABYTES, processes that are started and joined; thread; wait N, over so many queues.
local clock = require "clock"
local live_data = require "process.live_data"
local mp = require "mp"

local kinds = {}

local function nothing() end

function kinds.start(at_once, megabytes)
  local data = live_data(megabytes)
  at_once = clock.size(at_once, math.min(at_once, 20))
  return function(n)
    local begin, processes = mp.time(), {}
    for _ = 1, n do
      for i = 1, at_once do processes[i] = mp.spawn(nothing) end
      for i = 1, at_once do processes[i]:join() end
    end
    return mp.time() - begin, data
  end, at_once
end

function kinds.thread()
  return function(n)
    for _ = 1, n do mp.Thread(nothing):start():join() end
  end
end

-- The last of them has something.
function kinds.wait(count)
  local queues = {}
  for i = 1, count do queues[i] = mp.Queue() end
  queues[count]:put(true)
  return function(n)
    for _ = 1, n do assert(mp.wait(queues)[1] == queues[count]) end
  end
end

clock.main(kinds)
