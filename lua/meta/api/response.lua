---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp.http.Response
---@field status integer such as 200
---@field ok boolean is the status below 400?
---@field text? string the body as it is after decompression; nil with `to_file`
---@field file? string with `to_file`, its name
---@field headers mp.http.Headers see [HTTP headers](#http-headers)
---@field url string where redirects ended
---@field elapsed mp.seconds from the first request to the last byte, pauses of retries included
local r = {}

--- What the body says as JSON: null is nil, whole numbers are integers. It needs the Lua module dkjson (Debian: lua-dkjson), as does the option `json`.
---
--- Raises
--- - `r:json() needs the Lua module dkjson (Debian's package lua-dkjson): ...`: it is not installed
---@return any # any: the value; or nil, "protocol", string: the text is no JSON, and why
---@return nil | "protocol"
---@return nil | string
function r:json() end

--- Raises unless it is `ok`.
---
--- Raises
--- - `status 404 for ...`: it is not
---@return mp.http.Response # response: the same
function r:raise_for_status() end
