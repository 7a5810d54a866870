-- time limit: 120 s
-- The definition of the API in doc/api and what there really is: nothing may stand in only one of them.
local definition = require "scripts.api.definition"
local helper = require "spec.helper"
local http = require "mp.http"
local log = require "mp.log"
local mp = require "mp"

local api = definition.read "doc/api"
local pool = mp.Pool(1)   -- also makes mp have all its names

local function upvalue(f, name)
  for i = 1, math.huge do
    local found, value = debug.getupvalue(f, i)
    if not found then error("no upvalue " .. name) end
    if found == name then return value end
  end
end

local function sorted_keys(t, unwanted)
  local keys = {}
  for key in pairs(t) do
    if not (unwanted and unwanted[key]) then keys[#keys + 1] = key end
  end
  table.sort(keys)
  return keys
end

local function names_of(list)
  local names = {}
  for i, entry in ipairs(list or {}) do names[i] = entry[1] end
  table.sort(names)
  return names
end

-- ---- objects of each class ----

local function response()
  local path = os.tmpname()
  local r = assert(http.get("file://" .. path, {protocols = "file"}))
  os.remove(path)
  return r
end

local function lease()
  local q = mp.Queue()
  q:put(1)
  return q:lease()
end

local make <const> = {
  process = function() return mp.Process(print) end, thread = function() return mp.Thread(print) end,
  queue = mp.Queue, lease = lease, connection = mp.Pipe, lock = mp.Lock, rlock = mp.RLock,
  guard = function() return mp.Lock():guard() end, semaphore = mp.Semaphore, condition = mp.Condition, event = mp.Event,
  barrier = function() return mp.Barrier(1) end, value = function() return mp.Value(1) end,
  array = function() return mp.Array("i", 1) end, buffer = function() return mp.Buffer(1) end, sharedtable = mp.Table,
  manager = mp.Manager, pool = function() return pool end, future = function() return pool:submit(print) end,
  range = function() return mp.range(1, 2) end, session = http.session, response = response,
  headers = function() return response().headers end,
}

-- Of classes made in C the functions that find methods and fields have both as upvalues.
local function made_in_c(object)
  local index = debug.getmetatable(object).__index
  local _, methods = debug.getupvalue(index, 1)
  local _, fields = debug.getupvalue(index, 2)
  return methods, fields
end

local function raw_keys(object)
  local keys = {}
  for key in next, object do keys[key] = true end
  return keys
end

-- What there is of classes made in Lua.
local made_in_lua <const> = {
  pool = function(object)
    local index = getmetatable(object).__index
    return upvalue(index, "methods"), upvalue(index, "fields")
  end,
  future = function(object)
    local base = getmetatable(object).__index
    return upvalue(getmetatable(base).__index, "methods"), {}
  end,
  response = function(object)
    local index = getmetatable(object).__index
    return upvalue(index, "methods"), upvalue(index, "fields")
  end,
  range = function(object) return {}, raw_keys(object) end,
  headers = function() return {}, {} end,
}

local common <const> = {
  __index = true, __newindex = true, __gc = true, __name = true, __metatable = true, __tostring = true, __mode = true,
  __eq = true, __mp_stays = true,
}

local function metamethods(object, but)
  local names = {}
  for name in pairs(debug.getmetatable(object)) do
    local of_use = type(name) == "string" and name:find "^__" and not common[name] and not but[name]
    if of_use then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local function defined_operators(class)
  local names = {}
  for _, operator in ipairs(class.operators or {}) do
    if not common[operator[1]] then names[#names + 1] = operator[1] end
  end
  table.sort(names)
  return names
end

local function internal(class)
  local names = {}
  for _, name in ipairs(class.internal or {}) do names[name] = true end
  return names
end

local function classes()
  local list = {}
  for _, section in ipairs(api.sections) do
    local class = section.class
    if class then list[#list + 1] = {id = class.id, class = class, type = class.type} end
    if class and class.also then list[#list + 1] = {id = class.also, class = class, type = class.also} end
  end
  return list
end

describe("the definition of the API", function()
  for _, of in ipairs(classes()) do
    local class = of.class
    describe("has of " .. of.id, function()
      local object, methods, fields
      before_each(function()
        object = make[of.id]()
        methods, fields = (made_in_lua[of.id] or made_in_c)(object)
      end)
      after_each(function() object, methods, fields = nil, nil, nil end)

      it("the name that mp.type gives", function() assert.equal(of.type or nil, mp.type(object)) end)

      it("each method, and none that there is not", function()
        assert.same(names_of(class.methods), sorted_keys(methods))
      end)

      it("each field, and none that there is not", function()
        local defined = names_of(class.fields)
        table.move(class.makes or {}, 1, #(class.makes or {}), #defined + 1, defined)
        table.sort(defined)
        assert.same(defined, sorted_keys(fields, internal(class)))
      end)

      it("each metamethod of use, and none that there is not", function()
        assert.same(defined_operators(class), metamethods(object, internal(class)))
      end)
    end)
  end

  -- Functions and tables of functions, as "mp.Table.insert".
  local function real_functions(module, prefix, names)
    for name, value in pairs(module) do
      local full = prefix .. "." .. name
      if type(value) == "function" or (getmetatable(value) or {}).__call then names[#names + 1] = full end
      if type(value) == "table" then real_functions(value, full, names) end
    end
    table.sort(names)
    return names
  end

  for name, module in pairs {["mp"] = mp, ["mp.http"] = http, ["mp.log"] = log} do
    it("has each function of " .. name .. ", and none that there is not", function()
      local defined = {}
      for _, section in ipairs(api.sections) do
        if section.module == name then
          local names = names_of(section.functions)
          table.move(names, 1, #names, #defined + 1, defined)
        end
      end
      table.sort(defined)
      assert.same(real_functions(module, name:match "[^.]+$", {}), defined)
    end)
  end

  it("has each field of a module", function()
    for _, section in ipairs(api.sections) do
      for _, field in ipairs(section.fields or {}) do
        assert.equal(field[2]:match '"info"' and "string", type(require(section.module)[field[1]]))
      end
    end
  end)
end)

local function sources()
  local list <close> = assert(io.popen "cat src/*/*.c lua/mp/*.lua lua/mp/*/*.lua")
  return list:read "a"
end

describe("what is made of the definition", function()
  it("makes luacheck report what the global mp lacks", function()
    local luacheck <close> = assert(io.popen "command -v luacheck")
    if not luacheck:read() then return pending("luacheck is not installed") end
    local script = helper.file("script.lua", "print(mp.Queue, mp.Queu, mp.Table.insert, mp.Table.inser)\n")
    local reports <close> = assert(io.popen("luacheck --no-color --codes --std lua54+mplua " .. script))
    local text = reports:read "a"
    assert.matches("undefined field 'Queu' of global 'mp'", text)
    assert.matches("undefined field 'Table.inser' of global 'mp'", text)
    assert.matches("Total: 2 warnings", text)
  end)

  it("has all that the language server is told, as Lua code", function()
    local files <close> = assert(io.popen "find lua/meta -name '*.lua'")
    local told = {}
    for path in files:lines() do
      local file <close> = assert(io.open(path))
      local text = file:read "a"
      assert(load(text, "@" .. path))
      for name in text:gmatch "\nfunction ([%w_.:]+)%(" do told[name] = true end
    end
    told["mp.Table"] = true   -- a table that can be called
    assert.same(sorted_keys(api.entries), sorted_keys(told))
  end)
end)

-- ---- options ----

describe("the definition of the API has each option, and none that there is not,", function()
  it("of a pool", function()
    local real = upvalue(require "mp.pool.options".check_pool, "OPTIONS")
    assert.same(names_of(api.entries["mp.Pool"].named), sorted_keys(real))
  end)

  it("of a pool's calls", function()
    local real = upvalue(require "mp.pool.options".check_call, "CALL_OPTIONS")
    assert.same(names_of(api.types.calloptions.fields), sorted_keys(real))
  end)

  it("of HTTP requests", function()
    local real = upvalue(require "mp.http.request".check, "options")
    assert.same(names_of(api.types.httpoptions.fields), sorted_keys(real))
  end)

  -- Those made in C tell them to nobody, so the sources are asked.
  it("of the other constructors", function()
    local checked = {}
    local text = sources()
    for name in text:gmatch 'new_lock%(L, %u[%u_]+, "(%u%a+)"' do   -- one function that makes both
      assert.same({"name"}, names_of(api.entries["mp." .. name].params))
      checked[name] = true
    end
    for options, name in text:gmatch 'options%[%] = {([^}]*), NULL};[^\n]*\n[^"]*"(%u%a+)", options%)' do
      local real = {}
      for option in options:gmatch '"([%w_]+)"' do real[#real + 1] = option end
      table.sort(real)
      local entry = assert(api.entries["mp." .. name], "no entry for mp." .. name)
      local named = entry.named
      assert.same(names_of(named == true and entry.params or named), real)
      checked[name] = true
    end
    local defined = {}
    for full, entry in pairs(api.entries) do
      if entry.named and not entry.as and full ~= "mp.Pool" then defined[full:match "[^.]+$"] = true end
    end
    assert.same(sorted_keys(defined), sorted_keys(checked))
  end)
end)

-- ---- errors ----

local function errors_of(section)
  local list = {}
  local function add(errors, where)
    for _, err in ipairs(errors or {}) do list[#list + 1] = {err, where} end
  end
  local function add_all(things)
    for _, thing in ipairs(things or {}) do add(thing.errors, thing.full or thing[1]) end
  end
  local class = section.class or {}
  add(section.errors, section.title)
  add(class.makes and class.makes.errors, section.title)
  for _, things in ipairs {section.fields or {}, section.functions or {}, class.fields or {}, class.operators or {},
                           class.methods or {}} do
    add_all(things)
  end
  return list
end

-- What the code raises, without its place; it is killed then, whatever else is still going on.
local function raised(err, setup)
  local script = ([[
    local mp = require "mp"
    %s
    local ok, message = pcall(function()
      %s
    end)
    io.write(ok and "no error" or tostring(message))
    io.stdout:flush()
    mp.current_process():kill()
  ]]):format(setup or "", err.try)
  local out = helper.run(script, {env = {MPLUA_ARENA = err.arena or "64M"}}).out
  return (out:gsub("^[^\n]-script%d+%.lua:%d+: ", ""))
end

local function pattern_of(message)
  return "^" .. message:gsub("%p", "%%%0"):gsub("%%%.%%%.%%%.", ".*") .. "$"
end

describe("each error of the definition of the API is real:", function()
  local text
  for _, section in ipairs(api.sections) do
    for _, row in ipairs(errors_of(section)) do
      local err, where = row[1], row[2]
      it(where .. ": " .. err[1], function()
        if err.needs and not pcall(require, err.needs) then return pending(err.needs .. " is not installed") end
        if err.try then return assert.matches(pattern_of(err[1]), raised(err, section.setup)) end
        text = text or sources()
        assert.is_truthy(text:find(err.source, 1, true), "the sources have no '" .. err.source .. "'")
      end)
    end
  end
end)
