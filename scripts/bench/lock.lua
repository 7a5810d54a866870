-- ARG[1]: how many. ARG[2]: "pair", an acquire and a release of a free lock, or "add", an increment under the lock by
-- two processes at once. Prints the microseconds of one.
local mp = require "mp"

local kinds = {}

function kinds.pair(n)
  local lock = mp.Lock()
  local function pairs_of(count)
    for _ = 1, count do
      lock:acquire()
      lock:release()
    end
  end
  pairs_of(n // 10 + 1)
  local begin = mp.time()
  pairs_of(n)
  return (mp.time() - begin) / n
end

function kinds.add(n)
  local lock, counter, start = mp.Lock(), mp.Value("q", 0), mp.Barrier(3)
  local function add(count)
    start:wait()
    for _ = 1, count do
      lock:acquire()
      counter.value = counter.value + 1
      lock:release()
    end
  end
  local a, b = mp.spawn(add, n // 2), mp.spawn(add, n // 2)
  start:wait()
  local begin = mp.time()
  a:join()
  b:join()
  local took = mp.time() - begin
  assert(counter.value == n // 2 * 2)
  return took / n
end

print(kinds[arg[2]](math.tointeger(arg[1])) * 1e6)
