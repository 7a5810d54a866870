---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
local mp = {}

---@class mp.Pool.Fields
---@field n? integer how many workers; left out: `mp.cpu_count()`
---@field name? string its name; its workers are `NAME-1`, ...
---@field initializer? function runs in every worker before its first task. An error in it breaks the pool: every call raises that error, which is printed nowhere else
---@field initargs? table the list of its arguments; `n` counts them if there are nils among them
---@field max_tasks? integer after so many tasks at most a worker is replaced by a new one

--- Makes a pool, and starts its workers.
---
--- Raises
--- - `mp.Pool: n must be an integer of at least 1, not 0`: so many workers cannot be; likewise `max_tasks`
--- - `mp.Pool: initializer must be a function, not a number`: the type of an option is wrong
--- - `mp.Pool has no 'processes' (did you mean 'n'?)`: nor this one, which Python has
--- - `mp.Pool has no 'initialiser' (did you mean 'initializer'?)`: there is no such option
--- - `cannot start a process while 1 thread runs: start processes first`: this process runs threads
---@param n? integer how many workers
---@param name? string its name; its workers are `NAME-1`, ...
---@return mp.Pool
---@overload fun(fields: mp.Pool.Fields): mp.Pool
function mp.Pool(n, name) end

---@class mp.Pool
---@field name string its name
---@field n integer how many workers it has
---@field workers mp.Process[] the processes of the present workers
local pool = {}

--- Calls `f` for each item. When a task fails, what runs is waited for, what has not begun is dropped, and the failure with the least position is raised.
---
--- Raises
--- - `three is too many...`: the task's error; to a string the traceback of the worker is appended
--- - `task 1 failed: worker crew-1 was killed by signal 9 (SIGKILL)`: the worker died; the number is the position of the item
--- - `task 1 failed: worker crew-1 exited with status 3`: the task called `os.exit`
--- - `task 1 failed: it ran longer than 0.01 s`: the time of the option `timeout` was over
--- - `bad argument #1 to 'map' (function expected, got string)`: `f` is no function
--- - `bad argument #2 to 'map' (list, range or iterator function expected, got number)`: `items` is none of these
--- - `bad argument #2 to 'map' (list expected, got a table with the key 'a' and without [1])`: a table without a list
--- - `bad argument #2 to 'map' (give the list itself, not pairs)`: what `pairs` or `ipairs` returns needs more than to be called
--- - `bad argument #1 to 'map' (pool expected, got function; with a colon: pool:map(...))`: the call has a dot where a colon belongs
--- - `bad argument #3 to 'map' (table of options expected, got number)`: `options` is no table
--- - `pool:map has no 'chunksze' (did you mean 'chunksize'?)`: there is no such option
--- - `cannot send item[1]: a coroutine`: an item cannot travel
--- - `task 1 failed: cannot send result 1: a coroutine`: the result cannot travel
--- - `pool 'crew' is closed`: it takes no more calls
--- - `pool 'crew' is terminated`: it was
--- - `pool 'crew' is broken: no paper...`: the initializer failed with that error
--- - `pool 'crew' belongs to process 'main'`: another process asks
--- - `pool 'crew' belongs to another process or thread`: a thread asks, or a process that was sent the pool
---@param f fun(item: any): any what is called
---@param items mp.items what it is called with
---@param options? mp.Pool.CallOptions options of this call
---@return any[] # list: the first result of each, in order; `n` is how many; where one is nil there is a hole
function pool:map(f, items, options) end

--- Calls `f` with the arguments of each list.
---
--- Raises
--- - `item[1]: a list of arguments expected, not a number`: an item is no list
--- - `task 1 failed: ...`: as `pool:map` does
---@param f function what is called
---@param lists mp.items lists of arguments, each with `n` if one is nil
---@param options? mp.Pool.CallOptions options of this call
---@return any[] # list: as that of `pool:map`
function pool:starmap(f, lists, options) end

--- As `map`, but does not wait. All is given to the workers at once.
---
--- Raises
--- - `pool 'crew' is closed`: it takes no more calls
---@param f fun(item: any): any what is called
---@param items mp.items what it is called with
---@param options? mp.Pool.CallOptions options of this call
---@return mp.Future # future: of that list
function pool:map_async(f, items, options) end

--- As `starmap`, but does not wait. All is given to the workers at once.
---
--- Raises
--- - `pool 'crew' is closed`: it takes no more calls
---@param f function what is called
---@param lists mp.items lists of arguments, each with `n` if one is nil
---@param options? mp.Pool.CallOptions options of this call
---@return mp.Future # future: of that list
function pool:starmap_async(f, lists, options) end

--- For a loop, `for i, ... in pool:imap(f, items) do`: the positions of the items and the results of `f`, in order. The
--- input is taken no further ahead than `buffersize` items. A failure raises at its place. When the loop is left, what
--- has not begun is dropped.
---
--- Raises
--- - `bad 1...`: a task's error, in the loop
---@param f fun(item: any): ...: any what is called
---@param items mp.items what it is called with
---@param options? mp.Pool.CallOptions options of this call
---@return fun(): integer, ...: any # fun(): integer, any..., nil, nil, any: for a generic `for`, which closes the last
---@return nil
---@return nil
---@return any
function pool:imap(f, items, options) end

--- The same in order of completion.
---@param f fun(item: any): ...: any what is called
---@param items mp.items what it is called with
---@param options? mp.Pool.CallOptions options of this call
---@return fun(): integer, ...: any # fun(): integer, any..., nil, nil, any: for a generic `for`, which closes the last
---@return nil
---@return nil
---@return any
function pool:imap_unordered(f, items, options) end

--- Calls `f(...)` in a worker, and waits for it.
---
--- Raises
--- - `task 1 failed: worker crew-1 exited with status 3`: as `pool:map` does; the number counts such calls
--- - `cannot send argument 2: a coroutine`: an argument cannot travel
--- - `cannot send the function.(upvalue 'co'): a coroutine`: nor can the function
---@param f function what is called
---@param ... any its arguments
---@return any ... # any...: what `f` returned
function pool:apply(f, ...) end

--- Calls `f(...)` in a worker, and does not wait.
---
--- Raises
--- - `pool 'crew' is closed`: it takes no more calls
---@param f function what is called
---@param ... any its arguments
---@return mp.Future
function pool:submit(f, ...) end

--- The same as `submit`.
---@param f function what is called
---@param ... any its arguments
---@return mp.Future
function pool:apply_async(f, ...) end

--- The same pool, with options for every call, `apply` and `submit` included.
---
--- Raises
--- - `pool:options: timeout must be a number of at least 0, not -1`: that is none
---@param options mp.Pool.CallOptions the options
---@return mp.Pool
function pool:options(options) end

--- No more calls; what was given is finished.
---
--- Raises
--- - `pool 'crew': only its maker can close it...`: a worker asks
function pool:close() end

--- Kills the workers; what is not done fails: `pool 'crew' was terminated`.
function pool:terminate() end

--- Waits for the end of a pool that is closed or terminated.
---
--- Raises
--- - `pool 'crew' is still running: close or terminate it first`: it would never end
---@param timeout? mp.seconds how long to wait
---@return boolean # true; or false, "timeout"
---@return nil | "timeout"
function pool:join(timeout) end
