-- What a pool's functions are called with: lists, arrays, ranges, iterators; taken in portions.
local core = require "mp.core"
local blame = require "mp.blame"
local lists = require "mp.lists"

local lift = core.hold.lift
local Range = {__name = "range"}
local input = {}

-- mp.range(first, last, [step]): the numbers of a for loop, without a list of them
function input.range(first, last, step)
  for position, value in ipairs({first, last, step == nil and 1 or step}) do
    if type(value) ~= "number" then blame.argument(position, "range", "number", value) end
  end
  if first == nil or last == nil then blame.argument(first == nil and 1 or 2, "range", "number", nil) end
  step = step or 1
  if step == 0 then blame.raise("bad argument #3 to 'range' (a step must not be 0)") end
  local n = (last - first) // step + 1
  local size = (last + 0.0 - first) / step
  if n ~= n or size == math.huge then blame.raise("a range must have an end") end
  if size >= 2^53 then blame.raise("a range of %g numbers is too long", size) end
  if size < 0 then n = 0 end
  return setmetatable({first = first, step = step, n = n > 0 and math.tointeger(n) or 0}, Range)
end

function Range.__len(range) return range.n end

function Range.__index(range, i)
  if math.type(i) == "integer" and i >= 1 and i <= range.n then return range.first + (i - 1) * range.step end
end

-- An input: `total` is nil when nobody knows; take(k) -> how many, and a list or the first number and the step.
local function of_range(range)
  local taken = 0
  return {
    total = range.n,
    take = function(k)
      local n, at = math.min(k, range.n - taken), taken
      taken = taken + n
      return n, range.first + at * range.step, range.step
    end,
  }
end

-- What a metatable does is the user's.
local function part(list, at, n)
  if getmetatable(list) == nil then return table.move(list, at + 1, at + n, 1, {}) end
  local ok, items = lift(table.move, list, at + 1, at + n, 1, {})
  return ok and items or error(items, 0)
end

local function of_list(list, total)
  local taken = 0
  return {
    total = total,
    take = function(k)
      local n, at = math.min(k, total - taken), taken
      taken = taken + n
      return n, part(list, at, n)
    end,
  }
end

-- What it gave before its error is not lost: `failed` has that.
local function of_iterator(f)
  local ended = false
  local iterator = {failed = false}
  function iterator.take(k)
    local list, n = {}, 0
    while n < k and not ended do
      local ok, value = lift(f)
      if not ok then iterator.failed = {value} end
      if not ok or value == nil then
        ended = true
      else
        n = n + 1
        list[n] = value
      end
    end
    return n, list
  end
  return iterator
end

function input.of(value, position, method)
  local kind = core.type(value)
  local walker, other_key = lists.walker(value), lists.other_key(value)
  if walker then blame.raise("bad argument #%d to '%s' (give the list itself, not %s)", position, method, walker) end
  if type(value) == "function" then return of_iterator(value) end
  if kind == "table" then
    local list = core.Table.snapshot(value)
    return of_list(list, #list)
  end
  if kind == "array" then
    local list = value:totable()
    return of_list(list, #list)
  end
  if type(value) ~= "table" then blame.argument(position, method, "list, range or iterator function", value) end
  if getmetatable(value) == Range then return of_range(value) end
  if other_key ~= nil then
    blame.raise("bad argument #%d to '%s' (list expected, got a table with the key '%s' and without [1])", position,
      method, tostring(other_key))
  end
  return of_list(value, math.type(value.n) == "integer" and value.n or #value)
end

return input
