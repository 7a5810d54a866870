-- 17. The same work, counting primes, in one process and in as many as there are CPUs: how much faster is it?
local mp = require "mp"

local LIMIT <const> = math.tointeger(arg[1]) or 1000000
local PORTION <const> = 10000

local function is_prime(n)
  if n < 2 then return false end
  for i = 2, math.floor(n ^ 0.5) do
    if n % i == 0 then return false end
  end
  return true
end

local function count_primes(first)
  local count = 0
  for n = first, math.min(first + PORTION, LIMIT) - 1 do
    if is_prime(n) then count = count + 1 end
  end
  return count
end

local function sum(counts)
  local total = 0
  for _, count in ipairs(counts) do total = total + count end
  return total
end

local function single_process()
  local counts = {}
  for first = 1, LIMIT - 1, PORTION do counts[#counts + 1] = count_primes(first) end
  return sum(counts)
end

local function multi_process()
  local pool <close> = mp.Pool()
  return sum(pool:map(count_primes, mp.range(1, LIMIT - 1, PORTION), {chunksize = 1}))
end

local function measure(title, f)
  local begin = mp.time()
  local primes = f()
  local seconds = mp.time() - begin
  print(("%s: %d primes below %d in %.2f s"):format(title, primes, LIMIT, seconds))
  return seconds, primes
end

local single, primes = measure("One process", single_process)
local multi, primes_again = measure(("%d processes"):format(mp.cpu_count()), multi_process)
assert(primes == primes_again)
print(("%.2f times as fast on %d CPUs"):format(single / multi, mp.cpu_count()))
