-- What processes print: whole lines, in order, once.
local helper = require "spec.helper"

-- Four processes that print lines of many lengths; half of them are written in pieces.
local chatter = [[
  local mp = require "mp"
  for i = 1, 4 do
    mp.spawn(function()
      local letter = ("abcd"):sub(i, i)
      for k = 1, 200 do
        if k % 2 == 0 then print(i .. ":" .. letter:rep(k * 13)) else
          io.write(i, ":")
          for _ = 1, k * 13 do io.write(letter) end
          io.write("\n")
        end
      end
    end)
  end
]]

local function assert_whole(text)
  local seen = {0, 0, 0, 0}
  for line in text:gmatch("([^\n]*)\n") do
    local i, letters = line:gsub("\r$", ""):match("^(%d):(%a*)$")
    assert.is_truthy(i, "a torn line: " .. line:sub(1, 100))
    i = tonumber(i)
    seen[i] = seen[i] + 1
    assert.equal(("abcd"):sub(i, i):rep(seen[i] * 13), letters)
  end
  assert.same({200, 200, 200, 200}, seen)
end

-- A C module with a thread of its own that writes.
local writer = [[
#include <pthread.h>
#include <stdio.h>
typedef struct lua_State lua_State;
void lua_pushcclosure(lua_State *L, int (*f)(lua_State *L), int n);
static void *run(void *unused)
{
    fputs("a line\n", stdout);
    fputs("an error\n", stderr);
    fflush(stdout);
    return unused;
}
static int write_lines(lua_State *L)
{
    pthread_t thread;
    (void)L;
    pthread_create(&thread, NULL, run, NULL);
    pthread_join(thread, NULL);
    return 0;
}
int luaopen_writer(lua_State *L)
{
    lua_pushcclosure(L, write_lines, 0);
    return 1;
}
]]

describe("output", function()
  it("to a file has whole lines", function()
    assert_whole(helper.run(chatter).out)
  end)

  it("to a pipe has whole lines", function()
    assert_whole(helper.run(chatter, {shell = "%s | cat"}).out)
  end)

  it("to a terminal has whole lines", function()
    assert_whole(helper.run(chatter, {shell = "script -qefc '%s' /dev/null </dev/null"}).out)
  end)

  it("on stderr has whole lines", function()
    assert_whole(helper.run([[
      local mp = require "mp"
      for i = 1, 4 do
        mp.spawn(function()
          for k = 1, 200 do io.stderr:write(i .. ":" .. ("abcd"):sub(i, i):rep(k * 13) .. "\n") end
        end)
      end
    ]]).err)
  end)

  it("on stderr has whole lines also when they are written in pieces", function()
    assert_whole(helper.run([[
      local mp = require "mp"
      for i = 1, 4 do
        mp.spawn(function()
          for k = 1, 200 do io.stderr:write(i, ":", ("abcd"):sub(i, i):rep(k * 13), "\n") end
        end)
      end
    ]]).err)
  end)

  -- What is printed by a thread of each of two processes and by the processes themselves.
  local warner = [[
    local mp = require "mp"
    local function warn_often(i)
      for k = 1, 200 do warn(i, ":", ("abcd"):sub(i, i):rep(k * 13)) end
    end
    warn "@on"
    local processes = {}
    for i = 1, 2 do
      processes[i] = mp.spawn(function()
        mp.Thread(warn_often, i):start()
        warn_often(i + 2)
      end)
    end
    for _, p in ipairs(processes) do p:join() end
  ]]

  it("of warnings has whole lines", function()
    assert_whole((helper.run(warner).err:gsub("Lua warning: ", "")))
  end)

  it("of warnings has whole lines on a terminal too", function()
    local out = helper.run(warner, {shell = "script -qefc '%s' /dev/null </dev/null"}).out
    assert_whole((out:gsub("Lua warning: ", "")))
  end)

  it("of warnings is switched for a process, its threads, and what it starts", function()
    local err = helper.run([[
      local mp = require "mp"
      warn "unheard"
      warn("@on")
      mp.Thread(function() warn("in a thread", "@off") warn "@off" end):start():join()
      warn "unheard again"
      warn "@on"
      mp.spawn(function() warn "in a process" warn "@off" end):join()
      warn "@unknown"
      warn "at last"
    ]]).err
    assert.equal("Lua warning: in a thread@off\nLua warning: in a process\nLua warning: at last\n", err)
  end)

  it("of a thread that a library made is there", function()
    local source, library = helper.file("writer.c", writer), helper.path("writer.so")
    if not os.execute(("cc -shared -fPIC -pthread -o %s %s 2>/dev/null"):format(library, source)) then
      return pending("there is no C compiler")
    end
    local result = helper.run(([[
      package.cpath = %q
      local write = require "writer"
      write()
      require("mp").spawn(write):join()
    ]]):format(helper.path("?.so")))
    assert.same({("a line\n"):rep(2), ("an error\n"):rep(2)}, {result.out, result.err})
  end)

  it("has whole lines that are longer than any buffer", function()
    local result = helper.run([[
      local mp = require "mp"
      for i = 1, 3 do mp.spawn(function() for _ = 1, 3 do print(tostring(i):rep(1000000)) end end) end
    ]], {shell = "%s | cat"})
    local count = 0
    for line in result.out:gmatch("([^\n]*)\n") do
      assert.equal(line:sub(1, 1):rep(1000000), line)
      count = count + 1
    end
    assert.equal(9, count)
  end)

  for to, shell in pairs {["a file"] = "exec %s", ["a pipe"] = "%s | cat"} do
    it("is out before an effect of it is seen, to " .. to, function()
      local result = helper.run([[
        local mp = require "mp"
        local ping, pong = mp.Queue(), mp.Queue()
        mp.spawn(function() for i = 1, 100 do ping:get() print("child", i) pong:put(i) end end)
        for i = 1, 100 do print("main", i) ping:put(i) pong:get() end
      ]], {shell = shell})
      local expected = {}
      for i = 1, 100 do expected[i] = ("main\t%d\nchild\t%d\n"):format(i, i) end
      assert.equal(table.concat(expected), result.out)
    end)

    it("is out before the end of its process is seen, to " .. to, function()
      local result = helper.run([[
        local mp = require "mp"
        for i = 1, 20 do
          mp.spawn(function() print("child", i) end):join()
          print("main", i)
        end
      ]], {shell = shell})
      local expected = {}
      for i = 1, 20 do expected[i] = ("child\t%d\nmain\t%d\n"):format(i, i) end
      assert.equal(table.concat(expected), result.out)
    end)

    it("is out before a process that was started prints, to " .. to, function()
      local result = helper.run([[
        local mp = require "mp"
        print "before"
        mp.spawn(function() print "child" end):join()
      ]], {shell = shell})
      assert.equal("before\nchild\n", result.out)
    end)
  end

  it("is out before a process is killed by another that saw its effect", function()
    local result = helper.run [[
      local mp = require "mp"
      local q = mp.Queue()
      local p = mp.spawn(function() print "seen" q:put(1) mp.sleep(100) end)
      q:get()
      p:kill()
      p:join()
    ]]
    assert.equal("seen\n", result.out)
  end)

  it("is out before a sleep", function()
    local family = helper.start [[
      print "now"
      require "mp".sleep(100)
    ]]
    assert.equal("now", family:read())
    helper.kill("KILL", family.pid)
    family:finish()
  end)

  it("is out before a process signals itself", function()
    local result = helper.run [[
      local mp = require "mp"
      print(mp.spawn(function() print "last words" mp.current_process():kill() end):join())
    ]]
    assert.equal("last words\ntrue\n", result.out)
  end)

  it("is not repeated by children: neither lines nor the start of one", function()
    local result = helper.run [[
      local mp = require "mp"
      print "line"
      io.write "start "
      for _ = 1, 3 do mp.spawn(function() end):join() end
      io.write "end\n"
    ]]
    assert.equal("line\nstart end\n", result.out)
  end)

  it("keeps the start of a line until its end, whoever prints meanwhile", function()
    local result = helper.run [[
      local mp = require "mp"
      io.write "main's "
      mp.spawn(function() print "child's" end):join()
      print "line"
    ]]
    assert.equal("child's\nmain's line\n", result.out)
  end)

  it("shows the start of a line when it is flushed", function()
    local family = helper.start [[
      io.write "prompt> "
      io.flush()
      require "mp".sleep(100)
    ]]
    assert.equal("prompt> ", family:read(8))
    helper.kill("KILL", family.pid)
    family:finish()
  end)

  it("has the last line also when it has no end", function()
    local result = helper.run [[
      local mp = require "mp"
      mp.spawn(function() io.write "child" end):join()
      io.write " main"
    ]]
    assert.equal("child main", result.out)
  end)

  it("has the last line also after os.exit and after an error", function()
    assert.equal("text", helper.run("io.write 'text' os.exit(3)").out)
    assert.equal("text", helper.run("io.write 'text' error 'no'").out)
    assert.equal("child", helper.run("require'mp'.spawn(function() io.write 'child' os.exit(3) end):join()").out)
  end)

  it("to other files is not doubled by a start", function()
    local path = helper.path("other")
    helper.run([[
      local mp = require "mp"
      local file = io.open(arg[1], "w")
      file:write("once")
      for _ = 1, 3 do mp.spawn(function() end):join() end
      file:close()
    ]], {args = {path}})
    local file <close> = io.open(path)
    assert.equal("once", file:read("a"))
  end)

  it("may be unbuffered", function()
    local result = helper.run [[
      local mp = require "mp"
      io.stdout:setvbuf("no")
      mp.spawn(function() print("child", 1) end):join()
      print("main", 1)
    ]]
    assert.equal("child\t1\nmain\t1\n", result.out)
  end)

  it("goes nowhere, and harms nobody, when stdout and stderr are closed", function()
    local script = [[
      local mp = require "mp"
      print "lost"
      local p = mp.spawn(function() print "lost" io.stderr:write("lost\n") error("lost") end)
      p:join()
      os.exit(p.exitcode + 40)
    ]]
    assert.equal(41, helper.run(script, {shell = "exec %s >&- 2>&-"}).code)
    assert.equal(41, helper.run(script, {shell = "exec %s <&- >&- 2>&-"}).code)
  end)

  it("to a full disk tells who writes", function()
    local result = helper.run([[
      local mp = require "mp"
      io.stderr:write(mp.spawn(function() return select(2, assert(io.write("text\n")):flush()) end):result(), "\n")
    ]], {shell = "exec %s >/dev/full"})
    assert.matches("No space left on device", result.err)
  end)
end)
