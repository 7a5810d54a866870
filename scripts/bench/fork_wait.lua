-- ARG[1]: how many. ARG[2]: where fork_module.so is. Prints the microseconds of fork, _exit and waitpid in the very
-- program that start_join.lua runs in.
local mp = require "mp"
package.cpath = arg[2] .. "/?.so"
local fork_wait = require "fork_module"

local n = math.tointeger(arg[1])
for _ = 1, n // 10 + 1 do fork_wait() end
local begin = mp.time()
for _ = 1, n do fork_wait() end
print((mp.time() - begin) / n * 1e6)
