-- ARG[1]: how many. ARG[2]: where empty_module.so is. Prints the microseconds of two calls of methods in C that do
-- nothing, as a lock's acquire and release are called.
local mp = require "mp"
package.cpath = arg[2] .. "/?.so"
local object = require "empty_module"

local function calls(n)
  for _ = 1, n do
    object:acquire()
    object:release()
  end
end

local n = math.tointeger(arg[1])
calls(n // 10 + 1)
local begin = mp.time()
calls(n)
print((mp.time() - begin) / n * 1e6)
