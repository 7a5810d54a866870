-- time limit: 120 s
-- What SIGQUIT tells of a program that hangs.
local helper = require "spec.helper"

local function sorted(text)
  local lines = {}
  for line in text:gmatch("[^\n]+") do lines[#lines + 1] = line end
  table.sort(lines)
  return lines
end

-- A report without what differs from run to run.
local function normal(report)
  report = report:gsub("%(pid %d+%)", "(pid N)"):gsub("since [%d.]+ s", "since N s")
  return (report:gsub("[^ ]*script%d+%.lua", "hang.lua"))
end

-- The lines of the report of a script, asked for until they are those of `expected`.
local function report_of(script, expected)
  local family = helper.start("print 'ready' " .. script, {shell = "trap '' QUIT; exec %s"})
  assert.equal("ready", family:read())
  local last
  helper.wait_until(function()
    local before = #family.stderr()
    helper.kill("QUIT", family.pid)
    helper.wait_until(function() return #sorted(family.stderr():sub(before + 1)) >= #expected end, 1)
    last = sorted(normal(family.stderr():sub(before + 1)))
    return table.concat(last, "\n") == table.concat(expected, "\n")
  end)
  helper.kill("KILL", family.pid)
  assert.is_true(family:gone())
  return last
end

describe("the report of who waits for what", function()
  it("is what doc/hangs.md shows for the program there", function()
    local file <close> = assert(io.open("doc/hangs.md"))
    local script, report = file:read("a"):match("\n```lua fragment\n(.-)```\n```text\n(.-)```\n")
    assert.equal(3, #sorted(report))
    local expected = sorted(normal(report))
    assert.same(expected, report_of(script, expected))
  end)

  it("names who holds a lock that is waited for", function()
    local expected = {
      "process 'a' (pid N) waits for lock 'one', held by process 'b', since N s at hang.lua:5",
      "process 'b' (pid N) waits for the clock since N s at hang.lua:10",
      "process 'main' (pid N) waits for process 'a' since N s at hang.lua:12",
    }
    assert.same(expected, report_of([[
      local mp = require "mp"
      local lock, held = mp.Lock {name = "one"}, mp.Event()
      local a = mp.spawn {name = "a", target = function()
        held:wait()
        lock:acquire()
      end}
      mp.spawn {name = "b", target = function()
        lock:acquire()
        held:set()
        mp.sleep(math.huge)
      end}
      a:join()
    ]], expected))
  end)

  it("names the lock of a condition by the condition's name", function()
    local expected = {
      "process 'a' (pid N) waits for condition 'full' since N s at hang.lua:5",
      "process 'b' (pid N) waits for rlock 'full', held by process 'main', since N s at hang.lua:10",
      "process 'main' (pid N) waits for process 'a' since N s at hang.lua:12",
    }
    assert.same(expected, report_of([[
      local mp = require "mp"
      local full, up = mp.Condition {name = "full"}, mp.Event()
      local a = mp.spawn {name = "a", target = function()
        full:acquire() up:set()
        full:wait()
      end}
      up:wait()
      full:acquire()
      mp.spawn {name = "b", target = function()
        full:acquire()
      end}
      a:join()
    ]], expected))
  end)

  it("names it also when it is a thread, and for the lock of a value", function()
    local expected = {
      "process 'a' (pid N) waits for rlock 'sum', held by thread main/worker, since N s at hang.lua:4",
      "process 'main' (pid N) waits for thread 'worker' since N s at hang.lua:11",
      "thread main/worker (pid N) waits for the clock since N s at hang.lua:9",
    }
    assert.same(expected, report_of([[
      local mp = require "mp"
      local value, held = mp.Value {name = "sum", init = 1}, mp.Event()
      local lock = value:get_lock()
      local function wait_for_it() held:wait() lock:acquire() end
      mp.spawn {name = "a", target = wait_for_it}
      local t = mp.Thread {name = "worker", target = function()
        lock:acquire()
        held:set()
        require "mp".sleep(math.huge)
      end}
      t:start():join()
    ]], expected))
  end)

  local sleeper = [[
    local mp = require "mp"
    mp.spawn(mp.sleep, math.huge)
    print(mp.current_process().pid)
    mp.sleep(math.huge)
  ]]

  it("keeps nobody alive when who is to read it does not", function()
    local family = helper.start(sleeper, {shell = [[mkfifo full && exec 7<>full && trap '' QUIT &&
      { dd if=/dev/zero of=full oflag=nonblock bs=4096 count=1000 2>/dev/null || true; } &&
      exec sh -c 'exec "$@" 2>&7' sh %s]]})
    local main = family:number()
    helper.kill("QUIT", family.pid)
    helper.kill("KILL", main)
    assert.is_true(family:gone())
    assert.same({"", "signal", 9}, {family:finish()})
  end)

  it("ends nobody when who was to read it has gone", function()
    local family = helper.start(sleeper, {shell = [[mkfifo gone && exec 8<>gone 7>gone 8>&- && trap '' QUIT &&
      exec sh -c 'exec "$@" 2>&7' sh %s]]})
    family:number()
    helper.kill("QUIT", family.pid)
    helper.kill("TERM", family.pid)   -- which is dealt with after the other
    assert.same({"", "signal", 15}, {family:finish()})
  end)
end)
