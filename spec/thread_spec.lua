-- Threads: what the one who starts them relies on.
local helper = require "spec.helper"
local mp = require "mp"

local message_of = helper.message_of

local function nothing() end

-- mp.Thread, started.
local function run(f, ...)
  return mp.Thread(f, ...):start()
end

describe("a thread", function()
  -- ---- arguments and results ----

  it("gets its arguments, nil among them and at the end", function()
    local t = run(function(...) return select("#", ...), ... end, 1, nil, "three", nil)
    assert.same(table.pack(4, 1, nil, "three", nil), table.pack(t:result()))
  end)

  it("gets the arguments of its options, as many as n says", function()
    local t = mp.Thread{target = function(...) return select("#", ...), ... end, args = {1, nil, 3, n = 4}}
    assert.same(table.pack(4, 1, nil, 3, nil), table.pack(t:start():result()))
  end)

  it("gets as many arguments as Lua can pass", function()
    local list = {}
    for i = 1, 200 do list[i] = i end
    assert.same({200, 200}, {run(function(...) return select("#", ...), (select(200, ...)) end,
      table.unpack(list)):result()})
  end)

  it("gives what its function returned, again and again", function()
    local t = run(function() return "a", nil, 2.5, {x = {1}} end)
    for _ = 1, 2 do assert.same(table.pack("a", nil, 2.5, {x = {1}}), table.pack(t:result())) end
  end)

  it("gives nothing when its function returned nothing", function()
    assert.equal(0, select("#", run(nothing):result()))
  end)

  it("may return a function that others call", function()
    assert.equal(42, run(function() local n = 41 return function() n = n + 1 return n end end):result()())
  end)

  it("may run a function of C", function()
    assert.equal("AB", run(string.upper, "ab"):result())
  end)

  it("has variables of its own: they are copied when it starts", function()
    local list, go = {1}, mp.Event()
    local t = mp.Thread(function() go:wait() list[2] = 2 return #list, list[1] end)
    list[1] = "changed before the start"
    t:start()
    list[1] = "changed later"
    go:set()
    assert.same({2, "changed before the start"}, {t:result()})
    assert.equal(1, #list)
  end)

  it("has globals of its own: those that it names are copied", function()
    local result = helper.run [[
      local mp = require "mp"
      function helper(x) calls = calls + 1 return x * 2 end
      calls = 0
      print(mp.Thread(function() return helper(4), calls end):start():result())
      print(calls)
    ]]
    assert.equal("8\t1\n0\n", result.out)
  end)

  it("keeps shared what the function and its arguments share", function()
    local shared = {}
    local t = run(function(a, b) a.x = 1 return b.y.x, shared.x end, shared, {y = shared})
    assert.same({1, 1}, {t:result()})
  end)

  it("has the same libraries and search paths, and mp", function()
    helper.file("spec_module.lua", "return {name = 'spec_module', here = require('mp').current_thread() ~= nil}")
    local result = helper.run([[
      package.path = arg[1] .. "/?.lua;" .. package.path
      package.cpath = "nowhere/?.so"
      local mp = require "mp"
      print(mp.Thread(function()
        local module = require "spec_module"
        return module.name, module.here, package.cpath, require("mp").type(mp.Queue()), utf8.char(65)
      end):start():result())
    ]], {args = {helper.path("")}})
    assert.equal("spec_module\ttrue\tnowhere/?.so\tqueue\tA\n", result.out)
  end)

  it("shares the library's objects", function()
    local q, t = mp.Queue(), mp.Table {n = 1}
    local same = run(function(queue) mp.Table.add(t, "n", 1) return queue == q, q end, q)
    local equal, back = same:result()
    assert.is_true(equal)
    assert.equal(q, back)
    assert.equal(2, t.n)
  end)

  it("raises where it is started what cannot travel, and can be started then", function()
    local thread = coroutine.create(print)
    local bad = {1, thread}
    local t = mp.Thread(nothing, 1, bad)
    assert.equal("cannot send argument 2[2]: a coroutine", message_of(function() t:start() end))
    assert.equal("cannot send the function.(upvalue 'thread'): a coroutine",
      message_of(function() mp.Thread(function() return thread end):start() end))
    assert.is_false(t:is_alive())
    bad[2] = nil
    assert.is_true(t:start():join())
  end)

  it("draws random numbers of its own", function()
    local seen, different = {}, 0
    for _ = 1, 5 do
      local number = run(function() return math.random(0) end):result()
      if not seen[number] then different = different + 1 end
      seen[number] = true
    end
    assert.equal(5, different)
  end)

  it("does not keep its function and arguments once it is started", function()
    local weak = setmetatable({}, {__mode = "k"})
    local t
    do
      local argument = {}
      weak[argument] = true
      t = run(nothing, argument)
    end
    t:join()
    collectgarbage()
    assert.is_nil(next(weak))
  end)

  -- ---- the life ----

  it("lives from its start to its end", function()
    local go = mp.Event()
    local t = mp.Thread(function() go:wait() end)
    assert.is_false(t:is_alive())
    assert.equal(t, t:start())
    assert.is_true(t:is_alive())
    assert.same({false, "timeout"}, {t:join(0)})
    assert.same({n = 2, nil, "timeout"}, table.pack(t:result(0.01)))
    go:set()
    assert.same({true}, {t:join()})
    assert.is_false(t:is_alive())
  end)

  it("has the name that it was given, also in its text, or one of its own", function()
    local t = mp.Thread{target = function() return mp.current_thread().name end, name = "reader"}
    assert.same({"reader", "thread 'reader'", "thread"}, {t.name, tostring(t), mp.type(t)})
    assert.equal("reader", t:start():result())
    assert.matches("^thread%-%d+$", mp.Thread(nothing).name)
  end)

  it("knows itself and its process", function()
    assert.is_nil(mp.current_thread())
    local t = run(function() return mp.current_thread(), mp.current_process(), mp.parent_process() end)
    local self, process, parent = t:result()
    assert.equal(t, self)
    assert.equal(mp.current_process(), process)
    assert.equal(mp.parent_process(), parent)
  end)

  it("knows the children of its process", function()
    local go = mp.Queue()
    local p = mp.spawn(function() go:get() end)
    assert.same({p}, run(function() return mp.active_children() end):result())
    go:put(1)
    p:join()
    assert.same({}, run(function() return mp.active_children() end):result())
  end)

  it("cannot be started twice, nor by another than its maker", function()
    local q = mp.Queue()
    local t = mp.Thread{target = nothing, name = "mine"}
    local other = run(function() return pcall(function() q:get():start() end) end)
    q:put(t)
    local ok, message = other:result()
    assert.is_false(ok)
    assert.matches("thread 'mine' can be started by its maker only", message)
    t:start()
    assert.equal("thread 'mine' was started before", message_of(function() t:start() end))
    t:join()
  end)

  for _, method in ipairs {"join", "result"} do
    it("cannot be asked to " .. method .. " before it is started", function()
      local t = mp.Thread{target = nothing, name = "unborn"}
      assert.equal("thread 'unborn' was not started: call its start() first", message_of(function() t[method](t) end))
    end)
  end

  it("cannot wait for itself, nor for its process", function()
    local t = mp.Thread{target = function()
      return select(2, pcall(function() mp.current_thread():join() end)),
        select(2, pcall(function() mp.current_process():join() end))
    end, name = "self"}:start()
    local itself, process = t:result()
    assert.matches("thread 'self' cannot wait for itself", itself)
    assert.matches("process 'main' cannot wait for itself", process)
  end)

  for _, name in ipairs {"terminate", "kill", "interrupt", "signal", "pid", "exitcode"} do
    it("has no '" .. name .. "'", function()
      assert.matches("^a thread has no '" .. name .. "'", message_of(function() return mp.Thread(nothing)[name] end))
    end)
  end

  it("refuses what is no function and what is no option", function()
    assert.equal("mp.Thread needs a function, not nil; pass it without calling it: mp.Thread(f, ...)",
      message_of(function() mp.Thread(nil) end))
    assert.matches("mp.Thread: target is not a function but a? ?nil", message_of(function() mp.Thread {} end))
    assert.matches("stdin", message_of(function() mp.Thread{target = nothing, stdin = true} end))
  end)

  it("is joined where its scope ends, also by an error", function()
    local go, log = mp.Event(), mp.Queue()
    local function work() go:wait() log:put("done") end
    pcall(function()
      local _ <close> = run(work)
      go:set()
      error("left")
    end)
    assert.equal("done", log:get(0))
  end)

  it("is one of what mp.wait waits for", function()
    local go = mp.Event()
    local a, b = run(function() go:wait() end), run(nothing)
    assert.same({b}, mp.wait {a, b})
    go:set()
    assert.same({a}, mp.wait {a})
    assert.matches("was not started", message_of(function() mp.wait {mp.Thread(nothing)} end))
  end)

  it("may start threads, which the process waits for", function()
    local result = helper.run [[
      local mp = require "mp"
      local go = mp.Event()
      mp.Thread(function()
        mp.Thread(function() go:wait() print "inner" end):start()
      end):start():join()
      mp.atexit(function() print "atexit" go:set() end)
    ]]
    assert.equal("atexit\ninner\n", result.out)
  end)

  it("goes on when its maker has forgotten it", function()
    local done, go = mp.Queue(), mp.Event()
    run(function() go:wait() done:put("done") end)
    collectgarbage()
    go:set()
    assert.equal("done", done:get())
  end)

  it("runs its own exit functions at its end, the last set first", function()
    local log = mp.Queue()
    run(function()
      mp.atexit(function() log:put("first set") end)
      mp.atexit(function() log:put("last set") end)
      log:put("function")
    end):join()
    assert.same({"function", "last set", "first set", n = 3}, log:get_many(10))
  end)

  it("collects its garbage at its end", function()
    local log = mp.Queue()
    run(function()
      package.loaded.mine = setmetatable({}, {__gc = function() log:put("collected") end})
    end):join()
    assert.equal("collected", log:get(0))
  end)

  it("cannot end its process: os.exit raises", function()
    local ok, message = run(function() return pcall(os.exit, 3) end):result()
    assert.is_false(ok)
    assert.equal("os.exit: a thread cannot end its process; return from it, or raise an error", message)
  end)

  it("runs beside two hundred others", function()
    local list, sum, go = {}, 0, mp.Event()
    for i = 1, 200 do list[i] = run(function() go:wait() return i end) end
    go:set()
    for i = 1, 200 do sum = sum + list[i]:result() end
    assert.equal(20100, sum)
  end)

  it("leaves nothing behind, a thousand times", function()
    local first
    for i = 1, 1000 do
      assert.equal(i, run(function() return i end):result())
      if i == 100 then first = mp.debug.census().blocks end
    end
    assert.is_true(mp.debug.census().blocks < first + 100)
  end)

  -- ---- errors ----

  it("gives its error to result, with a traceback", function()
    local result = helper.run [[
      local mp = require "mp"
      local function broken() error("no luck") end
      local t = mp.Thread(function() broken() end):start()
      local ok, message = pcall(t.result, t)
      print(ok, message == t.error)
      print(t.error)
      print(t.traceback)
    ]]
    assert.matches("^false\ttrue\n[^\n]*script%d+%.lua:2: no luck\nstack traceback:\n", result.out)
    assert.equal(2, select(2, result.out:gsub("stack traceback:", "")))
    assert.matches("in upvalue 'broken'", result.out)
  end)

  it("prints an uncaught error once, under its name, and leaves the process alive", function()
    local result = helper.run [[
      local mp = require "mp"
      mp.Thread{target = function() error("no luck") end, name = "unlucky"}:start():join()
      print "alive"
    ]]
    assert.matches("^Thread unlucky:\n[^\n]*script%d+%.lua:2: no luck\nstack traceback:\n", result.err)
    assert.equal(1, select(2, result.err:gsub("no luck", "")))
    assert.same({"alive\n", 0}, {result.out, result.code})
  end)

  it("gives an error that is a table as it is, or nil, or as its text when it cannot be sent", function()
    local result = helper.run [[
      local mp = require "mp"
      local function fails(f)
        local t = mp.Thread(f):start()
        return select(2, pcall(t.result, t))
      end
      print(fails(function() error({code = 7}) end).code)
      print(fails(function() error() end))
      print((fails(function() error(setmetatable({coroutine.create(print)},
        {__tostring = function() return "the text" end})) end):match("^the text\n")))
      print(fails(function() return 1, {coroutine.create(print)} end))
    ]]
    assert.equal("7\nnil\nthe text\n\ncannot send result 2[1]: a coroutine\n", result.out)
  end)

  it("has no error when it ended well", function()
    local t = run(nothing)
    t:join()
    assert.same({n = 2}, table.pack(t.error, t.traceback))
  end)

  it("fails when it cannot get what it is to run", function()
    helper.file("only_here.lua", "local module = {} function module.f() return 1 end return module")
    local result = helper.run([[
      local mp = require "mp"
      package.path = arg[1] .. "/?.lua;" .. package.path
      local module = require "only_here"
      os.remove(arg[1] .. "/only_here.lua")
      local t = mp.Thread{target = function() return module.f() end, name = "lost"}:start()
      t:join()
      print(t.error:match("cannot receive module 'only_here'"))
    ]], {args = {helper.path("")}})
    assert.equal("cannot receive module 'only_here'\n", result.out)
    assert.matches("^Thread lost:\n", result.err)
  end)

  it("ends by a stack overflow like by any error", function()
    local result = helper.run [[
      local mp = require "mp"
      local t = mp.Thread(function() local function f() return 1 + f() end return f() end):start()
      print(select(2, pcall(t.result, t)):match("stack overflow"))
      t = mp.Thread(function() return string.rep("x", 100):gsub(".", function() return f() end) end):start()
      print(pcall(t.join, t))
    ]]
    assert.equal("stack overflow\ntrue\ttrue\n", result.out)
  end)
end)
