-- 15. Two processes talk through a pipe.
local mp = require "mp"

local function sender(connection)
  connection:send "Hello from sender"
  connection:close()
end

local function receiver(connection)
  print("Received: " .. connection:recv())
  connection:close()
end

local parent, child = mp.Pipe()
local p1 = mp.spawn(sender, child)
local p2 = mp.spawn(receiver, parent)
p1:join()
p2:join()
