-- ARG[1]: how many. Prints the microseconds that start and join of a process that does nothing take.
local mp = require "mp"

local function nothing() end

local function start_join(n)
  for _ = 1, n do mp.spawn(nothing):join() end
end

local n = math.tointeger(arg[1])
start_join(n // 10 + 1)
local begin = mp.time()
start_join(n)
print((mp.time() - begin) / n * 1e6)
