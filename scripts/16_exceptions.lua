-- 16. Errors in a process: one that it catches itself, and one that its maker gets to see.
local mp = require "mp"

local function careful()
  local ok, err = pcall(error, "an error occurred in the child process", 0)
  if not ok then
    print("Caught: " .. err)
    print(debug.traceback("Logged by the child:"))
  end
end

local function careless()
  error("nobody catches this one in the child")
end

local process = mp.spawn(careful)
process:join()
print("exit code " .. process.exitcode)

process = mp.spawn(careless)   -- prints "Process process-3:" and the traceback to stderr
local ok, err = pcall(process.result, process)
print("exit code " .. process.exitcode)
print("Seen by the maker: " .. tostring(ok) .. ", " .. err:match("[^\n]+"))
