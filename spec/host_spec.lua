-- The command behaves as lua(1) does, and where it is more than that, as its help says.
local command = require "spec.command"
local run, as_lua = command.run, command.as_lua

local files = {
  ["show.lua"] = "print(arg[0], #arg, ...) for i = -9, #arg do if arg[i] then print(i, arg[i]) end end",
  ["bang.lua"] = "#!/usr/bin/env lua\nprint('bang', ...)",
  ["bare_bang.lua"] = "#!/usr/bin/env lua",
  ["program"] = "#!/usr/bin/env mplua\nprint(arg[-1], arg[0], #arg, ...) io.write(io.read('a')) os.exit(3)",
  ["warning_program"] = "#!/usr/bin/env -S mplua -W\nwarn('on') print(arg[-2], arg[-1], arg[0], ...) error('no')",
  ["family"] = "#!/usr/bin/env mplua\nlocal mp = require 'mp'\nprint(mp.spawn(string.upper, ...):result())",
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
  {"a program that names it in its #! line", [[chmod +x program; ./program a 'b c' '']], "from stdin\n"},
  {"such a program elsewhere, with options", [[chmod +x warning_program; cd /; "$OLDPWD"/warning_program -e -x]]},
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
  {"stdin with a #! line alone", [[mplua -]], "#!/usr/bin/lua"},
  {"stdin with a long #! line", [[mplua -]], "#!" .. ("x"):rep(70000) .. "\nerror('line 2')"},
  {"stdin with a byte order mark", [[mplua -]], "\xEF\xBB\xBFprint('bom')"},
  {"stdin with a byte order mark and a #! line", [[mplua -]], "\xEF\xBB\xBF#!x\nerror('line 2')"},
  {"stdin that is long", [[mplua - a]], ("x = 1; "):rep(10000, "\n") .. " print(..., x) x()"},
  {"stdin that is compiled", [[mplua - a]], string.dump(load("print('compiled', ...)", "=compiled"))},
  {"stdin that was read in part", [[mplua -e 'print(io.read())' - a]], "first\nprint(...)"},
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
}

describe("host", function()
  local dir
  setup(function() dir = command.setup(files) end)

  for _, row in ipairs(commands) do
    it("does as lua(1) for " .. row[1], function()
      if not command.reference then return pending("lua5.4 is not installed") end
      assert.same(run("theirs", row[2], row[3]), as_lua(run("ours", row[2], row[3])))
    end)
  end

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

  it("says what is missing when mp is nil, and what a library that is not found may be called", function()
    assert.matches("^mplua: %(command line%):1: attempt to index a nil value %(global 'mp'%); "
      .. 'is mp = require "mp" missing%?\n', run("ours", "mplua -e 'mp.Queue()'").err)
    local meant = {multiprocessing = "mp", mplua = "mp", ["mp.Queue"] = "mp", ["mp.htpp"] = "mp.http", http = "mp.http",
                   ["mp.logs"] = "mp.log"}
    for name, module in pairs(meant) do
      local err = run("ours", ("mplua -e 'require \"%s\"'"):format(name)).err
      assert.matches(("module '%s' not found:"):format(name), err)
      assert.matches(("\n\tdid you mean '%s'%%?\n"):format(module), err)
    end
    assert.is_nil(run("ours", "mplua -e 'require \"other\"'").err:find("did you mean", 1, true))
  end)

  it("warns by -W of processes that were never started", function()
    local forgotten = "local mp = require \"mp\"; p = mp.Process(print); mp.spawn(print, 1):join(); "
    assert.same({out = "1\n", err = "Lua warning: process-1 was never started\n", code = 0},
                run("ours", ("mplua -W -e '%s'"):format(forgotten)))
    assert.equal("Lua warning: process-1 was never started\n",
                 run("ours", ("mplua -W -e '%s p = nil; collectgarbage()'"):format(forgotten)).err)
    assert.equal("", run("ours", ("mplua -e '%s'"):format(forgotten)).err)
    assert.equal("", run("ours", ("mplua -W -e '%s p:start():join()'"):format(forgotten)).err)
  end)

  it("says in one line that a long option is unknown", function()
    local result = run("ours", "mplua -e 'print(1)' --no-such-thing-at-all-in-this-program")
    assert.same({"", 1}, {result.out, result.code})
    assert.equal("mplua: unrecognized option '--no-such-thing-at-all-in-this-program' " ..
      "('mplua --help' lists the options)\n", result.err)
  end)

  it("starts processes also in a program that names it in its #! line", function()
    assert.same({out = "SHOUT\n", err = "", code = 0}, run("ours", "chmod +x family; ./family shout"))
  end)

  it("leaves long options after the script to the script", function()
    assert.equal("bang\t--help\t--version\n", run("ours", "mplua bang.lua --help --version").out)
  end)

  it("names itself without its directory", function()
    local result = run("ours", dir .. "/ours/mplua nofile.lua")
    assert.equal("mplua: cannot open nofile.lua: No such file or directory\n", result.err)
  end)
end)
