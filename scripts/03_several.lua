-- 3. Three processes at once, each with a message of its own.
local mp = require "mp"

local function print_message(message)
  print(message)
end

local processes = {}
for i, message in ipairs {"Hello", "World", "Multiprocessing"} do
  processes[i] = mp.spawn(print_message, message)
end
for _, process in ipairs(processes) do
  process:join()
end
