---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
local mp = {}

--- Waits until at least one of the objects is ready. Ready is a process or thread that has ended; a queue or connection
--- that would give something or is closed; an event that is set, or was set meanwhile; a lock or semaphore that is free,
--- and of which the caller holds nothing; a future that is done. Ready is a hint: nothing is taken, and somebody else may
--- be faster, so follow with a call of timeout 0.
---
--- Raises
--- - `bad argument #1 to 'wait' (list expected, got queue)`: that is no list
--- - `mp.wait: objects[1] is a number, which cannot be waited for`: one is no object
--- - `mp.wait: objects[2] is a value, which cannot be waited for`: one is an object without an end to wait for
--- - `connection 'c' gives nothing to wait for`: one end only sends
--- - `process 'p' was not started: call its start() first`: one is not under way
---@param objects mp.list a plain or a shared table; any mix, any number
---@param timeout? mp.seconds how long to wait
---@return any[] # list: those that are ready, in the order given; `{}` when the time is over, or the list is empty
function mp.wait(objects, timeout) end
