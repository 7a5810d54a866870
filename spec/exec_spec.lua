-- os.execute and io.popen: as Lua has them, but no program outlives the process that started it.
local command = require "spec.command"
local run, as_lua = command.run, command.as_lua

local files = {
  ["greet.sh"] = "echo from the program; exit 3",
  -- Without 32 and 33, which glibc keeps for itself and its own system(3) ignores.
  ["signals.sh"] = "grep -E 'Sig(Blk|Ign)' /proc/self/status | sed 's/18\\(.......\\)$/00\\1/'",
}

local commands = {
  {"os.execute", [[mplua -e 'print(os.execute("sh greet.sh"))']]},
  {"os.execute that succeeds", [[mplua -e 'print(os.execute("true"))']]},
  {"os.execute of what does not exist", [[mplua -e 'print(os.execute("/no/such/program"))']]},
  {"os.execute of what a signal ends", [[mplua -e 'print(os.execute("kill -TERM $$"))']]},
  {"os.execute without a command", [[mplua -e 'print(os.execute())']]},
  {"os.execute of a wrong value", [[mplua -e 'os.execute({})']]},
  {"os.execute of a number", [[mplua -e 'print(os.execute(1))']]},
  {"os.execute reads our stdin", [[mplua -e 'print(os.execute("cat"))']], "some input\n"},
  {"io.popen reads", [[mplua -e 'local p = io.popen("sh greet.sh") print(p:read("a")) print(p:close())']]},
  {"io.popen writes", [[mplua -e 'local p = io.popen("cat; exit 2", "w") p:write("text\n") print(p:close())']]},
  {"io.popen iterates", [[mplua -e 'for l in io.popen("echo a; echo b"):lines() do print(l) end']]},
  {"io.popen of what a signal ends", [[mplua -e 'print(io.popen("kill -9 $$"):close())']]},
  {"io.popen with a wrong mode", [[mplua -e 'io.popen("true", "rw")']]},
  {"io.popen with an empty mode", [[mplua -e 'io.popen("true", "")']]},
  {"io.popen without a command", [[mplua -e 'io.popen()']]},
  {"io.popen when no descriptor is left",
   [[ulimit -n 32; mplua -e 'local t = {} for i = 1, 40 do local p, m, c = io.popen("true")
     if not p then print(m, c) break end t[i] = p end']]},
  {"a file of io.popen closed twice", [[mplua -e 'local p = io.popen("true") p:close() print(io.type(p)) p:close()']]},
  {"a file of io.popen never closed", [[mplua -e 'io.popen("cat", "w"):write("late\n")']]},
  {"a file of io.popen in a scope",
   [[mplua -e 'do local p <close> = io.popen("cat", "w") p:write("a\n") end print("b")']]},
  {"a program that stops reading", [[trap '' PIPE; mplua -e 'local p = io.popen("exit 0", "w")
    repeat until not (p:write("x") and p:flush()) p:write("y") print(p:close())']]},
  {"a failing program that stops reading", [[trap '' PIPE; mplua -e 'local p = io.popen("exit 6", "w")
    repeat until not (p:write("x") and p:flush()) p:write("y") print(p:close())']]},
  {"one program's input does not keep another's open",
   [[mplua -e 'local a = io.popen("cat", "w") local b = io.popen("cat", "w") a:write("a\n") print(a:close())']]},
  {"a program when stdin and stdout are closed",
   [[mplua -e 'local p = io.popen("echo text") io.stderr:write(p:read("a"))' <&- >&-]]},
  {"a program gets the signals we were given",
   [[trap '' HUP USR1; mplua -e 'os.execute("sh signals.sh")']]},
  {"a program of io.popen gets the signals we were given",
   [[trap '' TERM; mplua -e 'print(io.popen("sh signals.sh"):read("a"))']]},
}

describe("exec", function()
  setup(function() command.setup(files) end)

  for _, row in ipairs(commands) do
    it("does as lua(1) for " .. row[1], function()
      if not command.reference then return pending("lua5.4 is not installed") end
      assert.same(run("theirs", row[2], row[3]), as_lua(run("ours", row[2], row[3])))
    end)
  end

  it("writes what was written before what a program writes", function()
    local code = [[mplua -e 'io.write(1) os.execute("echo 2") io.write(3) io.popen("echo 4", "w"):close()']]
    assert.equal("12\n34\n", run("ours", code).out)
  end)

  it("closes files of io.popen in other programs", function()
    local code = [[mplua -e 'local count = "ls /proc/self/fd | wc -w" os.execute(count)
      local p, q = io.popen("cat", "w"), io.popen("echo") os.execute(count)']]
    local before, after = run("ours", code).out:match("(%d+)\n(%d+)\n")
    assert.equal(before, after)
  end)

  local function ended(pid)
    local file = io.open("/proc/" .. pid .. "/stat")
    if not file then return true end
    local state = file:read("a"):match("%) (%a)")
    file:close()
    return state == nil or state == "Z" or state == "X"
  end

  local function ends_soon(pid)
    local deadline = os.time() + 10
    while not ended(pid) and os.time() < deadline do os.execute("sleep 0.02") end
    return ended(pid)
  end

  it("takes programs of io.popen along when it is killed", function()
    local pid = run("ours", [[mplua -e 'print(io.popen("echo $$; exec sleep 100"):read())
      os.execute("kill -9 $PPID; exec sleep 100")']]).out:match("%d+")
    assert.is_true(ends_soon(pid))
  end)

  it("heeds an interruption that a process sends during os.execute", function()
    local result = run("ours", [[mplua -e 'os.execute("kill -INT $PPID; echo done") print("not reached")']])
    assert.same({out = "done\n", err = "mplua: interrupted\n", code = 130}, result)
  end)

  it("takes programs of a process along when that is killed", function()
    local script = [[
      local mp = require "mp"
      local q = mp.Queue()
      local worker = mp.spawn(function()
        local program <close> = io.popen("echo $$; exec sleep 100")
        q:put(program:read())
      end)
      print(q:get())
      io.stdout:flush()
      worker:kill()
      worker:join()
    ]]
    local pid = run("ours", "mplua -", script).out:match("%d+")
    assert.is_true(ends_soon(pid))
  end)

  it("takes programs of os.execute along when it is killed", function()
    local pid = run("ours", [[mplua -e 'os.execute("echo $$; kill -9 $PPID; exec sleep 100")']]).out:match("%d+")
    assert.is_true(ends_soon(pid))
  end)
end)
