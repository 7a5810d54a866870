---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
local mp = {}

---@class mp.Semaphore.Fields
---@field value? integer how many permits it has; 0 makes sense for signals only; left out: `1`
---@field signal? boolean is it for signals?; left out: `false`
---@field name? string its name

--- Makes a semaphore.
---
--- Raises
--- - `bad argument #1 to 'Semaphore' (permits must be from 0 to 2147483647)`: it cannot have so many
--- - `bad argument #1 to 'Semaphore' (nobody could ever take one of 0 permits, since only who holds one gives one back; for signalling, use mp.Semaphore{value = 0, signal = true})`: 0 permits, and not for signals
---@param value? integer how many permits it has; 0 makes sense for signals only
---@param signal? boolean is it for signals?
---@param name? string its name
---@return mp.Semaphore
---@overload fun(fields: mp.Semaphore.Fields): mp.Semaphore
function mp.Semaphore(value, signal, name) end

---@class mp.BoundedSemaphore.Fields
---@field value? integer how many permits it has; left out: `1`
---@field name? string its name

--- Makes a semaphore that is not for signals.
---@param value? integer how many permits it has
---@param name? string its name
---@return mp.Semaphore
---@overload fun(fields: mp.BoundedSemaphore.Fields): mp.Semaphore
function mp.BoundedSemaphore(value, name) end

---@class mp.Semaphore
---@field value integer how many permits are free
---@field name string its name
local s = {}

--- Waits for a permit, and takes it.
---@param timeout? mp.seconds how long to wait
---@return boolean # true; or false, "timeout"
---@return nil | "timeout"
function s:acquire(timeout) end

--- Gives permits back.
---
--- Raises
--- - `semaphore 'slots' is not held by this process`: we hold none
--- - `semaphore 'slots' cannot take back 2 permits: this process holds 1`: we hold fewer
--- - `bad argument #1 to 'release' (must be from 1 to 2147483647)`: that is no number of permits
--- - `semaphore 'slots' would have more than 2147483647 permits`: too many signals
---@param k? integer how many
function s:release(k) end

--- Takes a permit for a scope: `local _ <close> = s:guard()`. See [guards](#guards).
---@param timeout? mp.seconds how long to wait
---@return mp.Guard | nil # guard; or nil, "timeout"
---@return nil | "timeout"
function s:guard(timeout) end

--- Calls `f(...)` while it holds a permit, which is given back whatever happens.
---@param f fun(...): ...: any what is called; it may yield
---@param ... any its arguments
---@return any ... # any...: what `f` returned
function s:with(f, ...) end
