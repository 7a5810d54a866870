-- Four stages in processes of their own, the last of them slow. Does what is under way pile up before the slow one?
-- Not when the queues between them have a size: then who is faster waits. Without one nearly all of it piles up.
-- mplua scripts/lab/pipeline.lua [ITEMS [SIZE]]
local mp = require "mp"

local ITEMS <const>, SIZE <const> = math.tointeger(arg[1] or 300), math.tointeger(arg[2] or 4)
assert(ITEMS and SIZE and SIZE >= 1, "ITEMS and SIZE (at least 1) must be whole numbers")

local function source(to, under_way)
  local most = 0
  for i = 1, ITEMS do
    most = math.max(most, under_way:add(1))
    to:put(i)
  end
  to:close()
  return most
end

local function stage(f, from, to)
  for item in from:items() do to:put(f(item)) end
  to:close()
end

local function sink(from, under_way)
  local in_order = 0
  for item in from:items() do
    mp.sleep(0.001)   -- a slow disk
    under_way:add(-1)
    if item == (in_order + 1) ^ 2 + 1 then in_order = in_order + 1 end
  end
  return in_order
end

local function run(size)
  local a, b, c = mp.Queue(size), mp.Queue(size), mp.Queue(size)
  local under_way = mp.Value(0)
  local first = mp.spawn(source, a, under_way)
  mp.spawn(stage, function(x) return x ^ 2 end, a, b)
  mp.spawn(stage, function(x) return x + 1 end, b, c)
  local last = mp.spawn(sink, c, under_way)
  return last:result(), first:result()
end

-- Each queue full, and one item in the hands of each process.
local in_order, most = run(SIZE)
print(("queues of %d: %d items came in order, at most %d of %d possible were under way")
  :format(SIZE, in_order, most, 3 * SIZE + 4))
in_order, most = run(0)
print(("queues without a size: %d items came in order, at most %d were under way"):format(in_order, most))
