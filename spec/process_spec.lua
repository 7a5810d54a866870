-- Processes: what the one who starts them relies on.
local helper = require "spec.helper"
local mp = require "mp"

local function nothing() end

local message_of = helper.message_of

describe("a process", function()
  -- ---- arguments and results ----

  it("gets its arguments, nil among them and at the end", function()
    local p = mp.spawn(function(...) return select("#", ...), ... end, 1, nil, "three", nil)
    assert.same(table.pack(4, 1, nil, "three", nil), table.pack(p:result()))
  end)

  it("gets the arguments of its options, as many as n says", function()
    local p = mp.Process{target = function(...) return select("#", ...), ... end, args = {1, nil, 3, n = 4}}
    assert.same(table.pack(4, 1, nil, 3, nil), table.pack(p:start():result()))
  end)

  it("gets as many arguments as Lua can pass", function()
    local list = {}
    for i = 1, 200 do list[i] = i end
    local p = mp.spawn(function(...) return select("#", ...), (select(200, ...)) end, table.unpack(list))
    assert.same({200, 200}, {p:result()})
  end)

  it("gives what its function returned", function()
    assert.same(table.pack("a", nil, 2.5, {x = {1}}),
      table.pack(mp.spawn(function() return "a", nil, 2.5, {x = {1}} end):result()))
  end)

  it("gives nothing when its function returned nothing", function()
    assert.equal(0, select("#", mp.spawn(nothing):result()))
  end)

  it("gives its result again", function()
    local p = mp.spawn(function() return 5 end)
    assert.same({5, 5}, {p:result(), (p:result())})
  end)

  it("may return a function that others call", function()
    local p = mp.spawn(function() local n = 41 return function() n = n + 1 return n end end)
    assert.equal(42, p:result()())
  end)

  it("may be a callable table", function()
    local double = setmetatable({}, {__call = function(_, x) return 2 * x end})
    assert.equal(14, mp.spawn(double, 7):result())
  end)

  it("starts as a copy: it sees variables and globals, and its changes are its own", function()
    local list = {1}
    _G.spec_global = "seen"
    local p = mp.spawn(function() list[2] = 2 return _G.spec_global, #list end)
    _G.spec_global = nil
    assert.same({"seen", 2}, {p:result()})
    assert.equal(1, #list)
  end)

  it("gets what can be sent nowhere, for it is a copy", function()
    local file <close> = assert(io.open(helper.file("data", "content")))
    assert.equal("content", mp.spawn(function(f) return f:read("a") end, file):result())
  end)

  it("can be started inside a coroutine and a pcall, and does not go on with what stands after that", function()
    local log = mp.Queue()
    local ok, p = coroutine.wrap(function()
      local ok, p = pcall(function() return mp.spawn(function() log:put("child") end) end)
      log:put("maker")
      return ok, p
    end)()
    assert.is_true(ok)
    p:join()
    assert.equal(2, #log)
    log:clear()
  end)

  it("draws random numbers of its own", function()
    local seen, different = {}, 0
    for _ = 1, 5 do
      local number = mp.spawn(function() return math.random(0) end):result()
      if not seen[number] then different = different + 1 end
      seen[number] = true
    end
    assert.equal(5, different)
  end)

  it("draws its own ones also when its maker has seeded, and leaves its maker's alone", function()
    math.randomseed(42)
    local first, second = math.random(0), math.random(0)
    math.randomseed(42)
    local p = mp.spawn(function()
      local drawn = math.random(0)
      math.randomseed(42)
      return drawn, math.random(0), math.random(0)
    end)
    local drawn, again, once_more = p:result()
    assert.equal(first, math.random(0))
    assert.equal(second, math.random(0))
    assert.not_equal(first, drawn)
    assert.same({first, second}, {again, once_more})
    assert.has_error(function() math.random(1, 2, 3) end, "wrong number of arguments")
    math.randomseed(os.time())
  end)

  it("draws its own ones also after there was no room for drawing the first", function()
    local function down(n, f)
      if n == 0 then return f() end
      return (("x"):gsub("x", function() down(n - 1, f) end))
    end
    local function drawn(depth)
      pcall(down, depth, function() pcall(math.random) end)
      return math.random(0)
    end
    for depth = 190, 200 do
      local one, other = mp.spawn(drawn, depth), mp.spawn(drawn, depth)
      assert.not_equal(one:result(), other:result(), depth)
    end
  end)

  it("has the hook that its maker has when it starts", function()
    local function count() return (select(3, debug.gethook())) end
    mp.spawn(nothing):join()
    debug.sethook(nothing, "", 1000)
    local hooked = mp.spawn(count)
    debug.sethook()
    assert.equal(1000, hooked:result())
    assert.is_nil(mp.spawn(count):result())
  end)

  it("gives back the room that its arguments took in its maker", function()
    local list = {}
    for i = 1, 100000 do list[i] = i end
    collectgarbage()
    local before = collectgarbage "count"
    mp.spawn(nothing, table.unpack(list)):join()
    for _ = 1, 3 do collectgarbage() end
    assert.is_true(collectgarbage "count" - before < 500)
  end)

  it("makes others, and they make others", function()
    local function depth(n)
      if n == 0 then return 0 end
      local one, other = mp.spawn(depth, n - 1), mp.spawn(depth, n - 1)
      return 1 + math.max(one:result(), other:result())
    end
    assert.equal(4, mp.spawn(depth, 4):result())
  end)

  it("may be made while the collector is stopped, and while a coroutine runs", function()
    collectgarbage "stop"
    local function count(...) return select("#", ...) end
    local made = coroutine.wrap(function() return mp.spawn(count, 1, nil, nil) end)()
    assert.is_false(collectgarbage "isrunning")
    collectgarbage "restart"
    assert.equal(3, made:result())
  end)

  it("does not keep its function and arguments once it is started", function()
    local weak = setmetatable({}, {__mode = "k"})
    local p
    do
      local argument = {}
      weak[argument] = true
      p = mp.spawn(nothing, argument)
    end
    p:join()
    collectgarbage()
    assert.is_nil(next(weak))
  end)

  -- ---- the life ----

  it("lives from its start to its end", function()
    local go = mp.Queue()
    local p = mp.Process(function() go:get() end)
    assert.is_false(p:is_alive())
    p:start()
    assert.is_true(p:is_alive())
    go:put(1)
    p:join()
    assert.is_false(p:is_alive())
  end)

  it("has an exit code only when it has ended", function()
    local go = mp.Queue()
    local p = mp.spawn(function() go:get() end)
    assert.is_nil(p.exitcode)
    go:put(1)
    p:join()
    assert.equal(0, p.exitcode)
  end)

  it("has a pid of its own, and none before it is started", function()
    local p = mp.Process(function() return mp.current_process().pid end)
    assert.is_nil(p.pid)
    local pid = p:start():result()
    assert.equal(pid, p.pid)
    assert.not_equal(mp.current_process().pid, pid)
  end)

  it("has the name that it was given, also in its text", function()
    local p = mp.Process{target = function() return mp.current_process().name end, name = "counter"}
    assert.same({"counter", "process 'counter'"}, {p.name, tostring(p)})
    assert.equal("counter", p:start():result())
  end)

  it("has a name of its own when it was given none", function()
    local a, b = mp.Process(nothing), mp.Process(nothing)
    assert.matches("^process%-%d+$", a.name)
    assert.not_equal(a.name, b.name)
  end)

  it("returns itself from start", function()
    local p = mp.Process(nothing)
    assert.equal(p, p:start())
    p:join()
  end)

  it("cannot be started twice", function()
    local p = mp.spawn(nothing)
    assert.matches("was started before", message_of(function() p:start() end))
    p:join()
    assert.matches("was started before", message_of(function() p:start() end))
  end)

  it("can be started by its maker only", function()
    local q = mp.Queue()
    local other = mp.spawn(function() return pcall(function() q:get():start() end) end)
    local p = mp.Process{target = nothing, name = "mine"}
    q:put(p)
    local ok, message = other:result()
    p:start():join()
    assert.is_false(ok)
    assert.matches("process 'mine' can be started by its maker only", message)
  end)

  it("goes on when its maker has forgotten it", function()
    local done, go = mp.Queue(), mp.Queue()
    mp.spawn(function() go:get() done:put("done") end)
    collectgarbage()
    go:put(1)
    assert.equal("done", done:get())
  end)

  it("can start others, which can start others", function()
    local function generation(n)
      if n == 0 then return mp.current_process().name end
      return mp.current_process().name, mp.spawn(generation, n - 1):result()
    end
    local names = {mp.spawn(generation, 5):result()}
    assert.equal(6, #names)
  end)

  it("starts its descendants in the order in which they are told to", function()
    local log = mp.Queue()
    local function visit(path, depth)
      log:put(path)
      if depth == 0 then return end
      for i = 1, 2 do mp.spawn(visit, path .. i, depth - 1):join() end
    end
    visit("", 2)
    assert.same({"", "1", "11", "12", "2", "21", "22", n = 7}, log:get_many(100))
  end)

  it("runs beside a hundred others", function()
    local list = {}
    for i = 1, 100 do list[i] = mp.spawn(function() return i end) end
    local sum = 0
    for i = 1, 100 do sum = sum + list[i]:result() end
    assert.equal(5050, sum)
  end)

  it("can be terminated right after its start, a hundred times", function()
    local list, codes = {}, {}
    for i = 1, 100 do
      list[i] = mp.spawn(mp.sleep, 100)
      list[i]:terminate()
    end
    for i = 1, 100 do
      list[i]:join()
      codes[list[i].exitcode] = (codes[list[i].exitcode] or 0) + 1
    end
    assert.same({[-15] = 100}, codes)
  end)

  -- ---- errors ----

  it("gives its error to result, with a traceback, and exit code 1", function()
    local result = helper.run [[
      local mp = require "mp"
      local function broken() error("no luck") end
      local p = mp.spawn(function() broken() end)
      local ok, message = pcall(p.result, p)
      print(ok, message == p.error, p.exitcode)
      print(p.error)
      print(p.traceback)
    ]]
    assert.matches("^false\ttrue\t1\n[^\n]*script%d+%.lua:2: no luck\nstack traceback:\n", result.out)
    assert.equal(2, select(2, result.out:gsub("stack traceback:", "")))
    assert.matches("in upvalue 'broken'", result.out)
  end)

  it("prints an uncaught error once, under its name", function()
    local result = helper.run [[
      local mp = require "mp"
      mp.Process{target = function() error("no luck") end, name = "unlucky"}:start():join()
    ]]
    assert.matches("^Process unlucky:\n[^\n]*script%d+%.lua:2: no luck\nstack traceback:\n", result.err)
    assert.equal(1, select(2, result.err:gsub("no luck", "")))
    assert.equal(0, result.code)
  end)

  it("gives an error that is a table as it is", function()
    local result = helper.run [[
      local mp = require "mp"
      local p = mp.spawn(function() error({code = 7, list = {1, 2}}) end)
      local ok, value = pcall(p.result, p)
      print(ok, value.code, #value.list, p.error.code)
    ]]
    assert.equal("false\t7\t2\t7\n", result.out)
  end)

  it("has no error when it ended well", function()
    local p = mp.spawn(nothing)
    p:join()
    assert.same({n = 2}, table.pack(p.error, p.traceback))
  end)

  it("fails with what cannot be sent, when that is its result", function()
    local result = helper.run [[
      local mp = require "mp"
      local p = mp.spawn(function() return 1, {coroutine.create(print)} end)
      print(pcall(p.result, p))
      print(p.exitcode)
    ]]
    assert.equal("false\tcannot send result 2[1]: a coroutine\n1\n", result.out)
  end)

  it("gives the text of an error that cannot be sent", function()
    local result = helper.run [[
      local mp = require "mp"
      local p = mp.spawn(function() error(setmetatable({coroutine.create(print)},
        {__tostring = function() return "the text" end})) end)
      p:join()
      print(p.exitcode, p.error)
    ]]
    assert.matches("^1\tthe text\n", result.out)
  end)

  it("fails on an error value of nil too", function()
    local result = helper.run [[
      local mp = require "mp"
      local p = mp.spawn(function() error() end)
      print(pcall(p.result, p))
      print(p.exitcode)
    ]]
    assert.equal("false\tnil\n1\n", result.out)
  end)

  it("ends by a stack overflow like by any error", function()
    local result = helper.run [[
      local mp = require "mp"
      local p = mp.spawn(function() local function f() return 1 + f() end return f() end)
      print(select(2, pcall(p.result, p)):match("stack overflow"), p.exitcode)
    ]]
    assert.equal("stack overflow\t1\n", result.out)
  end)

  -- ---- daemons ----

  it("is no daemon unless its maker is one or asks for one", function()
    local daemon = mp.Process{target = function()
      return mp.Process(nothing).daemon, mp.Process{target = nothing, daemon = false}.daemon
    end, daemon = true}
    assert.is_false(mp.Process(nothing).daemon)
    assert.is_true(daemon.daemon)
    assert.same({true, false}, {daemon:start():result()})
  end)

  it("is terminated at the end of its maker when it is a daemon", function()
    local up = mp.Queue()
    local maker = mp.spawn(function()
      local d = mp.Process{target = function() up:put(1) mp.sleep(100) end, daemon = true}:start()
      up:get()
      return d
    end)
    local daemon = maker:result()
    daemon:join()
    assert.equal(-15, daemon.exitcode)
  end)

  it("is terminated when it is a daemon and its maker was killed", function()
    local up = mp.Queue()
    local maker = mp.spawn(function()
      local d = mp.Process{target = mp.sleep, args = {100}, daemon = true}:start()
      up:put(d)
      mp.sleep(100)
    end)
    local daemon = up:get()
    maker:kill()
    daemon:join()
    assert.equal(-15, daemon.exitcode)
  end)

  it("goes on when it is no daemon and its maker was killed", function()
    local up, go = mp.Queue(), mp.Queue()
    local maker = mp.spawn(function()
      up:put(mp.spawn(function() return go:get() end))
      mp.sleep(100)
    end)
    local child = up:get()
    maker:kill()
    maker:join()
    go:put("went on")
    assert.equal("went on", child:result())
  end)

  it("may have children when it is a daemon", function()
    local p = mp.Process{target = function() return mp.spawn(function() return 3 end):result() end, daemon = true}
    assert.equal(3, p:start():result())
  end)

  -- ---- stdin ----

  it("reads nothing from stdin", function()
    local script = 'local mp = require "mp" print(mp.spawn(function() return io.read() end):result()) print(io.read())'
    assert.equal("nil\nline\n", helper.run(script, {stdin = "line\n"}).out)
  end)

  it("reads stdin when it is told to", function()
    local script = [[local mp = require "mp"
      print(mp.Process{target = function() return io.read() end, stdin = true}:start():result())]]
    assert.equal("line\n", helper.run(script, {stdin = "line\n"}).out)
  end)

  -- ---- mistakes ----

  it("needs a function", function()
    assert.matches("needs a function, not nothing", message_of(function() mp.Process() end))
    assert.matches("needs a function, not a number", message_of(function() mp.Process(5) end))
    assert.matches("needs a function, not nil", message_of(function() local p = mp.spawn(nil) return p end))
    assert.matches("target is not a function but nil", message_of(function() mp.Process{args = {1}} end))
  end)

  it("knows its options", function()
    assert.equal("mp.Process has no 'trget' (did you mean 'target'?)",
      message_of(function() mp.Process{trget = nothing} end))
    assert.equal("mp.Process: args must be a table, not a number",
      message_of(function() mp.Process{target = nothing, args = 5} end))
    assert.matches("string as a name expected", message_of(function() mp.Process{target = nothing, name = 5} end))
  end)

  it("suggests the name that was meant", function()
    local p = mp.Process(nothing)
    assert.equal("a process has no 'jion' (did you mean 'join'?)", message_of(function() p:jion() end))
    assert.equal("a process has no 'exit_code' (did you mean 'exitcode'?)",
      message_of(function() return p.exit_code end))
  end)

  it("has fields that can only be read", function()
    local p = mp.Process(nothing)
    assert.matches("cannot set 'daemon'", message_of(function() p.daemon = true end))
  end)

  it("does not take another object for a process", function()
    assert.matches("process expected, got queue", message_of(function() mp.current_process().join(mp.Queue()) end))
  end)
end)
