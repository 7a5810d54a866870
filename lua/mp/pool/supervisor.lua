-- The supervisor of a pool: a process that starts the workers, replaces those that end, and kills those whose task runs
-- too long. Results and tasks do not pass through it. When it is killed, its workers end, and the maker starts
-- another one.
local core = require "mp.core"
local shared = require "mp.pool.shared"

local parcel, journal = core.parcel, core.journal
local SIGSTOP <const>, SIGCONT <const> = 19, 18
local SOON <const> = 0.01
local STRIKES <const> = 3   -- workers in a row that were killed before they were ready

local supervisor = {}

-- ---- workers ----

local function start_worker(self, number)
  local all, j = self.all, journal.new()
  local worker = {all = all, number = number, list = {j}, depth = 1, served = 0}
  local process = core.Process{
    target = self.enter, args = {worker, self.options}, name = all.name .. "-" .. number, daemon = true
  }
  all.journals[number << shared.DEPTH_BITS | 1] = j
  all.processes[number] = process
  process:start()
  self.workers[number], self.first[number], self.n = process, j, self.n + 1
end

-- False, and why: the arena is full, or there are too many processes.
local function start(self)
  local all = self.all
  local number = all.last_worker:add(1)
  local ok, err = pcall(start_worker, self, number)
  if not ok then
    all.journals[number << shared.DEPTH_BITS | 1], all.processes[number] = nil, nil
    all.last_worker:add(-1)   -- the maker tells by it whether its supervisors come to anything
  end
  return ok, err
end

local function kill_all(self)
  for _, process in pairs(self.workers) do process:kill() end
end

local function break_pool(self, why)
  if self.broken then return end
  self.broken = true
  if why then parcel.put(self.all.results, shared.RESULT_HEAD, "error", 0, shared.ERROR, 0, 1, why, "") end
  kill_all(self)
end

-- What dead workers left, unless their chunk is still to be taken over.
local function sweep(all)
  local kept = {}
  for key, j in pairs(all.journals) do
    local number = key >> shared.DEPTH_BITS
    local process = all.processes[number]
    local _, chunk = journal.read(j)
    local is_first = key & (1 << shared.DEPTH_BITS) - 1 == 1   -- nobody takes over what ran within a task
    if process and not process.exitcode or chunk ~= 0 and is_first then
      kept[number] = true
    else
      all.journals[key] = nil
    end
  end
  for number, process in pairs(all.processes) do
    if process.exitcode and not kept[number] then all.processes[number] = nil end
  end
end

-- What it had given the pool as a client.
local function sweep_client(all, number)
  all.replies[number] = nil
  for _, t in ipairs{all.calls, all.recalls} do
    for key in pairs(t) do
      if key & (1 << shared.CLIENT_BITS) - 1 == number then t[key] = nil end
    end
  end
end

local function replace(self)
  while not self.broken and self.n < self.wanted do
    local ok, err = start(self)
    if not ok and shared.is_full(err) then
      collectgarbage()   -- of what the dead have left here
      ok, err = start(self)
    end
    if not ok then
      -- In a full arena who reads the results makes room.
      local may_go_on = self.n > 0 or shared.is_full(err) and not self.all.results:empty()
      if not may_go_on then break_pool(self, shared.text(shared.without_place(err))) end
      return
    end
  end
end

local function bury(self, number, process)
  local all = self.all
  local state = journal.read(self.first[number])
  self.workers[number], self.first[number], self.n = nil, nil, self.n - 1
  if all.replies[number] then sweep_client(all, number) end
  self.strikes = state == shared.STARTING and self.strikes + 1 or 0
  if state == shared.DRAINED then
    self.wanted = self.n
  elseif state == shared.FAILED then
    break_pool(self)
  elseif state == shared.STARTING and (process.exitcode >= 0 or self.strikes >= STRIKES) then
    break_pool(self, ("worker %s %s before it was ready"):format(process.name, shared.how_it_ended(process)))
  end
  sweep(all)
end

-- ---- tasks that run too long ----

-- Or the kernel keeps it busy, after which it stops before it runs on.
local function is_stopped(pid)
  local file = io.open(("/proc/%d/stat"):format(pid))
  local text = file and file:read("a") or ""
  if file then file:close() end
  return (text:match("%) (%a)") or "Z"):find("[TtZXD]") ~= nil
end

-- It is stopped before it is killed, so that the task that ends just now does not take the next one with it.
-- It may hold a latch meanwhile, or have stopped the world, so nothing is done here that has to wait for it: neither
-- collecting garbage nor mp.sleep.
local function expire(process, first, j, chunk, begun)
  collectgarbage("stop")
  process:signal(SIGSTOP)
  while not is_stopped(process.pid) do core.task.pause() end
  local _, chunk_now, begun_now, done, _, deadline = journal.read(j)
  if chunk_now == chunk and begun_now == begun and done < begun and deadline > 0 and deadline <= core.time() then
    journal.set_state(first, shared.LATE_WITHIN)
    journal.set_state(j, shared.LATE)
    process:kill()
  else
    process:signal(SIGCONT)
  end
  collectgarbage("restart")
end

local function look(self)
  local all, earliest = self.all, math.huge
  all.look:clear()
  all.alarm.value = math.huge   -- who sets a deadline from here on tells us
  for key, j in pairs(all.journals) do
    local number = key >> shared.DEPTH_BITS
    local process = self.workers[number]
    local state, chunk, begun, done, _, deadline = journal.read(j)
    local timed = process and not process.exitcode and chunk ~= 0 and deadline > 0
    if timed and state ~= shared.LATE and journal.read(self.first[number]) < shared.LATE then
      if deadline > core.time() then
        earliest = math.min(earliest, deadline)
      elseif begun > done then
        expire(process, self.first[number], j, chunk, begun)
      else   -- it is about to begin the task
        earliest = math.min(earliest, core.time() + SOON)
      end
    end
  end
  all.alarm.value = earliest
  self.alarm = earliest
end

-- ---- the process ----

local function wait(self)
  local objects = {self.all.look}
  for _, process in pairs(self.workers) do objects[#objects + 1] = process end
  local timeout = self.alarm - core.time()
  if self.n < self.wanted then timeout = math.min(timeout, 0.1) end
  local ok, err = pcall(core.wait, objects, timeout)
  if ok then return end
  if not shared.is_full(err) then error(err, 0) end
  core.sleep(math.min(math.max(timeout, 0), 0.05))   -- no room to wait for many
end

local function bury_the_dead(self)
  for number, process in pairs(self.workers) do
    if process.exitcode then bury(self, number, process) end
  end
end

function supervisor.main(all, options)
  local self = {all = all, options = options, enter = options.enter, workers = {}, first = {}, n = 0,
                wanted = options.n,
                strikes = 0, alarm = math.huge}
  all.alarm.value = math.huge   -- another supervisor may have set it
  for _ = 1, options.n do
    local ok, err = start(self)
    if not ok then
      break_pool(self, shared.text(shared.without_place(err)))
      break
    end
  end
  all.up:set()
  while self.n > 0 or self.wanted > 0 and not self.broken do
    wait(self)
    bury_the_dead(self)
    replace(self)
    if self.n > 0 then look(self) end
  end
end

return supervisor
