-- Runs the program under test, and lua(1) as a reference, in a directory of their own.
local helper = require "spec.helper"

local command = {}

local quoted, read, write = helper.quoted, helper.read, helper.write

function command.installed(program)
  return helper.line_of("command -v " .. program)
end

function command.loadable(library)
  return package.loadlib(library, "*") == true
end

command.reference = command.installed("lua5.4")   -- nil: nothing to compare with

local dir

-- A directory in that of the spec, with these files in its "work".
function command.setup(files)
  dir = helper.path "command"
  assert(os.execute(("mkdir %s && cd %s && mkdir ours theirs work"):format(dir, dir)))
  assert(os.execute(("ln -s %s %s/ours/mplua"):format(quoted(helper.mplua), dir)))
  if command.reference then assert(os.execute(("ln -s %s %s/theirs/mplua"):format(command.reference, dir))) end
  for name, text in pairs(files) do write(dir .. "/work/" .. name, text) end
  return dir
end

local function environment(who)
  return ("env -i PATH=%s/%s:/usr/bin:/bin SHELL=/bin/sh TERM=dumb INPUTRC=/dev/null"):format(dir, who)
end

-- What "ours" or "theirs", both called mplua, makes of a shell command and of what stdin gives it.
function command.run(who, shell, input)
  write(dir .. "/in", input or "")
  local line = ("cd %s/work && %s timeout --foreground 30 sh -c %s <../in >../out 2>../err")
    :format(dir, environment(who), quoted(shell))
  local _, _, code = os.execute(line)
  return {out = read(dir .. "/out"), err = read(dir .. "/err"), code = code}
end

-- What a terminal shows. Each step waits for a text, then types.
function command.talk(who, shell, steps)
  local keys, log = dir .. "/keys", dir .. "/status"
  assert(os.execute(("rm -f %s && mkfifo %s"):format(keys, keys)))
  local script = ("timeout 30 %s script -qefc %s /dev/null"):format(environment(who), quoted("exec " .. shell))
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
  return {out = shown, code = tonumber(read(log))}
end

-- lua(1) has neither our version nor our long options.
function command.as_lua(result)
  result.out = result.out:gsub("mplua [%d.]+  Lua ", "Lua ")
  result.err = result.err and result.err:gsub("\n  %-%-%a+ [^\n]*", "")
  return result
end

return command
