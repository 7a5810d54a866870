-- The chunk of a worker that died: who takes it next reads the dead one's journal.
local core = require "mp.core"
local shared = require "mp.pool.shared"
local reply = require "mp.pool.reply"

local journal = core.journal

-- The keys of the journals that name it. Two, when one died who had begun to take it over, and no task yet: then either
-- tells the truth.
local function find(all, id)
  local keys = {}
  for key, j in pairs(all.journals) do
    local _, chunk = journal.read(j)
    if chunk == id then keys[#keys + 1] = key end
  end
  return keys
end

local function reason(process, state, timeout)
  if state == shared.LATE then return ("it ran longer than %g s"):format(timeout) end
  if state == shared.LATE_WITHIN then return "a task that its worker ran meanwhile took too long" end
  if not process then return "its worker died" end
  return ("worker %s %s"):format(process.name, shared.how_it_ended(process))
end

-- Sends what the dead worker's tasks gave. The task tells then which position is next, how often that was tried,
-- whether any was begun, and which journals to remove.
return function(all, to, task)
  task.old = find(all, task.id)
  local key = task.old[1]
  if not key then return end
  local j, process = all.journals[key], all.processes[key >> shared.DEPTH_BITS]
  if process then process:join() end
  local state, _, begun, done, tries = journal.read(j)
  reply.listed(to, nil, task.id, journal.results(j))
  task.begun = math.max(begun, done) >= task.first
  if begun <= done then
    task.next = done + 1
  elseif tries < task.retries then
    task.next, task.tries = begun, tries + 1
  else
    local text = ("task %d failed: %s"):format(begun, reason(process, state, task.timeout))
    reply.error(to, nil, nil, task.id, begun, text, "")
    task.next = task.flags & shared.STOP ~= 0 and task.last + 1 or begun + 1
  end
end
