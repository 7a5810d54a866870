---@meta mp.log
-- Written by ./dev api from doc/api: change it there.

---@class mp.log
local log = {}

return log
