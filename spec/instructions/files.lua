-- Where recorded instructions stand: per setting in recorded.lua, those of the first setting also in the document.
local files = {DOCUMENT = "doc/performance.md"}

local RECORDED <const> = "spec/instructions/recorded.lua"
local BEGIN <const> = "<!-- Written by ./dev instructions --record. -->\n"
local END <const> = "<!-- End of what it writes. -->\n"

function files.read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

local function write(path, text)
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
end

-- List of {setting =, counts =}.
local function all_recorded()
  return assert(loadfile(RECORDED))()
end

local function same(a, b)
  return table.concat(a, "\n") == table.concat(b, "\n")
end

-- Counts by name, or nil.
function files.recorded(setting)
  for _, entry in ipairs(all_recorded()) do
    if same(entry.setting, setting) then return entry.counts end
  end
end

-- ---- writing ----

local function entry_text(operations, entry)
  local lines = {"  {\n    setting = {\n"}
  local function line(format, ...) lines[#lines + 1] = format:format(...) end
  for _, what in ipairs(entry.setting) do line("      %q,\n", what) end
  line("    },\n    counts = {\n")
  for _, operation in ipairs(operations) do
    local n = entry.counts[operation.name]
    if n then line("      [%q] = %d,\n", operation.name, n) end
  end
  line("    },\n  },\n")
  return table.concat(lines)
end

local function document_text(operations, entry)
  local lines = {BEGIN, "| operation | instructions |\n|---|---|\n"}
  for _, operation in ipairs(operations) do
    local n = entry.counts[operation.name]
    lines[#lines + 1] = n and ("| `%s` | %d |\n"):format(operation.name, n)
  end
  lines[#lines + 1] = "\nMade with\n" .. table.concat(entry.setting, ",\n") .. ".\n" .. END
  return table.concat(lines)
end

-- Text before the part that is written, the part, and the text behind it.
local function parts()
  local text = files.read(files.DOCUMENT)
  local from = assert(text:find(BEGIN, 1, true), files.DOCUMENT .. " has no place for instructions")
  local _, to = assert(text:find(END, from, true))
  return text:sub(1, from - 1), text:sub(from, to), text:sub(to + 1)
end

function files.document_is_right(operations)
  local _, part = parts()
  return part == document_text(operations, all_recorded()[1])
end

-- Counts in the order of the operations.
function files.record(operations, setting, counts)
  local entries, by_name = all_recorded(), {}
  for i, operation in ipairs(operations) do by_name[operation.name] = counts[i] end
  local at = #entries + 1
  for i, entry in ipairs(entries) do
    if same(entry.setting, setting) then at = i end
  end
  entries[at] = {setting = setting, counts = by_name}
  local text = {"-- Written by ./dev instructions --record.\nreturn {\n"}
  for _, entry in ipairs(entries) do text[#text + 1] = entry_text(operations, entry) end
  text[#text + 1] = "}\n"
  write(RECORDED, table.concat(text))
  local before, _, behind = parts()
  write(files.DOCUMENT, before .. document_text(operations, entries[1]) .. behind)
end

return files
