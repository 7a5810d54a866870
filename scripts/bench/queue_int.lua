-- ARG[1]: how many. Prints how many integers a second come through a queue from one process to another.
local mp = require "mp"

local function produce(queue, n)
  for i = 1, n do queue:put(i) end
end

local n = math.tointeger(arg[1])
local queue = mp.Queue()
local producer = mp.spawn(produce, queue, n)
assert(queue:get() == 1)
local begin = mp.time()
for _ = 2, n - 1 do queue:get() end
assert(queue:get() == n)
print((n - 1) / (mp.time() - begin))
producer:join()
