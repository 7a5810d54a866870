-- Points are thrown at a square: the share of those in the circle gives pi. Do all CPUs together find what one finds?
-- Yes, the very same: each portion of the points begins with a seed of its own, so it does not matter who throws it.
-- mplua scripts/lab/monte_carlo.lua [POINTS [WORKERS]]
local mp = require "mp"

local POINTS <const>, WORKERS <const> = math.tointeger(arg[1] or 4000000), math.tointeger(arg[2] or mp.cpu_count())
local PORTION <const> = 100000
assert(POINTS and POINTS >= 1 and WORKERS and WORKERS >= 1, "POINTS and WORKERS must be whole numbers of at least 1")

local function throw(first)
  math.randomseed(first)
  local random, hits = math.random, 0
  for _ = first, math.min(first + PORTION - 1, POINTS) do
    local x, y = random(), random()
    if x * x + y * y < 1 then hits = hits + 1 end
  end
  return hits
end

local function find_pi(workers)
  local begin = mp.time()
  local pool <close> = mp.Pool(workers)
  local hits = 0
  for _, some in pool:imap_unordered(throw, mp.range(1, POINTS, PORTION)) do hits = hits + some end
  local pi = 4 * hits / POINTS
  print(("workers: %d, pi: %.7f, seconds: %.2f"):format(workers, pi, mp.time() - begin))
  return pi
end

local one, many = find_pi(1), find_pi(WORKERS)
-- A throw hits with p = pi / 4; the deviation of the mean of n throws is sqrt(p (1 - p) / n).
local expected = 4 * math.sqrt(math.pi / 4 * (1 - math.pi / 4) / POINTS)
print(("%s; off by %.7f, where %.7f is usual"):format(one == many and "the same" or "not the same",
  math.abs(one - math.pi), expected))
