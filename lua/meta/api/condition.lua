---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
local mp = {}

---@class mp.Condition.Fields
---@field lock? mp.Lock | mp.RLock its lock; left out: `mp.RLock()`
---@field name? string its name

--- Makes a condition.
---
--- Raises
--- - `bad argument #1 to 'Condition' (lock expected, got queue)`: that is no lock
---@param lock? mp.Lock | mp.RLock its lock
---@param name? string its name
---@return mp.Condition
---@overload fun(fields: mp.Condition.Fields): mp.Condition
function mp.Condition(lock, name) end

---@class mp.Condition
---@field holder? mp.Process | mp.Thread who holds its lock
---@field abandoned boolean did the present holder get its lock from a dead one?
---@field name string its name
local cond = {}

--- Waits until its lock is ours.
---
--- Raises
--- - `condition 'filled' is held by this process already`: it was made with a Lock, and that is ours
---@param timeout? mp.seconds how long to wait
---@return boolean # true; or true, "abandoned": the last holder died, or ended, with it; or false, "timeout"
---@return nil | "abandoned" | "timeout"
function cond:acquire(timeout) end

--- Gives its lock away. By its holder only.
---
--- Raises
--- - `condition 'filled' is not held`: nobody holds it
function cond:release() end

--- Does anybody hold its lock?
---@return boolean
function cond:locked() end

--- Acquires its lock for a scope: `local _ <close> = cond:guard()`.
---@param timeout? mp.seconds how long to wait
---@return mp.Guard | nil # guard; or nil, "timeout"
---@return nil | "timeout"
function cond:guard(timeout) end

--- Calls `f(...)` while its lock is held.
---@param f fun(...): ...: any what is called; it may yield
---@param ... any its arguments
---@return any ... # any...: what `f` returned
function cond:with(f, ...) end

--- Gives up the lock, waits until it is notified, and has the lock again. It must be held.
---
--- Raises
--- - `condition 'filled' is not held by this process: wait() needs that`: its lock is not ours
---@param timeout? mp.seconds how long to wait; to get the lock again may take longer
---@return boolean # true; or false, "timeout"
---@return nil | "timeout"
function cond:wait(timeout) end

--- Waits until `predicate()` is true, which is asked at once and after each notification. The lock must be held.
---
--- Raises
--- - `condition 'filled' is not held by this process: wait_for() needs that`: its lock is not ours
---@param predicate fun(): any what is asked, while the lock is held
---@param timeout? mp.seconds how long to wait, altogether
---@return any # any: the predicate's value; or any, "timeout": its last value
---@return nil | "timeout"
function cond:wait_for(predicate, timeout) end

--- Wakes some of those who wait. The lock must be held.
---
--- Raises
--- - `condition 'filled' is not held by this process: notify() needs that`: its lock is not ours
--- - `bad argument #1 to 'notify' (must not be negative)`: that is no number of them
---@param n? integer how many
function cond:notify(n) end

--- Wakes all who wait. The lock must be held.
---
--- Raises
--- - `condition 'filled' is not held by this process: notify_all() needs that`: its lock is not ours
function cond:notify_all() end
