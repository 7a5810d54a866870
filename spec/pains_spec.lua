-- What people complain of about processes, queues and locks elsewhere: there it hangs, is lost in silence, or leaks.
local helper = require "spec.helper"
local mp = require "mp"

local SIGCONT <const> = 18

-- A process that has called f, which puts something into `up` when it is about to wait, and that waits.
local function waiting(f)
  local up = mp.Queue()
  local p = mp.spawn(f, up)
  up:get()
  helper.asleep(p)
  return p
end

local function stopped(p)
  helper.stop(p)
  return p
end

-- One of each kind of object, by its kind.
local function one_of_each()
  local a, b = mp.Pipe()
  return {
    lock = mp.Lock(), rlock = mp.RLock(), semaphore = mp.Semaphore(1), condition = mp.Condition(), event = mp.Event(),
    barrier = mp.Barrier(1), value = mp.Value(1), array = mp.Array("i", 1), buffer = mp.Buffer(1), queue = mp.Queue(),
    table = mp.Table {1}, connection = a, other = b, process = mp.current_process(), manager = mp.Manager(),
  }
end

describe("a queue, where others fail,", function()
  it("keeps no process from being joined before what that has put was got, however much it is", function()
    for _, size in ipairs {1, 65515, 65536, 1 << 20, 16 << 20} do
      local q = mp.Queue()
      local p = mp.spawn(function() q:put(("0"):rep(size)) end)
      assert.is_true(p:join(20))
      assert.equal(size, #q:get(0))
    end
  end)

  it("keeps no program from ending with what nobody has got", function()
    local ran = helper.run([[
      local mp = require "mp"
      local q = mp.Queue()
      q:put(("0"):rep(65515))
      mp.spawn(function() for _ = 1, 40 do q:put(("0"):rep(100000)) end end)
      local a, b = mp.Pipe()
      mp.spawn(function() b:send(("0"):rep(4 << 20)) end)
    ]], {limit = 10})
    assert.same({out = "", err = "", code = 0}, ran)
  end)

  it("is not empty right after a put, not once", function()
    local q, go, up = mp.Queue(), mp.Queue(), mp.Queue()
    for i = 1, 1000 do
      q:put(i)
      if q:empty() or q:size() ~= 1 or q:get(0) ~= i then error("not there at " .. i) end
    end
    local p = mp.spawn(function()
      for i in go:items() do
        q:put(i)
        up:put(true)
      end
    end)
    for i = 1, 1000 do
      go:put(i)
      up:get()
      if q:empty() or #mp.wait({q}, 0) ~= 1 or q:get(0) ~= i then error("not there at " .. i) end
    end
    go:close()
    p:join()
  end)

  it("has what was put by one that killed itself right after", function()
    local q = mp.Queue()
    for i = 1, 100 do
      local p = mp.spawn(function()
        q:put {i, ("x"):rep(10000)}
        mp.current_process():kill()
      end)
      p:join()
      local got = q:get(0)
      assert.equal(i, got and got[1])
    end
  end)

  it("is used while processes are started, from all sides, and none of them gets stuck", function()
    local q, back = mp.Queue(), mp.Queue()
    local busy = {}
    for i = 1, 2 do busy[i] = mp.spawn(function() for x in q:items() do back:put(x) end end) end
    local children = {}
    for i = 1, 100 do
      q:put(("x"):rep(10 * i))
      children[i] = mp.spawn(function() q:put(i) end)
    end
    for i = 1, 100 do assert.is_true(children[i]:join(20)) end
    q:close()
    for i = 1, 2 do assert.is_true(busy[i]:join(20)) end
    assert.equal(200, #back)
  end)

  it("carries every kind of object to a process that was there before", function()
    local q, back = mp.Queue(), mp.Queue()
    local p = mp.spawn(function() for objects in q:items() do back:put(objects) end end)
    local sent = one_of_each()
    q:put(sent)
    q:close()
    assert.same(sent, back:get(20))
    p:join()
    sent.manager:close()
  end)

  it("is joined though one who worked on it was killed, when that had a lease", function()
    local q = mp.Queue()
    for i = 1, 5 do q:put(i) end
    local p = waiting(function(up)
      local lease = q:lease()
      up:put(lease.value)
      mp.sleep(1000)
    end)
    local joiner = mp.spawn(function() return q:join(20) end)
    p:kill()
    p:join()
    for _ = 1, 5 do q:lease(20):done() end
    assert.is_true(joiner:result())
  end)
end)

describe("an object, where others fail,", function()
  it("needs no file of any process, nor does sending it", function()
    local ran = helper.run([[
      local mp = require "mp"
      local q, back, kept = mp.Queue(), mp.Queue(), {}
      local p = mp.spawn(function() for object in q:items() do back:put(object) end end)
      for i = 1, 300 do
        for _, class in ipairs {"Lock", "Condition", "Event", "Semaphore", "Queue", "Pipe", "Table", "Manager"} do
          kept[#kept + 1] = mp[class](class == "Semaphore" and 1 or nil)
        end
        kept[#kept + 1], kept[#kept + 2] = mp.Buffer(1 << 12), mp.Value(0)
      end
      for _, object in ipairs(kept) do q:put(object) end
      q:close()
      for _, object in ipairs(kept) do assert(back:get(20) == object) end
      print(#kept, p:join(20))
    ]], {shell = "ulimit -n 24; exec %s"})
    assert.same({out = "3000\ttrue\n", err = "", code = 0}, ran)
  end)

  it("leaves no file in /dev/shm and no segment, neither while it is used nor after kill -9", function()
    local function seen()
      local pipe <close> = assert(io.popen("ls -A /dev/shm; cat /proc/sysvipc/shm /proc/sysvipc/sem | wc -l"))
      return pipe:read("a")
    end
    local nothing = seen()
    local family = helper.start [[
      local mp = require "mp"
      local t, b, l = mp.Table {1}, mp.Buffer(1 << 20), mp.Lock()
      mp.spawn(function() l:with(function() b:fill(1) print "ready" io.stdout:flush() mp.sleep(1000) end) end)
    ]]
    assert.equal("ready", family:read())
    assert.equal(nothing, seen())
    for _, pid in ipairs(family:members()) do os.execute(("kill -9 %d 2>/dev/null"):format(pid)) end
    assert.is_true(family:gone(10))
    family:finish()
    assert.equal(nothing, seen())
  end)

  it("can be read long after its maker was killed", function()
    local up = mp.Queue()
    local p = mp.spawn(function()
      local b, t = mp.Buffer(1 << 20), mp.Table {list = {1, 2, 3}}
      b:fill(7)
      up:put {b, t}
      mp.sleep(1000)
    end)
    local got = up:get()
    p:kill()
    p:join()
    assert.equal(("\7"):rep(1 << 20), got[1]:read())
    assert.equal(3, #got[2].list)
  end)

  it("is read by many without a copy of it in each", function()
    local size = 32 << 20
    local b, a = mp.Buffer(size), mp.Array("B", size)
    b:fill(1)
    a:fill(2)
    local function dirty()
      local file <close> = assert(io.open "/proc/self/smaps_rollup")
      return tonumber(file:read("a"):match "Private_Dirty:%s*(%d+)") << 10
    end
    local results = {}
    for i = 1, 3 do
      results[i] = mp.spawn(function()
        local at_first, sum = dirty(), 0
        for at = 1, size, 1 << 16 do
          sum = sum + b:read(at, at):byte() + a[at]
          if at % (1 << 20) == 1 then collectgarbage() end
        end
        return sum, dirty() - at_first
      end)
    end
    for i = 1, 3 do
      local sum, grown = results[i]:result()
      assert.equal(3 * (size >> 16), sum)
      assert.is_true(grown < 8 << 20, ("%d bytes of its own"):format(grown))
    end
  end)

  it("of a manager needs no server: nobody is started, and nobody can be lost", function()
    local ran = helper.run [[
      local mp = require "mp"
      local m <close> = mp.Manager()
      local t, q = m.Table {a = {}}, m.Queue()
      local pipe <close> = io.popen(("cat /proc/%d/task/*/children"):format(mp.current_process().pid))
      print(#mp.active_children(), select(2, pipe:read("a"):gsub("%d+", "")))
      for i = 1, 3 do mp.spawn(function() t.a[i] = i q:put(i) mp.current_process():kill() end):join() end
      print(#t.a, #q)
    ]]
    assert.same({out = "0\t1\n3\t3\n", err = "", code = 0}, ran)   -- the one is the shell of io.popen
  end)
end)

describe("a lock, where others fail,", function()
  it("comes back from a dead process, like all else that it held", function()
    local locks, seats, leased, up = {}, mp.Semaphore(5), mp.Queue(), mp.Queue()
    for i = 1, 200 do locks[i] = (i % 2 == 0 and mp.Lock or mp.RLock)() end
    for i = 1, 50 do leased:put(i) end
    local p = mp.spawn(function()
      local leases = {}
      for i = 1, 200 do locks[i]:acquire() end
      for _ = 1, 5 do seats:acquire() end
      for i = 1, 50 do leases[i] = leased:lease() end
      up:put(true)
      mp.sleep(1000)
      return leases
    end)
    up:get()
    p:kill()
    for i = 1, 200 do
      assert.same({true, "abandoned"}, {locks[i]:acquire(20)})
      locks[i]:release()
    end
    for _ = 1, 5 do assert.is_true(seats:acquire(20)) end
    seats:release(5)
    for i = 1, 50 do assert.equal(i, leased:get(20)) end
    p:join()
  end)

  it("or event can be used by who was interrupted in waiting for it", function()
    local event, condition, others = mp.Event(), mp.Condition(), {}
    for i = 1, 3 do
      others[i] = waiting(function(up)
        condition:acquire()
        up:put(true)
        local notified = condition:wait(20)
        condition:release()
        return notified and event:wait(20)
      end)
    end
    local waits, interrupted = mp.Queue(), 0
    local function is_interrupted(object)
      waits:put(true)
      if not pcall(object.wait, object) then interrupted = interrupted + 1 end
    end
    local setter = mp.spawn(function()
      is_interrupted(event)
      event:set()
      event:clear()
      condition:with(function()
        is_interrupted(condition)
        condition:notify_all()
      end)
      pcall(function()
        local _ <close> = setmetatable({}, {__close = function() event:set() end})
        is_interrupted(event)
        error "on the way out"
      end)
      return interrupted
    end)
    for _ = 1, 3 do
      waits:get()
      helper.asleep(setter)
      setter:interrupt()
    end
    assert.equal(3, setter:result(20))
    for i = 1, 3 do assert.is_true(others[i]:result(20)) end
  end)

  it("or event or condition keeps nobody waiting for a waiter that is stopped", function()
    local event, condition = mp.Event(), mp.Condition()
    local p = stopped(waiting(function(up)
      up:put(true)
      return event:wait()
    end))
    local r = stopped(waiting(function(up)
      condition:acquire()
      up:put(true)
      condition:wait()
      condition:release()
      return true
    end))
    for _ = 1, 100 do
      event:set()
      condition:with(function() condition:notify_all() end)
    end
    for _, stopped_one in ipairs {p, r} do
      stopped_one:signal(SIGCONT)
      assert.is_true(stopped_one:result(20))
    end
  end)

  it("is free in a child though its maker's other children hold it and die while it starts", function()
    local lock, go = mp.Lock(), mp.Event()
    local holders = {}
    for i = 1, 10 do
      holders[i] = mp.spawn(function()
        go:wait()
        lock:acquire(20)
        mp.current_process():kill()
      end)
    end
    go:set()
    local last = mp.spawn(function() return (lock:acquire(20)) end)
    assert.is_true(last:result(20))
    for i = 1, 10 do holders[i]:join() end
  end)
end)

describe("a process, where others fail,", function()
  it("is joined by several threads of its maker at once", function()
    local ran = helper.run [[
      local mp = require "mp"
      for i = 1, 50 do
        local go = mp.Event()
        local p, threads = mp.spawn(function() go:wait() return i end), {}
        for j = 1, 3 do threads[j] = mp.Thread(function() return p:result(20), p:join(), p.exitcode end):start() end
        go:set()
        for j = 1, 3 do
          local result, joined, code = threads[j]:result()
          assert(result == i and joined and code == 0)
        end
        for j = 1, 3 do threads[j]:join() end
      end
      print "good"
    ]]
    assert.same({out = "good\n", err = "", code = 0}, ran)
  end)

  it("gives the error that killed it also when it was large, and nobody had to read it first", function()
    local p = mp.spawn(function() error {text = ("x"):rep(1 << 20)} end)
    assert.is_true(p:join(20))
    local ok, err = pcall(p.result, p)
    assert.is_false(ok)
    assert.equal(1 << 20, #err.text)
  end)

  it("that was stopped can be killed, joined and told from one that works", function()
    local lock = mp.Lock()
    local p = stopped(waiting(function(up)
      lock:acquire()
      up:put(true)
      mp.sleep(1000)
    end))
    assert.is_true(p:is_alive())
    assert.is_false((lock:acquire(0.01)))
    p:kill()
    assert.is_true(p:join(20))
    assert.same({true, "abandoned"}, {lock:acquire(20)})
    lock:release()
  end)
end)
