-- time limit: 120 s
-- Few descriptors, few processes, a clock that jumps: it works, or says in a line what is missing.
local helper = require "spec.helper"

describe("mplua", function()
  it("20 descriptors, all but one in use, are enough for everything but files", function()
    local result = helper.run([[
      local mp = require "mp"
      local http, log = require "mp.http", require "mp.log"
      local held = {}
      local function hold_all()
        local file = io.open("/dev/null")
        while file do
          held[#held + 1] = file
          file = io.open("/dev/null")
        end
        assert(#held < 20)
      end
      hold_all()
      held[#held]:close()
      held[#held] = nil
      local list = {mp.Queue(), mp.Pipe(), mp.Lock(), mp.Table(), mp.Buffer(1 << 20)}
      list[1]:put(list)
      assert(#list[1]:get(0) == #list)
      assert(mp.spawn(function() print "a line" return 5 end):result() == 5)
      assert(mp.Thread{target = function() return 6 end}:start():result() == 6)
      local pool <close> = mp.Pool(4)
      assert(table.concat(pool:map(function(i) return i end, {1, 2, 3})) == "123")
      assert(os.execute("exit 3") == nil)
      hold_all()
      print(select(2, io.popen("echo hello")))
      print(select(2, pcall(http.get, "http://127.0.0.1:1/")):match("libcurl.so.*"))
      log.error("a message")
      print(mp.debug.check())
    ]], {shell = "ulimit -n 20; exec %s"})
    assert.equal("[ERROR/main] a message\n", result.err)
    assert.equal("a line\necho hello: Too many open files\t24\n"
      .. "libcurl.so.4: cannot open shared object file: Too many open files\ntrue\n", result.out)
    assert.equal(0, result.code)
  end)

  it("too few descriptors for a script are told, and so is a pool's worker that cannot start", function()
    local result = helper.run("print 'not read'", {shell = "ulimit -n 3; exec %s"})
    assert.same({"", false}, {result.out, result.code == 0})
    assert.matches("[Tt]oo many open files\n$", (result.err:gsub("Error 24\n", "Too many open files\n")))
  end)

  it("as many processes as a user may have: the others are refused, and work goes on", function()
    local whoami <close> = io.popen("id -u")
    local as_nobody = ""
    if whoami:read() == "0" then   -- whom no limit holds
      as_nobody = "setpriv --reuid 65534 --regid 65534 --clear-groups "
    end
    os.execute(("chmod 755 '%s' && cp %s '%s'"):format(helper.path ".", helper.mplua, helper.path "program"))
    local script = helper.file("many.lua", [[
      local mp = require "mp"
      local go, n, ok, message = mp.Event(), 0, nil, nil
      repeat
        ok, message = pcall(mp.spawn, go.wait, go)
        if ok then n = n + 1 end
      until not ok or n == 10000
      print(n >= 10 and n <= 200, (message:gsub("^%S+ ", "")))
      print(pcall(function() mp.Thread{target = print, name = "late"}:start() end))
      print(select(2, pcall(function() return mp.Pool(2):apply(print) end)))
      go:set()
      for _, p in ipairs(mp.active_children()) do p:join() end
      local pool <close> = mp.Pool(2)
      print(pool:apply(function() return "fine" end), mp.debug.check())
    ]])
    local command <const> = "exec prlimit --nproc=200 " .. as_nobody .. helper.path "program" .. " " .. script
    local result = helper.run("", {shell = command})
    assert.same({"", 0}, {result.err, result.code})
    assert.matches("^true\tprocess%-%d+ could not be started: too many processes and threads\n"
      .. "false\t[^\n]*: thread 'late' could not be started: too many processes and threads\n"
      .. "[^\n]*: process 'pool%-1' could not be started: too many processes and threads\nfine\ttrue\n$", result.out)
  end)

  it("as many threads as may be, one after the other: who was joined does not count", function()
    local whoami <close> = io.popen("id -u")
    if whoami:read() ~= "0" then return pending("only root can be a user without other processes") end
    os.execute(("chmod 755 '%s' && cp %s '%s'"):format(helper.path ".", helper.mplua, helper.path "program"))
    local script = helper.file("threads.lua", [[
      local mp = require "mp"
      local sum = 0
      for i = 1, 2000 do sum = sum + mp.Thread(function() return i end):start():result() end
      print(sum)
    ]])
    local result = helper.run("", {   -- the monitor, main, and one thread
      shell = "exec prlimit --nproc=3 setpriv --reuid 54321 --clear-groups " .. helper.path "program" .. " " .. script
    })
    assert.same({"", "2001000\n", 0}, {result.err, result.out, result.code})
  end)

  -- ---- a clock that is set ----

  local steps <const> = [[
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <sys/time.h>
    #include <time.h>
    static time_t step(void)   // a day to and fro, at each look
    {
        static int n;
        return n++ % 2 ? 86400 : -86400;
    }
    int clock_gettime(clockid_t clock, struct timespec *t)
    {
        static int (*next)(clockid_t, struct timespec *);
        if (!next) next = dlsym(RTLD_NEXT, "clock_gettime");
        int err = next(clock, t);
        if (clock == CLOCK_REALTIME) t->tv_sec += step();
        return err;
    }
    time_t time(time_t *t)
    {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        return t ? *t = now.tv_sec : now.tv_sec;
    }
    int gettimeofday(struct timeval *t, void *zone)
    {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        *t = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
        return zone ? 0 : 0;
    }
  ]]

  it("no wait is shorter or longer when the clock is set", function()
    local source <const> = helper.file("steps.c", steps)
    assert(os.execute(("cc -shared -fPIC -o '%s' '%s' -ldl"):format(helper.path "steps.so", source)))
    local result = helper.run([[
      local mp = require "mp"
      assert(math.abs(os.time() - os.time()) > 80000, "the clock stands still")
      local q, near, far = mp.Queue(1), mp.Pipe()
      local lock, event, barrier, condition = mp.Lock(), mp.Event(), mp.Barrier(2), mp.Condition()
      local semaphore = mp.Semaphore{value = 0, signal = true}
      local t, pool = mp.Table(), mp.Pool(1)
      local go = mp.Event()
      local sleeper = mp.Process{daemon = true, target = function() lock:acquire() go:set() mp.sleep(1000) end}:start()
      go:wait()
      q:put(1)
      condition:acquire()
      local waits <const> = {
        sleep = function(s) mp.sleep(s) end,
        put = function(s) return q:put(2, s) end,
        recv = function(s) return far:recv(s) end,
        poll = function(s) return far:poll(s) end,
        acquire = function(s) return lock:acquire(s) end,
        permit = function(s) return semaphore:acquire(s) end,
        event = function(s) return event:wait(s) end,
        condition = function(s) return condition:wait(s) end,
        barrier = function(s) return pcall(barrier.wait, barrier, s) end,
        join = function(s) return sleeper:join(s) end,
        result = function(s) return sleeper:result(s) end,
        wait = function(s) return mp.wait({event, far}, s)[1] end,
        table = function(s) return mp.Table.wait(t, "key", s) end,
        future = function(s) return pool:submit(mp.sleep, 2 * s):get(s) end,
        task = function(s)
          local limited <close> = mp.Pool(1)
          return pcall(limited.map, limited, mp.sleep, {1000}, {timeout = s})
        end,
      }
      for name, wait in pairs(waits) do
        local begun = mp.time()
        assert(not wait(0.1), name)
        local took = mp.time() - begun
        assert(took >= 0.1 and took < 60, name .. " took " .. took)
      end
      pool:terminate()
      sleeper:kill()
      print "fine"
    ]], {env = {LD_PRELOAD = helper.path "steps.so"}, limit = 60})
    assert.same({"fine\n", "", 0}, {result.out, result.err, result.code})
  end)
end)
