-- A worker of a pool: takes chunks of tasks by lease and runs them. Its journal says at every moment which task it has
-- begun and which ones are done; when it dies, its chunk returns to the queue, and who takes it next reads the journal.
local core = require "mp.core"
local shared = require "mp.pool.shared"

local parcel, journal, task_of, Table = core.parcel, core.journal, core.task, core.Table
local STOP <const> = shared.STOP

local worker = {}
local traceback = ""

local function handler(err)
  traceback = debug.traceback(nil, 2):gsub("\n[^\n]*\n%s*mp/pool/worker%.lua:.*$", "")
  return err
end

-- ---- results ----

-- A full arena is waited for: somebody may read results.
local function put(queue, ...)
  while true do
    local ok, err = pcall(parcel.put, queue, ...)
    if ok or not (type(err) == "string" and err:find("arena is full", 1, true)) then return ok, err end
    core.sleep(0.01)
  end
end

local function put_error(to, id, position, err, trace)
  if put(to, shared.RESULT_HEAD, "error", id, shared.ERROR, position, 1, err, trace) then return end
  put(to, shared.RESULT_HEAD, "error", id, shared.ERROR, position, 1, tostring(err), trace)
end

local function flush(to, id, j)
  local first, n, bytes = journal.results(j)
  if n == 0 then return end
  put(to, shared.RESULT_HEAD, "results", id, shared.LISTED, first, n, bytes)
  journal.mark(j)
end

local function put_results(to, id, position, ...)
  local ok, err = put(to, shared.RESULT_HEAD, "result %d", id, shared.RESULTS, position, 1, ...)
  if not ok then put_error(to, id, position, (err:gsub("^mp/[^:]*:%d+: ", "")), "") end
end

-- ---- the chunk of a worker that died ----

local function find(all, id)
  for key, j in pairs(all.journals) do
    local _, chunk = journal.read(j)
    if chunk == id then return key, j, all.processes[key >> shared.DEPTH_BITS] end
  end
end

local function reason(process, state, timeout)
  if state == shared.LATE then return ("it ran longer than %g s"):format(timeout) end
  if not process then return "its worker died" end
  return ("worker %s %s"):format(process.name, shared.how_it_ended(process))
end

-- Sends what the dead worker's tasks gave. Returns which one is next, how often that was tried, what to remove then,
-- and whether one has failed.
local function take_over(all, to, task)
  local key, j, process = find(all, task.id)
  if not key then return task.first, 0 end
  if process then process:join() end
  local state, _, begun, done, tries = journal.read(j)
  local first, n, bytes = journal.results(j)
  if n > 0 then put(to, shared.RESULT_HEAD, "results", task.id, shared.LISTED, first, n, bytes) end
  if begun <= done then return done + 1, 0, key end
  if tries < task.retries then return begun, tries + 1, key end
  put_error(to, task.id, begun, ("task %d failed: %s"):format(begun, reason(process, state, task.timeout)), "")
  return begun + 1, 0, key, true
end

-- ---- tasks ----

local function arm(all, j, timeout)
  local deadline = core.time() + timeout
  journal.set_deadline(j, deadline)
  if deadline < all.alarm.value then all.look:set() end
end

-- What is to be done about a task, or a journal that is full. Returns where to go on.
local function react(to, j, id, upto, last, flags, retries, how, at, ...)
  if how == "end" then return upto + 1 end
  if how == "failed" then
    local _, _, _, _, tries = journal.read(j)
    if tries < retries then
      journal.set_tries(j, at, tries + 1)
      return at
    end
  end
  flush(to, id, j)
  if how == "full" then return at end
  if how == "results" then
    put_results(to, id, at, ...)
  else
    put_error(to, id, at, ..., traceback)
  end
  journal.mark(j, at)
  return how == "failed" and flags & STOP ~= 0 and last + 1 or at + 1
end

-- Runs the tasks of a chunk from task.next on.
local function run(all, to, j, task, f, items, step)
  local position, last = task.next, task.last
  while position <= last do
    local upto = last
    if task.timeout then
      arm(all, j, task.timeout)
      upto = position
    end
    position = react(to, j, task.id, upto, last, task.flags, task.retries,
      task_of.run(j, handler, f, items, step, task.offset, position, upto, task.flags))
  end
  if task.timeout then journal.set_deadline(j, 0) end
  flush(to, task.id, j)
end

local function fail_all(to, j, task, err, trace)
  for position = task.next, task.last do
    put_error(to, task.id, position, err, trace)
    journal.mark(j, position)
    if task.flags & STOP ~= 0 then return end
  end
end

-- The function of a call, kept for its next chunk; or nil, why not.
local function function_of(self, call)
  if self.call ~= call then
    local ok, f = pcall(function() return self.all.calls[call] end)
    if not ok or f == nil then return nil, f or "its call is over" end
    self.call, self.f = call, f
  end
  return self.f
end

local function run_chunk(self, to, j, task, ok, a, b, ...)
  if not ok then return fail_all(to, j, task, a, "") end
  if task.call == 0 then   -- a function and its arguments
    return run(self.all, to, j, task, a, {table.pack(b, ...)}, 1)
  end
  local f, err = function_of(self, task.call)
  if f == nil then return fail_all(to, j, task, err, "") end
  run(self.all, to, j, task, f, a, b or 1)
end

-- Where results of the chunk go; nil: who put it is no more.
local function reply_queue(self, id)
  local client = id & (1 << shared.CLIENT_BITS) - 1
  if client == 0 then return self.all.results end
  return self.all.replies[client]
end

-- One parcel of tasks. Nothing of it is left when it returns, but for results.
function worker.serve(self, lease, id, call, first, last, flags, timeout, retries, ...)
  local all, to = self.all, reply_queue(self, id)
  if not to then
    all.claims[id] = nil
    return lease:done()
  end
  self.depth = self.depth + 1
  local j = worker.journal(self)
  local task = {id = id, call = call, first = first, last = last, flags = flags, timeout = timeout, retries = retries,
                offset = first - 1}
  local at, tries, old, failed = first, 0, nil, false
  if lease.deliveries > 1 then at, tries, old, failed = take_over(all, to, task) end
  task.next = at
  journal.begin(j, id, at, tries)
  if old then all.journals[old] = nil end
  if Table.add(all.claims, id, 1) == shared.RECALLED + 1 then
    all.claims[id] = nil
  elseif not (failed and flags & STOP ~= 0) then
    run_chunk(self, to, j, task, ...)
  end
  lease:done()
  journal.finish(j)
  self.depth = self.depth - 1
  self.served = self.served + last - first + 1
end

-- The journal for the depth at which it runs tasks now.
function worker.journal(self)
  local j = self.list[self.depth]
  if not j then
    j = journal.new()
    self.list[self.depth] = j
    self.all.journals[self.number << shared.DEPTH_BITS | self.depth] = j
  end
  return j
end

-- ---- the process ----

local function initialize(all, j, initializer, arguments)
  if not initializer then return true end
  local ok, err = xpcall(initializer, handler, table.unpack(arguments, 1, arguments.n))
  if ok then return true end
  put_error(all.results, 0, 0, err, traceback)
  journal.set_state(j, shared.FAILED)
  return false
end

local function served(self, lease, ...)
  if not lease then return false end
  worker.serve(self, lease, ...)
  return true
end

function worker.main(self, options)
  local all, j = self.all, self.list[1]
  if not initialize(all, j, options.initializer, options.initargs) then return end
  journal.set_state(j, shared.READY)
  local function react_usual(id, _, _, last, flags, _, retries, ...)
    return react(all.results, j, id, last, last, flags, retries, ...)
  end
  local max, largest = options.max_tasks, 0
  while not max or self.served + largest <= max do
    local before, call = self.served, not max and (self.call or 0) or nil
    if not served(self, task_of.serve(all.tasks, j, handler, all.results, all.claims, react_usual, call, self.f)) then
      journal.set_state(j, shared.DRAINED)
      return
    end
    largest = math.max(largest, self.served - before)
  end
  journal.set_state(j, shared.RETIRED)
end

return worker
