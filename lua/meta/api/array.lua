---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
local mp = {}

---@class mp.Array.Fields
---@field type mp.celltype what it holds
---@field n? integer | mp.list how many there are
---@field list? mp.list what it holds at first; either `n` or `list`
---@field name? string its name

--- Makes an array: of `n` elements, all 0 or false, or of as many as are in a list.
---
--- Raises
--- - `bad argument #1 to 'Array' (no type 'Z'; there are b B h H i I l L q Q f d boolean)`: there is no such type
--- - `bad argument #2 to 'Array' (number or list expected, got nil)`: neither a number nor a list
--- - `bad argument #2 to 'Array' (a length must not be negative)`: that is no number of elements
--- - `bad argument #2 to 'Array' (n or list, not both)`: both
--- - `mp.Array (type B) holds 0..255, not 300 at [3]`: the type does not hold that
---@param type mp.celltype what it holds
---@param n integer | mp.list how many there are, or the list of what it holds at first
---@param name? string its name
---@return mp.Array
---@overload fun(fields: mp.Array.Fields): mp.Array
function mp.Array(type, n, name) end

---@class mp.Array
---@field type mp.celltype its type
---@field name string its name
---@field [integer] number | boolean | nil the `i`-th element, from 1 on; nil where there is none
---@operator len: integer
local a = {}

--- Adds to an element.
---
--- Raises
--- - `array 'a' has no [4]: its length is 3`: there is no such element
--- - `array 'a' (type B) holds 0..255, not 0 + 300`: the type does not hold the sum; nothing is changed
---@param i integer which one
---@param n number what is added; it may be negative
---@return number # number: the sum
function a:add(i, n) end

--- Sets an element, and gives what it held.
---
--- Raises
--- - `array 'a' has no [4]: its length is 3`: there is no such element
---@param i integer which one
---@param x number | boolean what it holds from then on
---@return number | boolean # number | boolean: what it held
function a:exchange(i, x) end

--- Sets an element if it holds `old`.
---
--- Raises
--- - `array 'a' has no [4]: its length is 3`: there is no such element
---@param i integer which one
---@param old number | boolean what it is to hold now
---@param new number | boolean what it holds then
---@return boolean # boolean: did it hold `old`, so that it holds `new` now?
function a:compare_exchange(i, old, new) end

--- Sets an element to `f(what it holds, ...)`. When somebody else has changed it meanwhile, `f` is called again.
---
--- Raises
--- - `array 'a' has no [4]: its length is 3`: there is no such element
---@param i integer which one
---@param f fun(held: any, ...): any gives what it holds from then on
---@param ... any further arguments of `f`
---@return number | boolean # number | boolean: the new value
function a:update(i, f, ...) end

--- Sets the elements from `i` to `j`.
---
--- Raises
--- - `array 'a' has no [9]: its length is 3`: there is no such element
---@param x number | boolean what they hold from then on
---@param i? integer the first
---@param j? integer the last
function a:fill(x, i, j) end

--- The elements from `i` to `j`.
---
--- Raises
--- - `array 'a' has no [9]: its length is 3`: there is no such element
---@param i? integer the first
---@param j? integer the last
---@return any[] # list: a plain table
function a:totable(i, j) end

--- Sets elements to those of a list: all of them, or none if one does not fit.
---
--- Raises
--- - `array 'a' has no [4]: its length is 3`: there is no such element
--- - `array 'a' (type B) holds 0..255, not 300 at [2]`: the type does not hold that
---@param list mp.list what they hold from then on
---@param i? integer where the first goes
function a:set(list, i) end

--- A lock of its own, which the other methods do not take.
---@return mp.RLock
function a:get_lock() end

--- Calls `f(...)` while that lock is held.
---@param f fun(...): ...: any what is called; it may yield
---@param ... any its arguments
---@return any ... # any...: what `f` returned
function a:with(f, ...) end
