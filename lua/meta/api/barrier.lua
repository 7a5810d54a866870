---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
local mp = {}

---@class mp.Barrier.Fields
---@field parties integer how many have to come
---@field action? fun() called by one of them, when all have come and before any goes on
---@field timeout? mp.seconds how long those wait who say nothing about it
---@field name? string its name

--- Makes a barrier.
---
--- Raises
--- - `bad argument #1 to 'Barrier' (parties must be from 1 to 2147483647)`: nobody could pass
--- - `cannot send action: an upvalue...`: the action cannot travel
---@param parties integer how many have to come
---@param action? fun() called by one of them, when all have come and before any goes on
---@param timeout? mp.seconds how long those wait who say nothing about it
---@param name? string its name
---@return mp.Barrier
---@overload fun(fields: mp.Barrier.Fields): mp.Barrier
function mp.Barrier(parties, action, timeout, name) end

---@class mp.Barrier
---@field parties integer how many have to come
---@field n_waiting integer how many have come
---@field broken boolean is it broken?
---@field name string its name
local b = {}

--- Waits until all have come.
---
--- Raises
--- - `barrier 'start' is broken: process main waited for 0.01 seconds and gave up`: the time was over: for all who wait, and who it was
--- - `barrier 'start' is broken: process main called abort()`: somebody called `abort`
--- - `barrier 'start' is broken: its action failed in process main: no paper`: the action's error; who called the action gets that error itself
--- - `barrier 'start' is broken: process worker-3 was killed by signal 9 (SIGKILL)`: one of them died; `ended in its action` if it was calling that
--- - `barrier 'start' was reset`: somebody called `reset` while we waited
--- - `barrier 'start' is waited for by its own action`: the action calls it
---@param timeout? mp.seconds how long to wait
---@return integer # integer: as which of them it came, from 1 to `parties`
function b:wait(timeout) end

--- Mends it. Who waits now raises.
function b:reset() end

--- Breaks it.
function b:abort() end
