-- The first process or main of a family is killed at a random moment of its life, again and again, and nobody may be
-- left a second later: neither processes at work, stopped, or in a session of their own, nor what they have executed.
-- Usage: MPLUA=build/mplua mplua spec/endings.lua [ROUNDS [SEED]], from the root of the sources.
local helper = require "spec.helper"
local mp = require "mp"

local rounds = math.tointeger(tonumber(arg[1] or 1000)) or error("ROUNDS must be a whole number, not " .. arg[1])
local seed = math.tointeger(tonumber(arg[2] or os.time())) or error("SEED must be a whole number, not " .. arg[2])
local life <const> = 0.08   -- seconds from a start to the latest kill; an idle machine needs 0.05 for the whole life

-- It tells which phase of its life begins.
local family_script <const> = [[
  local mp = require "mp"
  io.stdout:setvbuf "no"
  print "main"
  local up, go = mp.Queue(), mp.Event()
  local function at_work(f, ...)
    return mp.spawn(function(...) up:put(1) return f(...) end, ...)
  end
  local stay = {
    at_work(mp.sleep, 1000),
    at_work(function() while true do end end),
    at_work(os.execute, "exec sleep 1000"),
    at_work(os.execute, "exec setsid sleep 1000"),
    at_work(function() local p <close> = io.popen("exec sleep 1000") return p:read("a") end),
    at_work(function() local p <close> = io.popen("exec cat >/dev/null", "w") mp.sleep(1000) return p end),
    at_work(function() os.execute("kill -STOP " .. mp.current_process().pid) end),
    at_work(function() return mp.spawn(mp.sleep, 1000):result() end),
    at_work(function() return mp.Thread{target = mp.sleep, args = {1000}}:start():result() end),
  }
  for _ = 1, #stay do up:get() end
  print "at work"
  local pool <close> = mp.Pool(2)
  for _ in pool:imap(function(n) return mp.spawn(function() return n end):result() end, {1, 2, 3, 4, 5, 6}) do end
  print "ending"
  for _, p in ipairs(stay) do p:kill() end
  for _, p in ipairs(stay) do p:join() end
]]

-- The child of the first process that it made first.
local function main_of(pid)
  local file = io.open(("/proc/%d/task/%d/children"):format(pid, pid))
  local first = file and file:read("n")
  if file then file:close() end
  return first
end

-- Kills one of the family and gives the phase in which it was; nil where it had ended, or main was not there yet.
local function round(whom)
  local family <const> = helper.start(family_script)
  mp.sleep(math.random() ^ 2 * life)
  local pid <const> = whom == "main" and main_of(family.pid) or whom == "first" and family.pid
  local killed <const> = pid and os.execute("kill -KILL " .. pid .. " 2>/dev/null")
  if not pid then helper.kill("KILL", family.pid) end
  local gone <const> = family:gone(1)
  if not gone then
    os.execute(("ps -o pid,ppid,stat,wchan,args -p %s >&2"):format(table.concat(family:members(), ",")))
  end
  assert(gone, "the " .. whom .. " was killed, and a second later there are the processes above")
  local said <const>, how <const>, code <const> = family:finish()
  if not killed or how ~= "signal" then return nil end
  assert(code == 9, "the family ended by signal " .. code)
  return said:match("([^\n]*)\n$") or "start"
end

io.stderr:write("endings: seed ", seed, "\n")
math.randomseed(seed)
helper.setup()
local phases, kills = {start = 0, main = 0, ["at work"] = 0, ending = 0}, 0
while kills < rounds do
  local phase <const> = round(kills % 2 == 0 and "first" or "main")
  if phase then
    kills, phases[phase] = kills + 1, phases[phase] + 1
  end
end
helper.teardown()
io.stderr:write(("endings: the first process or main of %d families was killed, of %d at their start, of %d while "
  .. "they started processes, of %d at work, of %d at their end; nobody was left a second later\n")
  :format(kills, phases.start, phases.main, phases["at work"], phases.ending))
