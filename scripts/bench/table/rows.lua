-- Shared tables of 100, 100,000 and 10 million pairs.
local MANAGER <const> = "a Manager's dict or list"
local rows = {}

local function add(row) rows[#rows + 1] = row end

for _, size in ipairs {100, 100000} do
  local words = size == 100 and "100" or "100,000"
  local names = size == 100 and "100" or "100k"
  for _, row in ipairs {
    {"get", "t.key", {python = 300}}, {"set", "t.key = x", {python = 300}},
    {"insert", "mp.Table.insert(t, x)", {python = 300}}, {"nested", "t.a.key", {}},
  } do
    local kind, title, target = table.unpack(row)
    add {
      name = ("table_%s_%s"):format(kind, names), title = ("%s, %s pairs"):format(title, words), args = {kind, size},
      target = size == 100 and target or nil, python_is = MANAGER,
      limit = {"calls.lua", kind == "insert" and "method" or kind == "set" and "set" or "get"},
      limit_is = "a call into C that does nothing",
    }
  end
  add {
    name = "table_pairs_" .. names, title = ("pairs(t), %s pairs, each"):format(words), args = {"pairs", size},
    target = size > 100 and {python = 50} or nil, python_is = "d.items() of a Manager, one message",
    limit = {"table/plain.lua", "pairs", size}, limit_is = "a plain table is copied and walked",
  }
  if size > 100 then
    add {
      name = "table_walk_" .. names, title = ("pairs(t), %s pairs, beside Python key by key"):format(words),
      mplua = {"table/kinds.lua", "pairs", size}, python = {"table/kinds.py", "walk", size},
      python_is = "for key in d.keys(): d[key]",
    }
  end
end

-- By one program, since filling it takes so long.
for _, row in ipairs {
  {"get", "t[k], 100 of 10 million keys", true}, {"set", "t[k] = x, 100 of 10 million keys", true},
  {"insert", "mp.Table.insert(t, x) behind 10 million", true}, {"nested", "t.a[k], 100 of 10 million keys", true},
  {"pairs", "pairs(t), 10 million pairs, each"},
} do
  local kind, title, flat = table.unpack(row)
  add {
    name = ("table_%s_10m"):format(kind), title = title, batch = "large", memory = 6e9,
    target = flat and {limit = 1.5} or nil, limit_is = "mplua, 100 pairs",
  }
end
for _, row in ipairs {{"get", "t[k], any of 10 million keys"}, {"set", "t[k] = x, any of 10 million keys"}} do
  add {
    name = ("table_%s_spread"):format(row[1]), title = row[2], batch = "large", memory = 6e9,
    limit_is = "a plain table of 10 million",
  }
end

return {title = "Shared tables", rows = rows, batches = {large = {mplua = {"table/large.lua"}}}}
