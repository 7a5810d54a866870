---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
local mp = {}

---@class mp.Queue.Fields
---@field maxsize? integer how many items it holds at most; 0: as many as there is room for; left out: `0`
---@field name? string its name

--- Makes a queue.
---
--- Raises
--- - `bad argument #1 to 'Queue' (maxsize must be from 0 (no limit) to 2147483647)`: such a bound cannot be
---@param maxsize? integer how many items it holds at most; 0: as many as there is room for
---@param name? string its name
---@return mp.Queue
---@overload fun(fields: mp.Queue.Fields): mp.Queue
function mp.Queue(maxsize, name) end

--- The same.
---@param maxsize? integer how many items it holds at most; 0: as many as there is room for
---@param name? string its name
---@return mp.Queue
---@overload fun(fields: mp.Queue.Fields): mp.Queue
function mp.SimpleQueue(maxsize, name) end

--- The same.
---@param maxsize? integer how many items it holds at most; 0: as many as there is room for
---@param name? string its name
---@return mp.Queue
---@overload fun(fields: mp.Queue.Fields): mp.Queue
function mp.JoinableQueue(maxsize, name) end

---@class mp.Queue
---@field maxsize integer how many items it holds at most; 0: no limit
---@field closed boolean was it closed?
---@field name string its name
---@operator len: integer
local q = {}

--- Puts a copy of a value behind the others.
---
--- Raises
--- - `queue 'jobs' is closed`: nothing can be put any more
--- - `cannot send value.handlers[2]: a coroutine`: the value cannot travel
---@param value any what is put
---@param timeout? mp.seconds how long to wait for room
---@return boolean # true; or false, "timeout": it was full all the time
---@return nil | "timeout"
function q:put(value, timeout) end

--- Takes the first item. A value may be nil too.
---@param timeout? mp.seconds how long to wait for an item
---@return any # any: the value; or nil, "timeout"; or nil, "closed": it is closed and empty, and no lease is out
---@return nil | "timeout" | "closed"
function q:get(timeout) end

--- Puts all values of a list. All are copied before the first is put.
---
--- Raises
--- - `queue 'jobs' is closed`: nothing can be put any more
--- - `cannot send value[2]: a coroutine`: one cannot travel; then none is put
--- - `bad argument #1 to 'put_many' (list expected, got string)`: that is no list
---@param list mp.list the values
---@param timeout? mp.seconds how long to wait for room, altogether
---@return boolean # true; or false, "timeout", integer: so many were put
---@return nil | "timeout"
---@return nil | integer
function q:put_many(list, timeout) end

--- Waits for one item, and takes what there is.
---
--- Raises
--- - `bad argument #1 to 'get_many' (must be at least 1)`: `max` is less
---@param max integer how many at most
---@param timeout? mp.seconds how long to wait for the first
---@return any[] | nil # list: the values; `n` is how many; or nil, "timeout"; or nil, "closed": it is closed and empty, and no lease is out
---@return nil | "timeout" | "closed"
function q:get_many(max, timeout) end

--- For a loop, `for x in q:items() do`: takes item after item, and ends when `get` says `closed`, or at a nil.
---@return fun(): any
function q:items() end

--- Takes the first item, but as one that goes back unless it is said to be done: see [leases](#leases).
---@param timeout? mp.seconds how long to wait for an item
---@return mp.Lease | nil # lease; or nil, "timeout"; or nil, "closed": it is closed and empty, and no lease is out
---@return nil | "timeout" | "closed"
function q:lease(timeout) end

--- How many items there are, without those leased.
---@return integer
function q:size() end

--- Is there no item?
---@return boolean
function q:empty() end

--- Is there no room for a further item? Those leased take room.
---@return boolean
function q:full() end

--- Takes all items and forgets them, as done.
function q:clear() end

--- Says that one of those that were taken is done.
---
--- Raises
--- - `queue 'jobs' has no task left: task_done() was called more often than put()`: all are done
function q:task_done() end

--- Waits until as many are done as were put.
---@param timeout? mp.seconds how long to wait
---@return boolean # true; or false, "timeout"
---@return nil | "timeout"
function q:join(timeout) end

--- Nothing can be put any more; what is there can be taken. May be called again.
function q:close() end
