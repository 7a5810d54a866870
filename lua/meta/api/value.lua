---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
local mp = {}

---@class mp.Value.Fields
---@field type mp.celltype what it holds
---@field init? number | boolean what it holds at first; left out: `0`
---@field name? string its name

--- Makes a value. `mp.Value(init)` takes the type from what is given: `mp.Value(5)` is of type `q`, `mp.Value(5.0)` of `d`, `mp.Value(true)` of `boolean`.
---
--- Raises
--- - `bad argument #1 to 'Value' (no type 'Z'; there are b B h H i I l L q Q f d boolean)`: there is no such type
--- - `bad argument #1 to 'Value' (a type, a number or a boolean expected)`: neither a type nor what is held
--- - `bad argument #1 to 'Value' (a type expected before the initial value)`: a number instead of a type
--- - `mp.Value (type B) holds 0..255, not 256`: the type does not hold that
---@param type mp.celltype what it holds
---@param init? number | boolean what it holds at first
---@param name? string its name
---@return mp.Value
---@overload fun(fields: mp.Value.Fields): mp.Value
---@overload fun(init: number | boolean): mp.Value
function mp.Value(type, init, name) end

---@class mp.Value
---@field value number | boolean what it holds; it can be set, as by `v:set`
---@field type mp.celltype its type
---@field name string its name
local v = {}

--- What it holds: as `v.value`.
---@return number | boolean
function v:get() end

--- Sets it: as `v.value = x`.
---
--- Raises
--- - `value 'v' (type B) holds 0..255, not 300`: the type does not hold that
--- - `value 'v' (type B) holds integers, not a string`: a string is no number
---@param x number | boolean what it holds from then on
function v:set(x) end

--- Adds to it.
---
--- Raises
--- - `value 'v' (type B) holds 0..255, not 250 + 10`: the type does not hold the sum; nothing is changed
--- - `value 'v' (type boolean) cannot be added to`: it is no number
---@param n number what is added; it may be negative
---@return number # number: the sum
function v:add(n) end

--- Sets it, and gives what it held.
---
--- Raises
--- - `value 'v' (type B) holds 0..255, not 300`: the type does not hold that
---@param x number | boolean what it holds from then on
---@return number | boolean # number | boolean: what it held
function v:exchange(x) end

--- Sets it if it holds `old`.
---
--- Raises
--- - `value 'v' (type B) holds 0..255, not 300`: the type does not hold `new`
---@param old number | boolean what it is to hold now
---@param new number | boolean what it holds then
---@return boolean # boolean: did it hold `old`, so that it holds `new` now?
function v:compare_exchange(old, new) end

--- Sets it to `f(what it holds, ...)`. When somebody else has changed it meanwhile, `f` is called again.
---
--- Raises
--- - `value 'v' (type B) holds 0..255, not 300`: the type does not hold that; nothing is changed
---@param f fun(held: any, ...): any gives what it holds from then on
---@param ... any further arguments of `f`
---@return number | boolean # number | boolean: the new value
function v:update(f, ...) end

--- A lock of its own, which the other methods do not take.
---@return mp.RLock
function v:get_lock() end

--- Calls `f(...)` while that lock is held.
---@param f fun(...): ...: any what is called; it may yield
---@param ... any its arguments
---@return any ... # any...: what `f` returned
function v:with(f, ...) end
