-- Kinds: pair LOCK, an acquire and a release of a free one; add LOCK, an increment under it by two processes at once.
local clock = require "clock"
local mp = require "mp"

local makers = {lock = mp.Lock, rlock = mp.RLock, semaphore = function() return mp.Semaphore(1) end}
local kinds = {}

function kinds.pair(kind)
  local lock = makers[kind]()
  return function(n)
    for _ = 1, n do
      lock:acquire()
      lock:release()
    end
  end
end

function kinds.add(kind)
  local lock, counter = makers[kind](), mp.Value("q", 0)
  return function(n)
    local function add()
      for _ = 1, n do
        lock:acquire()
        counter.value = counter.value + 1
        lock:release()
      end
    end
    local before = counter.value
    local took = clock.together {add, add}
    assert(counter.value == before + 2 * n)
    return took
  end, 2
end

clock.main(kinds)
