-- Processes that get signals, or are interrupted.
local helper = require "spec.helper"
local mp = require "mp"

local function nothing() end

local message_of, sleeper = helper.message_of, helper.sleeper

describe("a process", function()
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
end)
