-- doc/reference.md.
local definition = require "scripts.api.definition"

local reference = {}

local MADE <const> = "<!-- Written by ./dev api from doc/api: change it there. -->"
local WIDTH <const> = 120

-- ---- pieces ----

-- Lines of the usual length; those after the first are indented.
local function filled(text, indent)
  local lines, line = {}, nil
  for word in text:gmatch "%S+" do
    if line and utf8.len(line) + 1 + utf8.len(word) > WIDTH then
      lines[#lines + 1], line = line, (" "):rep(indent) .. word
    else
      line = line and line .. " " .. word or word
    end
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

-- As GitHub makes them of headings.
local function anchor_of(heading)
  return (heading:lower():gsub("[^%w_%- ]", ""):gsub(" ", "-"))
end

local Page = {}
Page.__index = Page

function Page:add(text) self[#self + 1] = text end

function Page:paragraph(text) self:add(filled(text, 0) .. "\n") end

-- Each item a bullet; a single one stands behind its head.
function Page:list(head, items)
  if #items == 0 then return end
  if #items == 1 and head then return self:paragraph(("%s %s."):format(head, items[1])) end
  if head then self:add(head .. "\n") end
  for _, item in ipairs(items) do self:add(filled("- " .. item, 2)) end
  self:add("")
end

function Page:heading(level, text)
  local anchor = anchor_of(text)
  local n = self.anchors[anchor]
  self.anchors[anchor] = (n or 0) + 1
  if n then anchor = anchor .. "-" .. n end
  self.links[#self.links + 1] = anchor
  self:add(("#"):rep(level) .. " " .. text .. "\n")
  return anchor
end

local function cell(text)
  return (text:gsub("\n", " "):gsub("|", "\\|"))
end

local types = {}   -- [word of a type] = what is shown

-- "queue | nil" -> "[queue](#queues) or nil"
local function type_text(expression)
  local text = expression:gsub("^([%w_]+)%?$", "%1 or nil"):gsub("%s*|%s*", " or ")
  if text:find "[^%w_ ]" then return ("`%s`"):format(text) end
  return (text:gsub("[%w_]+", types))
end

local function note_types(api)
  types = {items = "[items](#pools)", celltype = "[type](#values)", reason = "[reason](#http-requests)"}
  for _, section in ipairs(api.sections) do
    local link = "[%s](#" .. anchor_of(section.title) .. ")"
    local class = section.class
    if class then types[class.id] = link:format(class.id == "sharedtable" and "shared table" or class.id) end
    if class and class.also then types[class.also] = link:format(class.also) end
    if section.record then types[section.record.id] = link:format "options" end
  end
end

local function with_default(text, field)
  return field.default and ("%s; left out: `%s`"):format(text, field.default) or text
end

function Page:table(head, rows)
  self:add("| " .. table.concat(head, " | ") .. " |")
  self:add("|" .. ("---|"):rep(#head))
  for _, row in ipairs(rows) do
    for i, text in ipairs(row) do row[i] = cell(text) end
    self:add("| " .. table.concat(row, " | ") .. " |")
  end
  self:add("")
end

-- ---- entries ----

local function shown(param)
  local _, optional = definition.optional(param[2])
  if not optional then return param[1] end
  local short = param.default and not param.default:find "%a %a" and not param.default:find " < "
  return short and ("[%s = %s]"):format(param[1], param.default) or ("[%s]"):format(param[1])
end

function reference.signature(full, params)
  local texts = {}
  for i, param in ipairs(params or {}) do texts[i] = shown(param) end
  return ("%s(%s)"):format(full, table.concat(texts, ", "))
end

function Page:parameters(entry)
  local items = {}
  for i, param in ipairs(entry.params or {}) do
    local bare, optional = definition.optional(param[2])
    local text = param[3]
    if optional and not shown(param):find("=", 1, true) then text = with_default(text, param) end
    items[i] = ("`%s` (%s): %s"):format(param[1], type_text(bare), text)
  end
  self:list(nil, items)
end

function Page:fields(fields)
  local rows = {}
  for i, field in ipairs(fields) do
    local bare, optional = definition.optional(field[2])
    local name = optional and ("`[%s]`"):format(field[1]) or ("`%s`"):format(field[1])
    rows[i] = {name, type_text(bare), with_default(field[3], field)}
  end
  self:table({"field", "type", ""}, rows)
end

function Page:named(entry)
  if entry.named == true then
    self:add("These may be the named fields of one table instead.\n")
  elseif entry.named then
    self:add("Or one table of named fields:\n")
    self:fields(entry.named)
  end
  if entry.fields then
    self:add(("Further fields of `%s`:\n"):format(entry.params[#entry.params][1]))
    self:fields(entry.fields)
  end
end

local function alternative_text(alternative)
  local values = {}
  for i, value in ipairs(alternative) do values[i] = value:gsub("%s*|%s*", " or ") end
  local code = ("`%s`"):format(table.concat(values, ", "))
  return alternative.text and code .. ": " .. alternative.text or code
end

function Page:returns(entry)
  local items = {}
  for i, alternative in ipairs(entry.returns or {}) do items[i] = alternative_text(alternative) end
  self:list("Returns", items)
end

function Page:errors(errors)
  local items = {}
  for i, err in ipairs(errors or {}) do items[i] = ("`%s`: %s"):format(err[1], err[2]) end
  self:list("Raises", items)
end

function Page:entry(entry)
  entry.anchor = self:heading(3, ("`%s`"):format(reference.signature(entry.full, entry.params)))
  for _, form in ipairs(entry.forms or {}) do
    self:add(("Also `%s`.\n"):format(reference.signature(entry.full, form)))
  end
  self:paragraph(entry[2])
  self:parameters(entry)
  self:named(entry)
  self:returns(entry)
  if entry.like and not entry.errors then
    self:paragraph(("It raises what `%s` raises."):format(entry.like.full))
  end
  self:errors(entry.errors)
end

-- ---- sections ----

function Page:members(var, fields, operators)
  local rows, errors = {}, {}
  local function add(name, kind, text, more)
    rows[#rows + 1] = {("`%s`"):format(name), type_text(kind or ""), text}
    table.move(more or {}, 1, #(more or {}), #errors + 1, errors)
  end
  for _, field in ipairs(fields or {}) do add(var .. "." .. field[1], field[2], field[3], field.errors) end
  for _, operator in ipairs(operators or {}) do add(operator[2], operator[3], operator[4], operator.errors) end
  if #rows == 0 then return end
  self:table({operators and "field or operator" or "field", "type", ""}, rows)
  self:errors(errors)
end

local function article(id)
  local name = id == "sharedtable" and "shared table" or id
  return (name:find "^[aeiou]" and "an " or "a ") .. name
end

function Page:makers(class)
  local names = {}
  for i, name in ipairs(class.makes) do names[i] = ("`%s.%s(...)`"):format(class.var, name) end
  self:paragraph(("%s, with a dot, make what `mp` makes under these names."):format(table.concat(names, ", ")))
  self:errors(class.makes.errors)
end

function Page:command(section)
  local options = {}
  for i, option in ipairs(section.options) do
    options[i] = {("`%s%s`"):format(option[1], option.value and " " .. option.value or ""), option[2]}
  end
  self:table({"option", ""}, options)
  for _, part in ipairs {{"variable", "environment"}, {"signal", "signals"}, {"exit status", "exits"}} do
    local rows = {}
    for i, row in ipairs(section[part[2]]) do rows[i] = {("`%s`"):format(row[1]), row[2]} end
    self:table({part[1], ""}, rows)
  end
end

function Page:section(section)
  section.anchor = self:heading(2, section.title)
  if section.text then self:add(section.text) end
  if section.options then self:command(section) end
  if section.record then self:fields(section.record.fields) end
  self:errors(section.errors)
  local class = section.class
  if section.fields then self:members(section.module:match "[^.]+$", section.fields) end
  for _, entry in ipairs(section.functions or {}) do self:entry(entry) end
  if class then
    local has = class.fields or class.operators
    if section.functions and has then self:heading(3, "Fields of " .. article(class.id)) end
    self:members(class.var, class.fields, class.operators)
    if class.makes then self:makers(class) end
    for _, entry in ipairs(class.methods or {}) do self:entry(entry) end
  end
  if section.after then
    if section.functions or class then self:add("**Example**\n") end
    self:add(section.after)
  end
end

-- ---- the page ----

local function entries_of(section)
  local list = table.move(section.functions or {}, 1, #(section.functions or {}), 1, {})
  local methods = section.class and section.class.methods or {}
  return table.move(methods, 1, #methods, #list + 1, list)
end

local function contents(api)
  local lines = {}
  for _, section in ipairs(api.sections) do
    local links = {}
    for i, entry in ipairs(entries_of(section)) do links[i] = ("[%s](#%s)"):format(entry.full, entry.anchor) end
    local line = ("- [%s](#%s)"):format(section.title, section.anchor)
    lines[#lines + 1] = filled(#links > 0 and line .. ": " .. table.concat(links, ", ") or line, 2)
  end
  lines[#lines + 1] = "- [Index](#index)"
  return table.concat(lines, "\n") .. "\n"
end

function Page:index(api)
  self:heading(2, "Index")
  local names, rows = {}, {}
  for full in pairs(api.entries) do names[#names + 1] = full end
  local function key(name) return (name:match "[%w_]+$" .. " " .. name):lower() end
  table.sort(names, function(a, b) return key(a) < key(b) end)
  for i, full in ipairs(names) do
    local entry = api.entries[full]
    rows[i] = {("[`%s`](#%s)"):format(full, entry.anchor), entry.since}
  end
  self:table({"function or method", "since"}, rows)
end

local function check_links(text, anchors)
  for link in text:gmatch "%]%(#([^)]*)%)" do
    if not anchors[link] then error("doc/api: a link to #" .. link .. ", which is no heading", 0) end
  end
end

function reference.write(api)
  note_types(api)
  local page = setmetatable({anchors = {}, links = {}}, Page)
  for _, section in ipairs(api.sections) do page:section(section) end
  page:index(api)
  local body = table.concat(page, "\n")
  local head = ("# %s\n\n%s\n\n%s\n"):format(api.title, MADE, api.text)
  local text = head .. contents(api) .. "\n" .. body
  local anchors = {}
  for _, anchor in ipairs(page.links) do anchors[anchor] = true end
  check_links(text, anchors)
  return (text:gsub("\n\n\n+", "\n\n"))
end

return reference
