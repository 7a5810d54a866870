---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
local mp = {}

---@class mp.Process.Fields
---@field target function `f`
---@field args? table the list of the arguments; `args.n` counts them if there are nils among them
---@field name? string its name
---@field daemon? boolean it is terminated at the end of the process that started it, which does not wait for it; left out, it is what its maker is
---@field stdin? boolean its standard input is that of its maker, else it is empty; left out: `false`

--- A process that will call `f(...)`. It is not started yet; `mplua -W` warns of one that never is.
---
--- Raises
--- - `mp.Process needs a function, not nil; pass it without calling it: mp.Process(f, ...)`: `f` is no function
--- - `mp.Process: target is not a function but nil`: a table without `target`
---@param f function what it calls
---@param ... any the arguments
---@return mp.Process
---@overload fun(fields: mp.Process.Fields): mp.Process
function mp.Process(f, ...) end

--- Makes a process and starts it. It takes what `mp.Process` takes.
---
--- Raises
--- - `cannot start a process while 1 thread runs: start processes first`: this process runs threads
--- - `process 'p' could not be started: too many processes and threads`: there can be no more of them
---@param f function what it calls
---@param ... any the arguments
---@return mp.Process
---@overload fun(fields: mp.Process.Fields): mp.Process
function mp.spawn(f, ...) end

---@class mp.Process
---@field pid? integer the number of the process; nil before its start
---@field name string its name
---@field daemon boolean is it terminated at its maker's end?
---@field exitcode? integer nil while it is not over; 0; `n` after `os.exit(n)`; 1 after an error; `-n` after signal `n`
---@field error any the error that ended it, to a string its traceback is appended; else nil
---@field traceback? string that of the error, or nil
local p = {}

--- Starts it. Once, and by its maker.
---
--- Raises
--- - `process 'p' was started before`: it was
--- - `process 'p' can be started by its maker only`: another process, to which it was sent, asks
--- - `cannot start a process while 1 thread runs: start processes first`: this process runs threads
--- - `cannot start a process in a finalizer`: `__gc` calls it
---@return mp.Process # process: `p`
function p:start() end

--- Waits for its end.
---
--- Raises
--- - `process 'p' was not started: call its start() first`: there is nothing to wait for
--- - `process 'main' cannot wait for itself`: a process asks for its own end
---@param timeout? mp.seconds how long to wait
---@return boolean # true: it has ended; or false, "timeout"
---@return nil | "timeout"
function p:join(timeout) end

--- Waits for its end, and gives what `f` returned.
---
--- Raises
--- - `out of work...`: the error that ended it, whatever that is; to a string its traceback is appended
--- - `process 'p' was killed by signal 9 (SIGKILL)`: a signal ended it
--- - `process 'p' exited with status 3`: it called `os.exit`
--- - `arena is full: ... there was no room for the result or error of process 'p'`: there was no room for what it would leave
--- - `process 'p' was not started: call its start() first`: there is nothing to wait for
---@param timeout? mp.seconds how long to wait
---@return any ... # any...: what `f` returned; or nil, "timeout"
function p:result(timeout) end

--- Has it been started, and not ended?
---@return boolean
function p:is_alive() end

--- Sends SIGTERM, which ends it at once. Nothing happens when it has ended.
---
--- Raises
--- - `process 'p' was not started: call its start() first`: there is nobody to send it to
function p:terminate() end

--- Sends SIGKILL. Nothing happens when it has ended.
---
--- Raises
--- - `process 'p' was not started: call its start() first`: there is nobody to send it to
function p:kill() end

--- Raises `interrupted` in it, in the call that waits or at its next instruction, as Ctrl-C does in the first process. When that is not caught, its exit code is -2.
---
--- Raises
--- - `process 'p' was not started: call its start() first`: there is nobody to interrupt
function p:interrupt() end

--- Sends a signal. Nothing happens when it has ended.
---
--- Raises
--- - `bad argument #1 to 'signal' (not a signal's number)`: there is no such signal
--- - `process 'p' was not started: call its start() first`: there is nobody to send it to
---@param n integer the signal's number
function p:signal(n) end
