---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
local mp = {}

---@class mp.Event.Fields
---@field name? string its name

--- Makes an event, which is not set.
---@param name? string its name
---@return mp.Event
---@overload fun(fields: mp.Event.Fields): mp.Event
function mp.Event(name) end

---@class mp.Event
---@field name string its name
local e = {}

--- Sets it. Whoever waits then goes on, even if it is cleared at once.
function e:set() end

--- It is not set any more.
function e:clear() end

--- Is it set?
---@return boolean
function e:is_set() end

--- Waits until it is set.
---@param timeout? mp.seconds how long to wait
---@return boolean # true; or false, "timeout"
---@return nil | "timeout"
function e:wait(timeout) end
