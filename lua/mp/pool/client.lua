-- A client: a process's side of a pool, which gives tasks and takes what comes back. The maker is one; a worker becomes
-- one when a task of its own gives tasks to its pool.
local core = require "mp.core"
local blame = require "mp.blame"
local shared = require "mp.pool.shared"
local Future = require "mp.pool.future"
local giving = require "mp.pool.giving"
local helping = require "mp.pool.helping"
local recall = require "mp.pool.recall"

local parcel, pid = core.parcel, core.pid
local PATIENCE <const> = 0.001   -- s that only results are waited for, not also the supervisor

local Client = {}
Client.__index = Client

function Client.new(of)
  of.chunks, of.parcels, of.unread, of.to_call = {}, {}, {}, {}   -- [chunk] = call; = what it has, a worker's
  of.early = {}     -- see recall.lua
  of.pending = {}   -- calls that are not settled, as keys
  of.owner, of.pid = core.current_process().name, pid()
  of.last_id, of.last_call, of.tasks, of.open = 0, 0, 0, 0
  return setmetatable(of, Client)
end

-- A child has a copy of what its maker has. By number, since a finalizer may ask, when objects are gone.
function Client:is_ours()
  return self.pid == pid()
end

function Client:check_owner()
  if not self:is_ours() then blame.raise("pool '%s' belongs to process '%s'", self.all.name, self.owner) end
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
end

local settled = 0   -- how many calls

function Client:settle(call)
  call.settled, self.open = true, self.open - 1
  settled = settled + 1
  call.completed, self.pending[call] = settled, nil
  for _, done in ipairs(call.watchers or {}) do done[#done + 1] = call end
  if call.number ~= 0 then self.all.calls[call.number] = nil end
  if call.failed_at and not (call.callbacks or call.told or self.broken) then self.unread[call] = true end
  if call.callbacks or call.progress then self:notify(call) end
end

-- Somebody has seen why it failed.
function Client:told(call)
  self.unread[call] = nil
  if self.broken then self.broken.told = true end
end

-- What has not begun is dropped. Once: whatever is left then has begun, or was given before its call was told to stop.
local function stop(self, call)
  call.dropped = true
  for _, id in ipairs(self:recall(self:chunks_of(call))) do self:forget(id) end
end

-- A stream that nobody reads any more.
function Client:drop(call)
  call.fed, call.stopped = true, true
  stop(self, call)
  if call.open == 0 and not call.settled then self:settle(call) end
end

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

local function break_pool(self, err, trace)
  self.broken = {err = err, trace = trace}
  local text = type(err) == "string" and ("pool '%s' is broken: %s"):format(self.all.name, err) or err
  self.broken.text = text
  self:break_all(text, trace)
end

-- Its results came from `position` on, in a chunk of more than one task. True: it is over; nil: this came before.
local function advance(call, id, position, count)
  local size = call.chunksize
  local first = (position - 1) // size * size + 1
  if position ~= (call.at[id] or first) then return nil end
  local over = position + count - 1 >= math.min(first + size - 1, call.given)
  call.at[id] = not over and position + count or nil
  return over
end

-- One parcel of results. False: there was none.
local function dispatch(self, id, kind, position, count, ok, ...)
  if not id then return false end
  if id == 0 then
    if not self.broken then break_pool(self, ...) end
    return true
  end
  local chunks = self.chunks
  local call = chunks[id]
  if not call then return true end   -- dropped
  if call.kind == "one" and ok and kind == shared.RESULTS then
    call.values, chunks[id], self.parcels[id] = table.pack(...), nil, nil
    call.done_tasks, call.open = 1, 0
    self:settle(call)
    return true
  end
  local over = call.chunksize == 1 or advance(call, id, position, count)
  if over == nil then return true end   -- sent again by who took over
  if not ok then kind = shared.ERROR end
  Future.take(call, kind, position, count, ...)
  if kind == shared.ERROR and call.flags & shared.STOP ~= 0 then   -- the worker has left the rest of the chunk
    over, call.at[id] = true, nil
  end
  if over then self:forget(id) end   -- first, since no worker would answer when it is recalled
  if call.stopped and not call.dropped then stop(self, call) end
  if over then
    if call.open == 0 or giving.has_room(call) then self:feed(call) end
  end
  if call.progress and not call.settled then self:notify(call) end
  return true
end

-- ---- callbacks ----

local function with_traceback(err)
  return type(err) == "string" and debug.traceback(err, 2) or err
end

-- An error is printed, since it is not that of whoever uses the pool now. True: there was none.
local function protected(call, what, f, ...)
  local ok, err = xpcall(f, with_traceback, ...)
  if ok then return true end
  if core.is_interruption(err) then error(err, 0) end
  io.stderr:write(("%s: %s: %s\n"):format(tostring(call), what, shared.text(err)))
  return false
end

local function call_back(call)
  if call.progress then
    local total = call.input and call.input.total or nil
    local ok = protected(call, "progress", call.progress, call.done_tasks, total, call.settled)
    if not ok then call.progress = false end
  end
  if not call.settled or not call.callbacks then return end
  local callbacks = call.callbacks
  call.callbacks = {}
  for _, f in ipairs(callbacks) do protected(call, "on_done", f, call) end
end

function Client:run_callbacks()
  while #self.to_call > 0 do call_back(table.remove(self.to_call, 1)) end
end

-- ---- waiting ----

local function gathered(self, call, n, ...)
  if n > 0 then
    call.done_tasks, call.open = call.done_tasks + n, call.open - n
    if call.open == 0 or giving.has_room(call) then self:feed(call) end
  end
  return dispatch(self, ...) or n > 0
end

-- Some of the results that are there. False: none.
local function take_some(self, call)
  local results, early = self.results, recall.next(self)
  if early then return dispatch(self, table.unpack(early, 1, early.n)) end
  if not call or not call.plain then return dispatch(self, parcel.get(results, shared.RESULT_HEAD, 0)) end
  return gathered(self, call, parcel.gather(results, call.values, self.chunks, call, call.open))
end

-- All results that are there, until this call is done. False: none.
local function take_all(self, call)
  local any = false
  while take_some(self, call) do
    any = true
    if call and call.settled then break end
  end
  return any
end

function Client:poll()
  take_all(self)
  self:run_callbacks()
end

-- A worker that waits runs the tasks itself that it waits for. False: it is none, or all were begun, and nothing came.
function Client:help(call)
  return self.worker ~= nil and helping.help(self, call, dispatch) or recall.has_some(self)
end

local function left(deadline)
  return deadline and math.max(deadline - core.time(), 0) or math.huge
end

-- Takes results, or waits for some. False: not in time.
function Client:step(call, deadline)
  local results = self.results
  if take_all(self, call) then
    if self.to_call[1] then self:run_callbacks() end
    return true
  end
  local patience = self.worker and 0 or math.min(PATIENCE, left(deadline))
  local got = dispatch(self, parcel.get(results, shared.RESULT_HEAD, patience))
  if got then
    if self.to_call[1] then self:run_callbacks() end
    return true
  end
  if self.worker then
    if self:help(call) then return true end
    got = dispatch(self, parcel.get(results, shared.RESULT_HEAD, left(deadline)))
  else
    got = self:look_after()   -- which takes results: then there may be none to wait for
    if not got then
      core.wait({results, self.supervisor}, left(deadline))
      got = dispatch(self, parcel.get(results, shared.RESULT_HEAD, 0)) or self:look_after()
    end
  end
  self:run_callbacks()
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
function Client:look_after()
  if self.worker or not self.supervisor.exitcode or self.over then return false end
  take_all(self)
  if self.broken then return true end
  if self.supervisor.exitcode == 0 then
    self:break_all(("pool '%s' is closed"):format(self.all.name), "")
    return true
  end
  local deaths, last_worker = (self.deaths or 0) + 1, self.all.last_worker.value
  if deaths > 3 and last_worker == self.seen_workers then
    break_pool(self, "its supervisor " .. shared.how_it_ended(self.supervisor), "")
    return true
  end
  self:start_supervisor()
  self.deaths, self.seen_workers = deaths, last_worker
  return true
end

return Client
