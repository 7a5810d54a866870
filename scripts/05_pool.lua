-- 5. A pool: four processes run a function with many arguments.
local mp = require "mp"

local function square(x)
  return x * x
end

local pool <close> = mp.Pool(4)
print(table.concat(pool:map(square, mp.range(0, 9)), ", "))
