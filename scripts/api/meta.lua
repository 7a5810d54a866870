-- lua/meta: the API as the Lua language server reads it. One file per section, since what is in them adds up.
local definition = require "scripts.api.definition"

local meta = {}
local MADE <const> = "-- Written by ./dev api from doc/api: change it there."

local aliases <const> = {
  {"seconds", "number"},
  {"bytes", "integer"},
  {"key", "string | number | boolean"},
  {"list", "any[] | mp.SharedTable | mp.Array"},
  {"items", "any[] | mp.SharedTable | mp.Array | mp.Range | fun(): any"},
  {"celltype", '"b" | "B" | "h" | "H" | "i" | "I" | "l" | "L" | "q" | "Q" | "f" | "d" | "boolean"'},
  {"reason", '"timeout" | "refused" | "resolve" | "tls" | "protocol" | "redirects" | "too_large" | "network"'},
}

-- ---- types ----

local special <const> = {
  rlock = "mp.RLock", sharedtable = "mp.SharedTable", calloptions = "mp.Pool.CallOptions",
  httpoptions = "mp.http.Options", session = "mp.http.Session", response = "mp.http.Response",
  headers = "mp.http.Headers",
}

local function class_name(id)
  return special[id] or "mp." .. id:sub(1, 1):upper() .. id:sub(2)
end

local function translator(api)
  local words = {typename = "mp.typename"}
  for id in pairs(api.types) do words[id] = class_name(id) end
  for _, alias in ipairs(aliases) do words[alias[1]] = "mp." .. alias[1] end
  return function(expression)
    return (definition.map_type(expression, function(word) return words[word] end):gsub("any%.%.%.", "...: any"))
  end
end

-- ---- files ----

local File = {}
File.__index = File

function File:add(format, ...) self[#self + 1] = format:format(...) end

-- As comments of the language server.
function File:text(text)
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do self[#self + 1] = ("--- " .. line):gsub("%s+$", "") end
end

local function one_line(text) return (text:gsub("%s*\n%s*", " ")) end

function File:params(entry)
  for _, param in ipairs(entry.params or {}) do
    local bare, optional = definition.optional(param[2])
    local kind = self.translate(bare)
    if entry.fields and param == entry.params[#entry.params] then kind = entry.options_class end
    if param[1] == "..." then
      self:add("---@param ... %s %s", kind, one_line(param[3]))
    else
      self:add("---@param %s%s %s %s", param[1], optional and "?" or "", kind, one_line(param[3]))
    end
  end
end

-- The alternatives of one position as one type.
local function union(returns, i, translate)
  local list, seen = {}, {}
  for _, alternative in ipairs(returns) do
    local value = alternative[i] or "nil"
    if value == "true" or value == "false" then value = "boolean" end
    if value == "list" then value = "any[]" end
    value = translate(value)
    if not seen[value] then list[#list + 1] = value end
    seen[value] = true
  end
  if seen["any"] then return "any" end
  return table.concat(list, " | ")
end

function File:returns(entry)
  local most, texts = 0, {}
  for _, alternative in ipairs(entry.returns or {}) do
    most = math.max(most, #alternative)
    local text = table.concat(alternative, ", ")
    texts[#texts + 1] = alternative.text and ("%s: %s"):format(text, one_line(alternative.text)) or text
  end
  local told = #texts > 1 or entry.returns and entry.returns[1] and entry.returns[1].text
  for i = 1, most do
    local kind = union(entry.returns, i, self.translate)
    local rest = kind:find("...", 1, true) and not kind:find "^fun"
    local text = i == 1 and told and " # " .. table.concat(texts, "; or ") or ""
    self:add("---@return %s%s", rest and "any ..." or kind, text)
    if rest then return end
  end
end

-- The types of all results, for a fun().
local function result_types(entry, translate)
  local kinds = {}
  for i = 1, #(entry.returns and entry.returns[1] or {}) do kinds[i] = union(entry.returns, i, translate) end
  return #kinds > 0 and ": " .. table.concat(kinds, ", ") or ""
end

function File:overloads(entry)
  local results = result_types(entry, self.translate)
  if entry.named then self:add("---@overload fun(fields: %s)%s", entry.named_class, results) end
  for _, form in ipairs(entry.forms or {}) do
    local params = {}
    for i, param in ipairs(form) do params[i] = ("%s: %s"):format(param[1], self.translate(param[2])) end
    self:add("---@overload fun(%s)%s", table.concat(params, ", "), results)
  end
end

function File:record(name, fields)
  self:add("---@class %s", name)
  for _, field in ipairs(fields) do
    local bare, optional = definition.optional(field[2])
    local text = field.default and ("%s; left out: `%s`"):format(field[3], field.default) or field[3]
    self:add("---@field %s%s %s %s", field[1], optional and "?" or "", self.translate(bare), one_line(text))
  end
  self:add ""
end

-- What the entry takes as one table.
function File:option_classes(entry)
  local full = self.module:gsub("[^.]+$", "") .. entry.full
  if entry.named and not entry.like then
    entry.named_class = full .. ".Fields"
    self:record(entry.named_class, entry.named == true and entry.params or entry.named)
  elseif entry.named then
    entry.named_class = entry.like.named_class
  end
  if entry.fields and not entry.like then
    entry.options_class = full .. ".Options"
    local base = definition.optional(entry.params[#entry.params][2])
    self:record(("%s: %s"):format(entry.options_class, self.translate(base)), entry.fields)
  elseif entry.fields then
    entry.options_class = entry.like.options_class
  end
end

function File:entry(entry, name)
  self:option_classes(entry)
  self:text(entry[2])
  if entry.errors and #entry.errors > 0 then
    self:text "\nRaises"
    for _, err in ipairs(entry.errors) do self:text(("- `%s`: %s"):format(err[1], err[2])) end
  end
  if entry.since ~= "1.0" then self:text("\nSince " .. entry.since .. ".") end
  self:params(entry)
  self:returns(entry)
  self:overloads(entry)
  local names = {}
  for i, param in ipairs(entry.params or {}) do names[i] = param[1] end
  self:add("function %s(%s) end", name, table.concat(names, ", "))
  self:add ""
end

-- ---- classes ----

local operator_lines <const> = {
  __len = function(file, of) file:add("---@operator len: %s", file.translate(of[3])) end,
  __index = function(file, of, class)
    local key = class.id == "sharedtable" and "mp.key" or class.id == "headers" and "string" or "integer"
    file:add("---@field [%s] %s %s", key, file.translate(of[3]), one_line(of[4]))
  end,
}

function File:class(class)
  local name = class_name(class.id)
  self:add("---@class %s", name)
  for _, field in ipairs(class.fields or {}) do
    local bare, optional = definition.optional(field[2])
    self:add("---@field %s%s %s %s", field[1], optional and "?" or "", self.translate(bare), one_line(field[3]))
  end
  for _, maker in ipairs(class.makes or {}) do
    local entry = self.api.entries["mp." .. maker]
    self:add("---@field %s fun(...: any)%s as `mp.%s`", maker, result_types(entry, self.translate), maker)
  end
  for _, operator in ipairs(class.operators or {}) do
    local line = operator_lines[operator[1]]
    if line then line(self, operator, class) end
  end
  self:add("local %s = {}", class.var)
  self:add ""
  if class.also then self:add("---@class %s: %s\n", class_name(class.also), name) end
  for _, entry in ipairs(class.methods or {}) do self:entry(entry, class.var .. ":" .. entry[1]) end
end

-- ---- sections ----

-- The functions of a module are said of the class of that module, which all files add to.
function File:functions(section)
  local has = {}
  for _, entry in ipairs(section.functions) do
    local inner = entry[1]:match "^mp%.(%l%w*)%." or entry[1]:match "^mp%.(Table)%."
    has[inner or ""] = true
  end
  local var = section.module:match "[^.]+$"
  self:add("---@class %s", section.module)
  for _, field in ipairs(section.fields or {}) do
    self:add("---@field %s %s %s", field[1], self.translate(field[2]), one_line(field[3]))
  end
  if has.Table then self:add "---@field Table mp.TableFunctions" end
  if has.debug then self:add "---@field debug mp.debug" end
  self:add("local %s = {}\n", var)
  if has.debug then self:add "---@class mp.debug\nmp.debug = {}\n" end
  for _, entry in ipairs(section.functions) do
    if entry[1] == "mp.Table" then
      self:text(entry[2])
      self:add "---@class mp.TableFunctions"
      self:add "---@overload fun(init?: table | mp.SharedTable, name?: string): mp.SharedTable"
      self:add "mp.Table = {}\n"
    else
      self:entry(entry, entry[1])
    end
  end
end

local function write_section(api, section)
  local file = setmetatable({api = api, module = section.module, translate = translator(api)}, File)
  file:add("---@meta _\n%s\n", MADE)
  if section.record then file:record(class_name(section.record.id), section.record.fields) end
  if section.functions then file:functions(section) end
  if section.class then file:class(section.class) end
  return #file > 1 and table.concat(file, "\n") or nil
end

local function write_module(api, name)
  local file = setmetatable({api = api, translate = translator(api)}, File)
  file:add("---@meta %s\n%s\n", name, MADE)
  if name == "mp" then
    for _, alias in ipairs(aliases) do file:add("---@alias mp.%s %s", alias[1], alias[2]) end
    local names = {}
    for i, type_name in ipairs(definition.type_names(api)) do names[i] = ('"%s"'):format(type_name) end
    file:add("---@alias mp.typename %s\n", table.concat(names, " | "))
  end
  file:add("---@class %s", name)
  file:add("local %s = {}\n", name:match "[^.]+$")
  file:add("return %s\n", name:match "[^.]+$")
  return table.concat(file, "\n")
end

-- -> {[path] = text}
function meta.files(api)
  local files = {}
  for _, section in ipairs(api.sections) do
    local text = write_section(api, section)
    if text then files[("lua/meta/api/%s.lua"):format(section.file)] = text end
    files[("lua/meta/%s.lua"):format(section.module:gsub("%.", "/"))] = write_module(api, section.module)
  end
  return files
end

return meta
