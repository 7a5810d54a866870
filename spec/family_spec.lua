-- time limit: 60 s, alone
-- What the shell and the rest of the system see: one well-behaved job.
local command = require "spec.command"
local helper = require "spec.helper"

-- main and three children: one sleeps, one computes, one has a program of os.execute. Prints main's pid, then theirs.
local busy = [[
  local mp = require "mp"
  local up = mp.Queue()
  mp.atexit(function() print "exit function" end)
  print(mp.current_process().pid)
  mp.spawn(function() up:put(1) mp.sleep(1000) end)
  mp.spawn(function() up:put(1) while true do end end)
  mp.spawn(function() up:put(1) os.execute("exec sleep 1000") end)
  for _ = 1, 3 do up:get() end
  for _, p in ipairs(mp.active_children()) do print(p.pid) end
  print "ready"
  mp.sleep(1000)
]]

local function start(script, options)
  local family = helper.start(script, options)
  family.main = family:number()
  family.children = {}
  for line in family.pipe:lines() do
    if line == "ready" then break end
    table.insert(family.children, tonumber(line))
  end
  return family
end

describe("a family", function()
  setup(function() command.setup {} end)

  -- ---- the status ----

  for script, status in pairs {
    [""] = 0, ["return 5"] = 0, ["os.exit(7)"] = 7, ["os.exit(false)"] = 1, ["os.exit(300)"] = 300 % 256,
    ["error 'no'"] = 1, ["= ="] = 1,
  } do
    it(("ends with status %d after %q"):format(status, script), function()
      assert.equal(status, helper.run(script).code)
    end)
  end

  it("ends with the main process's status, whatever its children do", function()
    assert.equal(0, helper.run("require'mp'.spawn(function() os.exit(9) end)").code)
    assert.equal(4, helper.run("require'mp'.spawn(function() error('no') end) os.exit(4)").code)
  end)

  it("waits for the children before it ends", function()
    local result = helper.run [[
      local mp = require "mp"
      local go = mp.Queue()
      mp.spawn(function() go:get() print "child" end)
      print "main"
      go:put(1)
    ]]
    assert.same({"main\nchild\n", 0}, {result.out, result.code})
  end)

  it("waits for the children also after an error and after os.exit", function()
    for _, ending in ipairs {"error 'no'", "os.exit(1)"} do
      local result = helper.run([[
        local mp = require "mp"
        local go = mp.Queue()
        mp.spawn(function() go:get() print "child" end)
        go:put(1)
      ]] .. ending)
      assert.same({"child\n", 1}, {result.out, result.code})
    end
  end)

  it("terminates the daemons when it ends", function()
    assert.equal(0, helper.run([[
      local mp = require "mp"
      mp.Process{target = mp.sleep, args = {1000}, daemon = true}:start()
    ]]).code)
  end)

  it("waits for grandchildren whose parent was killed", function()
    local result = helper.run [[
      local mp = require "mp"
      local go = mp.Queue()
      mp.spawn(function()
        mp.spawn(function() go:get() print "grandchild" end)
        mp.current_process():kill()
      end):join()
      mp.atexit(function() print "main" go:put(1) end)
    ]]
    assert.same({"main\ngrandchild\n", 0}, {result.out, result.code})
  end)

  it("goes on when one of it is killed from outside", function()
    local family = start [[
      local mp = require "mp"
      local up, go = mp.Queue(), mp.Queue()
      print(mp.current_process().pid)
      local victim = mp.spawn(function() up:put(1) mp.sleep(1000) end)
      local other = mp.spawn(function() up:put(1) return go:get() end)
      up:get() up:get()
      print(victim.pid)
      print "ready"
      victim:join()
      go:put("fine")
      print(victim.exitcode, other:result())
    ]]
    helper.kill("KILL", family.children[1])
    assert.same({"-9\tfine\n", "exit", 0}, {family:finish()})
  end)

  -- ---- death of the first ones ----

  for name, whom in pairs {["the monitor"] = "pid", ["main"] = "main"} do
    it("is gone within a second after kill -9 of " .. name, function()
      local family = start(busy)
      assert.is_true(helper.wait_until(function() return #family:members() >= 6 end))   -- with the monitor and sleep
      helper.kill("KILL", family[whom])
      assert.is_true(family:gone())
      assert.same({"", "signal", 9}, {family:finish()})
    end)

    it("is gone after kill -9 of " .. name .. " also where it was stopped", function()
      local family = start(busy)
      for _, pid in ipairs(family.children) do helper.kill("STOP", pid) end
      helper.kill("KILL", family[whom])
      assert.is_true(family:gone())
      family:finish()
    end)

    it("is gone after kill -9 of " .. name .. " while it starts processes", function()
      local family = start [[
        local mp = require "mp"
        print(mp.current_process().pid)
        print "ready"
        local function breed() while true do mp.spawn(mp.sleep, 0.1) end end
        mp.spawn(breed)
        mp.spawn(breed)
        breed()
      ]]
      assert.is_true(helper.wait_until(function() return #family:members() > 8 end))   -- of slow machines too
      helper.kill("KILL", family[whom])
      assert.is_true(family:gone())
      family:finish()
    end)

    for _, signal in ipairs {"TERM", "HUP"} do
      it(("ends by SIG%s to %s"):format(signal, name), function()
        local family = start(busy)
        helper.kill(signal, family[whom])
        assert.is_true(family:gone())
        assert.same({"", "signal", signal == "TERM" and 15 or 1}, {family:finish()})
      end)
    end
  end

  it("is gone after kill -9 also where it is a session of its own", function()
    local family = start([[
      local mp = require "mp"
      local up = mp.Queue()
      print(mp.current_process().pid)
      mp.spawn(function()
        local program <close> = io.popen("exec setsid -w sleep 1000", "w")
        up:put(1)
        mp.sleep(1000)
      end)
      up:get()
      print "ready"
      mp.sleep(1000)
    ]], {shell = "exec setsid %s"})
    helper.kill("KILL", family.pid)
    assert.is_true(helper.wait_until(function()
      local pids = family:members()
      for _, pid in ipairs(pids) do
        local file = io.open("/proc/" .. pid .. "/comm")
        local name = file and file:read("a") or ""
        if file then file:close() end
        if name:find("mplua") then return false end
      end
      return true
    end, 1))
    for _, pid in ipairs(family:members()) do helper.kill("KILL", pid) end   -- what a program started may live on
    family:finish()
  end)

  it("takes its programs along when it ends", function()
    local family = start [[
      local mp = require "mp"
      local up = mp.Queue()
      print(mp.current_process().pid)
      mp.Process{target = function() up:put(1) os.execute("exec sleep 1000") end, daemon = true}:start()
      up:get()
      print "ready"
    ]]
    assert.is_true(family:gone(5))
    assert.same({"", "exit", 0}, {family:finish()})
  end)

  it("passes other signals on to main", function()
    local family = start(busy)
    helper.kill("USR1", family.pid)
    assert.is_true(family:gone())
    assert.same({"", "signal", 10}, {family:finish()})
  end)

  it("tells what it waits for when it gets SIGQUIT, and ends", function()
    local family = start [[
      local mp = require "mp"
      local q = mp.Queue{name = "never"}
      print(mp.current_process().pid)
      print "ready"
      q:get()
    ]]
    assert.is_true(helper.wait_until(function()
      local file <close> = io.open(("/proc/%d/syscall"):format(family.main))
      return file:read("a"):match("^202 ") or file:read("a"):match("^98 ")
    end) and true)
    helper.kill("QUIT", family.pid)
    local _, how, code = family:finish()
    assert.same({"signal", 3}, {how, code})
    assert.matches("process 'main' %(pid %d+%) waits for queue 'never' since [^\n]*script%d+%.lua:5\n", family.stderr())
  end)

  it("tells that too when it was started with SIGQUIT ignored, and goes on", function()
    local family = start([[
      local mp = require "mp"
      print(mp.current_process().pid)
      print "ready"
      mp.Queue {name = "never"}:get()
    ]], {shell = "trap '' QUIT; exec %s"})
    helper.asleep({pid = family.main})
    for n = 1, 2 do
      helper.kill("QUIT", family.pid)
      assert.is_true(helper.wait_until(function()
        return select(2, family.stderr():gsub("process 'main' [^\n]* waits for queue 'never'", "")) >= n
      end))
    end
    helper.kill("KILL", family.pid)
    assert.same({"", "signal", 9}, {family:finish()})
    assert.is_true(family:gone())
  end)

  it("tells who is stopped, also while it waits itself for what that one holds", function()
    local family = start [[
      local mp = require "mp"
      local SIGSTOP <const>, SIGCONT <const> = 19, 18
      local q = mp.Queue()
      local busy = mp.spawn {name = "busy", target = function()
        while true do
          q:put(1)
          q:get(0)
        end
      end}
      local function waiter() while true do q:get() end end
      local victim, recovered
      repeat   -- until it is stopped where the recovery of one who waits for the queue needs what it holds
        victim = mp.spawn(waiter)
        mp.sleep(0.001)
        busy:signal(SIGSTOP)
        victim:kill()
        recovered = victim:join(0.2)
        if recovered then busy:signal(SIGCONT) end
      until not recovered
      print(mp.current_process().pid)
      print "ready"
      mp.sleep(math.huge)
    ]]
    helper.kill("QUIT", family.pid)
    assert.is_truthy(helper.wait_until(function()
      return family.stderr():find "process 'busy' %(pid %d+%) is stopped\n"
    end))
    helper.kill("KILL", family.pid)
    assert.is_true(family:gone())
  end)

  it("tells two members with the same number apart, one of which is dead and not recovered yet", function()
    local last = io.open("/proc/sys/kernel/ns_last_pid", "w")
    if not last then return pending "the next process's number cannot be chosen here" end
    last:close()
    local result = helper.run [[
      local mp = require "mp"
      local SIGSTOP <const>, SIGCONT <const> = 19, 18
      local q = mp.Queue()
      local busy = mp.spawn {name = "busy", target = function()
        while true do
          q:put(1)
          q:get(0)
        end
      end}
      local function waiter() while true do q:get() end end
      local victim, recovered
      repeat   -- as above
        victim = mp.spawn(waiter)
        mp.sleep(0.001)
        busy:signal(SIGSTOP)
        victim:kill()
        recovered = victim:join(0.2)
        if recovered then busy:signal(SIGCONT) end
      until not recovered
      local other
      repeat   -- other programs start processes, too
        if other then other:kill() other:join(0) end
        local last <close> = io.open("/proc/sys/kernel/ns_last_pid", "w")
        last:write(victim.pid - 1)
        last:flush()
        other = mp.spawn(mp.sleep, 1000)
      until other.pid == victim.pid
      other:kill()
      busy:signal(SIGCONT)
      print(victim:join(), other:join())
      busy:kill()
      print(busy:join(), mp.debug.check())
    ]]
    assert.same({out = "true\ttrue\ntrue\ttrue\n", err = "", code = 0}, result)
  end)

  -- ---- interruption ----

  it("ends by SIGINT to the monitor with one line, after exit functions", function()
    local family = start(busy)
    helper.kill("INT", family.pid)
    local out, how, code = family:finish()
    assert.same({"exit function\n", "signal", 2}, {out, how, code})
    assert.matches("^[^\n]*interrupted\n$", family.stderr())
    assert.is_true(family:gone())
  end)

  it("may catch the interruption and go on", function()
    local family = start [[
      local mp = require "mp"
      print(mp.current_process().pid)
      print(pcall(function() print "ready" mp.sleep(1000) end))
    ]]
    helper.kill("INT", family.pid)
    local out, how, code = family:finish()
    assert.matches("^false\t[^\n]*interrupted\n$", out)
    assert.same({"exit", 0}, {how, code})
  end)

  it("is killed by a second interruption", function()
    local family = start [[
      local mp = require "mp"
      print(mp.current_process().pid)
      mp.atexit(function() print "ending" while true do end end)
      mp.spawn(mp.sleep, 1000)
      print "ready"
      mp.sleep(1000)
    ]]
    helper.kill("INT", family.pid)
    assert.equal("ending", family:read())
    -- Two within a moment are taken for one that came on two ways.
    assert.is_true(helper.wait_until(function()
      os.execute(("kill -INT %d 2>/dev/null"):format(family.pid))
      return family:gone(0.1)
    end))
    assert.same({"", "signal", 2}, {family:finish()})
  end)

  it("ignores an interruption when it was told to, as in the background of a script", function()
    local family = start([[
      local mp = require "mp"
      print(mp.current_process().pid)
      local go = mp.Queue()
      print "ready"
      print(mp.spawn(function() return io.open(arg[1]):read("l") end):result())
    ]], {shell = "trap '' INT; mkfifo fifo; exec %s", args = {helper.path("fifo")}})
    helper.kill("INT", family.pid)
    helper.kill("INT", family.main)
    helper.file("fifo", "went on\n")
    assert.same({"went on\n", "exit", 0}, {family:finish()})
  end)

  it("goes on after SIGHUP under nohup", function()
    local family = start([[
      local mp = require "mp"
      print(mp.current_process().pid)
      print "ready"
      print(mp.spawn(function() return io.open(arg[1]):read("l") end):result())
    ]], {shell = "mkfifo fifo2; exec nohup %s", args = {helper.path("fifo2")}})
    helper.kill("HUP", family.pid)
    helper.kill("HUP", family.main)
    helper.file("fifo2", "went on\n")
    assert.same({"went on\n", "exit", 0}, {family:finish()})
  end)

  -- ---- a terminal ----

  it("ends by Ctrl-C with one line and status 130, and nobody is left", function()
    local path = helper.file("busy.lua", busy)
    local shell = ("env FAMILY=%s mplua %s"):format(helper.path("ctrl-c"), path)
    local seen = command.talk("ours", shell, {{"ready\r\n", "\3"}})
    assert.equal(130, seen.code)
    assert.matches("ready\r\n%^C[^\n]*interrupted\r\nexit function\r\n$", seen.out)
    local family = helper.marked(helper.path("ctrl-c"))
    assert.is_true(family:gone())
  end)

  it("ends by a second Ctrl-C at once", function()
    local path = helper.file("ending.lua", [[
      local mp = require "mp"
      mp.atexit(function() print "ending" while true do end end)
      mp.spawn(mp.sleep, 1000)
      print "ready"
      mp.sleep(1000)
    ]])
    local seen = command.talk("ours", "mplua " .. path, {{"ready\r\n", "\3"}, {"ending\r\n", "\3"}})
    assert.equal(130, seen.code)
  end)

  it("tells who waits for what at Ctrl-\\, and ends", function()
    local path = helper.file("quits.lua", [[
      local mp = require "mp"
      local up, never = mp.Queue(), mp.Queue {name = "never"}
      mp.spawn {target = function() up:put(1) never:get() end, name = "reader"}
      up:get()
      print "ready"
      never:get()
    ]])
    local seen = command.talk("ours", "env FAMILY=" .. helper.path "quits" .. " mplua " .. path, {{"ready\r\n", "\28"}})
    assert.equal(131, seen.code)
    assert.matches("process 'main' %(pid %d+%) waits for queue 'never' since", seen.out)
    assert.matches("process 'reader' %(pid %d+%) waits for queue 'never' since", seen.out)
    assert.is_true(helper.marked(helper.path "quits"):gone())
  end)

  it("leaves the children alone at Ctrl-C when main goes on", function()
    local path = helper.file("catches.lua", [[
      local mp = require "mp"
      local up, go = mp.Queue(), mp.Queue()
      local p = mp.spawn(function() up:put(1) return go:get() end)
      up:get()
      print(pcall(function() print "ready" mp.sleep(1000) end))
      go:put("went on")
      print(p:result())
    ]])
    local seen = command.talk("ours", "mplua " .. path, {{"ready\r\n", "\3"}})
    assert.matches("went on\r\n$", seen.out)
    assert.equal(0, seen.code)
  end)

  -- noflsh: else what is typed may be lost that comes before the terminal is ready with Ctrl-Z.
  -- A process of the family that went on when the shell says "Stopped" would read the line that is for the shell.
  it("stops as a whole at Ctrl-Z and goes on at fg", function()
    local path = helper.file("stops.lua", [[
      local mp = require "mp"
      local q = mp.Queue()
      mp.Process{target = function() print "ready" q:put(io.read()) end, stdin = true}:start()
      print("read " .. q:get())
    ]])
    local mark = helper.path("ctrl-z-fg")
    local look = helper.file("look.sh", ([[
      for file in $(grep -lsxzF FAMILY=MARK /proc/[0-9]*/environ); do
        sed -n 's/^State:[^(]*//p' ${file%/environ}/status
      done
      echo looked
    ]]):gsub("MARK", mark))
    local seen = command.talk("ours", "env PS1=: sh -i", {
      {":", "stty noflsh; FAMILY=" .. mark .. " mplua " .. path .. "\n"}, {"ready\r\n", "\26"},
      {"Stopped", "sh " .. look .. "\n"}, {"looked\r\n", "fg\n"}, {"mplua", "line\n"}, {"read line\r\n", "exit\n"},
    })
    assert.equal(0, seen.code)
    local states = seen.out:match("look%.sh\r\n(.-)looked\r\n")
    assert.equal(3, select(2, states:gsub("%(stopped%)", "")))
    assert.not_matches("running", states)
    assert.not_matches("sleeping", states)
  end)

  it("can be killed while it is stopped at Ctrl-Z", function()
    local path = helper.file("busy.lua", busy)
    local seen = command.talk("ours", "env PS1=: sh -i", {
      {":", "stty noflsh; FAMILY=" .. helper.path("ctrl-z") .. " mplua " .. path .. "\n"}, {"ready\r\n", "\26"},
      {"Stopped", "kill -9 %1; wait; echo st $?\n"}, {"st 0\r\n", "exec true\n"},
    })
    assert.equal(0, seen.code)
    local family = helper.marked(helper.path("ctrl-z"))
    assert.is_true(family:gone())
  end)

  it("ends when its terminal is closed", function()
    local family = helper.start(busy, {shell = "exec script -qefc '%s' /dev/null"})
    repeat until family:read():match("^ready")
    helper.kill("KILL", family.pid)   -- the one that holds the terminal's other end
    assert.is_true(family:gone())
  end)

  -- ---- pipes and closed files ----

  it("ends when the pipe that it prints into is closed", function()
    local result = helper.run([[
      local mp = require "mp"
      mp.spawn(mp.sleep, 1000)
      while true do print "line" end
    ]], {shell = "(%s; echo $? >&2) | head -n 1"})
    assert.same({"line\n", "141\n"}, {result.out, result.err})
  end)

  it("goes on when only a child prints into a closed pipe", function()
    local result = helper.run([[
      local mp = require "mp"
      local p = mp.spawn(function() while true do print "line" end end)
      p:join()
      os.exit(p.exitcode + 50)
    ]], {shell = "(%s; echo $? >&2) | head -n 1"})
    assert.same({"line\n", "37\n"}, {result.out, result.err})
  end)

  it("works without stdin, stdout and stderr", function()
    local script = "local mp = require 'mp' os.exit(mp.spawn(function() return io.read() or 6 end):result())"
    for _, shell in ipairs {"exec %s <&-", "exec %s >&-", "exec %s 2>&-", "exec %s <&- >&- 2>&-"} do
      assert.equal(6, helper.run(script, {shell = shell}).code)
    end
  end)

  -- ---- poor surroundings ----

  local works = "print(require 'mp'.spawn(function() return 'works' end):result())"

  -- Some containers let nobody make a namespace.
  local function unshared(options, shell)
    if not os.execute("unshare " .. options .. " true 2>err.tmp; s=$?; rm -f err.tmp; exit $s") then return nil end
    return helper.run(works, {shell = ("exec unshare %s sh -c '%s'"):format(options, shell)})
  end

  local sanitized <const> = os.getenv "ASAN_OPTIONS"   -- what the sanitizer itself needs

  it("works without /proc", function()
    if sanitized then return pending("the sanitizer needs it") end
    local result = unshared("-m", "mount -t tmpfs none /proc && %s")
    if not result then return pending("no namespaces here") end
    assert.same({"works\n", 0}, {result.out, result.code})
  end)

  it("works without /dev/shm, and with one that is read-only", function()
    local result = unshared("-m", "mount -t tmpfs -o ro none /dev/shm && %s")
    if not result then return pending("no namespaces here") end
    assert.same({"works\n", 0}, {result.out, result.code})
  end)

  it("works as pid 1, also for those that lost their parents", function()
    local script = [[
      local mp = require "mp"
      for _ = 1, 10 do os.execute("sh -c 'sleep 0.01 & :'") end
      os.exit(mp.spawn(function() return 7 end):result())
    ]]
    if not os.execute("unshare -fp --mount-proc true") then return pending("no namespaces here") end
    assert.equal(7, helper.run(script, {shell = "exec unshare -fp --mount-proc %s"}).code)
  end)

  it("shows a signal as a status when it is pid 1", function()
    if not os.execute("unshare -fp --mount-proc true") then return pending("no namespaces here") end
    local script = "local mp = require 'mp' mp.current_process():kill() mp.sleep(100)"
    assert.equal(137, helper.run(script, {shell = "exec unshare -fp --mount-proc %s"}).code)
  end)

  for _, limit in ipairs {"-f 0", "-f 8", "-f 1000000", "-v 10000", "-v 100000", "-v 1000000", "-v 16000000", "-n 8"} do
    it("works under ulimit " .. limit .. ", or says in a line why not", function()
      if sanitized and limit:find "^-v" then return pending("the sanitizer needs more") end
      local result = helper.run(works, {shell = "(ulimit " .. limit .. "; exec %s) 2>&1 | cat"})
      assert.is_truthy(result.out == "works\n" or result.out:match("^mplua: [^\n]+\n$"), result.out)
    end)
  end

  it("works under ulimit -f 0", function()
    assert.equal("works\n", helper.run(works, {shell = "(ulimit -f 0; exec %s) 2>&1 | cat"}).out)
  end)

  it("works with 4 GB of address space", function()
    if sanitized then return pending("the sanitizer needs more") end
    assert.equal("works\n", helper.run(works, {shell = "(ulimit -v 4000000; exec %s) 2>&1 | cat"}).out)
  end)
end)
