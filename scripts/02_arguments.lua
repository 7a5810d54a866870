-- 2. A process gets arguments: the first and the last number to print.
local mp = require "mp"

local function print_numbers(first, last)
  for i = first, last do
    print(i)
  end
end

local process = mp.Process(print_numbers, 1, 10)
process:start()
process:join()
