-- What is made of doc/api/command.lua: src/host/usage.c, doc/mplua.1 and doc/completion.
local command = {}

local function plain(text) return (text:gsub("`", "")) end

-- ---- what --help says ----

local WIDTH <const> = 79

-- "  NAME   text", with the text filled and indented.
local function add_row(lines, name, shown, text, column)
  local indent = (" "):rep(column)
  local line = ("  %s%s"):format(shown, (" "):rep(column - 2 - #name))
  local length = column
  for word in plain(text):gmatch "%S+" do
    if length > column and length + 1 + #word > WIDTH then
      lines[#lines + 1], line, length = line, indent, column
    end
    if length > column then line, length = line .. " ", length + 1 end
    line, length = line .. word, length + #word
  end
  lines[#lines + 1] = line
end

-- What is between \1 and \2 is bold on a terminal.
local function rows(list, column)
  local lines = {}
  for _, row in ipairs(list) do
    local name = row.value and row[1] .. " " .. row.value or row[1]
    local shown = "\1" .. row[1] .. "\2" .. (row.value and " " .. row.value or "")
    add_row(lines, name, shown, row[2], column)
  end
  return lines
end

local escapes <const> = {["\1"] = "\\1", ["\2"] = "\\2", ["\n"] = "\\n", ['"'] = '\\"', ["\\"] = "\\\\"}

local function c_string(text)
  return '"' .. text:gsub('[\1\2\n"\\]', escapes) .. '"'
end

local function c_text(name, lines)
  local out = {("const char %s[] ="):format(name)}
  for i, line in ipairs(lines) do
    out[#out + 1] = ("    %s%s"):format(c_string(line .. "\n"), i == #lines and ";" or "")
  end
  return table.concat(out, "\n")
end

local function usage_c(section)
  local long = {}
  for _, option in ipairs(section.options) do
    if option.calls then long[#long + 1] = ("    {%s, %s},"):format(c_string(option[1]), option.calls) end
  end
  local more = {"Environment variables are:"}
  for _, line in ipairs(rows(section.environment, 16)) do more[#more + 1] = line end
  more[#more + 1] = "Signals are:"
  for _, line in ipairs(rows(section.signals, 16)) do more[#more + 1] = line end
  return table.concat({
    "// Written by ./dev api from doc/api/command.lua: change it there.",
    '#include "host/host.h"',
    "",
    "// clang-format off",
    "// What is between \\1 and \\2 is bold on a terminal.",
    ("const char host_usage[] = %s;"):format(c_string(section.usage)),
    c_text("host_options_text", rows(section.options, 12)),
    c_text("host_more_text", more),
    "const struct host_long_option host_long_options[] = {",
    table.concat(long, "\n"),
    "    {NULL, NULL},",
    "};",
    "",
  }, "\n")
end

-- ---- the manual page ----

-- Text for roff, a sentence a line: nothing in it is an instruction.
local function roff(text)
  text = text:gsub("\\", "\\e"):gsub("-", "\\-"):gsub("`([^`]*)`", "\\fB%1\\fR"):gsub("([.;]) ", "%1\n")
  return (("\n" .. text):gsub("\n([.'])", "\n\\&%1"):sub(2))
end

local function paragraphs(text)
  local lines = {}
  for paragraph in (text .. "\n"):gmatch "(.-)\n\n" do
    lines[#lines + 1] = roff((paragraph:gsub("\n", " ")))
  end
  return table.concat(lines, "\n.PP\n")
end

local function tagged(list)
  local lines = {}
  for i, row in ipairs(list) do
    local tag = "\\fB" .. roff(row[1]) .. "\\fR"
    if row.value then tag = tag .. " \\fI" .. roff(row.value) .. "\\fR" end
    lines[i] = (".TP\n%s\n%s"):format(tag, roff(row[2]))
  end
  return table.concat(lines, "\n")
end

local function manual(section, version)
  local options = {}
  for i, option in ipairs(section.options) do
    local text = option[2]:gsub("this text", "a list of the options"):gsub("'(%a+)'", "%1")
    options[i] = {option[1], text, value = option.value}
  end
  return table.concat({
    '.\\" Written by ./dev api from doc/api/command.lua: change it there.',
    ('.TH MPLUA 1 "" "mplua %s" "User Commands"'):format(version),
    ".SH NAME",
    "mplua \\- " .. roff(section.summary),
    ".SH SYNOPSIS",
    ".B mplua",
    (section.usage:gsub("[%[%]]", "%0"):gsub("(%a+)", "\\fI%1\\fR")),
    ".SH DESCRIPTION",
    paragraphs(section.text),
    ".SH OPTIONS",
    tagged(options),
    ".SH ENVIRONMENT",
    tagged(section.environment),
    ".SH SIGNALS",
    tagged(section.signals),
    ".SH EXIT STATUS",
    tagged(section.exits),
    ".SH SEE ALSO",
    ".BR lua (1)",
    "",
  }, "\n")
end

-- ---- completion ----

-- Each option once, in order: those with a value, those without, the texts.
local function distinct(section)
  local list, seen = {}, {}
  for _, option in ipairs(section.options) do
    local name = option[1]
    if not seen[name] and name:find "^%-%-?%a" then list[#list + 1] = option end
    seen[name] = true
  end
  return list
end

local function modules(api)
  local list, seen = {}, {}
  for _, section in ipairs(api.sections) do
    if not seen[section.module] then list[#list + 1] = section.module end
    seen[section.module] = true
  end
  return table.concat(list, " ")
end

local function bash(api, section)
  local names = {}
  for i, option in ipairs(distinct(section)) do names[i] = option[1] end
  local text = [=[
# Written by ./dev api from doc/api/command.lua: change it there.
# Completion of mplua for bash.
_mplua()
{
    local word=${COMP_WORDS[COMP_CWORD]} i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            -e | -l) ((i++)) ;;
            -?*) ;;
            *) return ;; # of the script's arguments nothing is known
        esac
    done
    case ${COMP_WORDS[COMP_CWORD - 1]} in
        -e) return ;;
        -l) mapfile -t COMPREPLY < <(compgen -W "MODULES" -- "$word") ;;
        *) [[ $word != -* ]] || mapfile -t COMPREPLY < <(compgen -W "OPTIONS" -- "$word") ;;
    esac
}
complete -o default -F _mplua mplua
]=]
  return (text:gsub("MODULES", modules(api)):gsub("OPTIONS", table.concat(names, " ")))
end

local function zsh(api, section)
  local lines = {}
  for _, option in ipairs(distinct(section)) do
    local value = option[1] == "-l" and (":module:(%s)"):format(modules(api))
      or option.value and (":%s: "):format(option.value) or ""
    local more = option.value and "*" or ""
    local text = option[2]:gsub("'", ""):gsub("[%[%]:]", "\\%0")
    lines[#lines + 1] = ("    '%s%s[%s]%s' \\"):format(more, option[1], text, value)
  end
  return ([[
#compdef mplua
# Written by ./dev api from doc/api/command.lua: change it there.
# Completion of mplua for zsh.
_arguments -S \
%s
    '1:script:_files -g "*.lua(-.)"' \
    '*::argument:_files'
]]):format(table.concat(lines, "\n"))
end

local function fish(api, section)
  local lines = {
    "# Written by ./dev api from doc/api/command.lua: change it there.",
    "# Completion of mplua for fish.",
  }
  for _, option in ipairs(distinct(section)) do
    local dashes, name = option[1]:match "^(%-+)(.*)$"
    local line = ("complete -c mplua -%s %s"):format(dashes == "--" and "l" or "s", name)
    if option.value then line = line .. " -x" end
    if name == "l" then line = ("%s -a '%s'"):format(line, modules(api)) end
    lines[#lines + 1] = ('%s -d "%s"'):format(line, option[2])
  end
  return table.concat(lines, "\n") .. "\n"
end

-- -> {[path] = text}
function command.files(api, version)
  local section
  for _, candidate in ipairs(api.sections) do
    if candidate.options then section = candidate end
  end
  return {
    ["src/host/usage.c"] = usage_c(section),
    ["doc/mplua.1"] = manual(section, version),
    ["doc/completion/mplua.bash"] = bash(api, section),
    ["doc/completion/_mplua"] = zsh(api, section),
    ["doc/completion/mplua.fish"] = fish(api, section),
  }
end

return command
