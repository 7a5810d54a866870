-- The command's options as doc/api/command.lua defines them: in the program, its help, its manual and its completions.
local command = require "spec.command"
local definition = require "scripts.api.definition"
local helper = require "spec.helper"

local options, long = {}, {}   -- [name] = the option
for _, section in ipairs(definition.read "doc/api".sections) do
  for _, option in ipairs(section.options or {}) do
    options[option[1]] = option
    if option.calls then long[#long + 1] = option[1] end
  end
end
table.sort(long)

local root <const> = os.getenv "PWD"

setup(function() command.setup {} end)

local function mplua(shell) return command.run("ours", shell) end

describe("the command's definition", function()
  it("has each short option, and none that there is not", function()
    for byte = ("!"):byte(), ("~"):byte() do
      local name = "-" .. string.char(byte)
      if name ~= "--" then
        local result = mplua(("mplua '%s' 'x = 1' -e ''"):format(name:gsub("'", "'\\''")))
        local unknown = result.err:find("unrecognized option", 1, true) ~= nil
        assert.equal(options[name] == nil, unknown, name)
      end
    end
  end)

  it("has long options, which do something instead of running Lua", function()
    for _, name in ipairs(long) do
      local result = mplua(("mplua %s -e 'print(1)'"):format(name))
      assert.same({"", 0}, {result.err, result.code})
      assert.not_equal("1\n", result.out)
    end
  end)

  it("is what --help says", function()
    local text = mplua "mplua --help".out
    for name, option in pairs(options) do
      assert.is_truthy(text:find("\n  " .. name .. " ", 1, true), name)
      assert.is_truthy(text:find(option[2], 1, true), name)
    end
    assert.is_nil(text:find "[\1\2\27]")
  end)
end)

describe("colours of --help", function()
  local function coloured(shell) return mplua(shell).out:find("\27[1m--help\27[0m", 1, true) ~= nil end

  it("are not for pipes and files, unless FORCE_COLOR wants them", function()
    assert.is_false(coloured "TERM=xterm mplua --help")
    assert.is_false(coloured "FORCE_COLOR= mplua --help")
    assert.is_true(coloured "FORCE_COLOR=1 mplua --help")
  end)

  it("are for terminals, unless NO_COLOR or FORCE_COLOR=0 forbids them", function()
    if not command.installed "script" then return pending "script(1) is not installed" end
    local function on_terminal(environment)
      return coloured(("script -qec 'env %s mplua --help' /dev/null"):format(environment))
    end
    assert.is_true(on_terminal "TERM=xterm")
    assert.is_true(on_terminal "TERM=xterm NO_COLOR=")
    assert.is_false(on_terminal "TERM=xterm NO_COLOR=1")
    assert.is_false(on_terminal "TERM=xterm NO_COLOR=1 FORCE_COLOR=1")
    assert.is_false(on_terminal "TERM=xterm FORCE_COLOR=0")
    assert.is_false(on_terminal "TERM=dumb")
  end)
end)

describe("the manual page", function()
  it("is well-formed, and has each option", function()
    if not command.installed "groff" then return pending "groff is not installed" end
    local text = helper.output_of "GROFF_NO_SGR=1 groff -man -Tascii -ww -P-b -P-u doc/mplua.1 2>&1"
    assert.is_nil(text:find("warning:", 1, true), text)
    for name in pairs(options) do assert.is_truthy(text:find("\n *" .. name:gsub("%-", "%%-") .. "[ \n]"), name) end
  end)
end)

describe("completion", function()
  -- What bash offers when the last of these words is to be completed.
  local function bash(...)
    local words = {...}
    for i, word in ipairs(words) do words[i] = ("'%s'"):format(word) end
    local script = ("cd %s && . doc/completion/mplua.bash && COMP_WORDS=(mplua %s) COMP_CWORD=%d && _mplua && "
      .. "printf '%%s\\n' \"${COMPREPLY[@]}\""):format(root, table.concat(words, " "), #words)
    local list = {}
    for line in helper.output_of("bash -c " .. helper.quoted(script)):gmatch "[^\n]+" do
      list[#list + 1] = line
    end
    table.sort(list)
    return list
  end

  it("of bash offers long options, modules, and nothing of the script's own", function()
    assert.same(long, bash "--")
    assert.same({"--version"}, bash("-e", "x = 1", "--v"))
    assert.same({"mp", "mp.http", "mp.log"}, bash("-l", "m"))
    assert.same({}, bash("-e", "-"))
    assert.same({}, bash("script.lua", "--v"))
    assert.same({}, bash "")   -- files
  end)

  it("of fish offers all options", function()
    if not command.installed "fish" then return pending "fish is not installed" end
    local text = helper.output_of
      [[fish -c 'source doc/completion/mplua.fish; complete -C "mplua -"; complete -C "mplua --"']]
    for name, option in pairs(options) do
      if name:find "%w" then assert.is_truthy(text:find(name .. "\t" .. option[2]:sub(1, 10), 1, true), name) end
    end
  end)

  -- It is asked by keys on a terminal: the text before the tab, and what has to come.
  it("of zsh offers options, modules and scripts", function()
    if not command.installed "zsh" then return pending "zsh is not installed" end
    assert.equal("", helper.output_of "zsh -n doc/completion/_mplua 2>&1")
    local text = helper.output_of [[zsh -fc '
      zmodload zsh/zpty
      zpty terminal env TERM=dumb zsh -f -i
      zpty -w terminal "fpath=(doc/completion \$fpath); autoload -Uz compinit; compinit -D -u; print rea""dy"
      zpty -r terminal out "*ready*"
      ask() {
        zpty -w -n terminal $'"'\\x15'"'$1$'"'\\t'"'
        zpty -r terminal out $2 && print offered $1
      }
      ask "mplua --" "*--version*"
      ask "mplua -l mp" "*mp.log*"
      ask "mplua scripts/08" "*08_queue.lua*"
      zpty -d terminal']]
    assert.equal("offered mplua --\noffered mplua -l mp\noffered mplua scripts/08\n", text)
  end)
end)
