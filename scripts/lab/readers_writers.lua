-- Many may read at once, but who writes must be alone. Is a semaphore enough for that?
-- Yes: a reader takes one permit, a writer takes all. Nobody sees a pair of which only one half is written.
-- mplua scripts/lab/readers_writers.lua [READERS [WRITERS [ROUNDS]]]
local mp = require "mp"

local READERS <const>, WRITERS <const> = math.tointeger(arg[1] or 4), math.tointeger(arg[2] or 2)
local ROUNDS <const> = math.tointeger(arg[3] or 50)
assert(READERS and READERS >= 1 and WRITERS and ROUNDS, "READERS (at least 1), WRITERS and ROUNDS: whole numbers")

local pair = mp.Array("i", 2)
local permits, door = mp.Semaphore(READERS), mp.Lock()
local inside, most, reads, torn = mp.Value(0), mp.Value(0), mp.Value(0), mp.Value(0)

local function reader()
  for _ = 1, ROUNDS do
    local _ <close> = permits:guard()
    most:update(math.max, inside:add(1))
    local first = pair[1]
    mp.sleep(0.001)
    if pair[2] ~= first then torn:add(1) end
    reads:add(1)
    inside:add(-1)
  end
end

local function writer()
  for _ = 1, ROUNDS do
    local _ <close> = door:guard()   -- two that gather permits at once would wait for each other
    for _ = 1, READERS do permits:acquire() end
    pair[1] = pair[1] + 1
    mp.sleep(0.001)
    pair[2] = pair[2] + 1
    permits:release(READERS)
  end
end

local processes = {}
for _ = 1, READERS do table.insert(processes, mp.spawn(reader)) end
for _ = 1, WRITERS do table.insert(processes, mp.spawn(writer)) end
for _, p in ipairs(processes) do p:result() end
print(("%d reads, up to %d at once; %d saw half a pair"):format(reads.value, most.value, torn.value))
print(("%d writes: the halves are %d and %d"):format(WRITERS * ROUNDS, pair[1], pair[2]))
