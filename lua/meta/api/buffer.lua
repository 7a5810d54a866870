---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
local mp = {}

---@class mp.Buffer.Fields
---@field n mp.bytes how many
---@field name? string its name

--- Makes a buffer, of bytes that are all 0.
---
--- Raises
--- - `bad argument #1 to 'Buffer' (a length must not be negative)`: that is no number of bytes
---@param n mp.bytes how many
---@param name? string its name
---@return mp.Buffer
---@overload fun(fields: mp.Buffer.Fields): mp.Buffer
function mp.Buffer(n, name) end

---@class mp.Buffer
---@field name string its name
---@operator len: mp.bytes
local b = {}

--- The bytes from `i` to `j`, of those that there are.
---@param i? integer the first; as in Lua's `string.sub`, -1 is the last byte of all
---@param j? integer the last
---@return string
function b:read(i, j) end

--- Writes bytes, from the `i`-th on.
---
--- Raises
--- - `buffer 'b' has no bytes 2 to 4: its length is 3`: it does not fit
---@param i integer where the first goes; -1 is the last byte of all
---@param string string the bytes
function b:write(i, string) end

--- Sets the bytes from `i` to `j`.
---
--- Raises
--- - `bad argument #1 to 'fill' (a byte is 0..255)`: that is no byte
--- - `buffer 'b' has no bytes 2 to 9: its length is 3`: there are none
---@param byte integer what they are from then on, 0 to 255
---@param i? integer the first
---@param j? integer the last
function b:fill(byte, i, j) end
