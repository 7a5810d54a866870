-- Who has attempted what, who has done it, and what a death may have left open.
local mp = require "mp"

local ledger = {}

-- ---- items that are handed over ----

local MOST <const> = 1 << 22   -- of each giver
local ATTEMPTED <const>, GIVEN <const>, REFUSED <const> = 1, 2, 3

local items = {}
items.__index = items

function ledger.items(givers)
  local new = {last = mp.Array("q", givers), fate = {}, seen = {}, again = mp.Value(0), open = mp.Array("q", 64),
    lost = 0, repeated = 0}
  for giver = 1, givers do
    new.fate[giver] = mp.Array("B", MOST)
    new.seen[giver] = mp.Array("B", MOST)
  end
  return setmetatable(new, items)
end

-- The number of the next item, or nil when the ledger is full.
function items:attempt(giver)
  local number = self.last:add(giver, 1)
  if number > MOST then return nil end
  self.fate[giver][number] = ATTEMPTED
  return number
end

function items:given(giver, number, done) self.fate[giver][number] = done and GIVEN or REFUSED end

-- A taker says how many items its death would lose from now on, or repeat where they are leased: the negative number.
function items:taking(taker, n) self.open[taker] = n end

function items:got(giver, number, deliveries)
  local times = self.seen[giver]:add(number, 1)
  assert(times == 1 or (deliveries or 1) > 1, ("item %d of %d was got again"):format(number, giver))
  if times > 1 then self.again:add(1) end
end

function items:died(taker)
  local open = self.open:exchange(taker, 0)
  if open > 0 then self.lost = self.lost + open else self.repeated = self.repeated - open end
end

-- When all that was given has been taken.
function items:check(what)
  local given, refused, unknown, missing = 0, 0, 0, 0
  for giver, fates in ipairs(self.fate) do
    local last = math.min(self.last[giver], MOST)
    local fate, seen = fates:totable(1, last), self.seen[giver]:totable(1, last)
    for number = 1, last do
      local known, times = fate[number], seen[number]
      if known == GIVEN then
        given = given + 1
        if times == 0 then missing = missing + 1 end
      elseif known == REFUSED then
        refused = refused + 1
        assert(times == 0, "what was refused was got: " .. what)
      else
        unknown = unknown + 1
      end
    end
  end
  assert(given > 0, "nothing happened: " .. what)
  assert(missing <= self.lost, ("%s: %d are lost, %d at most could be"):format(what, missing, self.lost))
  assert(self.again.value <= self.repeated, ("%s: %d came again, %d at most could"):format(what, self.again.value,
    self.repeated))
  return ("%s: %d given, %d refused, %d by the dead; %d lost in %d takings of the dead, %d again in %d leases")
    :format(what, given, refused, unknown, missing, self.lost, self.again.value, self.repeated)
end

-- ---- sums ----

local sums = {}
sums.__index = sums

function ledger.sums()
  return setmetatable({attempted = mp.Array("q", 64), done = mp.Array("q", 64)}, sums)
end

-- Calls f, which adds 1 to something.
function sums:add(who, f, ...)
  self.attempted:add(who, 1)
  f(...)
  self.done:add(who, 1)
end

local function total(array)
  local sum = 0
  for _, n in ipairs(array) do sum = sum + n end
  return sum
end

-- How often it was done at least, and at most.
function sums:range() return total(self.done), total(self.attempted) end

function sums:check(what, sum)
  local done, attempted = self:range()
  assert(done > 0, "nothing happened: " .. what)
  assert(done <= sum and sum <= attempted, ("%s: %d, but %d were done of %d"):format(what, sum, done, attempted))
  return ("%s: %d, of %d attempts %d were done"):format(what, sum, attempted, done)
end

return ledger
