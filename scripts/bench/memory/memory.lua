-- Prints each row with its bytes: what the family's memory grew by, divided by how many there are. Either "family", of
-- idle processes, or "objects" of one process: apart, since a process has handles of all objects that its maker has.
local clock = require "clock"
local items = require "items"
local mp = require "mp"

local function read(path, pattern)
  local file <close> = assert(io.open(path))
  return file:read("a"):match(pattern)
end

local main = mp.current_process().pid
local monitor = math.tointeger(tonumber(read("/proc/self/stat", "^%d+ %b() %S (%d+)")))

local function bytes_of(pids)
  local sum = 0
  for _, pid in ipairs(pids) do
    sum = sum + tonumber(read(("/proc/%d/smaps_rollup"):format(pid), "\nPss:%s*(%d+) kB"))
  end
  return sum * 1024
end

-- What the family has, these processes included.
local function family_bytes(processes)
  local pids = {main, monitor}
  for _, process in ipairs(processes or {}) do pids[#pids + 1] = process.pid end
  collectgarbage()
  collectgarbage()
  return bytes_of(pids)
end

local function say(name, value)
  print(name, "mplua", value)
end

-- Starts so many that wait, hands them to f, and ends them.
local function with_idle(count, f)
  local ready, finish, processes = mp.Value(0), mp.Event(), {}
  for i = 1, count do
    processes[i] = mp.spawn(function()
      ready:add(1)
      finish:wait()
    end)
  end
  while ready.value < count do mp.sleep(0.001) end
  f(processes)
  finish:set()
  for _, process in ipairs(processes) do process:result() end
end

local function idle_memory(count)
  local before = family_bytes()
  local after
  with_idle(count, function(processes) after = family_bytes(processes) end)
  return (after - before) / count, after
end

-- Microseconds, of all of them and of the monitor.
local function cpu_time(processes)
  local ns = tonumber(read(("/proc/%d/schedstat"):format(monitor), "%d+"))
  for _, process in ipairs(processes) do ns = ns + tonumber(read(("/proc/%d/schedstat"):format(process.pid), "%d+")) end
  return ns / 1000
end

-- Until those who have just begun to wait are asleep.
local function settled(processes)
  local before
  for _ = 1, 50 do
    local now = cpu_time(processes)
    if now == before then break end
    before = now
    mp.sleep(0.05)
  end
  return cpu_time(processes)
end

local function idle_cpu()
  with_idle(50, function(processes)
    local before = settled(processes)
    mp.sleep(clock.size(2, 0.1))
    say("idle_cpu", cpu_time(processes) - before)
  end)
end

local all_kept = {}   -- so that nothing is made where something else has been

local function grown_by(count, make)
  local kept = {}
  all_kept[#all_kept + 1] = kept
  for i = 1, count do kept[i] = false end
  local before = family_bytes()
  for i = 1, count do kept[i] = make(i) or false end
  return (family_bytes() - before) / count
end

local makers <const> = {
  {"lock", mp.Lock}, {"rlock", mp.RLock}, {"semaphore", mp.Semaphore}, {"condition", mp.Condition},
  {"event", mp.Event}, {"queue", mp.Queue}, {"table", mp.Table},
  {"pipe", function() return {mp.Pipe()} end},
  {"barrier", function() return mp.Barrier(2) end},
  {"value", function() return mp.Value("i", 0) end},
  {"array", function() return mp.Array("i", 10) end},
  {"buffer", function() return mp.Buffer(100) end},
}

local function objects()
  for _, maker in ipairs(makers) do
    say("mem_" .. maker[1], grown_by(clock.size(1000, 100), function() return maker[2]() end))
  end
end

local function entries()
  local count = clock.size(20000, 1000)
  for _, kind in ipairs {"int", "record"} do
    local queue, item = mp.Queue(), items(kind)
    say("mem_message_" .. kind, grown_by(count, function() queue:put(item) end))
    all_kept[#all_kept + 1] = queue
  end
  local list, dict, insert = mp.Table(), mp.Table(), mp.Table.insert
  say("mem_entry_list", grown_by(count, function(i) insert(list, i) end))
  say("mem_entry_key", grown_by(count, function(i) dict["key" .. i] = i end))
end

if arg[1] == "family" then
  idle_cpu()
  say("mem_process_200", (idle_memory(clock.size(200, 10))))
  local each, whole = idle_memory(clock.size(1000, 20))
  say("mem_process_1000", each)
  say("mem_family_1000", whole)
else
  objects()
  entries()
end
