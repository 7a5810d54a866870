---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
---@field debug mp.debug
local mp = {}

---@class mp.debug
mp.debug = {}

--- What an object of this library is.
---
--- Raises
--- - `bad argument #1 to 'type' (value expected)`: nothing is given
---@param x any anything
---@return mp.typename | nil # typename: one of `"process"`, `"thread"`, `"queue"`, `"lease"`, `"connection"`, `"lock"`, `"rlock"`, `"guard"`, `"semaphore"`, `"condition"`, `"event"`, `"barrier"`, `"value"`, `"array"`, `"buffer"`, `"table"`, `"manager"`, `"pool"`, `"future"`, `"session"`; or nil: it is not of this library
function mp.type(x) end

--- Frees objects that only keep each other, such as a table in itself. That happens by itself when there are many that could be such.
---@return integer | nil # integer: how many they were; or nil, "busy": somebody could not stand still for that, such as one who has just been killed
---@return nil | "busy"
function mp.collect() end

--- What is in use of the arena.
---@return table<string, integer> # table<string, integer>: `blocks`, and how many objects there are by their `mp.type`
function mp.debug.census() end

--- Looks whether the arena is as it should be, while all others stand still.
---@return boolean | nil # true; or false, string: what is wrong, which is a bug; or nil, "busy": somebody could not stand still for that
---@return nil | string | "busy"
function mp.debug.check() end
