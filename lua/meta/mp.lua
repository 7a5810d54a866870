---@meta mp
-- Written by ./dev api from doc/api: change it there.

---@alias mp.seconds number
---@alias mp.bytes integer
---@alias mp.key string | number | boolean
---@alias mp.list any[] | mp.SharedTable | mp.Array
---@alias mp.items any[] | mp.SharedTable | mp.Array | mp.Range | fun(): any
---@alias mp.celltype "b" | "B" | "h" | "H" | "i" | "I" | "l" | "L" | "q" | "Q" | "f" | "d" | "boolean"
---@alias mp.reason "timeout" | "refused" | "resolve" | "tls" | "protocol" | "redirects" | "too_large" | "network"
---@alias mp.typename "process" | "thread" | "queue" | "lease" | "connection" | "lock" | "rlock" | "guard" | "semaphore" | "condition" | "event" | "barrier" | "value" | "array" | "buffer" | "table" | "manager" | "pool" | "future" | "session"

---@class mp
local mp = {}

return mp
