-- Threads: what the one who starts them relies on, and what the primitives do between them.
local helper = require "spec.helper"
local mp = require "mp"

local message_of = helper.message_of

local function nothing() end

-- mp.Thread, started.
local function run(f, ...)
  return mp.Thread(f, ...):start()
end

-- A thread that waits for the event.
local function waiter(event, name)
  local up = mp.Queue()
  local t = mp.Thread{target = function() up:put(true) event:wait() end, name = name}:start()
  up:get()
  return t
end

-- A process in which a thread runs f(...) and main waits; gives both once the thread says so by up:put(true).
local function process_with_thread(f, options)
  local up, handles = mp.Queue(), mp.Queue()
  local p = mp.Process{name = options and options.name, target = function()
    local t = mp.Thread{target = f, args = {up}, name = "inner"}:start()
    handles:put(t)
    mp.sleep(math.huge)
  end}:start()
  local t = handles:get()
  up:get()
  return p, t
end

-- Waits until two threads of the process sleep in the kernel's futex call.
local function all_asleep(pid)
  assert(helper.wait_until(function()
    local pipe <close> = assert(io.popen(("cat /proc/%d/task/*/syscall"):format(pid)))
    local text = "\n" .. pipe:read("a")
    local _, n = text:gsub("\n202 ", "")   -- x86-64
    local _, m = text:gsub("\n98 ", "")    -- arm64
    return n + m == 2
  end), "they do not sleep")
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

  -- ---- the process around it ----

  it("is waited for at the end of its process, whatever ends that", function()
    for _, ending in ipairs {"", "os.exit(0)", "error('no')"} do
      local result = helper.run(([[
        local mp = require "mp"
        local p = mp.spawn(function()
          local go = mp.Event()
          mp.Thread(function() go:wait() print "thread" end):start()
          mp.atexit(function() print "atexit" go:set() end)
          %s
        end)
        p:join()
        print "joined"
      ]]):format(ending))
      assert.equal("atexit\nthread\njoined\n", result.out)
    end
  end)

  it("keeps processes from being started, from the main thread and from itself", function()
    local go = mp.Event()
    local a = waiter(go)
    assert.equal("cannot start a process while 1 thread runs: start processes first",
      message_of(function() mp.spawn(nothing) end))
    local b = waiter(go)
    assert.equal("cannot start a process while 2 threads run: start processes first",
      message_of(function() mp.spawn(nothing) end))
    go:set()
    a:join()
    b:join()
    local ok, message = run(function() return pcall(mp.spawn, print) end):result()
    assert.is_false(ok)
    assert.matches("cannot start a process while 1 thread runs: start processes first$", message)
  end)

  it("keeps no process from being started once it was joined", function()
    for i = 1, 100 do
      run(nothing):join()
      assert.equal(i, mp.spawn(function() return i end):result())
    end
  end)

  it("runs in children, and in those that start children before", function()
    local function family(depth)
      local child = depth > 0 and mp.spawn(family, depth - 1)
      local t = run(function() return depth end)
      return t:result() + (child and child:result() or 0)
    end
    assert.equal(6, mp.spawn(family, 3):result())
  end)

  it("can be waited for in other processes", function()
    local q, go = mp.Queue(), mp.Event()
    local p = mp.spawn(function()
      local t = q:get()
      go:set()
      return t.name, t:is_alive(), t:result()
    end)
    q:put(mp.Thread{target = function() go:wait() return "result" end, name = "seen"}:start())
    local name, _, result = p:result()
    assert.same({"seen", "result"}, {name, result})
  end)

  it("dies with its process, and tells so", function()
    local p, t = process_with_thread(function(up) up:put(true) mp.sleep(math.huge) end, {name = "worker"})
    assert.is_true(t:is_alive())
    p:kill()
    assert.is_true(t:join())
    local why = "thread 'inner' died with its process: process worker was killed by signal 9 (SIGKILL)"
    assert.equal(why, t.error)
    assert.equal(why, message_of(function() t:result() end))
    assert.is_nil(t.traceback)
    assert.same({t}, mp.wait {t})
    p:join()
  end)

  it("that dies with its process gives back what it held", function()
    local lock, seats, jobs, log = mp.Lock(), mp.Semaphore(2), mp.Queue(), mp.Queue()
    jobs:put("job")
    local p, t = process_with_thread(function(up)
      lock:acquire()
      seats:acquire()
      local lease = jobs:lease()
      log:put(lease.value)
      up:put(true)
      mp.sleep(math.huge)
    end)
    assert.equal("job", log:get())
    assert.equal(t, lock.holder)
    assert.equal(1, seats.value)
    p:kill()
    assert.same({true, "abandoned"}, {lock:acquire()})
    lock:release()
    p:join()
    assert.equal(2, seats.value)
    local lease = jobs:lease()
    assert.same({"job", 2}, {lease.value, lease.deliveries})
    lease:done()
  end)

  it("that dies with its process breaks a barrier", function()
    local barrier = mp.Barrier{parties = 2, name = "line"}
    local p = process_with_thread(function(up) up:put(true) barrier:wait() end, {name = "worker"})
    assert(helper.wait_until(function() return barrier.n_waiting == 1 end))
    p:kill()
    assert(helper.wait_until(function() return barrier.broken end))
    assert.equal("barrier 'line' is broken: thread worker/inner was killed by signal 9 (SIGKILL)",
      message_of(function() barrier:wait() end))
    p:join()
  end)

  it("that ends holding a lock leaves it abandoned", function()
    local lock = mp.Lock()
    run(function() lock:acquire() end):join()
    assert.same({true, "abandoned"}, {lock:acquire()})
    lock:release()
  end)

  it("may be in the middle of anything when its process is killed", function()
    local result = helper.run [[
      local mp = require "mp"
      local q, lock, t, seats = mp.Queue(20), mp.Lock(), mp.Table{n = 0, list = {}}, mp.Semaphore(3)
      local news = mp.Condition()
      local function work(k)
        while true do
          lock:with(function() t.n = t.n + 1 end)
          q:put({k, q, ("text"):rep(20)}, 0.001)
          q:get(0.001)
          mp.Table.insert(t.list, {k})
          if #t.list > 50 then mp.Table.clear(t.list) end
          seats:with(function() end)
          news:with(function() news:wait(0.0005) news:notify(2) end)
          if math.random(20) == 1 then mp.Thread(mp.current_thread):start() end
          if math.random(50) == 1 then mp.collect() end
        end
      end
      local function host()
        for k = 1, 2 do mp.Thread(work, k):start() end
        work(0)
      end
      local list = {}
      for _ = 1, 50 do
        for i = 1, 3 do list[i] = list[i] or mp.spawn(host) end
        mp.sleep(math.random() * 0.02)
        local i = math.random(3)
        list[i]:kill()
        list[i]:join()
        list[i] = nil
      end
      for _, p in pairs(list) do p:kill() p:join() end
      list = nil
      mp.Table.clear(t.list)
      q:clear()
      collectgarbage()
      collectgarbage()
      -- The monitor may be busy with the last of them for a moment.
      for _ = 1, 1000 do
        if mp.collect() and mp.debug.check() then break end
        mp.sleep(0.005)
      end
      print(mp.debug.check())
      print(seats.value, mp.debug.census().thread, mp.debug.census().process)
    ]]
    assert.equal("true\n3\t0\t1\n", result.out)
  end)

  it("as a daemon is not waited for", function()
    local result = helper.run [[
      local mp = require "mp"
      local p = mp.spawn(function()
        local t = mp.Thread{target = mp.sleep, args = {1000}, name = "idle", daemon = true}:start()
        print(t.daemon)
        return t
      end)
      local t = p:result()
      print(p.exitcode, t.error)
      mp.Thread{target = io.read, daemon = true}:start()
    ]]
    assert.equal("true\n0\tthread 'idle' died with its process: process-1 exited with status 0\n", result.out)
    assert.equal(0, result.code)
  end)

  it("is a daemon when a daemon thread made it, but not because its process is one", function()
    local function daemon() return mp.Thread(nothing).daemon end
    local t = mp.Thread{target = daemon, daemon = true}:start()
    assert.same({false, true}, {daemon(), t:result()})
    assert.is_false(mp.Process{target = daemon, daemon = true}:start():result())
  end)

  it("does not keep Ctrl-C from ending the family", function()
    local family = helper.start [[
      local mp = require "mp"
      mp.Thread(mp.sleep, 1000):start()
      mp.Thread(function() while true do end end):start()
      print(mp.current_process().pid)
      mp.sleep(1000)
    ]]
    family:number()
    helper.kill("INT", family.pid)
    local _, how, code = family:finish()
    assert.same({"signal", 2}, {how, code})
    assert.equal("mplua: interrupted\n", family.stderr())
    assert.is_true(family:gone())
  end)

  it("leaves the interruption of its process to the main thread", function()
    local up = mp.Queue()
    local p = mp.spawn(function()
      local go = mp.Event()
      local t = run(function() up:put(true) go:wait() return "unharmed" end)
      local ok, message = pcall(t.join, t)
      go:set()
      return ok, message, t:result()
    end)
    up:get()
    helper.asleep(p)
    p:interrupt()
    local ok, message, result = p:result()
    assert.same({false, "unharmed"}, {ok, result})
    assert.matches("interrupted", message)
  end)

  it("is named in the report of who waits", function()
    local family = helper.start [[
      local mp = require "mp"
      local q, up = mp.Queue{name = "never"}, mp.Queue()
      local p = mp.Process{name = "worker", target = function()
        mp.Thread{name = "reader", target = function()
          up:put(true)
          q:get()
        end}:start()
      end}:start()
      up:get()
      print(p.pid)
      io.stdout:flush()
      p:join()
    ]]
    all_asleep(family:number())
    helper.kill("QUIT", family.pid)
    family:finish()
    local report = family.stderr()
    assert.matches("thread worker/reader %(pid %d+%) waits for queue 'never' since [%d.]+ s at [^\n]*%.lua:6\n", report)
    assert.matches("process 'worker' %(pid %d+%) waits for thread 'reader'", report)
  end)

  -- ---- output ----

  it("prints whole lines, whatever others print", function()
    local result = helper.run [[
      local mp = require "mp"
      local function work(name)
        for i = 1, 500 do
          print(name, i, ("x"):rep(50))
          io.write(name, "\t", i, "\t")
          io.write(("y"):rep(50), "\n")
        end
      end
      local list = {}
      for i = 1, 4 do list[i] = mp.Thread(work, "t" .. i):start() end
      work("main")
      for _, t in ipairs(list) do t:join() end
    ]]
    local n, seen = 0, {}
    for line in result.out:gmatch("[^\n]+") do
      local name, i, rest = line:match("^(%w+)\t(%d+)\t(%a+)$")
      assert(name and (rest == ("x"):rep(50) or rest == ("y"):rep(50)), line)
      seen[name .. i .. rest:sub(1, 1)] = true
      n = n + 1
    end
    assert.equal(5000, n)
    for _, name in ipairs {"main", "t1", "t4"} do
      for i = 1, 500 do assert(seen[name .. i .. "x"] and seen[name .. i .. "y"]) end
    end
  end)

  it("has written what it wrote before others see what it did then", function()
    local result = helper.run [[
      local mp = require "mp"
      local q = mp.Queue()
      local t = mp.Thread(function()
        io.write("thread 1\n")
        q:put(1)
        io.stdout:write("thread 2\n")
        io.stderr:write("to stderr\n")
      end)
      io.write("main 1\n")
      t:start()
      q:get()
      io.write("main 2\n")
      t:join()
      io.write("main 3\n")
    ]]
    local at = {}
    for i, line in ipairs {"main 1", "thread 1", "main 2", "thread 2", "main 3"} do at[i] = result.out:find(line) end
    assert.is_true(at[1] < at[2] and at[2] < at[3] and at[3] < at[5] and at[4] < at[5])
    assert.equal("to stderr\n", result.err)
  end)

  it("writes the start of a line that it does not end when it ends", function()
    local result = helper.run [[
      local mp = require "mp"
      mp.Thread(function() io.write("no end") end):start():join()
      io.write(", says main\n")
    ]]
    assert.equal("no end, says main\n", result.out)
  end)

  it("may run programs", function()
    local result = helper.run [[
      local mp = require "mp"
      local list = {}
      for i = 1, 4 do
        list[i] = mp.Thread(function()
          local pipe <close> = assert(io.popen("echo popen" .. i))
          local text = pipe:read("a")
          return text, os.execute("exit " .. i)
        end):start()
      end
      for i = 1, 4 do
        local text, ok, how, code = list[i]:result()
        assert(text == "popen" .. i .. "\n" and not ok and how == "exit" and code == i)
      end
      print "good"
    ]]
    assert.equal("good\n", result.out)
  end)
end)

describe("between threads", function()
  -- Runs f(i) in n threads and waits for them.
  local function together(n, f)
    local list = {}
    for i = 1, n do list[i] = run(f, i) end
    for i = 1, n do list[i]:result() end
  end

  for _, class in ipairs {"Lock", "RLock"} do
    it("an mp." .. class .. " lets one at a time in", function()
      local lock, t = mp[class](), mp.Table {n = 0}
      together(4, function()
        for _ = 1, 500 do lock:with(function() t.n = t.n + 1 end) end
      end)
      assert.equal(2000, t.n)
    end)
  end

  it("a lock tells who has it", function()
    local lock, ready, go = mp.Lock {name = "door"}, mp.Event(), mp.Event()
    local t = run(function() lock:acquire() ready:set() go:wait() lock:release() end)
    ready:wait()
    assert.equal(t, lock.holder)
    assert.matches("^lock 'door' is held by thread%-%d+$", message_of(function() lock:release() end))
    assert.same({false, "timeout"}, {lock:acquire(0)})
    go:set()
    t:join()
    assert.matches("lock 'door' is held by this thread already", run(function()
      lock:acquire()
      local _, message = pcall(lock.acquire, lock)
      lock:release()
      return message
    end):result())
  end)

  it("queues carry each message once", function()
    local q, sum = mp.Queue(10), mp.Value(0)
    local readers = {}
    for i = 1, 3 do readers[i] = run(function() for n in q:items() do sum:add(n) end end) end
    together(3, function() for n = 1, 1000 do q:put(n) end end)
    q:close()
    for _, t in ipairs(readers) do t:join() end
    assert.equal(3 * 500500, sum.value)
  end)

  it("semaphores, events and barriers work", function()
    local seats, inside, most = mp.Semaphore(2), mp.Value(0), mp.Value(0)
    local start, barrier, rounds = mp.Event(), mp.Barrier(4), mp.Array("i", 3)
    local list = {}
    for i = 1, 4 do
      list[i] = run(function()
        start:wait()
        for round = 1, 3 do
          seats:with(function()
            local n = inside:add(1)
            most:update(function(m) return math.max(m, n) end)
            inside:add(-1)
          end)
          rounds:add(round, 1)
          barrier:wait()
          assert(rounds[round] == 4)
        end
      end)
    end
    start:set()
    for _, t in ipairs(list) do t:result() end
    assert.is_true(most.value <= 2)
    assert.equal(0, inside.value)
  end)

  it("conditions wake who waits", function()
    local c, t, log = mp.Condition(), mp.Table {turn = 1}, mp.Queue()
    together(3, function(i)
      for round = 0, 4 do
        c:with(function()
          c:wait_for(function() return t.turn == round * 3 + i end)
          log:put(i)
          t.turn = t.turn + 1
          c:notify_all()
        end)
      end
    end)
    local order = {}
    for i = 1, 15 do order[i] = log:get(0) end
    assert.equal("123123123123123", table.concat(order))
  end)

  it("pipes carry messages both ways", function()
    local a, b = mp.Pipe()
    local echo = run(function()
      local n = 0
      for _ = 1, 500 do
        b:send({b:recv()})
        n = n + 1
      end
      return n
    end)
    for i = 1, 500 do
      a:send(i)
      assert.equal(i, a:recv()[1])
    end
    assert.equal(500, echo:result())
  end)

  it("tables, values and arrays are shared", function()
    local t, v, a = mp.Table {list = {}, n = 0}, mp.Value(0), mp.Array("i", 4)
    together(4, function(i)
      for n = 1, 200 do
        mp.Table.add(t, "n", 1)
        mp.Table.insert(t.list, i)
        v:add(1)
        a:add(i, n)
      end
    end)
    assert.same({800, 800, 800}, {t.n, #t.list, v.value})
    assert.same({20100, 20100, 20100, 20100}, a:totable())
  end)

  it("and processes all of that is the same", function()
    local q, lock, v = mp.Queue(), mp.Lock(), mp.Value(0)
    local processes = {}
    for i = 1, 2 do
      processes[i] = mp.spawn(function()
        local threads = {}
        for k = 1, 2 do
          threads[k] = run(function()
            for _ = 1, 200 do lock:with(function() v.value = v.value + 1 end) end
            q:put(i)
          end)
        end
        for _, t in ipairs(threads) do t:result() end
      end)
    end
    for _, p in ipairs(processes) do p:result() end
    assert.equal(800, v.value)
    assert.equal(4, #q)
    q:clear()
  end)

  it("objects that only keep each other are collected", function()
    together(3, function()
      for _ = 1, 50 do
        local t = mp.Table {}
        t.self = t
      end
      mp.collect()
    end)
  end)
end)
