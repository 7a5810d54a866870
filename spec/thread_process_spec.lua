-- Threads and the process around them: its end and its death, its signals, its output.
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
