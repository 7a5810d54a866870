-- A worker of a pool: takes chunks of tasks by lease and runs them. Its journal says at every moment which task it has
-- begun and which ones are done; when it dies, its chunk returns to the queue, and who takes it next reads the journal.
local core = require "mp.core"
local shared = require "mp.pool.shared"
local reply = require "mp.pool.reply"
local take_over = require "mp.pool.takeover"

local journal, task_of = core.journal, core.task
local put_error, put_results, flush = reply.error, reply.results, reply.flush
local STOP <const> = shared.STOP

local worker = {}
local traceback = ""

local function handler(err)
  traceback = debug.traceback(nil, 2):gsub("\n[^\n]*\n[^\n]*\n%s*mp/pool/worker%.lua:.*$", "")
  return err
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
    put_results(to, j, at, id, at, ...)
    return at + 1
  end
  local done = flags & STOP ~= 0 and last or at
  put_error(to, j, done, id, at, ..., traceback)
  traceback = ""   -- the next error may be one that has no traceback
  return done + 1
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

local function fail_all(to, j, task, first, err)
  local stops = task.flags & STOP ~= 0
  for position = first, stops and math.min(first, task.last) or task.last do
    put_error(to, j, stops and task.last or position, task.id, position, err, "")
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
  if not ok then return fail_all(to, j, task, task.next, a) end
  if task.call == 0 then   -- a function and its arguments
    return run(self.all, to, j, task, a, {table.pack(b, ...)}, 1)
  end
  local f, err = function_of(self, task.call)
  if f == nil then return fail_all(to, j, task, task.next, err) end
  run(self.all, to, j, task, f, a, b or 1)
end

-- Where results of the chunk go; nil: who put it is no more.
local function reply_queue(all, id)
  local client = id & (1 << shared.CLIENT_BITS) - 1
  if client == 0 then return all.results end
  return all.replies[client]
end

-- Its client is about to decide, or has died before that: then nobody waits for it.
local function is_recalled(all, id)
  local recalled = task_of.recalled(all.recalls, id)
  while recalled == nil do
    local client = id & (1 << shared.CLIENT_BITS) - 1
    local process = all.processes[client]
    if client ~= 0 and (not process or process.exitcode) then return true end
    core.sleep(0.0005)
    recalled = task_of.recalled(all.recalls, id)
  end
  return recalled
end

-- True: it was recalled. What somebody has begun before us cannot be any more: its client may know it to be over.
local function begin(self, j, task)
  local all = self.all
  journal.begin(j, task.id, task.next, task.tries)
  for _, key in ipairs(task.old) do all.journals[key] = nil end
  return not task.begun and is_recalled(all, task.id)
end

-- Within a task of ours an error is that task's, and ours to go on: nothing of the chunk may be left.
local function run_within(self, to, j, task, ...)
  local ok, err = pcall(run_chunk, self, to, j, task, ...)
  if ok then return nil end
  local _, _, _, done = journal.read(j)
  pcall(flush, to, task.id, j)
  fail_all(to, j, task, done + 1, err)
  return err
end

local function run_task(self, to, j, task, ...)
  if self.depth > 1 then return run_within(self, to, j, task, ...) end
  run_chunk(self, to, j, task, ...)
end

-- One parcel of tasks. Nothing of it is left when it returns, but for results. Returns an error that is not a task's.
function worker.serve(self, lease, id, call, first, last, flags, timeout, retries, ...)
  local all, failed = self.all, nil
  local to = reply_queue(all, id)
  local task = {id = id, call = call, first = first, last = last, flags = flags, timeout = timeout, retries = retries,
                offset = first - 1, next = first, tries = 0, old = {}, begun = false}
  local recalled = not to
  if to then
    local j = worker.journal(self)
    if lease.deliveries > 1 then take_over(all, to, task) end
    recalled = begin(self, j, task)
    if not recalled then failed = run_task(self, to, j, task, ...) end
    lease:done()
    journal.finish(j)
  else
    lease:done()
  end
  -- Only now: it may be delivered again until then.
  if recalled then all.recalls[id] = nil end
  self.served = self.served + last - first + 1
  return failed
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
  put_error(all.results, nil, nil, 0, 0, err, traceback)
  journal.set_state(j, shared.FAILED)
  return false
end

-- False: there are no more, or it may not run as many.
local function served(self, max, lease, ...)
  if not lease then
    journal.set_state(self.list[1], shared.DRAINED)
    return false
  end
  local _, _, first, last = ...
  if max and self.served > 0 and self.served + last - first + 1 > max then
    lease:back()
    return false
  end
  worker.serve(self, lease, ...)
  return true
end

function worker.main(self, options)
  local all, j, max = self.all, self.list[1], options.max_tasks
  if not initialize(all, j, options.initializer, options.initargs) then return end
  journal.set_state(j, shared.READY)
  local function react_usual(id, _, _, last, flags, _, retries, ...)
    return react(all.results, j, id, last, last, flags, retries, ...)
  end
  while not max or self.served < max do
    local call = not max and (self.call or 0) or nil   -- who has to count looks at each parcel
    local to, recalls = all.results, all.recalls
    if not served(self, max, task_of.serve(all.tasks, j, handler, to, recalls, react_usual, call, self.f)) then
      return
    end
  end
end

return worker
