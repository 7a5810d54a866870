-- ARG[1]: how many. ARG[2]: "get", a look at a shared value, or "add", an atomic increment. Prints the microseconds
-- of one.
local mp = require "mp"

local kinds = {}

function kinds.get(value, n)
  for _ = 1, n do value:get() end
end

function kinds.add(value, n)
  for _ = 1, n do value:add(1) end
end

local n, run, value = math.tointeger(arg[1]), kinds[arg[2]], mp.Value("q", 0)
run(value, n // 10 + 1)
local begin = mp.time()
run(value, n)
print((mp.time() - begin) / n * 1e6)
