-- lua/meta/luacheck.lua: what luacheck is told about the global `mp` of scripts that run with `mplua -l mp`.
local luacheck = {}

-- {name = {name = {}}} as the fields of what luacheck knows.
local function lines_of(fields, indent, lines)
  local names = {}
  for name in pairs(fields) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    if next(fields[name]) then
      lines[#lines + 1] = ("%s%s = {fields = {"):format(indent, name)
      lines_of(fields[name], indent .. "  ", lines)
      lines[#lines + 1] = indent .. "}},"
    else
      lines[#lines + 1] = ("%s%s = {},"):format(indent, name)
    end
  end
  return lines
end

local function tree_of(api)
  local tree = {}
  for _, section in ipairs(api.sections) do
    for _, entry in ipairs(section.module == "mp" and section.functions or {}) do
      local at = tree
      for name in entry[1]:gmatch "[^.]+" do
        at[name] = at[name] or {}
        at = at[name]
      end
    end
  end
  return tree
end

function luacheck.write(api)
  local lines = lines_of(tree_of(api), "  ", {})
  return ([[
-- Written by ./dev api from doc/api: change it there.
-- For .luacheckrc: stds.mplua = {read_globals = dofile "lua/meta/luacheck.lua"}, and std = "lua54+mplua" for scripts
-- that run with `mplua -l mp`. Where `mp` is a local variable, luacheck does not look at its fields.
return {
%s
}
]]):format(table.concat(lines, "\n"))
end

return luacheck
