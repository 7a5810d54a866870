-- What require "mp" gives besides its classes.
local helper = require "spec.helper"
local mp = require "mp"

local message_of = helper.message_of

describe("mp", function()
  -- ---- wait ----

  it("waits for whichever is ready, in the order given", function()
    local a, b, c = mp.Queue(), mp.Queue(), mp.Queue()
    c:put(1)
    a:put(1)
    assert.same({a, c}, mp.wait {a, b, c})
    assert.same({c, a}, mp.wait({c, b, a}, 0))
  end)

  it("waits for queues and processes in any mix", function()
    local q, go = mp.Queue(), mp.Queue()
    local p = mp.spawn(function() go:get() end)
    assert.same({}, mp.wait({p, q}, 0))
    q:put(1)
    assert.same({q}, mp.wait {p, q})
    go:put(1)
    p:join()
    assert.same({p, q}, mp.wait {p, q})
  end)

  it("wakes when one becomes ready", function()
    local a, b = mp.Queue(), mp.Queue()
    local p = mp.spawn(function() b:put(1) end)
    assert.same({b}, mp.wait {a, b})
    p:join()
  end)

  it("waits for nothing when there is nothing", function()
    assert.same({}, mp.wait {})
    assert.same({}, mp.wait({}, 100))
    assert.same({}, mp.wait(mp.Table()))
  end)

  it("gives an empty list when the time is over", function()
    local begin = mp.time()
    assert.same({}, mp.wait({mp.Queue(), mp.Queue()}, 0.1))
    assert.is_true(mp.time() - begin >= 0.1)
  end)

  it("takes a shared table of objects as well as a plain one", function()
    local a, b = mp.Queue(), mp.Queue()
    b:put(1)
    assert.same({b}, mp.wait(mp.Table {a, b}))
    assert.matches("list expected, got queue", message_of(function() mp.wait(b) end))
  end)

  it("looks once when the timeout is 0 or less", function()
    local q = mp.Queue()
    assert.same({{}, {}}, {mp.wait({q}, 0), mp.wait({q}, -1)})
  end)

  it("finds a closed queue ready", function()
    local q = mp.Queue()
    q:close()
    assert.same({q}, mp.wait({q}, 0))
  end)

  it("takes nothing from what it waits for", function()
    local q = mp.Queue()
    q:put("item")
    mp.wait {q}
    assert.equal("item", q:get(0))
  end)

  it("takes one object several times", function()
    local q = mp.Queue()
    q:put(1)
    assert.same({q, q}, mp.wait {q, q})
  end)

  it("waits for a thousand objects", function()
    local list = {}
    for i = 1, 1000 do list[i] = mp.Queue() end
    local p = mp.spawn(function() list[777]:put(1) end)
    assert.same({list[777]}, mp.wait(list, 20))
    p:join()
  end)

  it("leaves nothing behind in a queue when somebody who waited for many is killed", function()
    local a, b, up = mp.Queue(), mp.Queue(), mp.Queue()
    local p = mp.spawn(function() up:put(1) mp.wait {a, b} end)
    up:get()
    p:kill()
    p:join()
    a:put(1)
    assert.same({a}, mp.wait({a, b}, 5))
  end)

  it("waits for processes only that were started", function()
    local p = mp.Process{target = print, name = "unborn"}
    assert.equal("process 'unborn' was not started: call its start() first", message_of(function() mp.wait {p} end))
  end)

  it("says what cannot be waited for", function()
    assert.equal("mp.wait: objects[2] is a number, which cannot be waited for",
      message_of(function() mp.wait {mp.Queue(), 5} end))
    assert.matches("list expected, got queue", message_of(function() mp.wait(mp.Queue()) end))
    assert.matches("bad argument #2", message_of(function() mp.wait({}, "1") end))
  end)

  -- ---- processes ----

  it("knows the process that runs", function()
    local me = mp.current_process()
    assert.same({"process", "main", true, false}, {mp.type(me), me.name, me:is_alive(), me.daemon})
    assert.is_nil(me.exitcode)
    local pipe <close> = io.popen("echo $PPID")
    assert.equal(pipe:read("n"), me.pid)
  end)

  it("knows no parent of the main process", function()
    assert.is_nil(mp.parent_process())
  end)

  it("knows the parent of another process", function()
    local parent, pid = mp.spawn(function() return mp.parent_process(), mp.parent_process().pid end):result()
    assert.same({mp.current_process(), mp.current_process().pid}, {parent, pid})
  end)

  it("knows a parent also after its end", function()
    local up, go = mp.Queue(), mp.Queue()
    local parent = mp.spawn(function()
      up:put(mp.spawn(function()
        local p = mp.parent_process()
        local alive = p:is_alive()
        up:put("looked")
        go:get()
        p:join()
        return alive, p:is_alive(), p.exitcode
      end))
      mp.sleep(100)
    end)
    local first, second = up:get(), up:get()
    local child = first == "looked" and second or first
    parent:terminate()
    parent:join()
    go:put(1)
    assert.same({true, false, -15}, {child:result()})
  end)

  it("lists the children that are alive", function()
    local go = mp.Queue()
    local p = mp.Process(function() go:get() end)
    assert.same({}, mp.active_children())
    p:start()
    assert.same({p}, mp.active_children())
    go:put(1)
    p:join()
    assert.same({}, mp.active_children())
  end)

  it("lists a process's own children only", function()
    local go = mp.Queue()
    local p = mp.spawn(function()
      local inner = mp.spawn(function() go:get() end)
      local list = mp.active_children()
      go:put(1)
      return #list == 1 and list[1] == inner
    end)
    assert.is_true(p:result())
  end)

  it("counts the CPUs that may be used", function()
    local pipe <close> = io.popen("nproc")
    assert.equal(pipe:read("n"), mp.cpu_count())
    local result = helper.run('print(require"mp".cpu_count())', {shell = "taskset -c 0 %s"})
    assert.equal("1\n", result.out)
  end)

  -- ---- atexit ----

  it("runs exit functions at the end of the main process, the last set first", function()
    local result = helper.run [[
      local mp = require "mp"
      mp.atexit(function() print "first set" end)
      mp.atexit(function() print "last set" end)
      local _ <close> = setmetatable({}, {__close = function() print "variable" end})
    ]]
    assert.equal("variable\nlast set\nfirst set\n", result.out)
  end)

  it("runs exit functions after an error and after os.exit of the main process", function()
    for _, ending in ipairs {"error('no')", "os.exit(1)", "os.exit(1, true)"} do
      local result = helper.run("require'mp'.atexit(function() print 'exit' end) " .. ending)
      assert.same({"exit\n", 1}, {result.out, result.code})
    end
  end)

  it("goes on with the other exit functions when one fails, and says so", function()
    local result = helper.run [[
      local mp = require "mp"
      mp.atexit(function() print "other" end)
      mp.atexit(function() error "broken" end)
    ]]
    assert.same({"other\n", 1}, {result.out, result.code})
    assert.matches("script%d+%.lua:3: broken", result.err)
  end)

  it("runs exit functions before it waits for children", function()
    local result = helper.run [[
      local mp = require "mp"
      local go = mp.Queue()
      mp.spawn(function() go:get() print "child" end)
      mp.atexit(function() print "exit" go:put(1) end)
    ]]
    assert.equal("exit\nchild\n", result.out)
  end)

  it("takes only functions for the exit", function()
    assert.matches("function expected, got nil", message_of(function() mp.atexit(nil) end))
  end)

  -- ---- time ----

  it("sleeps for as long as it is told", function()
    local begin = mp.time()
    mp.sleep(0.1)
    assert.is_true(mp.time() - begin >= 0.1)
  end)

  it("does not sleep for 0 or less", function()
    local begin = mp.time()
    mp.sleep(0)
    mp.sleep(-100)
    assert.is_true(mp.time() - begin < 5)
  end)

  it("refuses to sleep for what is no time", function()
    for _, time in ipairs {0 / 0, "1", {}} do
      assert.matches("bad argument #1 to 'sleep'", message_of(function() mp.sleep(time) end))
    end
    assert.matches("bad argument #1 to 'sleep'", message_of(function() mp.sleep() end))
  end)

  it("has one clock for all processes", function()
    local a = mp.time()
    local b = mp.spawn(function() return mp.time() end):result()
    local c = mp.time()
    assert.is_true(a < b and b < c)
    assert.equal("float", math.type(a))
  end)

  -- ---- register ----

  it("registers a metatable under a name, which receivers use", function()
    local class = {__index = {hello = function(self) return "hello " .. self.name end}}
    assert.equal(class, mp.register("mp_spec.greeter", class))
    local q = mp.Queue()
    local p = mp.spawn(function() local g = q:get() return g:hello(), getmetatable(g) == class end)
    q:put(setmetatable({name = "you"}, class))
    assert.same({"hello you", true}, {p:result()})
  end)

  it("sends a registered metatable along to who has it not", function()
    local q = mp.Queue()
    local p = mp.spawn(function() local g = q:get() return g:hello() end)
    local class = mp.register("mp_spec.late", {__index = {hello = function(self) return "late " .. self.name end}})
    q:put(setmetatable({name = "one"}, class))
    assert.equal("late one", p:result())
  end)

  it("refuses a metatable that is not registered", function()
    local q = mp.Queue()
    assert.matches("^cannot send value%.x: a table with an unregistered metatable",
      message_of(function() q:put {x = setmetatable({1}, {__index = {}})} end))
  end)

  it("needs a name and a table to register", function()
    assert.matches("bad argument #1 to 'register'", message_of(function() mp.register({}, {}) end))
    assert.matches("bad argument #2 to 'register'", message_of(function() mp.register("name") end))
  end)

  -- ---- names ----

  it("tells the types of its objects", function()
    local q = mp.Queue()
    q:put(1)
    local lease <close> = q:lease()
    assert.same({"queue", "process", "lease"}, {mp.type(q), mp.type(mp.current_process()), mp.type(lease)})
    lease:done()
    for _, value in ipairs {1, "queue", {}, print, io.stdout, setmetatable({}, {__name = "queue"})} do
      assert.is_nil(mp.type(value))
    end
    assert.is_nil(mp.type(nil))
  end)

  it("suggests the name that was meant", function()
    assert.equal("mp has no 'Queu' (did you mean 'Queue'?)", message_of(function() return mp.Queu end))
    assert.equal("mp has no 'Qeueu' (did you mean 'Queue'?)", message_of(function() return mp.Qeueu end))
    assert.equal("mp has no 'procces' (did you mean 'Process'?)", message_of(function() return mp.procces end))
  end)

  it("knows the words of others, and says where a module is", function()
    for word, meaning in pairs {Dict = "Table", Namespace = "Table", SharedMemory = "Buffer", Mutex = "Lock",
                                pool = "Pool", cpus = "cpu_count", fork = "spawn"} do
      assert.equal(("mp has no '%s' (did you mean '%s'?)"):format(word, meaning),
                   message_of(function() return mp[word] end))
    end
    for _, name in ipairs {"http", "log"} do
      assert.equal(('mp has no \'%s\' (did you mean require "mp.%s"?)'):format(name, name),
                   message_of(function() return mp[name] end))
    end
    local q, lock, p = mp.Queue(), mp.Lock(), mp.Process(print)
    for message, call in pairs {
      ["a queue has no 'pop' (did you mean 'get'?)"] = function() q:pop() end,
      ["a queue has no 'push' (did you mean 'put'?)"] = function() q:push() end,
      ["a queue has no 'get_nowait' (did you mean 'get'?)"] = function() q:get_nowait() end,
      ["a lock has no 'unlock' (did you mean 'release'?)"] = function() lock:unlock() end,
      ["a process has no 'run' (did you mean 'start'?)"] = function() p:run() end,
      ["a process has no 'returncode' (did you mean 'exitcode'?)"] = function() return p.returncode end,
      ["mp.Process has no 'func' (did you mean 'target'?)"] = function() mp.Process {func = print} end,
      ["mp has no 'len'"] = function() return mp.len end,
      ["mp.Table has no 'push'"] = function() mp.Table.push({}, 1) end,
      ["mp.spawn has no '1' (did you mean 'target'?)"] = function() mp.spawn {print} end,
    } do
      assert.equal(message, message_of(call))
    end
  end)

  it("has its names in messages of Lua's own, also when pools were loaded", function()
    assert.is_function(mp.Pool)
    local _, message = pcall(mp.sleep)
    assert.equal("bad argument #1 to 'mp.sleep' (number expected, got no value)", message)
  end)

  it("suggests nothing when no name is near", function()
    assert.equal("mp has no 'frobnicate'", message_of(function() return mp.frobnicate end))
  end)

  it("reads names that begin with two underscores as nil", function()
    assert.is_nil(mp.__index)
    assert.is_nil(mp.Queue().__name)
  end)

  it("can be asked for by keys that are no names", function()
    assert.is_nil(mp[1])
  end)

  it("sends itself by name", function()
    local q = mp.Queue()
    q:put(mp)
    assert.equal(mp, q:get())
  end)

  it("tells what is wrong in its memory, which is nothing, while others work and are killed", function()
    local result = helper.run [[
      local mp = require "mp"
      local q, t, lock = mp.Queue(), mp.Table(), mp.Lock()
      local function work()
        while true do
          q:put {("x"):rep(600)}
          q:get(0)
          mp.Table.insert(t, {1})
          mp.Table.remove(t)
          lock:acquire()
          lock:release()
        end
      end
      for _ = 1, 40 do
        local workers = {mp.spawn(work), mp.spawn(work), mp.spawn(work)}
        assert(mp.debug.check())
        for i, p in ipairs(workers) do
          p:kill()
          if i < 3 then assert(mp.debug.check()) end
        end
        assert(mp.debug.check())
      end
      print "sound"
    ]]
    assert.same({"sound\n", ""}, {result.out, result.err})
  end)

  it("tells of its own functions in messages by the names that users know", function()
    local _, message = pcall(mp.sleep)
    assert.matches("'[mp.]*sleep'", message)
    assert.not_matches("core", message)
  end)
end)
