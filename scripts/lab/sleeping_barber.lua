-- A barber sleeps while nobody is there; who comes wakes him, waits on a chair, or leaves when all chairs are taken.
-- Does he oversleep anybody, and does anybody wait for ever? No: all who got a chair are served, each once.
-- mplua scripts/lab/sleeping_barber.lua [CUSTOMERS [CHAIRS]]
local mp = require "mp"

local CUSTOMERS <const>, CHAIRS <const> = math.tointeger(arg[1] or 40), math.tointeger(arg[2] or 2)
local CUT <const> = 0.01   -- seconds
assert(CUSTOMERS and CHAIRS and CHAIRS >= 1, "CUSTOMERS and CHAIRS (at least 1) must be whole numbers")

local chairs = mp.Queue(CHAIRS)

local function barber()
  local cuts, naps = 0, 0
  local function next_customer()
    local customer, why = chairs:get(0)
    if why ~= "timeout" then return customer end
    naps = naps + 1
    return (chairs:get())
  end
  for is_done in next_customer do
    mp.sleep(CUT)
    cuts = cuts + 1
    is_done:set()
  end
  return cuts, naps
end

-- What sits on the chair is the event by which the customer learns that he is done.
local function customer()
  local is_done = mp.Event()
  if not chairs:put(is_done, 0) then return "left" end
  is_done:wait()
  return "served"
end

local at_work, customers = mp.spawn(barber), {}
for i = 1, CUSTOMERS do
  customers[i] = mp.spawn(customer)
  mp.sleep(-math.log(1 - math.random()) * CUT)   -- as customers come: in bunches
end
local went = {served = 0, left = 0}
for _, p in ipairs(customers) do
  local how = p:result()
  went[how] = went[how] + 1
end
chairs:close()
local cuts, naps = at_work:result()
print(("%d customers: %d were served, %d left since all %d chairs were taken")
  :format(CUSTOMERS, went.served, went.left, CHAIRS))
print(("the barber cut %d times and slept %d times"):format(cuts, naps))
