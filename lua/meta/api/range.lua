---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
local mp = {}

--- The numbers from `first` to `last`.
---
--- Raises
--- - `bad argument #2 to 'range' (number expected, got nil)`: that is no number
--- - `bad argument #3 to 'range' (a step must not be 0)`: it would have no end
--- - `a range must have an end`: it would have none
--- - `a range of ... numbers is too long`: it would have 2^53 or more
---@param first number the first number
---@param last number the last one at most
---@param step? number from one to the next; it may be negative
---@return mp.Range
function mp.range(first, last, step) end

---@class mp.Range
---@field [integer] number? the `i`-th number, from 1 on; nil where there is none
---@operator len: integer
local r = {}
