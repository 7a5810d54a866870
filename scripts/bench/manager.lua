-- ARG[1]: how many. ARG[2]: "get", "set" or "append", of a manager's table. Prints the microseconds of one.
local mp = require "mp"

local kinds = {}

function kinds.get(t, n)
  for _ = 1, n do assert(t.key == 1) end
end

function kinds.set(t, n)
  for i = 1, n do t.key = i end
end

function kinds.append(t, n)
  local insert = mp.Table.insert
  for i = 1, n do insert(t, i) end
end

local manager <close> = mp.Manager()
local n, run, t = math.tointeger(arg[1]), kinds[arg[2]], manager.Table {key = 1}
run(t, n // 10 + 1)
local begin = mp.time()
run(t, n)
print((mp.time() - begin) / n * 1e6)
