-- Log lines say how grave they are and which process they are from, and stay whole.
local helper = require "spec.helper"

local function err_of(script) return helper.run(script).err end

describe("mp.log", function()
  it("writes level, process and what print would show, with blanks between", function()
    assert.equal("[INFO/main] a 1 nil true 2.5\n[WARN/main] \n[ERROR/main] no\n", err_of [[
      local log = require "mp.log"
      log.info("a", 1, nil, true, 2.5)
      log.warn()
      log.error(setmetatable({}, {__tostring = function() return "no" end}))
    ]])
  end)

  it("tells processes apart by their names", function()
    assert.equal("[INFO/worker] at work\n[INFO/main] done\n", err_of [[
      local mp, log = require "mp", require "mp.log"
      mp.spawn {target = function() log.info "at work" end, name = "worker"}:join()
      log.info "done"
    ]])
  end)

  it("leaves out what is below its level", function()
    local result = helper.run [[
      local log = require "mp.log"
      print(log.level)
      for _, level in ipairs {"debug", "info", "warn", "error"} do
        log.level = level
        for _, rank in ipairs {"debug", "info", "warn", "error"} do log[rank](log.level) end
      end
    ]]
    local lines = {}
    for line in result.err:gmatch "[^\n]+" do lines[#lines + 1] = line:gsub("/main%]", ""):sub(2) end
    assert.equal("info\n", result.out)
    assert.same({"DEBUG debug", "INFO debug", "WARN debug", "ERROR debug", "INFO info", "WARN info", "ERROR info",
                 "WARN warn", "ERROR warn", "ERROR error"}, lines)
  end)

  it("has the level of its maker in a child", function()
    assert.equal("[DEBUG/process-1] seen\n", err_of [[
      local mp, log = require "mp", require "mp.log"
      log.level = "debug"
      mp.spawn(function() log.debug "seen" end):join()
    ]])
  end)

  it("keeps lines whole that two processes write at once", function()
    local text = err_of [[
      local mp, log = require "mp", require "mp.log"
      local function write()
        for i = 1, 2000 do log.info(i, ("x"):rep(i)) end
      end
      local other = mp.spawn {target = write, name = "other"}
      write()
      other:join()
    ]]
    local seen = {main = 0, other = 0}
    for line in text:gmatch "[^\n]*\n" do
      local name, i, rest = line:match "^%[INFO/(%l+)%] (%d+) (x+)\n$"
      assert.is_truthy(name, "a torn line: " .. line:sub(1, 80))
      seen[name] = seen[name] + 1
      assert.equal(seen[name], tonumber(i))
      assert.equal(seen[name], #rest)
    end
    assert.same({main = 2000, other = 2000}, seen)
  end)

  it("keeps the lines of one message together, however long", function()
    local text = err_of [[
      local mp, log = require "mp", require "mp.log"
      local function write()
        for i = 1, 30 do log.info(("%d\n"):format(i):rep(20000)) end
      end
      local other = mp.spawn {target = write, name = "other"}
      write()
      other:join()
    ]]
    local seen, at = {main = 0, other = 0}, 1
    while at <= #text do
      local _, last, name, i = text:find("^%[INFO/(%l+)%] (%d+)\n", at)
      assert.is_truthy(name, "a torn message")
      seen[name] = seen[name] + 1
      assert.equal(seen[name], tonumber(i))
      local rest = (i .. "\n"):rep(19999) .. "\n"
      assert.is_true(text:sub(last + 1, last + #rest) == rest)
      at = last + #rest + 1
    end
    assert.same({main = 30, other = 30}, seen)
  end)

  it("comes after what the process has written to stderr itself", function()
    assert.equal("one\n[INFO/main] two\nthree\n", err_of [[
      io.stderr:setvbuf "full"
      io.stderr:write "one\n"
      require "mp.log".info "two"
      io.stderr:write "three\n"
    ]])
  end)

  it("shows errors with their traceback, and passes them on", function()
    local result = helper.run [[
      local log = require "mp.log"
      local function fails() error "broken" end
      local ok, err = xpcall(fails, log.traceback)
      print(ok, err:match "broken")
      log.traceback("known\nstack traceback:\n\t...")
      print(log.traceback(nil))
    ]]
    assert.equal("false\tbroken\nnil\n", result.out)
    assert.truthy(result.err:find "^%[ERROR/main%] [^\n]*broken\nstack traceback:\n")
    assert.truthy(result.err:find("in upvalue 'fails'", 1, true) or result.err:find("in function <", 1, true))
    assert.truthy(result.err:find("[ERROR/main] known\nstack traceback:\n\t...\n", 1, true))
  end)

  it("tells who calls it wrongly what is wrong", function()
    local log = require "mp.log"
    assert.equal("mp.log: level must be 'debug', 'info', 'warn' or 'error'", helper.message_of(function()
      log.level = "loud"
    end))
    assert.equal("mp.log: cannot set 'lvel'", helper.message_of(function() log.lvel = "info" end))
    assert.equal("log.info is called with a dot, not with a colon", helper.message_of(function() log:info "x" end))
    assert.equal("log.debug is called with a dot, not with a colon", helper.message_of(function() log:debug "x" end))
    assert.equal("mp.log has no 'inf' (did you mean 'info'?)", helper.message_of(function() log.inf "x" end))
  end)
end)
