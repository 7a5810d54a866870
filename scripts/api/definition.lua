-- Reads the definition of the API below doc/api, checks that it is well formed, and fills in what is left out.
--
-- A section is what its file returns:
--   title, text, after          Markdown: the heading, what stands first, what stands last
--   since                       the version since which all of it is there; that of the whole definition if not given
--   module                      "mp" if not given
--   setup                       Lua code that `try` codes begin with
--   functions, fields           of the module: lists of entries, of fields
--   class                       {id =, type =, var =, also =, fields =, operators =, makes =, methods =, internal =}
--   record                      {id =, fields =}: the named fields that a table of options may have
--   errors                      as those of an entry
-- and of the section of the command: usage, summary, options, environment, signals, exits.
--
-- An entry is a function or method:
--   {NAME, TEXT, params =, named =, forms =, fields =, returns =, errors =, since =, as =}
--   params    {NAME, TYPE, TEXT, default =}; a TYPE that ends in "?" or "| nil" may be left out
--   named     the named fields of the one table that it takes too; true: they are the params
--   forms     other lists of params that it takes
--   fields    more named fields of its last parameter
--   returns   a list of alternatives, each a list of types and literals, with text =
--   errors    {MESSAGE, WHEN, try =}: "..." in MESSAGE is anything. `try` is code that raises it; or `source` is
--             a text of the sources, where no code can do so simply. arena: how large that one may become; needs: a
--             module without which it cannot be tried
--   as        the name of an entry that has what this one leaves out
-- A field is {NAME, TYPE, TEXT, writable =, default =, errors =}, an operator {METAMETHOD, USE, TYPE, TEXT, errors =}.
-- A class has `type` false when mp.type does not know it; `also` is a second class that has the same; `internal` are
-- keys of its instances that are nobody's business.
local definition = {}

local function set(words)
  local result = {}
  for word in words:gmatch "%S+" do result[word] = true end
  return result
end

local keys <const> = {
  definition = set "title since text sections",
  section = set [[title since text after module setup functions fields class record errors
    usage summary options environment signals exits file]],
  class = set "id type var also fields operators makes methods internal",
  record = set "id fields",
  entry = set "1 2 params named forms fields returns errors since as",
  param = set "1 2 3 default",
  field = set "1 2 3 writable default errors",
  operator = set "1 2 3 4 errors",
  alternative = set "text",
  error = set "1 2 try source arena needs",
}
local basic_types <const> = set [[any integer number string boolean nil table function true false fun
  seconds bytes list items key celltype reason typename]]

local function fail(where, format, ...)
  error(("doc/api: %s: %s"):format(where, format:format(...)), 0)
end

local function check_keys(t, kind, where)
  for key in pairs(t) do
    local fine = keys[kind][tostring(key)] or kind == "alternative" and math.type(key) == "integer"
    if not fine then fail(where, "%s has an unknown key '%s'", kind, key) end
  end
end

local function check_text(text, what, where)
  if type(text) ~= "string" or text == "" then fail(where, "%s is missing", what) end
end

-- ---- types ----

-- The words of a type expression, each once given to f; what f returns takes its place.
function definition.map_type(expression, f)
  local quoted = {}
  local text = expression:gsub('"[^"]*"', function(literal)
    quoted[#quoted + 1] = literal
    return "\1"
  end)
  text = text:gsub("([%a_][%w_]*)(%??:?)", function(word, mark)
    if mark:find ":" then return word .. mark end   -- the name of a parameter
    return (f(word) or word) .. mark
  end)
  local n = 0
  return (text:gsub("\1", function()
    n = n + 1
    return quoted[n]
  end))
end

local function check_type(api, expression, where)
  check_text(expression, "a type", where)
  definition.map_type(expression, function(word)
    if not basic_types[word] and not api.types[word] then fail(where, "no type '%s'", word) end
  end)
end

-- "integer?" -> "integer", true. What a function returns may be optional too: that is no matter.
function definition.optional(expression)
  local bare = expression:match "^(.*) | nil$"
  if not bare and not expression:find "fun%b():" then bare = expression:match "^(.*)%?$" end
  return bare or expression, bare ~= nil
end

-- ---- checking ----

local function check_errors(errors, where)
  for _, err in ipairs(errors or {}) do
    check_keys(err, "error", where)
    check_text(err[1], "the message of an error", where)
    check_text(err[2], "when an error is raised", where)
    if (err.try ~= nil) == (err.source ~= nil) then fail(where, "'%s' needs either try or source", err[1]) end
  end
end

local function check_fields(api, fields, kind, where)
  for _, field in ipairs(fields or {}) do
    check_keys(field, kind, where)
    check_text(field[1], "a name", where)
    check_type(api, field[2], where .. "." .. field[1])
    check_text(field[3], "the text of " .. field[1], where)
    check_errors(field.errors, where)
  end
end

local function check_entry(api, entry, where)
  check_keys(entry, "entry", where)
  check_text(entry[2], "the text", where)
  check_fields(api, entry.params, "param", where)
  if entry.named ~= true then check_fields(api, entry.named, "field", where) end
  check_fields(api, entry.fields, "field", where)
  for _, form in ipairs(entry.forms or {}) do
    for _, param in ipairs(form) do check_type(api, param[2], where) end
  end
  for _, alternative in ipairs(entry.returns or {}) do
    check_keys(alternative, "alternative", where)
    for _, value in ipairs(alternative) do check_type(api, value, where) end
  end
  check_errors(entry.errors, where)
  if not tostring(entry.since):find "^%d+%.%d+" then fail(where, "since is no version") end
end

local function check_operators(api, class, where)
  for _, operator in ipairs(class.operators or {}) do
    check_keys(operator, "operator", where)
    check_text(operator[2], "the use of an operator", where)
    if operator[3] then check_type(api, operator[3], where) end
    check_text(operator[4], "the text of an operator", where)
    check_errors(operator.errors, where)
  end
end

local function check_section(api, section)
  local where = section.file
  check_keys(section, "section", where)
  check_text(section.title, "the title", where)
  check_fields(api, section.fields, "field", where)
  check_errors(section.errors, where)
  local class = section.class
  if class then
    check_keys(class, "class", where)
    check_fields(api, class.fields, "field", where)
    check_operators(api, class, where)
    check_errors(class.makes and class.makes.errors, where)
  end
  if section.record then
    check_keys(section.record, "record", where)
    check_fields(api, section.record.fields, "field", where)
  end
end

-- ---- filling in ----

local function note(api, entry, section, full)
  if api.entries[full] then fail(section.file, "'%s' is defined twice", full) end
  api.entries[full] = entry
  entry.since = entry.since or section.since
end

-- What an entry leaves out is that of another.
local function complete(api, full, entry)
  if not entry.as or entry.like then return end
  local other = api.entries[entry.as] or fail(full, "as '%s', which is not there", entry.as)
  complete(api, entry.as, other)
  entry.like = other
  for _, key in ipairs {"params", "named", "forms", "fields", "returns"} do
    if entry[key] == nil then entry[key] = other[key] end
  end
end

-- Other lists are not complete: `like` is only for what is made here.
keys.entry.like, keys.entry.full = true, true

local function add_types(api, section)
  local class = section.class
  if class then
    api.types[class.id] = class
    if class.also then api.types[class.also] = class end
    if class.type == nil then class.type = class.id end
  end
  if section.record then api.types[section.record.id] = section.record end
end

local function add_entries(api, section)
  for _, entry in ipairs(section.functions or {}) do
    entry.full = entry[1]
    note(api, entry, section, entry.full)
  end
  for _, entry in ipairs(section.class and section.class.methods or {}) do
    entry.full = section.class.var .. ":" .. entry[1]
    note(api, entry, section, entry.full)
  end
end

local function load_file(path)
  local chunk = assert(loadfile(path, "t", {}))   -- it is data: nothing can be called
  return chunk()
end

-- What mp.type can return, in the order of the sections.
function definition.type_names(api)
  local names = {}
  for _, section in ipairs(api.sections) do
    local class = section.class
    if class and class.type then names[#names + 1] = class.type end
    if class and class.also then names[#names + 1] = class.also end
  end
  return names
end

-- "TYPES" in a text stands for them.
local function tell_types(api)
  local names = {}
  for i, name in ipairs(definition.type_names(api)) do names[i] = ("`\"%s\"`"):format(name) end
  local list = table.concat(names, ", ")
  for _, entry in pairs(api.entries) do
    for _, alternative in ipairs(entry.returns or {}) do
      alternative.text = alternative.text and alternative.text:gsub("TYPES", list)
    end
  end
end

-- -> {title =, text =, sections = {...}, entries = {[name] = entry}, types = {[id] = class or record}}
function definition.read(directory)
  local top = load_file(directory .. "/sections.lua")
  check_keys(top, "definition", "sections.lua")
  local api = {title = top.title, text = top.text, sections = {}, entries = {}, types = {}}
  for i, name in ipairs(top.sections) do
    local section = load_file(("%s/%s.lua"):format(directory, name))
    section.file, section.since, section.module = name, section.since or top.since, section.module or "mp"
    api.sections[i] = section
    add_types(api, section)
    add_entries(api, section)
  end
  for full, entry in pairs(api.entries) do complete(api, full, entry) end
  tell_types(api)
  for _, section in ipairs(api.sections) do check_section(api, section) end
  for full, entry in pairs(api.entries) do check_entry(api, entry, full) end
  return api
end

return definition
