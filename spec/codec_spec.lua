-- time limit: 180 s
-- What can be sent, and what of it arrives.
local helper = require "spec.helper"
local mp = require "mp"

local wire

-- What a receiver gets for this value.
local function trip(value)
  wire:put(value)
  return wire:get()
end

local function same_number(a, b)
  return math.type(a) == math.type(b) and (a == b and 1 / a == 1 / b or a ~= a and b ~= b)
end

-- Are the two equal, deeply, with the same sharing? Tables as keys are not compared.
local function alike(a, b, seen)
  if type(a) == "number" then return same_number(a, b) end
  if type(a) ~= "table" or type(b) ~= "table" then return rawequal(a, b) end
  seen = seen or {}
  if seen[a] then return seen[a] == b end
  seen[a] = b
  for key, value in next, a do
    if type(key) ~= "table" and not alike(value, rawget(b, key), seen) then return false end
  end
  for key in next, b do
    if type(key) ~= "table" and rawget(a, key) == nil then return false end
  end
  return true
end

-- Why the value cannot be sent; the message must begin with the place of the put.
local function refusal(value)
  local message = helper.error_of(trip, value)
  local place, text = message:match("^(.-:%d+): (.*)")
  assert.matches("codec_spec%.lua:%d+$", place)
  assert.equal(0, wire:size())
  return text
end

-- A process that was made before what is sent to it: receiver:ask(value, source) gives what the source, a chunk,
-- returns there when it is called with the value, or raises the error.
local receiver = {}
receiver.__index = receiver

local function new_receiver()
  local self = setmetatable({questions = mp.Queue(), answers = mp.Queue()}, receiver)
  self.process = mp.spawn(function()
    for source in self.questions:items() do
      local ok, value = pcall(self.questions.get, self.questions)
      self.answers:put(table.pack(ok, ok and load(source)(value) or value))
    end
  end)
  return self
end

function receiver:ask(value, source)
  self.questions:put(source)
  self.questions:put(value)
  local answer = self.answers:get()
  if not answer[1] then error(answer[2], 0) end
  return answer[2]
end

function receiver:close()
  self.questions:close()
  self.process:join()
end

receiver.__close = receiver.close

describe("a value that is sent", function()
  before_each(function() wire = mp.Queue() end)
  after_each(function() wire = nil end)

  -- ---- simple values ----

  it("keeps integers and floats apart, to the last bit", function()
    local numbers = {0, 0.0, -0.0, 1, 1.0, -1, 95, 96, -32, -33, 2^53, 0.1, 1e308, 5e-324, math.pi,
      math.huge, -math.huge, 0/0, math.maxinteger, math.mininteger}
    for bits = 0, 62 do
      for delta = -1, 1 do
        table.insert(numbers, (1 << bits) + delta)
        table.insert(numbers, -(1 << bits) + delta)
      end
    end
    for _, number in ipairs(numbers) do
      assert.is_true(same_number(number, trip(number)), tostring(number))
      assert.is_true(same_number(number, trip({number})[1]), tostring(number))
    end
  end)

  it("may be nil or a boolean", function()
    for _, value in ipairs{true, false} do assert.equal(value, trip(value)) end
    wire:put(nil)
    assert.same(table.pack(nil), table.pack(wire:get()))
  end)

  it("may be a string of any bytes and any length", function()
    local all = {}
    for byte = 0, 255 do all[#all + 1] = string.char(byte) end
    local bytes = table.concat(all)
    for _, length in ipairs{0, 1, 2, 39, 40, 41, 62, 63, 64, 65, 255, 256, 500, 512, 65535, 65536, 100000} do
      local text = bytes:rep(length // 256 + 1):sub(1, length)
      assert.is_true(text == trip(text), length)
      assert.is_true(text == trip({[text] = text})[text], length)
    end
  end)

  it("may be a string of 64 MiB", function()
    local text = ("abc\0"):rep(16 * 1024 * 1024)
    assert.is_true(text == trip(text))
  end)

  -- ---- tables ----

  it("may be any nesting of tables", function()
    for _, value in ipairs{{}, {1, 2, 3}, {1, nil, 3}, {x = 1, y = {z = {}}}, {1, 2, x = {3, {4}}}, {{}, {}, {{}}},
      {[1.5] = 1, [-1] = 2, [true] = 3, [false] = 4, [1 << 62] = 5}} do
      assert.is_true(alike(value, trip(value)))
      assert.equal(#value, #trip(value))
    end
  end)

  it("keeps what is shared, and cycles", function()
    local shared, root = {1}, {}
    root.a, root.b, root.list, root.self = shared, shared, {shared, {shared}}, root
    root[shared] = "as a key"
    root[root] = root
    local got = trip(root)
    assert.is_true(alike(root, got))
    assert.equal("as a key", got[got.a])
    assert.equal(got, got[got])
  end)

  it("may be a million tables deep", function()
    local root, lists = {}, {}
    local at, inner = root, lists
    for i = 1, 1000000 do
      at.next = {i}
      at = at.next
      inner[1] = {}
      inner = inner[1]
    end
    at.root = root
    local got = trip(root)
    at = got
    for i = 1, 1000000 do
      at = at.next
      if at[1] ~= i then error("wrong at " .. i) end
    end
    assert.equal(got, at.root)
    inner = trip(lists)
    for _ = 1, 1000000 do inner = inner[1] end
    assert.is_nil(next(inner))
  end)

  it("is what it was, whatever it is (random tables)", function()
    local seed = os.time()
    math.randomseed(seed)
    local random = math.random
    local function scalar()
      local kind = random(6)
      if kind == 1 then return random(-300, 300) end
      if kind == 2 then return random(0) end
      if kind == 3 then return random() * 10.0 ^ random(-20, 20) end
      if kind == 4 then return random(2) == 1 end
      return string.rep(string.char(random(0, 255)), random(0, 100))
    end
    local function value(pool, left)
      if #pool >= left or random(3) == 1 then return scalar() end
      if #pool > 0 and random(5) == 1 then return pool[random(#pool)] end
      local t = {}
      pool[#pool + 1] = t
      for i = 1, random(0, 10) do t[i] = value(pool, left) end
      for _ = 1, random(0, 10) do t[scalar()] = value(pool, left) end
      return t
    end
    for round = 1, 1000 do
      local sent = value({}, random(0, 50))
      assert.is_true(alike(sent, trip(sent)), ("seed %d, round %d"):format(seed, round))
    end
  end)

  it("may be a reference to an object, which stays the same object", function()
    local q = mp.Queue()
    assert.equal(q, trip(q))
    local got = trip({q, wire, q, [q] = {q = q}})
    assert.equal(q, got[1])
    assert.equal(wire, got[2])
    assert.equal(q, got[3])
    assert.equal(q, got[q].q)
    assert.equal(q, trip(function() return q end)())
  end)

  -- ---- functions ----

  it("may be a function, with its upvalues", function()
    local n, list = 40, {2}
    assert.equal(45, trip(function(x) return n + list[1] + x end)(3))
    assert.equal(3, trip(function(...) return select("#", ...) end)(nil, nil, nil))
  end)

  it("keeps upvalues shared within a message", function()
    local n = 0
    local got = trip({up = function() n = n + 1 return n end, get = function() return n end})
    got.up()
    got.up()
    assert.equal(2, got.get())
    assert.equal(0, n)
  end)

  it("may be a function that calls itself, or functions that call each other", function()
    local function factorial(k) return k <= 1 and 1 or k * factorial(k - 1) end
    local odd
    local function even(k) return k == 0 or odd(k - 1) end
    function odd(k) return k ~= 0 and even(k - 1) end
    assert.equal(3628800, trip(factorial)(10))
    assert.is_true(trip(even)(10))
  end)

  it("may be a function within two thousand others", function()
    local function f() return 0 end
    for _ = 1, 2000 do
      local inner = f
      f = function() return inner end
    end
    local got = trip(f)
    for _ = 1, 2000 do got = got() end
    assert.equal(0, got())
  end)

  it("keeps a function's lines for tracebacks", function()
    local line = debug.getinfo(1, "l").currentline + 1
    local got = trip(function() error("broken") end)
    assert.matches("codec_spec%.lua:" .. line .. ": broken$", helper.error_of(got))
  end)

  it("may be a C function, a module, the globals or a standard file: the receiver's own", function()
    for _, value in ipairs{print, string.format, io.write, os.exit, require, coroutine.wrap, string, package, _G,
      package.loaded, io.stdin, io.stdout, io.stderr, mp, mp.Queue, mp.sleep} do
      assert.equal(value, trip(value))
      assert.equal(value, trip({value})[1])
    end
    local got = trip(function() return _G, string.rep("x", 2), mp end)
    assert.same({_G, "xx", mp}, {got()})
  end)

  it("runs with the receiver's globals", function()
    local r <close> = new_receiver()
    assert.equal("theirs", r:ask(load("return spec_codec_name"), "spec_codec_name = 'theirs' return (...)()"))
    assert.equal("new", r:ask(load("spec_codec_name = 'new'"), "(...)() return spec_codec_name"))
    assert.is_nil(_G.spec_codec_name)
  end)

  it("brings the globals that it names and the receiver lacks", function()
    local r <close> = new_receiver()
    finally(function() _G.spec_codec_double, _G.spec_codec_factor, _G.spec_codec_bad = nil, nil, nil end)
    _G.spec_codec_factor = 2
    _G.spec_codec_bad = {coroutine.create(print)}
    _G.spec_codec_double = load("local x = ... return x * spec_codec_factor")
    local f = load("return function(x) return spec_codec_double(x), spec_codec_bad end")
    assert.equal(14, r:ask(f, "return (((...)()(7)))"))
    assert.is_true(r:ask(f, "return spec_codec_bad == nil"))
    assert.equal(21, r:ask(f, "spec_codec_factor = 3 return (((...)()(7)))"))
  end)

  it("brings the globals of a function with more constants than an instruction can name", function()
    local r <close> = new_receiver()
    finally(function() _G.spec_codec_late = nil end)
    _G.spec_codec_late = 5
    local source = {"local t = {}"}
    for i = 1, 400 do source[#source + 1] = ("t[%d] = 'constant %d'"):format(i, i) end
    source[#source + 1] = "return spec_codec_late"
    assert.equal(5, r:ask(load(table.concat(source, "\n")), "return (...)()"))
  end)

  -- ---- modules and classes ----

  local function with_path(f)
    local path = package.path
    package.path = helper.path("?.lua") .. ";" .. path
    local ok, message = pcall(f)
    package.path = path
    if not ok then error(message, 0) end
  end

  it("may use a module that only the sender can find", function()
    helper.file("spec_codec_module.lua", "local M = {count = 1} function M.get() return M.count end return M")
    local r <close> = new_receiver()
    with_path(function()
      local module = require "spec_codec_module"
      module.count = 2
      assert.equal(module, trip(module))
      assert.equal(1, r:ask(function() return module.get() end, "return (...)()"))
      assert.is_true(r:ask(module, "return ... == require 'spec_codec_module'"))
      assert.is_true(r:ask(helper.path("?.lua"), "return not package.path:find(..., 1, true)"))
      package.loaded.spec_codec_module = nil
      assert.is_true(trip(module) ~= module)
    end)
  end)

  it("says which module the receiver cannot load", function()
    local r <close> = new_receiver()
    package.loaded.spec_codec_nowhere = {}
    finally(function() package.loaded.spec_codec_nowhere = nil end)
    assert.matches("cannot receive module 'spec_codec_nowhere': module 'spec_codec_nowhere' not found",
      helper.error_of(r.ask, r, package.loaded.spec_codec_nowhere, ""))
  end)

  it("keeps a registered metatable", function()
    local Point = mp.register("spec.Point", {__metatable = "hidden"})
    Point.__index = Point
    function Point.__add(a, b) return setmetatable({x = a.x + b.x}, Point) end
    local a, b = setmetatable({x = 1}, Point), setmetatable({x = 2}, Point)
    local got = trip({a, b, a})
    assert.equal(3, (got[1] + got[2]).x)
    assert.equal(Point, debug.getmetatable(got[1]))
    assert.equal(got[1], got[3])
    assert.equal(Point, trip(Point))
  end)

  it("brings its metatable to a receiver that has none of that name, once", function()
    local r <close> = new_receiver()
    local Base = {kind = function() return "base" end}
    local Thing = mp.register("spec.Thing", setmetatable({}, {__index = Base}))
    Thing.__index = Thing
    function Thing:twice() return 2 * self.x end
    local thing = setmetatable({x = 4}, Thing)
    assert.equal(8, r:ask(thing, "return (...):twice()"))
    assert.equal("base", r:ask(thing, "first = getmetatable(...) return (...):kind()"))
    assert.is_true(r:ask({thing, thing}, "return getmetatable((...)[1]) == first and getmetatable((...)[2]) == first"))
  end)

  it("has the receiver's metatable of that name, if there is one", function()
    mp.register("spec.Animal", {__index = {sound = "theirs"}})
    local r <close> = new_receiver()
    local animal = setmetatable({}, mp.register("spec.Animal", {__index = {sound = "ours"}}))
    assert.equal("theirs", r:ask(animal, "return (...).sound"))
    assert.equal("ours", trip(animal).sound)
  end)

  it("raises at a receiver that would need a class which cannot travel", function()
    local r <close> = new_receiver()
    local object = setmetatable({}, mp.register("spec.Stuck", {parts = {coroutine.create(print)}}))
    assert.equal(debug.getmetatable(object), debug.getmetatable(trip(object)))
    assert.matches("no metatable is registered here as 'spec.Stuck', and it could not travel: " ..
      "spec.Stuck.parts[1]: a coroutine", helper.error_of(r.ask, r, object, ""), 1, true)
  end)

  it("may hold foreign userdata that says how it is packed", function()
    local file = assert(io.tmpfile())
    local class = debug.getmetatable(file)
    finally(function() class.__mp_pack, class.__mp_unpack = nil, nil end)
    function class.__mp_pack(f)
      f:seek("set")
      return {f:read("a")}
    end
    function class.__mp_unpack(parts)
      local f = io.tmpfile()
      f:write(parts[1])
      f:seek("set")
      return f
    end
    file:write("some text")
    local got = trip({file, file})
    assert.equal("some text", got[1]:read("a"))
    assert.equal(got[1], got[2])
    assert.are_not.equal(file, got[1])
    class.__mp_unpack = nil
    assert.equal("cannot send value: a userdata with __mp_pack but no function __mp_unpack", refusal(file))
    function class.__mp_pack() error("not today", 0) end
    assert.equal("not today", helper.error_of(trip, file))
    function class.__mp_pack(f) return {f} end
    class.__mp_unpack = print
    assert.equal("cannot send value.(packed)[1]: a userdata that is in what its own __mp_pack returned", refusal(file))
  end)

  -- ---- what cannot be sent ----

  it("must not be or have anything that cannot travel, and the message says where it is", function()
    local co = coroutine.create(print)
    local function inner() return co end
    local list = {inner}
    local file <close> = assert(io.tmpfile())
    local unregistered = ": a table with an unregistered metatable (see mp.register)"
    local many = {co}
    for _ = 1, 1000 do many = {x = many} end
    local cases = {
      {co, ": a coroutine"},
      {{handlers = {1, co}}, ".handlers[2]: a coroutine"},
      {{["a b"] = {[-1] = {[1.5] = {[true] = co}}}}, '["a b"][-1][1.5][true]: a coroutine'},
      {{["a\0b"] = co}, '["a?b"]: a coroutine'},
      {{[{}] = co}, "[table]: a coroutine"},
      {{[co] = 1}, ": a key that is a coroutine"},
      {{x = {[co] = 1}}, ".x: a key that is a coroutine"},
      {{[{co}] = 1}, ".(key)[1]: a coroutine"},
      {inner, ".(upvalue 'co'): a coroutine"},
      {function() return list end, ".(upvalue 'list')[1].(upvalue 'co'): a coroutine"},
      {{x = setmetatable({}, {})}, ".x" .. unregistered},
      {{x = setmetatable({}, {__metatable = "hidden"})}, ".x" .. unregistered},
      {{file}, "[1]: a file"},
      {coroutine.wrap(print), ": a C function that no loaded module has"},
      {string.gmatch("", ""), ": a C function that no loaded module has"},
      {many, "[...]" .. (".x"):rep(39)},
    }
    for _, case in ipairs(cases) do
      local text = refusal(case[1])
      if case[1] == many then text = text:sub(1, #"cannot send value" + #case[2]) end   -- the rest does not matter
      assert.equal("cannot send value" .. case[2], text)
    end
    local p = mp.Process(function() return 1, {a = co} end)
    assert.matches("cannot send .*%.a: a coroutine", helper.error_of(p.result, p:start()))
  end)

  it("must fit into the arena, or nothing of it is lost or left", function()
    local result = helper.run([[
      local mp = require "mp"
      local q, t = mp.Queue(), {}
      for i = 1, 100000 do t[i] = {("text"):rep(100), i} end
      local before = mp.debug.census()
      print(pcall(q.put, q, t))
      for i = 1, #t do t[i] = nil end
      collectgarbage()
      q:put("still works")
      print(q:get(), q:size())
    ]], {env = {MPLUA_ARENA = "16M"}})
    assert.equal("", result.err)
    assert.matches("arena is full", result.out)
    assert.matches("still works\t0\n", result.out)
  end)
end)
