-- ARG[1]: how many tasks. ARG[2]: "map" (chunks chosen by the pool), "each" (chunks of one task), "apply", or "work":
-- tasks of about a millisecond, in two processes. Prints the microseconds of one task; for "work" how much faster than
-- one process two are, per process.
local mp = require "mp"

local function square(x)
  return x * x
end

local function spin(n)
  local x = 0
  for i = 1, n do x = (x + i * i) % 1000003 end
  return x
end

local kinds = {}

function kinds.map(pool, n)
  assert(pool:map(square, mp.range(1, n))[n] == n * n)
end

function kinds.each(pool, n)
  assert(pool:map(square, mp.range(1, n), {chunksize = 1})[n] == n * n)
end

function kinds.apply(pool, n)
  for i = 1, n do assert(pool:apply(square, i) == i * i) end
end

local function seconds(f, ...)
  local begin = mp.time()
  f(...)
  return mp.time() - begin
end

-- How much work takes a millisecond here.
local function millisecond()
  spin(1000000)
  return math.floor(1000000 / seconds(spin, 1000000) / 1000)
end

local function efficiency(pool, n)
  local work = {}
  local size = millisecond()
  for i = 1, n do work[i] = size end
  local alone = seconds(function() for i = 1, n do spin(work[i]) end end)
  return alone / seconds(pool.map, pool, spin, work, {chunksize = 1}) / 2
end

local n, kind = math.tointeger(arg[1]), arg[2]
local pool <close> = mp.Pool(2)
pool:map(square, mp.range(1, 1000), {chunksize = 1})
if kind == "work" then
  print(efficiency(pool, n))
else
  print(seconds(kinds[kind], pool, n) / n * 1e6)
end
