-- The prompt: typed into a pipe, and on a terminal.
local command = require "spec.command"
local run, talk, as_lua = command.run, command.talk, command.as_lua
local loadable, installed, reference = command.loadable, command.installed, command.reference

local files = {
  ["show.lua"] = "print(arg[0], #arg, ...)",
  ["fail.lua"] = "error('broken')",
}

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

describe("repl", function()
  local dir
  setup(function() dir = command.setup(files) end)

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
      local line = "mplua -i -e 'x = 1' show.lua a"
      local theirs = run("theirs", line, "x\n")
      theirs.out = without_echo(theirs.out, "x\n")
      assert.same(theirs, as_lua(run("ours", line, "x\n")))
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
      {"leaves Ctrl-C to a program of os.execute",
       {{"> ", "os.execute('echo rea\\\\dy; exec sleep 20')\n"}, {"ready\r\n", "\3"}, {"2\r\n> ", end_of_input}}},
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
      local line = ("env LD_LIBRARY_PATH=%s/noread TERM=vt100 mplua"):format(dir)
      local result = talk("ours", line, {{"> ", "6 * 7\n"}, {"42", "\16\n"}, {"42", "os.exit(3)\n"}})
      assert.equal(3, result.code)
    end)

    it("reads plain lines when there is no editor", function()
      if not installed("script") then return pending("needs script") end
      local hide = "cd %s && mkdir noedit && : >noedit/libreadline.so.8 && : >noedit/libedit.so.2"
      assert(os.execute(hide:format(dir)))
      local line = ("env LD_LIBRARY_PATH=%s/noedit mplua"):format(dir)
      local result = talk("ours", line, {{"> ", "6 * 7\n"}, {"42\r\n> ", "os.exit(3)\n"}})
      assert.equal(3, result.code)
      assert.equal(130, talk("ours", line, {{"> ", "6 * 7\n"}, {"42\r\n> ", "\3"}}).code)
    end)

    it("Ctrl-C ends a script with one line and 130", function()
      if not installed("script") then return pending("needs script") end
      local line = [[mplua -e 'print("rea" .. "dy") while true do end']]
      local result = talk("ours", line, {{"ready\r\n", "\3"}})
      assert.same({out = "ready\r\n^Cmplua: interrupted\r\n", code = 130}, result)
    end)

    it("Ctrl-C ends a script that is still being typed", function()
      if not installed("script") then return pending("needs script") end
      local line = [[mplua -e 'print("rea" .. "dy")' -]]
      local result = talk("ours", line, {{"ready\r\n", "x = 1\n"}, {"x = 1\r\n", "\3"}})
      assert.same({out = "ready\r\nx = 1\r\n^Cmplua: interrupted\r\n", code = 130}, result)
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

  it("takes lines of any length at the prompt", function()
    local long = "#'" .. ("x"):rep(5000) .. "'\n"
    assert.matches("> 5000\n", run("ours", "mplua -i", long).out, 1, true)
  end)

  it("says what is missing when the input ends in a statement", function()
    assert.equal("stdin:1: 'end' expected near <eof>\n", run("ours", "mplua -i", "do\n").err)
  end)

  it("ends when the prompt cannot be made", function()
    local code = "_PROMPT = setmetatable({}, {__tostring = function() error('no prompt', 0) end})\n1\n"
    local result = run("ours", "mplua -i", code)
    assert.same({"mplua: no prompt\n", 1}, {result.err, result.code})
  end)
end)
