-- mp.Table: makes shared tables, and has what can be done with them.
local core = require "mp.core"
local basic = core.Table

local Table = {}
for name, f in pairs(basic) do Table[name] = f end
Table.new, Table.snapshot, Table.sort_by = nil, nil, nil

local function check(t, who)
  if core.type(t) == "table" then return end
  error(("bad argument #1 to '%s' (shared table expected, got %s)"):format(who, core.type(t) or type(t)), 3)
end

-- For a tail call: the results of pcall, or its error. What that blames on this file is the caller's mistake.
local function results(ok, ...)
  if ok then return ... end
  local message = ...
  local blames = type(message) == "string" and message:match("^mp/table%.lua:%d+: (.*)")
  error(blames or message, blames and 2 or 0)
end

-- keys(t) -> a list of its keys, in no order
function Table.keys(t)
  check(t, "keys")
  local list = {}
  for key in next, basic.snapshot(t) do list[#list + 1] = key end
  return list
end

-- totable(t) -> a plain table with the same content, deeply; what is shared in it stays shared
function Table.totable(t)
  check(t, "totable")
  local plain, todo = {}, {}
  local function convert(value)
    if type(value) ~= "userdata" or core.type(value) ~= "table" then return value end
    if not plain[value] then
      plain[value] = basic.snapshot(value)
      todo[#todo + 1] = plain[value]
    end
    return plain[value]
  end
  local result = convert(t)
  while #todo > 0 do
    local content = table.remove(todo)
    for key, value in next, content do content[key] = convert(value) end
  end
  return result
end

local function comes_first(a, b) return a < b end

-- sort(t, [comes_before]): others wait with their changes until it is done
function Table.sort(t, comes_before)
  check(t, "sort")
  if comes_before == nil then comes_before = comes_first end
  if type(comes_before) ~= "function" then
    error(("bad argument #2 to 'sort' (function expected, got %s)"):format(type(comes_before)), 2)
  end
  local function order_of(values, n)
    local order = {}
    for i = 1, n do order[i] = i end
    table.sort(order, function(a, b) return comes_before(values[a], values[b]) end)
    return order
  end
  return results(pcall(function() basic.sort_by(t, order_of) end))
end

-- concat(t, [separator], [i], [j]) and unpack(t, [i], [j]): of the list as it is at one moment
function Table.concat(t, separator, i, j)
  check(t, "concat")
  local values = basic.snapshot(t)
  return results(pcall(function() return (table.concat(values, separator, i, j)) end))
end

function Table.unpack(t, i, j)
  check(t, "unpack")
  local values = basic.snapshot(t)
  return results(pcall(function() return table.unpack(values, i or 1, j or #values) end))
end

return setmetatable(Table, {
  __call = basic.new,
  __index = function(_, key) core.unknown("mp.Table", key, Table) end,
})
