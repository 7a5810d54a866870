-- How long after a kill does the next waiter go on? mplua scripts/bench/recovery.lua [ROUNDS], 200 unless told.
--
-- A process that has the lock, or a leased item, is killed while another one waits for it: measured from before the
-- signal is sent to where the waiter has it.
local mp = require "mp"

local rounds <const> = tonumber(arg[1] or 200)

local function asleep(process)
  repeat
    mp.sleep(0.001)
    local file <close> = assert(io.open(("/proc/%d/wchan"):format(process.pid)))
  until file:read("a"):find("futex")
end

-- take() is what the victim does first and the waiter waits for. Returns microseconds.
local function once(take)
  local taken = mp.Event()
  local victim = mp.spawn(function()
    local kept = take()
    taken:set()
    mp.sleep(1000)
    return kept
  end)
  taken:wait()
  local waiter = mp.spawn(function()
    take()
    return mp.time()
  end)
  asleep(waiter)
  local killed = mp.time()
  victim:kill()
  local got = waiter:result()
  victim:join()
  return (got - killed) * 1e6
end

local function a_lock()
  local lock = mp.Lock()
  return function() return lock:acquire() end
end

local function a_leased_item()
  local queue = mp.Queue()
  queue:put("job")
  return function() return queue:lease() end
end

local function a_permit()
  local semaphore = mp.Semaphore(1)
  return function() return semaphore:acquire() end
end

print(("%-14s %8s %8s %8s %8s   us, %d rounds"):format("", "median", "90 %", "99 %", "most", rounds))
for _, row in ipairs {{"lock", a_lock}, {"leased item", a_leased_item}, {"permit", a_permit}} do
  local times = {}
  for i = 1, rounds do times[i] = once(row[2]()) end
  table.sort(times)
  local function at(part) return times[math.max(1, math.floor(rounds * part))] end
  print(("%-14s %8.0f %8.0f %8.0f %8.0f"):format(row[1], at(0.5), at(0.9), at(0.99), times[rounds]))
end
