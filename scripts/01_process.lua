-- 1. A process of its own prints the numbers from 1 to 10.
local mp = require "mp"

local function print_numbers()
  for i = 1, 10 do
    print(i)
  end
end

local process = mp.Process(print_numbers)
process:start()
process:join()
