---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp.log
---@field level "debug" | "info" | "warn" | "error" what is less grave is left out; `info` at first. It can be set, and a process starts with that of its maker
local log = {}

--- Writes a line, if `log.level` is `debug`.
---
--- Raises
--- - `log.debug is called with a dot, not with a colon`: the first value is the library itself; likewise the others
---@param ... any the values
function log.debug(...) end

--- Writes a line, unless `log.level` is `warn` or `error`.
---@param ... any the values
function log.info(...) end

--- Writes a line, unless `log.level` is `error`.
---@param ... any the values
function log.warn(...) end

--- Writes a line.
---@param ... any the values
function log.error(...) end

--- Writes an error, with the traceback of where this is called unless it has one. Made for `xpcall(f, log.traceback)`.
---@param err any the error
---@return any # any: `err`
function log.traceback(err) end
