---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp.Lease
---@field value any the item
---@field deliveries integer how often it was given out, 1 the first time; raises once the lease is over
local lease = {}

--- The item is done: it counts as a `task_done`.
---
--- Raises
--- - `this lease of queue 'jobs' is done or given back`: it is over, or another process's
function lease:done() end

--- Gives it back, to the head of the queue.
---
--- Raises
--- - `this lease of queue 'jobs' is done or given back`: it is over, or another process's
function lease:back() end
