-- Processes that a C module makes by fork: they are none of the family's, and do it no harm.
local helper = require "spec.helper"

local module = [[
#include <sys/wait.h>
#include <unistd.h>
typedef struct lua_State lua_State;
void lua_pushinteger(lua_State *L, long long n);
void lua_pushcclosure(lua_State *L, int (*f)(lua_State *L), int n);
void lua_createtable(lua_State *L, int list, int pairs);
void lua_setfield(lua_State *L, int idx, const char *key);
static int make(lua_State *L)
{
    lua_pushinteger(L, fork());
    return 1;
}
static int join(lua_State *L)
{
    int status = 0;
    wait(&status);
    lua_pushinteger(L, WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
    return 1;
}
int luaopen_forker(lua_State *L)
{
    lua_createtable(L, 0, 2);
    lua_pushcclosure(L, make, 0);
    lua_setfield(L, -2, "fork");
    lua_pushcclosure(L, join, 0);
    lua_setfield(L, -2, "wait");
    return 1;
}
]]

-- In it `fork` and `wait`, and objects that are in use: sound() tells that they are as they should be, and are ended.
local prelude = [[
  package.cpath = %q
  local fork, wait = require("forker").fork, require("forker").wait
  local mp = require "mp"
  local q, lock, go = mp.Queue(), mp.Lock(), mp.Event()
  local guard = lock:guard()
  q:put("leased")
  local lease = q:lease()
  local worker = mp.spawn(function() go:wait() return "fine" end)
  local daemon = mp.spawn {target = function() mp.sleep(math.huge) end, daemon = true}
  mp.atexit(function() print("the end of", mp.current_process().name) end)
  local function sound()
    collectgarbage()
    local left = #mp.active_children()
    go:set()
    print(lock:locked(), lock.holder == mp.current_process(), lease.value, #q, left)
    print(worker:result(), mp.debug.check())
  end
]]
local all_sound = "true\ttrue\tleased\t0\t2\nfine\ttrue\nthe end of\tmain\n"

describe("a process that fork made", function()
  local compiled

  setup(function()
    local source = helper.file("forker.c", module)
    compiled = os.execute(("cc -shared -fPIC -o %s %s 2>/dev/null"):format(helper.path("forker.so"), source))
  end)

  local function run(script)
    return helper.run(prelude:format(helper.path("?.so")) .. script)
  end

  local function it_(name, f)
    it(name, function()
      if not compiled then return pending("there is no C compiler") end
      f()
    end)
  end

  it_("may end as it likes, and the family goes on", function()
    for code, ending in pairs {[7] = "os.exit(7)", [8] = "os.exit(8, true)", [1] = "error('no')", [0] = "return"} do
      local result = run([[
        if fork() == 0 then
          local _ <close> = guard
          local _ <close> = lease
          local _ <close> = worker
          print "child"
          guard, lease, worker = nil
          collectgarbage()
          ]] .. ending .. [[

        end
        print(wait())
        sound()
      ]])
      assert.equal("child\n" .. code .. "\n" .. all_sound, result.out)
      assert.equal(code == 1, result.err:match("script%d+.lua:%d+: no\n") ~= nil)
    end
  end)

  it_("may be made by a process of mp too", function()
    local result = run [[
      local p = mp.spawn(function()
        if fork() == 0 then return "not this" end
        return wait()
      end)
      print(p:result())
      p = mp.spawn(function()
        if fork() == 0 then error "no" end
        return wait()
      end)
      print(p:result())
      sound()
    ]]
    assert.equal("0\n1\n" .. all_sound, result.out)
    assert.matches("^mplua: [^\n]*: no\n$", result.err)
  end)

  it_("is ended when it would use what it does not own", function()
    for _, use in ipairs {"q:put(1)", "lock:release()", "mp.spawn(print)", "mp.Queue()", "mp.sleep(0)"} do
      local result = run("if fork() == 0 then " .. use .. " os.exit(0) end print(wait()) sound()")
      assert.equal("1\n" .. all_sound, result.out, use)
      assert.matches("^mplua: a process that fork made cannot use objects of mp; [^\n]*\n$", result.err)
    end
  end)
end)
