-- Mistakes of the caller: the message begins with the place of the call and says what was wrong with it.
local helper = require "spec.helper"
local mp = require "mp"

local message_of = helper.message_of

-- One of each class, made by `from`: mp itself or a manager.
local function one_of_each(from)
  return {
    queue = from.Queue {name = "q"}, event = from.Event {name = "e"}, lock = from.Lock {name = "l"},
    rlock = from.RLock {name = "r"}, semaphore = from.Semaphore {value = 2, name = "s"},
    condition = from.Condition {name = "c"}, barrier = from.Barrier {parties = 2, name = "b"},
    value = from.Value {type = "b", name = "v"}, array = from.Array {type = "b", n = 3, name = "a"},
    buffer = from.Buffer {n = 3, name = "bytes"}, connection = (from.Pipe {name = "p"}),
    table = from.Table({1, 2}, "t"),
  }
end

local fields = {
  queue = {"maxsize", "closed"}, lock = {"holder", "abandoned"}, rlock = {"holder", "abandoned"}, semaphore = {"value"},
  condition = {"holder", "abandoned"}, barrier = {"parties", "n_waiting", "broken"}, value = {"value", "type"},
  array = {"type"}, connection = {"closed"},
}

local methods = {
  queue = {"put", "get", "put_many", "get_many", "items", "lease", "size", "empty", "full", "clear", "close",
           "task_done", "join"},
  event = {"set", "clear", "is_set", "wait"},
  lock = {"acquire", "release", "locked", "guard", "with"},
  rlock = {"acquire", "release", "locked", "guard", "with"},
  semaphore = {"acquire", "release", "guard", "with"},
  condition = {"acquire", "release", "locked", "guard", "with", "wait", "wait_for", "notify", "notify_all"},
  barrier = {"wait", "abort", "reset"},
  value = {"get", "set", "add", "exchange", "compare_exchange", "update", "get_lock"},
  array = {"add", "exchange", "compare_exchange", "update", "fill", "totable", "set", "get_lock"},
  buffer = {"read", "write", "fill"},
  connection = {"send", "recv", "poll", "close"},
}

describe("a mistake", function()
  it("with an object of a closed manager is told at its place, whatever is asked of it", function()
    local m = mp.Manager {name = "m"}
    local all = one_of_each(m)
    m:close()
    for class, object in pairs(all) do
      local closed = "^" .. class .. " '%w+' is closed with its manager 'm'$"
      for _, name in ipairs(fields[class] or {}) do
        assert.matches(closed, message_of(function() return object[name] end), class .. "." .. name)
      end
      for _, name in ipairs(methods[class] or {}) do
        assert.matches(closed, message_of(function() object[name](object, print) end), class .. ":" .. name)
      end
    end
    for _, use in ipairs {function() return #all.table end, function() return pairs(all.table) end,
                          function() return all.table.x end, function() all.table.x = 1 end,
                          function() return table.unpack(all.table, 1, 1) end} do
      assert.matches("^table 't' is closed", message_of(use))
    end
    for _, name in ipairs {"insert", "remove", "clear", "len", "keys", "totable", "sort", "concat", "unpack", "extend",
                           "update"} do
      assert.matches("^table 't' is closed", message_of(function() mp.Table[name](all.table, nil) end), name)
    end
  end)

  it("with what is no object is told at its place", function()
    for class, object in pairs(one_of_each(mp)) do
      for _, name in ipairs(methods[class] or {}) do
        assert.matches("expected, got table", message_of(function() object[name]({}, print) end), class .. "." .. name)
      end
    end
    for name, f in pairs(mp.Table) do
      assert.matches("shared table expected, got array",
                     message_of(function() local _ = f(mp.Array("b", 3), 4) end), name)
    end
  end)

  it("is a dot where a colon belongs", function()
    local q, p, lock = mp.Queue(), mp.Process(print), mp.Lock()
    assert.equal("bad argument #1 to 'put' (queue expected, got number; with a colon: queue:put(...))",
                 message_of(function() q.put(5) end))
    assert.equal("bad argument #1 to 'get' (queue expected, got no value; with a colon: queue:get(...))",
                 message_of(function() q.get() end))
    assert.equal("bad argument #1 to 'start' (process expected, got no value; with a colon: process:start(...))",
                 message_of(function() p.start() end))
    assert.equal("bad argument #1 to 'acquire' (lock expected, got no value; with a colon: lock:acquire(...))",
                 message_of(function() lock.acquire() end))
    assert.equal("bad argument #1 to 'Condition' (lock expected, got number)", message_of(function()
      mp.Condition(5)
    end))
  end)

  it("is a colon where a dot belongs", function()
    for _, name in ipairs {"Process", "Thread", "Pool", "Queue", "Pipe", "Lock", "RLock", "Event", "Semaphore",
                           "Condition", "Barrier", "Value", "Array", "Buffer", "Manager"} do
      assert.equal(("mp.%s is called with a dot, not with a colon"):format(name),
                   message_of(function() mp[name](mp) end))
      assert.equal(("mp.%s is called with a dot, not with a colon"):format(name),
                   message_of(function() mp[name](mp, print) end))
    end
    assert.equal("mp.spawn is called with a dot, not with a colon", message_of(function() mp:spawn(print) end))
  end)

  it("with what should be a function is told before anything is done", function()
    local all = one_of_each(mp)
    local wrong = "bad argument #1 to '[%w_]+' %(function expected, got number%)"
    for _, class in ipairs {"lock", "rlock", "semaphore", "condition", "value", "array"} do
      assert.matches(wrong, message_of(function() all[class]:with(5) end), class)
    end
    assert.is_false(all.lock:locked())
    assert.equal(2, all.semaphore.value)
    assert.matches(wrong, message_of(function() all.value:update(5) end))
    assert.matches("#2 to 'update' %(function expected", message_of(function() all.array:update(1, 5) end))
    assert.matches("#3 to '[%w.]*update' %(function expected",
                   message_of(function() mp.Table.update(all.table, 1, 5) end))
    all.condition:acquire()
    assert.matches(wrong, message_of(function() all.condition:wait_for(5) end))
    all.condition:release()
  end)

  it("is a number as text, which is not converted", function()
    local all = one_of_each(mp)
    local lease = mp.Queue()
    for name, call in pairs {
      Queue = function() mp.Queue("5") end, ["Queue{}"] = function() mp.Queue {maxsize = "5"} end,
      Semaphore = function() mp.Semaphore("3") end, ["Semaphore{}"] = function() mp.Semaphore {value = "3"} end,
      BoundedSemaphore = function() mp.BoundedSemaphore("3") end, Barrier = function() mp.Barrier("2") end,
      ["Barrier{}"] = function() mp.Barrier {parties = 2, timeout = "1"} end,
      Buffer = function() mp.Buffer("8") end, ["Array{}"] = function() mp.Array {type = "b", n = "8"} end,
      sleep = function() mp.sleep("0") end, wait = function() mp.wait({}, "0") end,
      put = function() all.queue:put(1, "0") end, get = function() all.queue:get("0") end,
      get_many = function() all.queue:get_many("1") end, lease = function() lease:lease("0") end,
      acquire = function() all.lock:acquire("0") end, guard = function() all.lock:guard("0") end,
      release = function() all.semaphore:release("1") end, notify = function() all.condition:notify("1") end,
      fill = function() all.array:fill(0, "1") end, add = function() all.array:add("1", 1) end,
      totable = function() all.array:totable("1") end, set = function() all.array:set({1}, "1") end,
      read = function() all.buffer:read("1") end, write = function() all.buffer:write("1", "x") end,
      insert = function() mp.Table.insert(all.table, "1", 2) end,
      remove = function() mp.Table.remove(all.table, "1") end,
      table_add = function() mp.Table.add(all.table, 1, "1") end, recv = function() all.connection:recv("0") end,
      signal = function() mp.Process(print):signal("9") end,
    } do
      assert.matches("^bad argument #%d to '[%w_.]+' %(.*expected, got string%)$", message_of(call), name)
    end
  end)

  it("with what can be called is none", function()
    local all = one_of_each(mp)
    local callable = setmetatable({}, {__call = function(_, x) return (x or 0) + 1 end})
    assert.equal(2, all.lock:with(callable, 1))
    assert.equal(1, all.value:update(callable))
    assert.equal(2, mp.Table.update(all.table, 1, callable))
  end)

  it("is told at the place of the user's code, whatever is in between", function()
    local q = mp.Queue()
    q:close()
    assert.matches("^queue%-%d+ is closed$", message_of(function() q.put(q, 1) end))
    local _, message = pcall(q.put, q, 1)   -- by a C function
    assert.matches("mistakes_spec.lua:%d+: queue%-%d+ is closed$", message)
    q = mp.Queue {name = "jobs"}
    q:put(1)
    local lease = q:lease()
    lease:done()
    assert.equal("this lease of queue 'jobs' is done or given back", message_of(function() return lease.deliveries end))
    assert.matches("^a queue has no '1'$", message_of(function() table.unpack(q, 1, 1) end))
  end)
end)
