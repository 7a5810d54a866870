-- What memory things take, as the kernel counts it for the whole family: the sum of what each process has (Pss), so
-- shared memory counts once. One program measures all of a kind. And the time that those who wait take from the CPUs.
local rows = {}

local function add(name, title, more)
  local row = {name = "mem_" .. name, title = title, unit = "bytes", batch = "objects"}
  for key, value in pairs(more or {}) do row[key] = value end
  rows[#rows + 1] = row
end

add("family_1000", "a family of 1,000 idle processes", {batch = "family", target = {most = 400e6}})
add("process_1000", "an idle process, of 1,000", {batch = "family"})
add("process_200", "an idle process, of 200", {batch = "family"})
for _, kind in ipairs {"lock", "semaphore", "condition", "barrier", "value", "queue", "pipe"} do
  add(kind, "a " .. kind)
end
add("rlock", "an RLock")
add("event", "an event")
add("array", "an array of 10 integers")
add("buffer", "a buffer of 100 bytes", {python_is = "SharedMemory"})
add("table", "an empty table", {python_is = "a Manager's dict"})
add("message_int", "a queued integer")
add("message_record", "a queued record of ten fields")
add("entry_list", "an integer in a table's list", {python_is = "a Manager's list"})
add("entry_key", "a key and an integer in a table", {python_is = "a Manager's dict"})
rows[#rows + 1] = {
  name = "idle_cpu", title = "CPU time of 50 waiting processes in 2 s", batch = "family", target = {most = 0},
}

return {
  title = "Memory and idleness", rows = rows,
  batches = {
    family = {mplua = {"memory/memory.lua", "family"}, python = {"memory/memory.py", "family"}, rounds = 2},
    objects = {mplua = {"memory/memory.lua", "objects"}, python = {"memory/memory.py", "objects"}, rounds = 2},
  },
}
