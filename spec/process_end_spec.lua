-- The end of a process: its status, who waits for it, and scopes that end it.
local helper = require "spec.helper"
local mp = require "mp"

local function nothing() end

local message_of, sleeper = helper.message_of, helper.sleeper

describe("a process", function()
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
end)
