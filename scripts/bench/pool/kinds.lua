-- empty CALL: the microseconds of a task that does nearly nothing. efficiency CALL: tasks of a millisecond, how much
-- faster than one process two are, per process; for apply, which keeps one busy, how fast that is beside no pool.
local clock = require "clock"
local mp = require "mp"

local calls = {}

function calls.map(pool, f, n, x)
  assert(pool:map(f, mp.range(x, x + n - 1)).n == n)
end

function calls.each(pool, f, n, x)
  assert(pool:map(f, mp.range(x, x + n - 1), {chunksize = 1}).n == n)
end

function calls.imap(pool, f, n, x)
  local count = 0
  for _ in pool:imap(f, mp.range(x, x + n - 1)) do count = count + 1 end
  assert(count == n)
end

function calls.apply(pool, f, n, x)
  for i = x, x + n - 1 do pool:apply(f, i) end
end

function calls.submit(pool, f, n, x)
  local futures = {}
  for i = 1, n do futures[i] = pool:submit(f, x + i - 1) end
  for i = 1, n do futures[i]:get() end
end

local function square(x)
  return x * x
end

local function spin(n)
  local x = 0
  for i = 1, n do x = (x + i * i) % 1000003 end
  return x
end

local function seconds(f, ...)
  local begin = mp.time()
  f(...)
  return mp.time() - begin
end

-- The items count up, but each means about the same work: a millisecond of it.
local function efficiency(pool, call)
  local tasks = clock.size(200, 4)
  spin(1000000)
  local work = math.floor(1000000 / seconds(spin, 1000000) / 1000)
  local alone = seconds(function()
    for i = 1, tasks do spin(work + i) end
  end)
  return alone / seconds(calls[call], pool, spin, tasks, work + 1) / (call == "apply" and 1 or 2)
end

local kind, call = arg[1], arg[2]
local pool <close> = mp.Pool(2)
pool:map(square, mp.range(1, 100), {chunksize = 1})
if kind == "efficiency" then
  print(efficiency(pool, call))
else
  print(clock.measure(function(n) calls[call](pool, square, n, 1) end))
end
