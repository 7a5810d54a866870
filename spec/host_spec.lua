-- The command behaves as lua(1) does, and where it is more than that, as its help says.

local function output_of(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  pipe:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function slurp(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function installed(program)
  local path = output_of("command -v " .. program):match("[^\n]+")
  return path
end

local function loadable(library)
  return package.loadlib(library, "*") == true
end

local mplua = os.getenv("MPLUA") or error("MPLUA must name the program under test")
local reference = installed("lua5.4")

local files = {
  ["show.lua"] = "print(arg[0], #arg, ...) for i = -9, #arg do if arg[i] then print(i, arg[i]) end end",
  ["bang.lua"] = "#!/usr/bin/env lua\nprint('bang', ...)",
  ["bare_bang.lua"] = "#!/usr/bin/env lua",
  ["fail.lua"] = "local function f() error('broken') end\nf()",
  ["syntax.lua"] = "x = = 1",
  ["mod.lua"] = "print('loading', ...) return {answer = 42}",
  ["nothing.lua"] = "print('no value', ...)",
  ["init.lua"] = "print('init file', #arg, arg[0])",
  ["-dash.lua"] = "print('dashed', arg[0])",
  ["-"] = "print('a file called -')",
  ["empty.lua"] = "",
  ["bom.lua"] = "\xEF\xBB\xBFprint('bom')",
  ["compiled"] = string.dump(load("print('compiled', ...)", "=compiled")),
  ["greet.sh"] = "echo from the program; exit 3",
  -- Without 32 and 33, which glibc keeps for itself and its own system(3) ignores.
  ["signals.sh"] = "grep -E 'Sig(Blk|Ign)' /proc/self/status | sed 's/18\\(.......\\)$/00\\1/'",
}

-- Each runs in a directory with the files above; `mplua` is the program under test, or lua5.4 under that name.
-- The third column is what stdin gives.
local commands = {
  -- options
  {"a statement", [[mplua -e 'print(1)']]},
  {"a joined statement", [[mplua -e'print(1)']]},
  {"several statements", [[mplua -e 'x = 1' -e'x = x + 1' -e 'print(x)']]},
  {"statements before a script", [[mplua -e 'x = 7' -e 'print(x)' show.lua a b]]},
  {"a failing statement stops all", [[mplua -e 'error("no")' -e 'print(2)' show.lua]]},
  {"a statement with a syntax error", [[mplua -e 'x = = 1' show.lua]]},
  {"an empty statement", [[mplua -e '' -e 'print(1)']]},
  {"a statement sees the arguments", [[mplua -e 'print(#arg, arg[0], ...)' show.lua a b]]},
  {"-e without a value", [[mplua -e]]},
  {"-e followed by an option", [[mplua -e -v]]},
  {"-l without a value", [[mplua -l]]},
  {"-l followed by an option", [[mplua -l -e 'print(1)']]},
  {"a library", [[mplua -l mod -e 'print(mod.answer)']]},
  {"a joined library", [[mplua -lmod -e 'print(mod.answer)']]},
  {"a library under another name", [[mplua -l m=mod -e 'print(m.answer, mod)']]},
  {"a joined library under another name", [[mplua -lm=mod -e 'print(m.answer, mod, arg[-3])']]},
  {"a library with a suffix", [[mplua -l mod-v2 -e 'print(1)']]},
  {"a library that gives nothing", [[mplua -l nothing -e 'print(nothing)']]},
  {"a missing library", [[mplua -l missing show.lua]]},
  {"a library of the standard", [[mplua -l s=string -e 'print(s == string)']]},
  {"a library whose name is empty", [[mplua -l =mod -e 'print(_G[""].answer)']]},
  {"the version", [[mplua -v]]},
  {"the version before all else", [[mplua -v -e 'print(1)']]},
  {"the version, then a script", [[mplua -v show.lua]]},
  {"the version does not read stdin", [[mplua -v]], "print('not run')"},
  {"warnings are off", [[mplua -e 'warn("one")']]},
  {"warnings on", [[mplua -W -e 'warn("one ", "two")']]},
  {"warnings on from there", [[mplua -e 'warn("one")' -W -e 'warn("two")']]},
  {"warnings on by the script", [[mplua -e 'warn("@on") warn("one") warn("@off") warn("two")']]},
  {"an error in a finalizer is a warning", [[mplua -W -e 'setmetatable({}, {__gc = function() error("late") end})']]},
  {"an unknown option", [[mplua -x]]},
  {"an unknown option after others", [[mplua -e 'print(1)' -z show.lua]]},
  {"letters after -v", [[mplua -vv]]},
  {"letters after -i", [[mplua -ix]]},
  {"letters after -E", [[mplua -Ee]]},
  {"letters after -W", [[mplua -W1]]},
  {"-- ends the options", [[mplua -- show.lua -e x]]},
  {"-- and a script like an option", [[mplua -- -dash.lua a]]},
  {"-- and a script called -", [[mplua -- - a]], "print('stdin')"},
  {"-- and nothing", [[mplua --]], "print('stdin', #arg, arg[0], arg[1])"},
  {"- runs stdin", [[mplua - a b]], "print(arg[0], #arg, ...)"},
  {"- after options", [[mplua -e 'print(1)' - a]], "print(arg[0], arg[-1], ...)"},
  {"options end at the script", [[mplua show.lua -v -e -x --]]},
  {"options end at the script's name after values", [[mplua -e 'print(1)' -l mod -W show.lua -v]]},
  {"an empty script name", [[mplua '']]},

  -- scripts
  {"arguments", [[mplua show.lua a 'b c' '' d]]},
  {"negative indices", [[mplua -W -e 'x = 1' -- show.lua a]]},
  {"no arguments", [[mplua show.lua]]},
  {"many arguments", [[mplua -e 'print(select("#", table.unpack(arg)))' show.lua $(seq 500)]]},
  {"too many arguments", [[mplua -e 'for i = 1, 1e6 do arg[i] = i end' show.lua]]},
  {"arguments changed before the script", [[mplua -e 'arg = {"x", n = 1}' bang.lua a b]]},
  {"arguments taken away", [[mplua -e 'arg = nil' show.lua a b]]},
  {"a #! line", [[mplua bang.lua a]]},
  {"a #! line alone", [[mplua bare_bang.lua]]},
  {"a byte order mark", [[mplua bom.lua]]},
  {"a compiled script", [[mplua compiled a]]},
  {"an empty script", [[mplua empty.lua]]},
  {"a script that does not exist", [[mplua nofile.lua]]},
  {"a directory as script", [[mplua .]]},
  {"a script that fails", [[mplua fail.lua]]},
  {"a script that does not compile", [[mplua syntax.lua]]},
  {"a script given by its path", [[mplua ./show.lua a]]},
  {"nothing but an empty stdin", [[mplua]], ""},
  {"stdin without options", [[mplua]], "print(#arg, arg[0], ...)"},
  {"stdin that fails", [[mplua]], "error('broken')"},
  {"stdin by - that fails", [[mplua -]], "error('broken')"},
  {"stdin with a #! line", [[mplua]], "#!/usr/bin/lua\nprint(debug.getinfo(1).source)"},
  {"the script reads stdin", [[mplua -e 'print(io.read("n", "l", "a"))']], "12 rest\nline 2\nline 3"},
  {"a closed stdin", [[mplua -e 'print(io.read())' <&-]]},
  {"stdin that is a file it cannot read", [[mplua < .]]},

  -- errors and exit statuses
  {"an error object that is a table", [[mplua -e 'error({})']]},
  {"an error object with a text", [[mplua -e 'error(setmetatable({}, {__tostring = function() return "text" end}))']]},
  {"an error object with a bad text", [[mplua -e 'error(setmetatable({}, {__tostring = function() return 1 end}))']]},
  {"an error object that fails itself",
   [[mplua -e 'error(setmetatable({}, {__tostring = function() error("deep") end}))']]},
  {"an error that is a number", [[mplua -e 'error(12)']]},
  {"an error that is nil", [[mplua -e 'error(nil)']]},
  {"an error that is a boolean", [[mplua -e 'error(false)']]},
  {"an error without a position", [[mplua -e 'error("no", 0)']]},
  {"an error from C", [[mplua -e 'string.rep()']]},
  {"an error in a called function",
   [[mplua -e 'local function g() local x = nil; x.y = 1 end function f() g() end f()']]},
  {"an error in a coroutine", [[mplua -e 'coroutine.wrap(function() error("inside") end)()']]},
  {"a stack overflow", [[mplua -e 'local function f() return 1 + f() end print(pcall(f) == false)']]},
  {"os.exit with a number", [[mplua -e 'os.exit(7)']]},
  {"os.exit with true", [[mplua -e 'os.exit(true)']]},
  {"os.exit with false", [[mplua -e 'os.exit(false)']]},
  {"os.exit that closes", [[mplua -e 'setmetatable({}, {__gc = function() print("gone") end}) os.exit(3, true)']]},
  {"finalizers run at the end", [[mplua -e 'setmetatable({}, {__gc = function() print("gone") end})']]},
  {"to-be-closed variables of a script that fails",
   [[mplua -e 'local x <close> = setmetatable({}, {__close = function(_, e) print(e) end}) error("no")']]},
  {"stderr is unbuffered, stdout is flushed", [[mplua -e 'io.write("out") io.stderr:write("err")']]},
  {"results of a script are dropped", [[mplua -e 'return 5']]},

  -- the environment
  {"LUA_INIT", [[LUA_INIT='print("init", #arg)' mplua show.lua a]]},
  {"LUA_INIT_5_4 goes first", [[LUA_INIT='print(1)' LUA_INIT_5_4='print(2)' mplua -e 'print(3)']]},
  {"LUA_INIT names a file", [[LUA_INIT=@init.lua mplua show.lua a]]},
  {"LUA_INIT names no file", [[LUA_INIT=@nofile.lua mplua show.lua a]]},
  {"LUA_INIT fails", [[LUA_INIT='error("init")' mplua show.lua]]},
  {"LUA_INIT does not compile", [[LUA_INIT_5_4='= =' mplua show.lua]]},
  {"an empty LUA_INIT_5_4 hides LUA_INIT", [[LUA_INIT_5_4= LUA_INIT='print(1)' mplua -e 'print(2)']]},
  {"-E ignores LUA_INIT", [[LUA_INIT='print(1)' LUA_INIT_5_4='print(2)' mplua -E -e 'print(3)']]},
  {"LUA_PATH", [[LUA_PATH='/x/?.lua;;' LUA_CPATH='/y/?.so' mplua -e 'print(package.path, package.cpath)']]},
  {"LUA_PATH_5_4", [[LUA_PATH=a LUA_PATH_5_4=b mplua -e 'print(package.path)']]},
  {"-E ignores the paths", [[LUA_PATH=a LUA_CPATH_5_4=b mplua -E -e 'print(package.path, package.cpath)']]},
  {"-E is seen after other options too", [[LUA_INIT='print(1)' mplua -e 'print(2)' -E]]},
  {"the environment stays readable under -E", [[LUA_INIT=x mplua -E -e 'print(os.getenv("LUA_INIT"))']]},
  {"the paths of the system's Lua", [[mplua -e 'print(package.path) print(package.cpath) print(package.config)']]},
  {"the collector is generational", [[mplua -e 'print(collectgarbage("incremental"))']]},
  {"the collector runs", [[mplua -e 'print(collectgarbage("isrunning"))']]},
  {"the standard globals",
   [[mplua -e 'local t = {} for k in pairs(_G) do t[#t + 1] = k end table.sort(t) print(table.concat(t, " "))']]},

  -- programs
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
  {"Ctrl-C during os.execute is for the program", [[mplua -e 'print(os.execute("kill -INT $PPID $$"))']]},
}

-- The prompt, as a session typed into a pipe.
local sessions = {
  {"expressions", "1 + 1\n'a', nil, 2\n\nnil\nprint(5)\n"},
  {"=", "=1 + 1\n= 'x'\n=\n"},
  {"statements", "x = 5\nx\nlocal y = 6\ny\n"},
  {"statements over several lines", "for i = 1, 2 do\nprint(i)\nend\nfunction f()\nreturn 1,\n2\nend f()\nf()\n"},
  {"expressions over several lines", "1 +\n2\nreturn #{\n1}\nreturn ('a'\n..'b')\n=(5\n)\n"},
  {"long strings", "x = [[a\nb\n]]\nx\n"},
  {"errors", "error('x')\nerror({})\nerror(nil)\nx.y.z = 1\n1 + 1\n"},
  {"syntax errors", ")\nx = = 1\nfor\nx y\n1 + 1\n"},
  {"prompts", "_PROMPT = 'in: '\n_PROMPT2 = 'more: '\nfor i = 1, 1 do\nend\n_PROMPT = 5\n1\n"},
  {"a prompt with a text of its own", "_PROMPT = setmetatable({}, {__tostring = function() return 'p ' end})\n1\n"},
  {"print that fails", "print = nil\n1\nprint = function() error('p', 0) end\n1\n"},
  {"os.exit", "os.exit(4)\n1\n"},
  {"goto continue", "goto done ::done::\nreturn 1, 2\n"},
  {"values of metatables",
   "setmetatable({}, {__tostring = function() return 'obj' end})\n" ..
   "setmetatable({}, {__name = 'N'}) ~= nil\n"},
  {"the last line without an end", "2\n1 + 1"},
}

describe("host", function()
  local dir

  setup(function()
    dir = output_of("mktemp -d"):match("[^\n]+")
    assert(os.execute(("cd %s && mkdir ours theirs work"):format(dir)))
    assert(os.execute(("ln -s %s %s/ours/mplua"):format(quoted(mplua), dir)))
    if reference then assert(os.execute(("ln -s %s %s/theirs/mplua"):format(reference, dir))) end
    for name, text in pairs(files) do write(dir .. "/work/" .. name, text) end
  end)

  teardown(function()
    os.execute("rm -rf " .. dir)
  end)

  local function environment(who)
    return ("env -i PATH=%s/%s:/usr/bin:/bin SHELL=/bin/sh TERM=dumb INPUTRC=/dev/null"):format(dir, who)
  end

  local function run(who, command, input)
    write(dir .. "/in", input or "")
    local shell = ("cd %s/work && %s timeout --foreground 30 sh -c %s <../in >../out 2>../err")
      :format(dir, environment(who), quoted(command))
    local _, _, code = os.execute(shell)
    return {out = slurp(dir .. "/out"), err = slurp(dir .. "/err"), code = code}
  end

  -- What a terminal shows. Each step waits for a text, then types.
  local function talk(who, command, steps)
    local keys, log = dir .. "/keys", dir .. "/status"
    assert(os.execute(("rm -f %s && mkfifo %s"):format(keys, keys)))
    local script = ("timeout 30 %s script -qefc %s /dev/null"):format(environment(who), quoted("exec " .. command))
    local screen = assert(io.popen(("cd %s/work; %s <%s; echo $? >%s"):format(dir, script, keys, log)))
    local keyboard <close> = assert(io.open(keys, "w"))
    keyboard:setvbuf("no")
    local shown, seen = "", 0
    for _, step in ipairs(steps) do
      local last
      repeat
        local char = assert(screen:read(1), "the terminal closed after: " .. shown)
        shown = shown .. char
        _, last = shown:find(step[1], seen + 1, true)
      until last
      seen = last
      keyboard:write(step[2])
    end
    shown = shown .. screen:read("a")
    screen:close()
    return {out = shown, code = tonumber(slurp(log))}
  end

  -- lua(1) has neither our version nor our long options.
  local function as_lua(result)
    result.out = result.out:gsub("mplua [%d.]+  Lua ", "Lua ")
    result.err = result.err and result.err:gsub("\n  %-%-%a+ [^\n]*", "")
    return result
  end

  -- lua(1)'s readline shows lines that come from a pipe; ours reads them plainly.
  local function without_echo(text, input)
    local from = 1
    for line in input:gmatch("([^\n]*)\n?") do
      local first, last = text:find((line == "" and "> " or "") .. line .. "\n", from, true)
      if first then
        from = last - #line
        text = text:sub(1, from - 1) .. text:sub(last + 1)
      end
    end
    return text
  end

  describe("does as lua(1) for", function()
    for _, row in ipairs(commands) do
      it(row[1], function()
        if not reference then return pending("lua5.4 is not installed") end
        assert.same(run("theirs", row[2], row[3]), as_lua(run("ours", row[2], row[3])))
      end)
    end
  end)

  describe("has the prompt of lua(1) for", function()
    for _, row in ipairs(sessions) do
      it(row[1], function()
        if not reference then return pending("lua5.4 is not installed") end
        local theirs = run("theirs", "mplua -i", row[2])
        theirs.out = without_echo(theirs.out, row[2])
        assert.same(theirs, as_lua(run("ours", "mplua -i", row[2])))
      end)
    end

    it("-i after a script", function()
      if not reference then return pending("lua5.4 is not installed") end
      local command = "mplua -i -e 'x = 1' show.lua a"
      local theirs = run("theirs", command, "x\n")
      theirs.out = without_echo(theirs.out, "x\n")
      assert.same(theirs, as_lua(run("ours", command, "x\n")))
    end)

    it("-i after a script that fails", function()
      if not reference then return pending("lua5.4 is not installed") end
      assert.same(run("theirs", "mplua -i fail.lua", "1\n"), as_lua(run("ours", "mplua -i fail.lua", "1\n")))
    end)
  end)

  describe("on a terminal", function()
    local end_of_input = "\4"
    local dialogues = {
      {"shows its version and a prompt", {{"> ", "1 + 1\n"}, {"2\r\n> ", end_of_input}}},
      {"asks for the rest of a statement",
       {{"> ", "for i = 7, 8 do\n"}, {">> ", "print(i) end\n"}, {"8\r\n> ", end_of_input}}},
      {"remembers lines", {{"> ", "6 * 7\n"}, {"42\r\n> ", "\16\n"}, {"42\r\n> ", end_of_input}}},
      {"remembers statements", {{"> ", "x = 7\n"}, {"> ", "\16\16\n"}, {"> ", "x * x\n"}, {"49\r\n> ", end_of_input}}},
      {"lets a line be edited", {{"> ", "1 + 5\1\11" .. "2 + 2\n"}, {"4\r\n> ", end_of_input}}},
      {"shows errors", {{"> ", "error('x')\n"}, {"in ?\r\n> ", end_of_input}}},
      {"ends a statement at the end of input", {{"> ", "do\n"}, {">> ", "\4"}, {"> ", "os.exit(5)\n"}}, "own"},
    }

    for _, row in ipairs(dialogues) do
      it(row[1] .. ", with readline as lua(1)", function()
        if not reference or not loadable("libreadline.so.8") or not installed("script") then
          return pending("needs lua5.4, libreadline.so.8 and script")
        end
        local theirs, ours = talk("theirs", "mplua", row[2]), as_lua(talk("ours", "mplua", row[2]))
        if row[3] then theirs.out = theirs.out:gsub("%(null%)", "stdin:1: 'end' expected near <eof>") end
        assert.same(theirs, ours)
      end)
    end

    it("edits with editline when there is no readline", function()
      if not loadable("libedit.so.2") or not installed("script") then
        return pending("needs libedit.so.2 and script")
      end
      assert(os.execute(("mkdir %s/noread && : >%s/noread/libreadline.so.8"):format(dir, dir)))
      local command = ("env LD_LIBRARY_PATH=%s/noread TERM=vt100 mplua"):format(dir)
      local result = talk("ours", command, {{"> ", "6 * 7\n"}, {"42", "\16\n"}, {"42", "os.exit(3)\n"}})
      assert.equal(3, result.code)
    end)

    it("reads plain lines when there is no editor", function()
      if not installed("script") then return pending("needs script") end
      local hide = "cd %s && mkdir noedit && : >noedit/libreadline.so.8 && : >noedit/libedit.so.2"
      assert(os.execute(hide:format(dir)))
      local command = ("env LD_LIBRARY_PATH=%s/noedit mplua"):format(dir)
      local result = talk("ours", command, {{"> ", "6 * 7\n"}, {"42\r\n> ", "os.exit(3)\n"}})
      assert.equal(3, result.code)
    end)

    it("Ctrl-C ends a script with one line and 130", function()
      if not installed("script") then return pending("needs script") end
      local command = [[mplua -e 'print("rea" .. "dy") while true do end']]
      local result = talk("ours", command, {{"ready\r\n", "\3"}})
      assert.same({out = "ready\r\n^Cmplua: interrupted\r\n", code = 130}, result)
    end)

    it("Ctrl-C ends what the prompt runs, and the prompt goes on", function()
      if not installed("script") then return pending("needs script") end
      local loop = "print('rea' .. 'dy') while true do end\n"
      local steps = {{"> ", loop}, {"ready\r\n", "\3"}, {"interrupted\r\n> ", "os.exit(5)\n"}}
      assert.equal(5, talk("ours", "mplua", steps).code)
    end)

    it("Ctrl-C at the prompt ends it with 130", function()
      if not installed("script") then return pending("needs script") end
      local result = talk("ours", "mplua", {{"> ", "half a line\3"}})
      assert.equal(130, result.code)
      assert.matches("\nmplua: interrupted\r\n$", result.out)
    end)

    it("Ctrl-C in the middle of a statement ends the prompt with 130", function()
      if not installed("script") then return pending("needs script") end
      local result = talk("ours", "mplua", {{"> ", "do\n"}, {">> ", "\3"}})
      assert.equal(130, result.code)
      assert.not_matches("expected", result.out)
    end)
  end)

  describe("by itself", function()
    it("shows its version", function()
      local result = run("ours", "mplua --version")
      assert.matches("^mplua %d+%.%d+%.%d+  Lua 5%.4%.%d+  Copyright[^\n]*\n$", result.out)
      assert.equal(0, result.code)
      assert.equal("", result.err)
    end)

    it("lists its options", function()
      local result = run("ours", "mplua --help show.lua")
      assert.matches("^usage: mplua %[options%] %[script %[args%]%]\n.*  %-%-version ", result.out)
      assert.same({"", 0}, {result.err, result.code})
    end)

    it("suggests the long option that was meant", function()
      local expected = {out = "", err = "mplua: unrecognized option '--hlep' (did you mean '--help'?)\n", code = 1}
      assert.same(expected, run("ours", "mplua --hlep show.lua"))
    end)

    it("says in one line that a long option is unknown", function()
      local result = run("ours", "mplua -e 'print(1)' --no-such-thing-at-all-in-this-program")
      assert.same({"", 1}, {result.out, result.code})
      assert.equal("mplua: unrecognized option '--no-such-thing-at-all-in-this-program' " ..
        "('mplua --help' lists the options)\n", result.err)
    end)

    it("leaves long options after the script to the script", function()
      assert.equal("bang\t--help\t--version\n", run("ours", "mplua bang.lua --help --version").out)
    end)

    it("names itself without its directory", function()
      local result = run("ours", dir .. "/ours/mplua nofile.lua")
      assert.equal("mplua: cannot open nofile.lua: No such file or directory\n", result.err)
    end)

    it("takes lines of any length at the prompt", function()
      local long = "#'" .. ("x"):rep(5000) .. "'\n"
      assert.matches("> 5000\n", run("ours", "mplua -i", long).out, 1, true)
    end)

    it("says what is missing when the input ends in a statement", function()
      assert.equal("stdin:1: 'end' expected near <eof>\n", run("ours", "mplua -i", "do\n").err)
    end)

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

    it("ends when the prompt cannot be made", function()
      local code = "_PROMPT = setmetatable({}, {__tostring = function() error('no prompt', 0) end})\n1\n"
      local result = run("ours", "mplua -i", code)
      assert.same({"mplua: no prompt\n", 1}, {result.err, result.code})
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

    it("takes programs of os.execute along when it is killed", function()
      local pid = run("ours", [[mplua -e 'os.execute("echo $$; kill -9 $PPID; exec sleep 100")']]).out:match("%d+")
      assert.is_true(ends_soon(pid))
    end)
  end)
end)
