---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp
---@field Table mp.TableFunctions
local mp = {}

--- Makes a shared table. Tables in it become shared ones, deeply.
---@class mp.TableFunctions
---@overload fun(init?: table | mp.SharedTable, name?: string): mp.SharedTable
mp.Table = {}

--- Inserts into the list: at `pos`, or behind the last.
---
--- Raises
--- - `table 't' has no position 5`: there would be a hole
--- - `bad argument #2 to 'insert' (a value expected, got nothing)`: nil, or nothing
--- - `bad argument #1 to 'insert' (shared table expected, got table)`: that is a plain table
--- - `cannot send value: a coroutine`: the value cannot travel
---@param t mp.SharedTable the table
---@param pos? integer where; what is there and behind it moves up
---@param value any what is inserted; not nil
---@overload fun(t: mp.SharedTable, value: any)
function mp.Table.insert(t, pos, value) end

--- Removes from the list; what is behind it moves down.
---
--- Raises
--- - `table 't' has no position 7`: there is none
---@param t mp.SharedTable the table
---@param pos? integer from where
---@return any # any: what was there
function mp.Table.remove(t, pos) end

--- Adds to a number.
---
--- Raises
--- - `table 't' has no number at 'a'`: what is there is none
--- - `table 't' would exceed an integer at 'a'`: the sum of two integers is none; nothing is changed
--- - `table 't' cannot have nil as a key`: that is no key
---@param t mp.SharedTable the table
---@param key mp.key where; what is missing counts as 0
---@param n number what is added; it may be negative
---@return number # number: the sum
function mp.Table.add(t, key, n) end

--- Stores a value, and gives what was there.
---
--- Raises
--- - `table 't' cannot have nil as a key`: that is no key
---@param t mp.SharedTable the table
---@param key mp.key where
---@param value any what is stored; nil removes
---@return any # any: what was there
function mp.Table.exchange(t, key, value) end

--- Stores a value if what is there is equal to `old`.
---
--- Raises
--- - `table 't' cannot have nil as a key`: that is no key
---@param t mp.SharedTable the table
---@param key mp.key where
---@param old any what is to be there now
---@param new any what is stored then; nil removes
---@return boolean # boolean: was `old` there, so that `new` is now?
function mp.Table.compare_exchange(t, key, old, new) end

--- Stores `f(what is there, ...)`. When somebody else has changed that meanwhile, `f` is called again. It runs outside of any lock; its error changes nothing, and its nil removes.
---
--- Raises
--- - `bad argument #3 to 'update' (function expected, got nil)`: `f` is no function
---@param t mp.SharedTable the table
---@param key mp.key where
---@param f fun(held: any, ...): any gives what is stored
---@param ... any further arguments of `f`
---@return any # any: the new value
function mp.Table.update(t, key, f, ...) end

--- Appends the elements of a list, all at once.
---
--- Raises
--- - `bad argument #2 to 'extend' (table expected, got number)`: that is no list
---@param t mp.SharedTable the table
---@param list table | mp.SharedTable a plain or shared list
function mp.Table.extend(t, list) end

--- Removes all.
---@param t mp.SharedTable the table
function mp.Table.clear(t) end

--- Sorts the list. Others wait with their changes meanwhile.
---
--- Raises
--- - `bad argument #2 to 'sort' (function expected, got number)`: that is no function
--- - `attempt to compare ...`: two elements have no order
--- - `invalid order function for sorting`: `comes_before` contradicts itself
--- - `table 't' was changed by the function that sorts it`: `comes_before` changed it
---@param t mp.SharedTable the table
---@param comes_before? fun(a: any, b: any): boolean is `a` to come before `b`?
function mp.Table.sort(t, comes_before) end

--- Waits until there is a value.
---
--- Raises
--- - `table 't' cannot have nil as a key`: that is no key
---@param t mp.SharedTable the table
---@param key mp.key where
---@param timeout? mp.seconds how long to wait
---@return any # any: the value; or nil, "timeout"
---@return nil | "timeout"
function mp.Table.wait(t, key, timeout) end

--- How many elements the list has: as `#t`.
---@param t mp.SharedTable the table
---@return integer
function mp.Table.len(t) end

--- Its keys, in no order.
---@param t mp.SharedTable the table
---@return mp.key[]
function mp.Table.keys(t) end

--- A plain table with the same content, deeply. What is in it several times stays one table.
---@param t mp.SharedTable the table
---@return table
function mp.Table.totable(t) end

--- As Lua's `table.concat`, of one moment.
---
--- Raises
--- - `invalid value (userdata) at index 1 in table for 'concat'`: one is neither a string nor a number
---@param t mp.SharedTable the table
---@param separator? string what stands between
---@param i? integer the first
---@param j? integer the last
---@return string
function mp.Table.concat(t, separator, i, j) end

--- As Lua's `table.unpack`, of one moment.
---@param t mp.SharedTable the table
---@param i? integer the first
---@param j? integer the last
---@return any ... # any...: the elements
function mp.Table.unpack(t, i, j) end

---@class mp.SharedTable
---@field [mp.key] any what is there
---@operator len: integer
local t = {}
