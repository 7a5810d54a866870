-- What the specs of the library share: nothing may be left over, and scripts in an mplua of their own.
local mp = require "mp"

local helper = {}

local SIGSTOP <const> = 19
local busy = 10   -- seconds that a condition may take on a busy machine

-- ---- files and commands ----

function helper.quoted(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

function helper.write(path, text)
  local file <close> = assert(io.open(path, "wb"))
  assert(file:write(text))
end

function helper.read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

-- What a shell's command line prints.
function helper.output_of(command)
  local pipe <close> = assert(io.popen(command))
  return pipe:read("a")
end

-- The first line of it.
function helper.line_of(command)
  return helper.output_of(command):match("[^\n]+")
end

local quoted, write, read, line_of = helper.quoted, helper.write, helper.read, helper.line_of

-- The program under test: what MPLUA names, else the one that runs the specs.
helper.mplua = os.getenv("MPLUA") or line_of("readlink -f /proc/$PPID/exe")

-- ---- waiting ----

-- Asks until the answer is true or the time is over; returns the last answer.
function helper.wait_until(ask, seconds)
  local deadline = mp.time() + (seconds or busy)
  local answer = ask()
  while not answer and mp.time() < deadline do
    mp.sleep(0.005)
    answer = ask()
  end
  return answer
end

-- Waits until the process sleeps in the kernel's futex call.
function helper.asleep(process)
  assert(helper.wait_until(function()
    local file = io.open(("/proc/%d/syscall"):format(process.pid))
    local text = file and file:read("a") or ""
    if file then file:close() end
    return text:match("^202 ") or text:match("^98 ")   -- x86-64, arm64
  end), "the process does not sleep")
end

-- Stops the process, and waits until it is.
function helper.stop(process)
  process:signal(SIGSTOP)
  assert(helper.wait_until(function()
    local file <close> = assert(io.open(("/proc/%d/stat"):format(process.pid)))
    return file:read("a"):match "%) T "
  end), "the process does not stop")
end

function helper.all_asleep(processes)
  for _, process in ipairs(processes) do helper.asleep(process) end
end

-- ---- what specs make and empty ----

-- A process that runs until somebody ends it, and is sure to run its function already.
function helper.sleeper(options)
  local up = mp.Queue()
  options = options or {}
  options.target = function()
    up:put(true)
    mp.sleep(math.huge)
  end
  local process = mp.Process(options):start()
  up:get()
  return process
end

-- All that is in the queue, as a list with n.
function helper.drain(queue)
  return queue:get_many(1000000, 0) or {n = 0}
end

-- ---- errors ----

-- What f(...) raises.
function helper.error_of(f, ...)
  local ok, err = pcall(f, ...)
  assert(not ok, "no error")
  return err
end

-- The error of f(...) without the caller's place, which must be in the spec that asks.
function helper.message_of(f, ...)
  local file = debug.getinfo(2, "S").short_src
  local message = helper.error_of(f, ...)
  local at = message:match("^[^\n]-" .. file:gsub("%p", "%%%0") .. "():%d+: ")
  return at and message:match("^:%d+: (.*)", at) or "no place of the caller: " .. message
end

-- ---- nothing may be left over ----

function helper.census()
  mp.active_children()   -- forgets those that have ended
  collectgarbage()
  collectgarbage()
  mp.collect()   -- objects that only keep each other
  return mp.debug.census()
end

-- A process keeps its table of references when it has grown, so it grows here.
do
  local many = {}
  for i = 1, 1000 do many[i] = mp.Queue() end
  assert(#many == 1000)
end

local function same(a, b)
  for key, value in pairs(a) do
    if b[key] ~= value then return false end
  end
  return true
end

-- The census once it is the same as `before`, or what it stays at: the monitor tidies after the dead while we run.
function helper.census_like(before)
  local now
  helper.wait_until(function()
    now = helper.census()
    return same(before, now)
  end, 5)
  return now
end

-- What is no more as in this census, nil: nothing.
function helper.left_over(before)
  local lines = {}
  for what, n in pairs(helper.census_like(before)) do
    if n ~= before[what] then
      lines[#lines + 1] = ("%s: there were %d, now there are %d"):format(what, before[what], n)
    end
  end
  table.sort(lines)
  return lines[1] and table.concat(lines, "\n")
end

-- A script that begins with this has `unchanged(before)`, which raises unless the census is what it was, and `same(f)`,
-- which runs f and asks that.
helper.unchanged = ([[
  local mp = require "mp"
  package.path = %q .. package.path
  local helper = require "spec.helper"
  local census = helper.census
  local function unchanged(before)
    local left = helper.left_over(before)
    assert(not left, left)
    assert(mp.debug.check())
  end
  local function same(f)
    f()   -- tables of handles grow
    local before = census()
    f()
    unchanged(before)
  end
]]):format(line_of "pwd" .. "/?.lua;")

-- ---- a directory ----

local dir

-- spec/every.lua calls these two.
function helper.setup()
  dir = assert(line_of "mktemp -d")
end

function helper.teardown()
  os.execute("rm -rf " .. quoted(dir))
end

function helper.path(name)
  return dir .. "/" .. name
end

function helper.file(name, text)
  write(helper.path(name), text)
  return helper.path(name)
end

-- ---- scripts ----

local scripts = 0

local function command_of(script, options)
  scripts = scripts + 1
  local words = {"env"}
  for name, value in pairs(options.env or {}) do words[#words + 1] = quoted(name .. "=" .. value) end
  words[#words + 1] = quoted(helper.mplua)
  words[#words + 1] = quoted(helper.file("script" .. scripts .. ".lua", script))
  for _, arg in ipairs(options.args or {}) do words[#words + 1] = quoted(arg) end
  return table.concat(words, " ")
end

-- Runs the text of a script in a new family. Options: args, env, stdin (a text), limit (seconds), and shell: a
-- command line in which %s stands for the program with its arguments. Gives out, err and code, as a shell sees it.
function helper.run(script, options)
  options = options or {}
  local shell = options.shell or "exec %s"
  local command = command_of(script, options)
  write(helper.path("in"), options.stdin or "")
  local _, _, code = os.execute(("cd %s && timeout -k 1 %s sh -c %s <in >out 2>err")
    :format(quoted(dir), options.limit or 40, quoted((shell:gsub("%%s", function() return command end)))))
  assert(code ~= 124, "the script did not end in time; stderr was: " .. read(helper.path("err")))
  return {out = read(helper.path("out")), err = read(helper.path("err")), code = code}
end

-- ---- families that run beside us ----

local family = {}
family.__index = family
local running = {}

-- Starts a script and goes on. family:read() gives a line of its output, family.pid is the one that a shell knows.
function helper.start(script, options)
  options = options or {}
  options.env = options.env or {}
  local mark = ("%s-%d"):format(dir, scripts + 1)
  options.env.FAMILY = mark
  local shell = options.shell or "exec %s"
  local command = command_of(script, options)
  local pipe = assert(io.popen(("cd %s && echo $$ && %s 2>err")
    :format(quoted(dir), (shell:gsub("%%s", function() return command end)))))
  local new = setmetatable({pipe = pipe, mark = mark, pid = math.tointeger(pipe:read("n", "l"))}, family)
  running[new] = true
  return new
end

-- The families whose mark a test gave itself.
function helper.marked(mark)
  return setmetatable({mark = mark}, family)
end

function family:read(format)
  return self.pipe:read(format or "l")
end

-- A number that the script printed.
function family:number()
  return assert(math.tointeger(tonumber(self:read())), "the script did not print a number")
end

function helper.kill(signal, pid)
  assert(os.execute(("kill -%s %d"):format(signal, pid)))
end

-- Waits for the end: what it wrote since, then "exit" and the status, or "signal" and its number.
function family:finish()
  local rest = self:read("a")
  running[self] = nil
  local _, how, code = self.pipe:close()
  return rest, how, code
end

function family.stderr()
  return read(helper.path("err"))
end

-- The pids of those who live, programs that they started included.
function family:members()
  local pipe <close> = assert(io.popen("grep -lsxzF " .. quoted("FAMILY=" .. self.mark) .. " /proc/[0-9]*/environ"))
  local pids = {}
  for path in pipe:lines() do pids[#pids + 1] = tonumber(path:match("%d+")) end
  return pids
end

-- Is nobody left, at the latest after so many seconds?
function family:gone(seconds)
  return helper.wait_until(function() return #self:members() == 0 end, seconds or 1)
end

-- What a test that failed has left.
function helper.end_all()
  for left in pairs(running) do
    for _, pid in ipairs(left:members()) do os.execute(("kill -9 %d 2>/dev/null"):format(pid)) end
    left:finish()
  end
end

return helper
