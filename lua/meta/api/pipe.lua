---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
local mp = {}

---@class mp.Pipe.Fields
---@field duplex? boolean both ends send and receive; else the first only receives and the second only sends; left out: `true`
---@field name? string the name of both ends

--- Makes a pipe.
---
--- Raises
--- - `bad argument #1 to 'Pipe' (boolean expected, got number)`: that does not say which ends send
---@param duplex? boolean both ends send and receive; else the first only receives and the second only sends
---@param name? string the name of both ends
---@return mp.Connection
---@return mp.Connection
---@overload fun(fields: mp.Pipe.Fields): mp.Connection, mp.Connection
function mp.Pipe(duplex, name) end

---@class mp.Connection
---@field closed boolean is this end closed?
---@field name string its name
local c = {}

--- Sends a copy of a value to the other end.
---
--- Raises
--- - `connection 'line' is closed at its other end`: nobody would receive it
--- - `connection 'line' is closed`: this end is closed
--- - `connection 'line' only receives`: it is the first end of a pipe that is not duplex
--- - `cannot send value: a coroutine`: the value cannot travel
---@param value any what is sent
---@param timeout? mp.seconds how long to wait for room
---@return boolean # true; or false, "timeout": the pipe was full all the time
---@return nil | "timeout"
function c:send(value, timeout) end

--- Receives the next value. It may be nil too.
---
--- Raises
--- - `connection 'line' is closed`: this end is closed
--- - `connection 'line' only sends`: it is the second end of a pipe that is not duplex
---@param timeout? mp.seconds how long to wait for one
---@return any # any: the value; or nil, "timeout"; or nil, "closed": the other end is closed, and nothing is left
---@return nil | "timeout" | "closed"
function c:recv(timeout) end

--- Would `recv` give something, or say `closed`, at once?
---
--- Raises
--- - `connection 'line' is closed`: this end is closed
--- - `connection 'line' only sends`: it is the second end of a pipe that is not duplex
---@param timeout? mp.seconds how long to wait until it would
---@return boolean
function c:poll(timeout) end

--- Closes this end, for all who have it. May be called again.
function c:close() end
