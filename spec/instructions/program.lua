-- What valgrind runs: each operation n times and 2 n times, so that the difference is n operations and nothing else.
-- The garbage of these is collected at their end, and at no other time. Each call of os.clock ends a part of the
-- profile, in whose name is the number of this process, which is printed.
local mp = require "mp"
local operations = require "spec.instructions.operations"

local function times(loop, n)
  loop(n)
  collectgarbage()
  os.clock()
end

collectgarbage "stop"
for _, operation in ipairs(operations) do
  local loop = operation.make()
  loop(operations.WARM)
  collectgarbage()
  collectgarbage()
  os.clock()
  times(loop, operation.n)
  times(loop, 2 * operation.n)
end
print(mp.current_process().pid)
