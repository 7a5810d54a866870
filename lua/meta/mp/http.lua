---@meta mp.http
-- Written by ./dev api from doc/api: change it there.

---@class mp.http
local http = {}

return http
