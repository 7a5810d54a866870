-- What travels through a queue, and what cannot.
local helper = require "spec.helper"
local mp = require "mp"

local drain, message_of = helper.drain, helper.message_of

describe("a queue", function()
  local shared = {"s"}
  local cycle = {}
  cycle.me = cycle
  for name, value in pairs {
    ["true"] = true, ["false"] = false, ["an integer"] = 7, ["the least integer"] = math.mininteger,
    ["the greatest integer"] = math.maxinteger, ["a float"] = 2.5, ["infinity"] = math.huge, ["minus zero"] = -0.0,
    ["an empty string"] = "", ["a string with any bytes"] = "a\0b\255\n", ["a long string"] = ("x"):rep(100000),
    ["an empty table"] = {}, ["a list"] = {1, 2, 3}, ["nested tables"] = {a = {b = {c = {1}}}, [1.5] = "f"},
    ["a table with many keys"] = (function() local t = {} for i = 1, 1000 do t["k" .. i] = i end return t end)(),
  } do
    it("carries " .. name, function()
      local q = mp.Queue()
      mp.spawn(function() q:put(value) end):join()
      local got = q:get()
      assert.same(value, got)
      assert.equal(math.type(value), math.type(got))
    end)
  end

  it("carries nil, which is not the same as nothing", function()
    local q = mp.Queue()
    q:put(nil)
    assert.equal(1, #q)
    assert.same(table.pack(nil), table.pack(q:get(0)))
    assert.same(table.pack(nil, "timeout"), table.pack(q:get(0)))
  end)

  it("keeps integers and floats apart", function()
    local q = mp.Queue()
    q:put_many {1, 1.0}
    assert.same({"integer", "float"}, {math.type(q:get()), math.type(q:get())})
  end)

  it("carries NaN", function()
    local q = mp.Queue()
    q:put(0 / 0)
    local x = q:get()
    assert.is_true(x ~= x)
  end)

  it("keeps cycles and shared tables", function()
    local q = mp.Queue()
    q:put {cycle = cycle, a = shared, b = shared}
    local got = q:get()
    assert.equal(got.cycle, got.cycle.me)
    assert.equal(got.a, got.b)
  end)

  it("carries tables that are deep", function()
    local q, deep = mp.Queue(), {}
    for _ = 1, 10000 do deep = {deep} end
    q:put(deep)
    local depth, t = 0, q:get()
    while t[1] do t, depth = t[1], depth + 1 end
    assert.equal(10000, depth)
  end)

  it("carries functions with their upvalues, shared ones shared", function()
    local q, n = mp.Queue(), 10
    q:put {up = function() n = n + 1 end, get = function() return n end}
    local got = q:get()
    got.up()
    assert.same({11, 10}, {got.get(), n})
  end)

  it("carries functions of the standard library", function()
    local q = mp.Queue()
    q:put_many {print, string.format, table, mp.spawn}
    assert.same({print, string.format, table, mp.spawn, n = 4}, drain(q))
  end)

  it("carries queues and processes, which stay the same ones", function()
    local q, inner = mp.Queue(), mp.Queue()
    q:put {inner, mp.current_process()}
    local got = q:get()
    assert.equal(inner, got[1])
    assert.equal(mp.current_process(), got[2])
  end)

  it("carries a queue that the receiver has never seen", function()
    local q = mp.Queue()
    local p = mp.spawn(function() local other = q:get() other:put("through") end)
    local other = mp.Queue()
    q:put(other)
    assert.equal("through", other:get())
    p:join()
  end)

  it("carries tables with a registered metatable", function()
    local point = mp.register("queue_spec.point", {__index = {sum = function(self) return self.x + self.y end}})
    local q = mp.Queue()
    q:put(setmetatable({x = 1, y = 2}, point))
    local got = q:get()
    assert.equal(point, getmetatable(got))
    assert.equal(3, got:sum())
  end)

  it("copies at once: what changes after put is not seen by the receiver", function()
    local q, t = mp.Queue(), {1}
    q:put(t)
    t[1] = 2
    assert.same({1}, q:get())
  end)

  it("says at the sender what cannot travel, and where in the value it is", function()
    local q = mp.Queue()
    assert.equal("cannot send value: a coroutine", message_of(function() q:put(coroutine.create(print)) end))
    assert.equal("cannot send value.handlers[2]: a coroutine",
      message_of(function() q:put {handlers = {1, coroutine.create(print)}} end))
    local file <close> = assert(io.open("/dev/null"))
    assert.equal("cannot send value: a file", message_of(function() q:put(file) end))
    assert.equal(0, #q)
  end)

  it("goes on after a value that could not travel", function()
    local q = mp.Queue()
    q:put(1)
    pcall(q.put, q, coroutine.create(print))
    q:put(2)
    assert.same({1, 2, n = 2}, drain(q))
  end)
end)
