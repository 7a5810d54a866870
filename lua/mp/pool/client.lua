-- A client: a process's side of a pool, which cuts calls into chunks, puts them, and takes what comes back. The maker is
-- one; a worker becomes one when a task of its own gives tasks to its pool.
local core = require "mp.core"
local blame = require "mp.blame"
local shared = require "mp.pool.shared"
local Future = require "mp.pool.future"
local worker = require "mp.pool.worker"

local parcel, Table = core.parcel, core.Table
local PATIENCE <const> = 0.001   -- s that only results are waited for, not also the supervisor

local Client = {}
Client.__index = Client

function Client.new(of)
  of.chunks, of.unread, of.to_call = {}, {}, {}
  of.last_id, of.last_call, of.tasks, of.open = 0, 0, 0, 0
  return setmetatable(of, Client)
end

function Client:check_owner()
  if self.owner ~= core.current_process() then
    blame.raise("pool '%s' belongs to process '%s'", self.all.name, self.owner.name)
  end
end

-- ---- giving ----

-- Chunks have numbers that no other client of the pool gives.
local function new_id(self)
  self.last_id = self.last_id + 1
  return self.last_id << shared.CLIENT_BITS | self.number
end

local function put(self, chunk, ...)
  parcel.put(self.all.tasks, chunk.call.what or "item", chunk.id, ...)
end

local function give(self, call, first, last, ...)
  local chunk = {id = new_id(self), call = call, next = first, last = last, parcel = false}
  local timeout, retries = call.timeout or nil, call.retries
  put(self, chunk, call.number, first, last, call.flags, timeout, retries, ...)
  if self.worker then chunk.parcel = table.pack(call.number, first, last, call.flags, timeout, retries, ...) end
  self.chunks[chunk.id], call.chunks[chunk.id] = chunk, chunk
  call.open, call.given = call.open + 1, last
end

local function give_next(self, call)
  local size = math.min(call.chunksize, call.buffersize - (call.given - call.taken))
  local n, a, b = call.input.take(size)
  if n == 0 then
    call.fed = true
  else
    give(self, call, call.given + 1, call.given + n, a, b)
  end
end

-- Gives as much as there is room for. An error of the input, or an item that cannot be sent, is a failure at its place.
function Client:feed(call)
  while not call.fed and not call.stopped and call.open < call.window and call.given - call.taken < call.buffersize do
    local ok, err = pcall(give_next, self, call)
    if not ok then
      call.fed = true
      Future.fail(call, call.given + 1, blame.text(err), "")
    end
  end
  if (call.fed or call.stopped) and call.open == 0 and not call.settled then self:settle(call) end
end

-- A function that many chunks need is put once.
function Client:begin(call)
  if call.kind ~= "one" then
    self.last_call = self.last_call + 1
    call.number = self.last_call << shared.CLIENT_BITS | self.number
    self.all.calls[call.number] = call.f
  end
  self.open = self.open + 1
  self:feed(call)
  return call
end

-- The one task of a call: a function and its arguments.
function Client:submit(call, f, ...)
  self.tasks = self.tasks + 1
  call.fed = true
  give(self, call, self.tasks, self.tasks, f, ...)
  self.open = self.open + 1
  return call
end

-- Takes a chunk back that no worker has begun. False: one has.
function Client:recall(id)
  return Table.add(self.all.claims, id, shared.RECALLED) == shared.RECALLED
end

function Client:forget(id)
  local call = self.chunks[id].call
  self.chunks[id], call.chunks[id] = nil, nil
  call.open = call.open - 1
end

-- ---- taking ----

function Client:notify(call)
  table.insert(self.to_call, call)
end

function Client:settle(call)
  call.settled, self.open = true, self.open - 1
  if call.number ~= 0 then self.all.calls[call.number] = nil end
  if call.failed_at and not call.callbacks then self.unread[call] = true end
  if call.callbacks or call.progress then self:notify(call) end
end

-- What has not begun is dropped.
local function stop(self, call)
  for id in pairs(call.chunks) do
    if self:recall(id) then self:forget(id) end
  end
end

-- A stream that nobody reads any more.
function Client:drop(call)
  call.fed = true
  stop(self, call)
  if call.open == 0 and not call.settled then self:settle(call) end
end

function Client:abandon_streams()
  for _, chunk in pairs(self.chunks) do
    local call = chunk.call
    if call.how and not call.fed then call.fed, call.stopped = true, true end
  end
end

function Client:break_all(err, trace)
  for _, chunk in pairs(self.chunks) do
    local call = chunk.call
    if not call.settled then
      Future.fail(call, chunk.next, err, trace)
      call.fed, call.stopped, call.open, call.chunks = true, true, 0, {}
      self:settle(call)
    end
  end
  self.chunks = {}
end

local function break_pool(self, err, trace)
  self.broken = {err = err, trace = trace}
  local text = type(err) == "string" and ("pool '%s' is broken: %s"):format(self.all.name, err) or err
  self.broken.text = text
  self:break_all(text, trace)
end

-- One parcel of results. False: there was none.
local function dispatch(self, id, kind, position, count, ok, ...)
  if not id then return false end
  if id == 0 then
    if not self.broken then break_pool(self, ...) end
    return true
  end
  local chunk = self.chunks[id]
  if not chunk or position ~= chunk.next then return true end   -- of a dropped call, or sent again by who took over
  local call = chunk.call
  chunk.next = position + count
  Future.take(call, ok and kind or shared.ERROR, position, count, ...)
  if call.arrived then
    for i = 0, count - 1 do call.arrived[call.done_tasks - i] = position + count - 1 - i end
  end
  local over = chunk.next > chunk.last or (call.stopped and call.failed_at == position)
  if over then
    self:forget(id)
    self.all.claims[id] = nil
  end
  if call.stopped then stop(self, call) end
  if over then self:feed(call) end
  if call.progress and not call.settled then self:notify(call) end
  return true
end

-- ---- callbacks ----

local function call_back(call)
  if call.progress then call.progress(call.done_tasks, call.input and call.input.total or nil, call.settled) end
  if not call.settled or not call.callbacks then return end
  local callbacks = call.callbacks
  call.callbacks = {}
  for _, f in ipairs(callbacks) do
    local ok, err = xpcall(f, debug.traceback, call)
    if not ok then io.stderr:write(("%s: on_done: %s\n"):format(tostring(call), tostring(err))) end
  end
end

function Client:run_callbacks()
  while #self.to_call > 0 do call_back(table.remove(self.to_call, 1)) end
end

-- ---- waiting ----

-- Takes all results that are there.
function Client:poll()
  while dispatch(self, parcel.get(self.results, shared.RESULT_HEAD, 0)) do end
  self:run_callbacks()
end

-- A worker that waits runs the tasks itself that it waits for, if nobody has begun them.
function Client:help(call)
  if not self.worker then return false end
  for id, chunk in pairs(call.chunks) do
    if self:recall(id) then
      self.chunks[id], call.chunks[id] = nil, nil
      chunk.id = new_id(self)
      self.chunks[chunk.id], call.chunks[chunk.id] = chunk, chunk
      parcel.put(self.own, "item", chunk.id, table.unpack(chunk.parcel, 1, chunk.parcel.n))
      worker.serve(self.worker, parcel.lease(self.own, shared.HEAD, 0))
      return true
    end
  end
  return false
end

local function left(deadline)
  return deadline and math.max(deadline - core.time(), 0) or math.huge
end

-- Waits for results and takes a parcel of them. False: not in time.
function Client:step(call, deadline)
  local results = self.results
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
    self:look_after()
    core.wait({results, self.supervisor}, left(deadline))
    got = dispatch(self, parcel.get(results, shared.RESULT_HEAD, 0))
    if not got and self.supervisor.exitcode then
      self:look_after()
      got = true
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

local function last_words(self)
  while dispatch(self, parcel.get(self.results, shared.RESULT_HEAD, 0)) do end
end

-- A supervisor that was killed is replaced, and what its workers had begun is taken over.
function Client:look_after()
  if self.worker or not self.supervisor.exitcode or self.over then return end
  last_words(self)
  if self.broken then return end
  if self.supervisor.exitcode == 0 then return self:break_all(("pool '%s' is closed"):format(self.all.name), "") end
  self.deaths = (self.deaths or 0) + 1
  if self.deaths > 3 and self.all.last_worker.value == self.seen_workers then
    return break_pool(self, "its supervisor " .. shared.how_it_ended(self.supervisor), "")
  end
  self.seen_workers = self.all.last_worker.value
  self:start_supervisor()
end

return Client
