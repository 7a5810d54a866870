---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
local mp = {}

--- The process that asks.
---@return mp.Process
function mp.current_process() end

--- Its maker.
---@return mp.Process | nil # process; or nil: in the first process
function mp.parent_process() end

--- Those that this process has started and that have not ended.
---@return mp.Process[]
function mp.active_children() end

--- How many CPUs it may use.
---@return integer
function mp.cpu_count() end

--- Calls a function at the end of this process, or of this thread. The one set last is called first. An error in it is printed, and the exit status is 1 if it would be 0. After a signal none is called.
---
--- Raises
--- - `bad argument #1 to 'atexit' (function expected, got nil)`: `f` is no function
---@param f fun() what is called
function mp.atexit(f) end

--- Waits.
---
--- Raises
--- - `bad argument #1 to 'sleep' (number expected, got nil)`: `seconds` is no number
---@param seconds mp.seconds how long; `math.huge` is for ever, 0 or less not at all
function mp.sleep(seconds) end

--- What the time is, of one clock for all processes that only goes forward.
---@return mp.seconds
function mp.time() end
