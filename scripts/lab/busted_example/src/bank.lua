-- A bank whose accounts many processes use at once.
local mp = require "mp"

local Bank = mp.register("example.bank", {})
Bank.__index = Bank

local bank = {}

-- bank.open {ann = 100, bob = 0}: can be given to processes, which then use the same accounts.
function bank.open(balances)
  return setmetatable({balances = mp.Table(balances), lock = mp.Lock {name = "bank"}}, Bank)
end

local function balance(self, name)
  return self.balances[name] or error(("there is no account '%s'"):format(name))
end

-- true, or false and why not
function Bank:transfer(from, to, amount)
  local _ <close> = self.lock:guard()
  local left, had = balance(self, from), balance(self, to)
  if left < amount then return false, "not enough" end
  self.balances[from] = left - amount
  self.balances[to] = had + amount
  return true
end

function Bank:total()
  local _ <close> = self.lock:guard()
  local sum = 0
  for _, amount in pairs(self.balances) do sum = sum + amount end
  return sum
end

return bank
