---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
local mp = {}

---@class mp.Thread.Fields
---@field target function `f`
---@field args? table the list of the arguments; `args.n` counts them if there are nils among them
---@field name? string its name
---@field daemon? boolean its process does not wait for it; left out: `false`

--- A thread that will call `f(...)`. It is not started yet.
---
--- Raises
--- - `mp.Thread needs a function, not nil; pass it without calling it: mp.Thread(f, ...)`: `f` is no function
--- - `mp.Thread: args must be a table, not a number`: `args` is no list
--- - `mp.Thread: target is not a function but nil`: a table without `target`
---@param f function what it calls
---@param ... any the arguments
---@return mp.Thread
---@overload fun(fields: mp.Thread.Fields): mp.Thread
function mp.Thread(f, ...) end

--- The thread that asks.
---@return mp.Thread | nil # thread; or nil: in the main thread
function mp.current_thread() end

---@class mp.Thread
---@field name string its name
---@field daemon boolean does its process not wait for it?
---@field error any the error that ended it, to a string its traceback is appended; for one that died with its process, how that ended; else nil
---@field traceback? string that of the error, or nil
local t = {}

--- Starts it. Once, and by its maker.
---
--- Raises
--- - `thread 't' was started before`: it was
--- - `thread 't' could not be started: too many processes and threads`: there can be no more of them
--- - `cannot send argument 1: a coroutine`: what it would take along cannot travel
---@return mp.Thread # thread: `t`
function t:start() end

--- Waits for its end.
---@param timeout? mp.seconds how long to wait
---@return boolean # true: it has ended; or false, "timeout"
---@return nil | "timeout"
function t:join(timeout) end

--- Waits for its end, and gives what `f` returned.
---
--- Raises
--- - `out of work...`: the error that ended it; to a string its traceback is appended
--- - `thread 't' died with its process: process p was killed by signal 9 (SIGKILL)`: its process did
--- - `thread 't' was not started: call its start() first`: there is nothing to wait for
---@param timeout? mp.seconds how long to wait
---@return any ... # any...: what `f` returned; or nil, "timeout"
function t:result(timeout) end

--- Has it been started, and not ended?
---@return boolean
function t:is_alive() end
