-- Mistakes in the use of pools and futures: the message begins with the place of the call and says what was wrong.
local helper = require "spec.helper"
local mp = require "mp"

local message_of = helper.message_of

local function error_of(f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok)
  return err
end

local function same(...) return ... end

describe("a mistake with a pool", function()
  it("is a dot instead of a colon", function()
    local pool <close> = mp.Pool(1)
    for _, name in ipairs {"map", "starmap", "map_async", "starmap_async", "imap", "imap_unordered", "apply", "submit",
                           "apply_async", "options", "close", "terminate", "join"} do
      local wanted = ("bad argument #1 to '%s' (pool expected, got %%s; with a colon: pool:%s(...))"):format(name, name)
      assert.equal(wanted:format("function"), message_of(function() pool[name](same, {1}) end))
      assert.equal(wanted:format("table"), message_of(function() pool[name]({1}) end))
      assert.equal(wanted:format("nil"), message_of(function() pool[name]() end))
    end
    local future = pool:submit(same, 1)
    for _, name in ipairs {"get", "wait", "done", "successful", "cancelled", "cancel", "on_done"} do
      local wanted = ("bad argument #1 to '%s' (future expected, got function; with a colon: future:%s(...))")
        :format(name, name)
      assert.equal(wanted, message_of(function() future[name](same) end))
    end
    assert.equal(1, future:get())
  end)

  it("is a field that is set, a position or a length, which neither has", function()
    local pool <close> = mp.Pool {n = 1, name = "crew"}
    for _, key in ipairs {"name", "n", "map", "workers", "other", 1} do
      assert.equal(("cannot set '%s' of a pool"):format(key), message_of(function() pool[key] = 5 end))
    end
    assert.equal("crew", pool.name)
    assert.equal(1, pool.n)
    assert.equal("a pool has no '1'", message_of(function() return pool[1] end))
    assert.equal("a pool has no length; pool.n is how many workers it has", message_of(function() return #pool end))
    local future = pool:submit(same, 1)
    for _, key in ipairs {"get", "other", 1} do
      assert.equal(("cannot set '%s' of a future"):format(key), message_of(function() future[key] = 5 end))
    end
    assert.equal("a future has no '1'", message_of(function() return future[1] end))
    assert.equal(1, future:get())
  end)

  it("is an option of a wrong name or kind; a string is never taken for a number", function()
    local pool <close> = mp.Pool(1)
    for given, wanted in pairs {
      [{processes = 2}] = "mp.Pool has no 'processes' (did you mean 'n'?)",
      [{maxtasksperchild = 2}] = "mp.Pool has no 'maxtasksperchild' (did you mean 'max_tasks'?)",
      [{n = "2"}] = "mp.Pool: n must be an integer of at least 1, not the string '2'",
      [{n = {}}] = "mp.Pool: n must be an integer of at least 1, not a table",
      [{n = 0/0}] = "mp.Pool: n must be an integer of at least 1, not " .. 0/0,
      [{max_tasks = 1.5}] = "mp.Pool: max_tasks must be an integer of at least 1, not 1.5",
    } do
      assert.equal(wanted, message_of(function() mp.Pool(given) end))
    end
    for given, wanted in pairs {
      [{chunksize = "5"}] = "pool:map: chunksize must be an integer of at least 1, not the string '5'",
      [{retries = 1.5}] = "pool:map: retries must be an integer of at least 0, not 1.5",
      [{timeout = true}] = "pool:map: timeout must be a number of at least 0, not a boolean",
      [{progress = 1}] = "pool:map: progress must be true or a function, not a number",
      [5] = "bad argument #3 to 'map' (table of options expected, got number)",
    } do
      assert.equal(wanted, message_of(function() pool:map(same, {1}, given) end))
    end
    assert.equal("bad argument #1 to 'options' (table of options expected, got number)",
      message_of(function() pool:options(5) end))
  end)

  it("is no count that is a float, if that is whole", function()
    local pool <close> = mp.Pool {n = 4 / 2, max_tasks = 1e3}
    assert.equal("integer", math.type(pool.n))
    local options = {chunksize = 2.0, buffersize = 4.0, retries = 1.0}
    assert.same({1, 2, 3, n = 3}, pool:map(same, {1, 2, 3}, options))
    local sum = 0
    for _, x in pool:options(options):imap(same, {1, 2, 3}) do sum = sum + x end
    assert.equal(6, sum)
  end)

  it("is an input that is no list of its own", function()
    local pool <close> = mp.Pool(1)
    assert.equal("bad argument #2 to 'map' (give the list itself, not pairs)",
      message_of(function() pool:map(same, pairs {1, 2}) end))
    assert.equal("bad argument #2 to 'imap' (give the list itself, not ipairs)",
      message_of(function() pool:imap(same, ipairs {1, 2}) end))
    assert.equal("bad argument #2 to 'map' (list expected, got a table with the key 'a' and without [1])",
      message_of(function() pool:map(same, {a = 1}) end))
    assert.same({n = 0}, pool:map(same, {}))
    assert.same({n = 2}, pool:map(same, {n = 2}))
  end)

  it("is waited for", function()
    local pool <close> = mp.Pool(1)
    local future = pool:submit(same, 1)
    for object, name in pairs {[future] = "future", [pool] = "pool", [mp.Queue()] = "queue"} do
      assert.equal(("bad argument #1 to 'wait' (list expected, got %s)"):format(name),
        message_of(function() return (mp.wait(object)) end))
    end
    assert.equal("mp.wait: objects[1] is a pool, which cannot be waited for",
      message_of(function() return (mp.wait {pool}) end))
    assert.equal("bad argument #1 to 'wait' (list expected, got nil)", message_of(function() return (mp.wait()) end))
    assert.equal("bad argument #2 to 'wait' (number of seconds expected, got string)",
      message_of(function() return (mp.wait({mp.Event()}, "1")) end))
    assert.equal(1, future:get())
  end)

  it("is a result that cannot be sent: the message says of which task", function()
    local pool <close> = mp.Pool(2)
    local function task(x) return x == 3 and coroutine.create(print) or x end
    for chunksize = 1, 4 do
      assert.equal("task 3 failed: cannot send result 1: a coroutine",
        error_of(pool.map, pool, task, {1, 2, 3, 4}, {chunksize = chunksize}))
    end
  end)

  it("shows in its text: a pool that is closed, terminated or broken is called so", function()
    local pool = mp.Pool {n = 1, name = "crew"}
    assert.equal("pool 'crew' (1 worker)", tostring(pool))
    pool:close()
    assert.equal("pool 'crew' (closed)", tostring(pool))
    pool:terminate()
    assert.equal("pool 'crew' (terminated)", tostring(pool))
    assert.is_true(pool:join())
    local broken <close> = mp.Pool {n = 1, name = "crew", initializer = error}
    error_of(broken.apply, broken, same)
    assert.equal("pool 'crew' (broken)", tostring(broken))
  end)
end)
