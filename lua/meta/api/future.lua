---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
local mp = {}

--- For a loop: futures in order of completion.
---
--- Raises
--- - `mp.as_completed: timeout: 1 of 1 futures are not done`: the time is over; in the loop
--- - `mp.as_completed: futures[1] is a number`: one is no future
--- - `bad argument #1 to 'as_completed' (list of futures expected, got future)`: that is no list
---@param futures mp.Future[] each is given once
---@param timeout? mp.seconds how long to wait, for all of them
---@return fun(): mp.Future?
function mp.as_completed(futures, timeout) end

---@class mp.Future
local future = {}

--- Waits for the results.
---
--- Raises
--- - `no paper...`: the task's error; to a string the traceback of the worker is appended
--- - `task 2 failed: worker crew-1 exited with status 3`: as [`pool:map`](#pools) does
--- - `pool 'crew' was terminated`: it was, before the task was done
--- - `pool 'crew' belongs to process 'main'`: another process asks
---@param timeout? mp.seconds how long to wait
---@return any ... # any...: the results; of `map_async` and `starmap_async` their list; or nil, "timeout"; or nil, "cancelled": it was cancelled
function future:get(timeout) end

--- Waits until it is done, however that was.
---@param timeout? mp.seconds how long to wait
---@return boolean # true; or false, "timeout"
---@return nil | "timeout"
function future:wait(timeout) end

--- Is it done, or has it failed or been cancelled?
---@return boolean
function future:done() end

--- Is it done, and neither failed nor was cancelled?
---@return boolean
function future:successful() end

--- Was it cancelled?
---@return boolean
function future:cancelled() end

--- Cancels it if none of its tasks has begun; then none does, and `get` gives `nil, "cancelled"`.
---@return boolean # boolean: is it cancelled?
function future:cancel() end

--- Calls a function when it is done: `f(future)`, in this process, inside its calls of the pool or a future, at the latest in `pool:join`; at once if it is done.
---
--- Raises
--- - `bad argument #1 to 'on_done' (function expected, got nil)`: `f` is no function
---@param f fun(future: mp.Future) what is called
---@return mp.Future # future: the same
function future:on_done(f) end
