-- 13. An event: one process waits until another sets it.
local mp = require "mp"

local function worker(event)
  print "Worker is waiting for the event"
  event:wait()
  print "Worker received the event"
end

local event = mp.Event()
local process = mp.spawn(worker, event)
mp.sleep(2)
print "Main process is setting the event"
event:set()
process:join()
