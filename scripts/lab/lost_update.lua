-- Processes add 1 to what they share. Which ways of doing so lose additions?
-- Those that read and then write, be it a value or a field of a table: what somebody else has written in between is
-- overwritten. None is lost by operations that are one step, and none under a lock.
-- mplua scripts/lab/lost_update.lua [PROCESSES [TIMES]]
local mp = require "mp"

local PROCESSES <const>, TIMES <const> = math.tointeger(arg[1] or 2), math.tointeger(arg[2] or 50000)
assert(PROCESSES and PROCESSES >= 2 and TIMES, "PROCESSES (at least 2) and TIMES must be whole numbers")

-- First as slowly as in a book: at a barrier both have read and none has written.
local function meet(counter, both_have_read)
  local seen = counter.value
  both_have_read:wait()
  counter.value = seen + 1
end

local counter, both_have_read = mp.Value(0), mp.Barrier(2)
local a, b = mp.spawn(meet, counter, both_have_read), mp.spawn(meet, counter, both_have_read)
a:result()
b:result()
print(("two have read 0 and then written: 2 additions give %d"):format(counter.value))

-- Then at full speed, where it depends on luck.
local value, t, lock = mp.Value(0), mp.Table(), mp.Lock()
local ways = {
  {"value.value = value.value + 1", function() value.value = value.value + 1 end},
  {"the same under a lock", function()
    local _ <close> = lock:guard()
    value.value = value.value + 1
  end},
  {"value:add(1)", function() value:add(1) end},
  {"value:update(f)", function() value:update(function(n) return n + 1 end) end},
  {"value:compare_exchange in a loop", function()
    local n
    repeat n = value.value until value:compare_exchange(n, n + 1)
  end},
  {"t.n = t.n + 1", function() t.n = t.n + 1 end},
  {"mp.Table.add(t, 'n', 1)", function() mp.Table.add(t, "n", 1) end},
}

print(("%d processes, %d times each:"):format(PROCESSES, TIMES))
for _, way in ipairs(ways) do
  local title, add = table.unpack(way)
  value.value, t.n = 0, 0
  local start, processes = mp.Barrier(PROCESSES), {}
  for i = 1, PROCESSES do
    processes[i] = mp.spawn(function()
      start:wait()
      for _ = 1, TIMES do add() end
    end)
  end
  for _, p in ipairs(processes) do p:result() end
  local sum = value.value + t.n
  print(("%-34s %8d, %d lost"):format(title, sum, PROCESSES * TIMES - sum))
end
