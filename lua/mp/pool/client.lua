-- A client: a process's side of a pool, which gives tasks and takes what comes back. The maker is one; a worker becomes
-- one when a task of its own gives tasks to its pool.
local core = require "mp.core"
local blame = require "mp.blame"
local shared = require "mp.pool.shared"
local Future = require "mp.pool.future"
local giving = require "mp.pool.giving"
local helping = require "mp.pool.helping"
local recall = require "mp.pool.recall"
local taking = require "mp.pool.taking"

local hold, pid = core.hold, core.pid
local PATIENCE <const> = 0.01   -- s that only results are waited for, not also the supervisor

local Client = {}
Client.__index = Client

function Client.new(of)
  of.chunks, of.parcels, of.unread, of.to_call = {}, {}, {}, {}   -- [chunk] = call; = what it has, a worker's
  of.early, of.due = {}, {}   -- see recall.lua; calls of which more is to be given, see taking.lua
  of.pending = {}   -- calls that are not settled, as keys
  of.owner, of.pid = core.current_process().name, pid()
  of.put_off = false   -- nobody calls what is in to_call yet, or that was interrupted
  of.last_id, of.last_call, of.tasks, of.open = 0, 0, 0, 0
  return setmetatable(of, Client)
end

-- A child has a copy of what its maker has. By number, since a finalizer may ask, when objects are gone.
function Client:is_ours()
  return self.pid == pid()
end

function Client:check_owner()
  if self.pid ~= pid() then blame.raise("pool '%s' belongs to process '%s'", self.all.name, self.owner) end
end

-- ---- giving: giving.lua ----

Client.recall, Client.recall_all = recall.recall, recall.recall_all
Client.feed, Client.begin, Client.submit, Client.new_ids = giving.feed, giving.begin, giving.submit, giving.new_ids

function Client:forget(id)
  local call = self.chunks[id]
  self.chunks[id], self.parcels[id] = nil, nil
  call.open = call.open - 1
end

-- The numbers of a call's chunks, ascending.
function Client:chunks_of(call)
  local ids = {}
  for id, owner in pairs(self.chunks) do
    if owner == call then ids[#ids + 1] = id end
  end
  table.sort(ids)
  return ids
end

-- ---- taking ----

function Client:notify(call)
  table.insert(self.to_call, call)
  self.put_off = true
end

local settled = 0   -- how many calls

function Client:settle(call)
  call.settled, self.open = true, self.open - 1
  settled = settled + 1
  call.completed, self.pending[call] = settled, nil
  if call.watchers then
    for _, done in ipairs(call.watchers) do done[#done + 1] = call end
  end
  if call.number ~= 0 then self.all.calls[call.number] = nil end
  if call.failed_at and not (call.callbacks or call.told or self.broken) then self.unread[call] = true end
  if call.callbacks or call.progress then self:notify(call) end
end

-- Somebody has seen why it failed.
function Client:told(call)
  self.unread[call] = nil
  if self.broken then self.broken.told = true end
end

local function drop(self, call)
  if call.settled then return end
  call.fed, call.stopped = true, true
  taking.stop(self, call)
  if call.open == 0 then self:settle(call) end
end

-- A stream that nobody reads any more.
function Client:drop(call) hold.call(drop, self, call) end

function Client:abandon_streams()
  for call in pairs(self.pending) do
    if call.how and not call.fed then
      call.broken = {("pool '%s' has ended before all of the input was given"):format(self.all.name), ""}
      self:drop(call)
    end
  end
end

function Client:break_all(err, trace)
  local calls = self.pending
  self.chunks, self.parcels, self.pending = {}, {}, {}
  for call in pairs(calls) do
    call.fed, call.stopped, call.open = true, true, 0
    Future.break_off(call, err, trace)
    self:settle(call)
  end
end

function Client:break_pool(err, trace)
  self.broken = {err = err, trace = trace}
  local text = type(err) == "string" and ("pool '%s' is broken: %s"):format(self.all.name, err) or err
  self.broken.text = text
  self:break_all(text, trace)
end

-- ---- callbacks ----

local function with_traceback(err)
  return type(err) == "string" and debug.traceback(err, 2) or err
end

-- An error is printed, since it is not that of whoever uses the pool now. False: there was one. And an interruption.
local function protected(call, what, f, ...)
  local lifted, ok, err = hold.lift(xpcall, f, with_traceback, ...)
  if ok and lifted then return true end
  if not lifted then err = ok end
  if core.is_interruption(err) then return false, err end
  io.stderr:write(("%s: %s: %s\n"):format(tostring(call), what, shared.text(err)))
  return false
end

-- Returns an interruption. The callbacks that it kept from being called are called later.
local function call_all(call, callbacks)
  call.callbacks = {}
  for i, f in ipairs(callbacks) do
    local _, interruption = protected(call, "on_done", f, call)
    if interruption then
      table.move(callbacks, i + 1, #callbacks, #call.callbacks + 1, call.callbacks)
      return interruption
    end
  end
end

local function call_back(call)
  local interruption, ok
  if call.progress then
    local total = call.input and call.input.total or nil
    ok, interruption = protected(call, "progress", call.progress, call.done_tasks, total, call.settled)
    if not ok and not interruption then call.progress = false end
  end
  if not interruption and call.settled and call.callbacks then interruption = call_all(call, call.callbacks) end
  if not interruption then return end
  call.client:notify(call)
  hold.again()
end

local function run_callbacks(self)
  self.put_off = false
  while #self.to_call > 0 and not hold.pending() do call_back(table.remove(self.to_call, 1)) end
  self.put_off = #self.to_call > 0
end

function Client:run_callbacks()
  if self.to_call[1] then hold.call(run_callbacks, self) end
end

-- ---- waiting ----

function Client:poll()
  taking.all(self)
  self:run_callbacks()
end

-- A worker that waits runs the tasks itself that it waits for. False: it is none, or all were begun, and nothing came.
function Client:help(call)
  return self.worker ~= nil and helping.help(self, call) or recall.has_some(self)
end

local function left(deadline)
  return deadline and math.max(deadline - core.time(), 0) or math.huge
end

-- Takes results, or waits for some. False: not in time.
function Client:step(call, deadline)
  local patience = self.worker and 0 or deadline and math.min(PATIENCE, left(deadline)) or PATIENCE
  local got = taking.some(self, call, patience)
  if not got and self.worker then
    got = self:help(call) or taking.some(self, call, left(deadline))
  elseif not got and not self:look_after() then   -- which takes results: then there may be none to wait for
    core.wait({self.results, self.supervisor}, left(deadline))
    got = taking.all(self, call) or self:look_after()
  else
    got = true
  end
  if self.to_call[1] then self:run_callbacks() end
  return got
end

-- What there is to wait for, for mp.wait and mp.as_completed: appends to a list of objects.
function Client:append_waitables(objects)
  objects[#objects + 1] = self.results
  if self.supervisor then objects[#objects + 1] = self.supervisor end
end

-- ---- the maker's ----

-- A supervisor that was killed is replaced, and what its workers had begun is taken over. While threads run that
-- raises, and is done at a later call. False: there was nothing to do.
local function look_after(self)
  taking.all(self)
  if self.broken then return true end
  if self.supervisor.exitcode == 0 then
    self:break_all(("pool '%s' is closed"):format(self.all.name), "")
    return true
  end
  local deaths, last_worker = (self.deaths or 0) + 1, self.all.last_worker.value
  if deaths > 3 and last_worker == self.seen_workers then
    self:break_pool("its supervisor " .. shared.how_it_ended(self.supervisor), "")
    return true
  end
  self:start_supervisor()
  self.deaths, self.seen_workers = deaths, last_worker
  return true
end

function Client:look_after()
  if self.worker or not self.supervisor.exitcode or self.over then return false end
  return hold.call(look_after, self)
end

return Client
