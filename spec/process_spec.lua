-- Processes: what the one who starts them relies on.
local helper = require "spec.helper"
local mp = require "mp"

local function nothing() end

-- A process that runs until somebody ends it, and is sure to run its function already.
local function sleeper(options)
  local up = mp.Queue()
  options = options or {}
  options.target = function()
    up:put(true)
    mp.sleep(math.huge)
  end
  local p = mp.Process(options):start()
  up:get()
  return p
end

-- What a process raises at its caller: the message without "FILE:LINE: ", which must be of this file.
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

  -- ---- ends ----

  local codes = {{"nothing", 0}, {"true", 0, true}, {"false", 1, false}, {"0", 0, 0}, {"8", 8, 8}, {"255", 255, 255}}
  for _, row in ipairs(codes) do
    it(("ends with exit code %d after os.exit(%s)"):format(row[2], row[1]), function()
      local p = mp.spawn(function()
        if row[3] == nil then os.exit() end
        os.exit(row[3])
      end)
      p:join()
      assert.equal(row[2], p.exitcode)
    end)
  end

  it("raises at result what os.exit gave", function()
    local p = mp.Process{target = os.exit, args = {7}, name = "quitter"}:start()
    assert.equal("process 'quitter' exited with status 7", message_of(function() p:result() end))
  end)

  it("closes its variables and runs its exit functions when os.exit is called, the last set first", function()
    local log = mp.Queue()
    mp.spawn(function()
      mp.atexit(function() log:put("first set") end)
      mp.atexit(function() log:put("last set") end)
      local _ <close> = setmetatable({}, {__close = function() log:put("variable") end})
      os.exit(0)
    end):join()
    assert.same({"variable", "last set", "first set", n = 3}, log:get_many(10))
  end)

  it("runs its exit functions when its function returns", function()
    local log = mp.Queue()
    mp.spawn(function() mp.atexit(function() log:put("exit") end) end):join()
    assert.equal("exit", log:get(0))
  end)

  it("runs its exit functions after an error", function()
    local result = helper.run [[
      local mp = require "mp"
      mp.spawn(function() mp.atexit(function() print "exit" end) error("no") end):join()
    ]]
    assert.equal("exit\n", result.out)
  end)

  it("does not run the exit functions of its maker", function()
    local result = helper.run [[
      local mp = require "mp"
      mp.atexit(function() print "main's" end)
      mp.spawn(function() end):join()
      print "joined"
    ]]
    assert.equal("joined\nmain's\n", result.out)
  end)

  it("may set exit functions in exit functions", function()
    local log = mp.Queue()
    mp.spawn(function()
      mp.atexit(function()
        mp.atexit(function() log:put("inner") end)
        log:put("outer")
      end)
    end):join()
    assert.same({"outer", "inner", n = 2}, log:get_many(10))
  end)

  it("waits for the processes that it started", function()
    local log, go = mp.Queue(), mp.Queue()
    local p = mp.spawn(function() mp.spawn(function() go:get() log:put("child") end) end)
    assert.same({false, "timeout"}, {p:join(0.05)})
    go:put(1)
    p:join()
    assert.equal("child", log:get(0))
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

  -- ---- signals ----

  it("has exit code -9 after kill, and its result says so", function()
    local p = sleeper {name = "victim"}
    p:kill()
    assert.equal("process 'victim' was killed by signal 9 (SIGKILL)", message_of(function() p:result() end))
    assert.equal(-9, p.exitcode)
  end)

  it("has exit code -15 after terminate", function()
    local p = sleeper()
    p:terminate()
    p:join()
    assert.equal(-15, p.exitcode)
  end)

  it("ends by any other signal too", function()
    local p = sleeper()
    p:signal(12)
    p:join()
    assert.equal(-12, p.exitcode)
  end)

  it("can be stopped, continued and killed while it is stopped", function()
    local p = sleeper()
    p:signal(19)
    p:signal(18)
    p:signal(19)
    p:kill()
    p:join()
    assert.equal(-9, p.exitcode)
  end)

  it("refuses numbers that are no signals", function()
    local p = sleeper()
    for _, n in ipairs {0, -1, 65, 1000} do
      assert.matches("not a signal's number", message_of(function() p:signal(n) end))
    end
    assert.matches("number expected", message_of(function() p:signal("TERM") end))
    p:kill()
    p:join()
  end)

  it("is not harmed by signals after its end", function()
    local p = mp.spawn(nothing)
    p:join()
    p:kill()
    p:terminate()
    p:interrupt()
    p:signal(1)
    assert.equal(0, p.exitcode)
  end)

  for _, method in ipairs {"kill", "terminate", "interrupt", "join", "result"} do
    it("cannot be asked to " .. method .. " before it is started", function()
      local p = mp.Process{target = nothing, name = "unborn"}
      assert.equal("process 'unborn' was not started: call its start() first", message_of(function() p[method](p) end))
    end)
  end

  it("can be killed by one that is not its maker", function()
    local p = sleeper()
    mp.spawn(function() p:kill() end):join()
    p:join()
    assert.equal(-9, p.exitcode)
  end)

  it("can kill itself", function()
    local p = mp.spawn(function() mp.current_process():kill() end)
    p:join()
    assert.equal(-9, p.exitcode)
  end)

  it("can kill the one that made it", function()
    local p = mp.spawn(function() mp.spawn(function() mp.parent_process():kill() end) mp.sleep(100) end)
    p:join()
    assert.equal(-9, p.exitcode)
  end)

  it("runs neither exit functions nor closes variables when it is killed", function()
    local log, up = mp.Queue(), mp.Queue()
    local p = mp.spawn(function()
      mp.atexit(function() log:put("exit") end)
      local _ <close> = setmetatable({}, {__close = function() log:put("variable") end})
      up:put(1)
      mp.sleep(100)
    end)
    up:get()
    p:terminate()
    p:join()
    assert.equal(0, #log)
  end)

  -- ---- interruption ----

  it("that is interrupted raises in its blocking call and can go on", function()
    local up = mp.Queue()
    local p = mp.spawn(function()
      local ok, message = pcall(function()
        up:put(1)
        mp.sleep(100)
      end)
      return ok, message
    end)
    up:get()
    p:interrupt()
    local ok, message = p:result()
    assert.is_false(ok)
    assert.matches("interrupted$", message)
  end)

  it("that is interrupted raises at its next instruction", function()
    local up = mp.Queue()
    local p = mp.spawn(function()
      return pcall(function()
        up:put(1)
        while true do end
      end)
    end)
    up:get()
    p:interrupt()
    local ok, message = p:result()
    assert.is_false(ok)
    assert.matches("interrupted$", message)
  end)

  it("that is interrupted inside a coroutine raises there", function()
    local up = mp.Queue()
    local p = mp.spawn(function()
      return coroutine.wrap(function()
        return pcall(function()
          up:put(1)
          while true do end
        end)
      end)()
    end)
    up:get()
    p:interrupt()
    local ok, reason = p:result(2)
    p:kill()
    p:join()
    assert.not_equal("timeout", reason)
    assert.is_false(ok)
  end)

  it("that is interrupted twice raises twice", function()
    local up = mp.Queue()
    local p = mp.spawn(function()
      local times = 0
      for _ = 1, 2 do
        local ok = pcall(function()
          up:put(1)
          mp.sleep(100)
        end)
        if not ok then times = times + 1 end
      end
      return times
    end)
    for _ = 1, 2 do
      up:get()
      p:interrupt()
    end
    assert.equal(2, p:result())
  end)

  it("that is interrupted and does not catch it has exit code -2 and says so in a line", function()
    local result = helper.run [[
      local mp = require "mp"
      local up = mp.Queue()
      local p = mp.Process{target = function() up:put(1) mp.sleep(100) end, name = "w"}:start()
      up:get()
      p:interrupt()
      p:join()
      print(p.exitcode)
    ]]
    assert.equal("-2\n", result.out)
    assert.matches("^Process w: [^\n]*interrupted\n$", result.err)
  end)

  it("closes its variables and runs its exit functions when it is interrupted", function()
    local result = helper.run [[
      local mp = require "mp"
      local up = mp.Queue()
      local p = mp.spawn(function()
        mp.atexit(function() print "exit" end)
        local _ <close> = setmetatable({}, {__close = function() print "variable" end})
        up:put(1)
        mp.sleep(100)
      end)
      up:get()
      p:interrupt()
      p:join()
    ]]
    assert.equal("variable\nexit\n", result.out)
  end)

  -- ---- waiting for it ----

  it("can be joined again", function()
    local p = mp.spawn(nothing)
    assert.is_true(p:join())
    assert.is_true(p:join())
    assert.is_true(p:join(0))
  end)

  for _, row in ipairs {{"0", 0}, {"a negative number", -1}, {"a moment", 0.02}} do
    it("is not ready for a join of " .. row[1] .. " while it runs", function()
      local p = sleeper()
      assert.same({false, "timeout"}, {p:join(row[2])})
      assert.same(table.pack(nil, "timeout"), table.pack(p:result(row[2])))
      p:kill()
      p:join()
    end)
  end

  it("is waited for as long as was asked", function()
    local p = sleeper()
    local begin = mp.time()
    p:join(0.1)
    assert.is_true(mp.time() - begin >= 0.1)
    p:kill()
    p:join(math.huge)
  end)

  for _, row in ipairs {{"NaN", 0 / 0}, {"a string", "1"}, {"a table", {}}} do
    it("refuses " .. row[1] .. " as a timeout", function()
      local p = mp.spawn(nothing)
      message_of(function() p:result(row[2]) end)
      assert.matches("bad argument #1 to 'join'", message_of(function() p:join(row[2]) end))
      p:join()
    end)
  end

  it("cannot join itself", function()
    assert.matches("cannot wait for itself", message_of(function() mp.current_process():join() end))
  end)

  it("can be joined by many at once, also by those that did not make it", function()
    local go = mp.Queue()
    local p = mp.spawn(function() go:get() return "r" end)
    local joiners = {}
    for i = 1, 5 do joiners[i] = mp.spawn(function() return p:result() end) end
    go:put(1)
    for i = 1, 5 do assert.equal("r", joiners[i]:result()) end
    p:join()
  end)

  it("travels by reference", function()
    local q = mp.Queue()
    local p = mp.spawn(function() return q:get() == mp.current_process() end)
    q:put(p)
    assert.is_true(p:result())
    q:put(p)
    assert.equal("found", ({[p] = "found"})[q:get()])
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

  -- ---- scopes ----

  it("is joined at the end of its scope", function()
    local go = mp.Queue()
    local keep
    do
      local p <close> = mp.spawn(function() go:get() end)
      keep = p
      go:put(1)
    end
    assert.equal(0, keep.exitcode)
  end)

  it("is joined when its scope is left by break", function()
    local list = {}
    for i = 1, 2 do
      local p <close> = mp.spawn(nothing)
      list[i] = p
      if i == 1 then break end
    end
    assert.same({0, nil}, {list[1].exitcode, list[2]})
  end)

  it("is terminated when its scope ends by an error", function()
    local keep
    local ok, message = pcall(function()
      local p <close> = mp.spawn(mp.sleep, 100)
      keep = p
      error("out", 0)
    end)
    assert.same({false, "out", -15}, {ok, message, keep.exitcode})
  end)

  it("may leave a scope without having been started", function()
    local p <close> = mp.Process(nothing)
    assert.is_false(p:is_alive())
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
