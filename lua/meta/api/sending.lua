---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
local mp = {}

--- Makes tables that have a metatable keep it on their way: the receiver uses the one that it has under this name, or one
--- that travels along. Without that a table with a metatable cannot be sent.
---
--- Raises
--- - `bad argument #2 to 'register' (table expected, got nil)`: that is no metatable
---@param name string as what it is known
---@param metatable table the metatable
---@return table # table: the metatable
function mp.register(name, metatable) end
