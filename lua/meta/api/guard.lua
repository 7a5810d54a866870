---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp.Guard
local guard = {}
