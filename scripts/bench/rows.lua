-- What is measured. Each theme is a directory with rows.lua, which gives {title, rows, [batches]}, and the programs of
-- its contenders. A row:
--   name      what ./dev bench takes, and title, what it shows
--   unit      of what the programs print, but those of a rate: "us" (the usual one), less is better; "1/s" of programs
--             that print microseconds too; "bytes", less is better; "of 1", more is better
--   args      of kinds.lua and kinds.py, which take part unless `mplua` or `python` names another command, or false
--   limit     a command that shows what can be had, if there is one; limit_is says what it is, and python_is what
--             Python's does if that is not obvious
--   target    python: so many times as fast at least; limit: at most so many times as slow; least, most: the value
--   batch     the row is one of several that commands of the theme's batches print: lines of row, contender, value
--   rounds    of a row or batch: how often it is measured, if not five times
--   pinned    all of it on one CPU
--   files     a web server is to have files: $url1, $url2 ... $url1000, each of 1 KiB
--   memory    bytes that must be free
-- A command is a list: a program in Lua or Python below this directory, or one in C, and its arguments. In it $mplua,
-- $bench, $scripts, $data and $url stand for the program, this directory, that of the exercises, one with the files 1
-- to 3 of 1 MiB, and the web server's.
local THEMES <const> =
  {"process", "queue", "turn", "lock", "number", "table", "pool", "http", "exercise", "memory"}

local rows = {}

local function default(row, theme, suffix)
  return {theme.name .. "/kinds" .. suffix, table.unpack(row.args)}
end

local function add(row, theme)
  row.theme, row.unit, row.target = theme, row.unit or "us", row.target or {}
  if row.args then
    if row.mplua == nil then row.mplua = default(row, theme, ".lua") end
    if row.python == nil then row.python = default(row, theme, ".py") end
  end
  assert(not rows[row.name], row.name)
  rows[#rows + 1], rows[row.name] = row, row
end

rows.themes = {}
for i, name in ipairs(THEMES) do
  local theme = require(name .. ".rows")
  theme.name, rows.themes[i] = name, theme
  for _, row in ipairs(theme.rows) do add(row, theme) end
end

local function matches(row, word)
  return row.name == word or row.theme.name == word or row.name:sub(1, #word + 1) == word .. "_"
end

-- The rows that a word means: of a theme, of that name, or whose name begins with it.
function rows.named(word)
  local found = {}
  for _, row in ipairs(rows) do
    if matches(row, word) then found[#found + 1] = row end
  end
  return found
end

function rows.help()
  local lines = {}
  for i, theme in ipairs(rows.themes) do
    local names = {}
    for k, row in ipairs(theme.rows) do names[k] = row.name end
    lines[i] = theme.name .. ": " .. table.concat(names, " ")
  end
  return table.concat(lines, "\n")
end

return rows
