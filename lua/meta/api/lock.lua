---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
local mp = {}

---@class mp.Lock.Fields
---@field name? string its name

--- Makes a lock.
---@param name? string its name
---@return mp.Lock
---@overload fun(fields: mp.Lock.Fields): mp.Lock
function mp.Lock(name) end

---@class mp.RLock.Fields
---@field name? string its name

--- Makes a lock that its holder may acquire again.
---@param name? string its name
---@return mp.RLock
---@overload fun(fields: mp.RLock.Fields): mp.RLock
function mp.RLock(name) end

---@class mp.Lock
---@field holder? mp.Process | mp.Thread who holds it
---@field abandoned boolean did its present holder get it from a dead one? Also under `guard` and `with`
---@field name string its name
local lock = {}

---@class mp.RLock: mp.Lock

--- Waits until it is ours.
---
--- Raises
--- - `lock 'printer' is held by this process already`: a Lock that is ours; an RLock does not raise
---@param timeout? mp.seconds how long to wait
---@return boolean # true; or true, "abandoned": the last holder died, or ended, with it; or false, "timeout"
---@return nil | "abandoned" | "timeout"
function lock:acquire(timeout) end

--- Gives it away. By its holder only.
---
--- Raises
--- - `lock 'printer' is not held`: nobody holds it
--- - `lock 'printer' is held by process careless`: another one holds it
function lock:release() end

--- Does anybody hold it?
---@return boolean
function lock:locked() end

--- Acquires it for a scope: `local _ <close> = lock:guard()`. See [guards](#guards).
---
--- Raises
--- - `lock 'printer' is held by this process already`: a Lock that is ours
---@param timeout? mp.seconds how long to wait
---@return mp.Guard | nil # guard; or nil, "timeout"
---@return nil | "timeout"
function lock:guard(timeout) end

--- Calls `f(...)` while it is held. It is released whatever happens.
---
--- Raises
--- - `lock 'printer' is held by this process already`: a Lock that is ours
---@param f fun(...): ...: any what is called; it may yield
---@param ... any its arguments
---@return any ... # any...: what `f` returned
function lock:with(f, ...) end
