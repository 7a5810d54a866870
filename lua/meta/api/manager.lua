---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
local mp = {}

---@class mp.Manager.Fields
---@field name? string its name

--- Makes a manager.
---@param name? string its name
---@return mp.Manager
---@overload fun(fields: mp.Manager.Fields): mp.Manager
function mp.Manager(name) end

---@class mp.Manager
---@field closed boolean is it closed?
---@field name string its name
---@field Table fun(...: any): mp.SharedTable as `mp.Table`
---@field Queue fun(...: any): mp.Queue as `mp.Queue`
---@field SimpleQueue fun(...: any): mp.Queue as `mp.SimpleQueue`
---@field JoinableQueue fun(...: any): mp.Queue as `mp.JoinableQueue`
---@field Pipe fun(...: any): mp.Connection, mp.Connection as `mp.Pipe`
---@field Event fun(...: any): mp.Event as `mp.Event`
---@field Lock fun(...: any): mp.Lock as `mp.Lock`
---@field RLock fun(...: any): mp.RLock as `mp.RLock`
---@field Semaphore fun(...: any): mp.Semaphore as `mp.Semaphore`
---@field BoundedSemaphore fun(...: any): mp.Semaphore as `mp.BoundedSemaphore`
---@field Condition fun(...: any): mp.Condition as `mp.Condition`
---@field Barrier fun(...: any): mp.Barrier as `mp.Barrier`
---@field Value fun(...: any): mp.Value as `mp.Value`
---@field Array fun(...: any): mp.Array as `mp.Array`
---@field Buffer fun(...: any): mp.Buffer as `mp.Buffer`
local m = {}

--- Closes all that it has made. May be called again.
function m:close() end
