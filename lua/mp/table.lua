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

-- sort(t, [comes_before]): others wait with their changes until it is done
function Table.sort(t, comes_before)
  check(t, "sort")
  basic.sort_by(t, function(values, n)
    local order = {}
    for i = 1, n do order[i] = i end
    if comes_before then
      table.sort(order, function(a, b) return comes_before(values[a], values[b]) end)
    else
      table.sort(order, function(a, b) return values[a] < values[b] end)
    end
    return order
  end)
end

-- concat(t, [separator], [i], [j]) and unpack(t, [i], [j]): of the list as it is at one moment
function Table.concat(t, separator, i, j)
  check(t, "concat")
  return table.concat(basic.snapshot(t), separator, i, j)
end

function Table.unpack(t, i, j)
  check(t, "unpack")
  local values = basic.snapshot(t)
  return table.unpack(values, i or 1, j or #values)
end

return setmetatable(Table, {
  __call = basic.new,
  __index = function(_, key) core.unknown("mp.Table", key, Table) end,
})
