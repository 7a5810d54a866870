---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp.http.Headers
---@field [string] string? by its name in any case; `pairs` gives the names in lower case
local h = {}
