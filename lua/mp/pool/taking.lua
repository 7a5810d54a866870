-- How a client takes what comes back. A parcel is taken and noted with interruptions held, so that none comes between:
-- what is taken is in its future when one is raised. The user's functions are called with them lifted.
local core = require "mp.core"
local shared = require "mp.pool.shared"
local Future = require "mp.pool.future"
local giving = require "mp.pool.giving"
local recall = require "mp.pool.recall"

local parcel, hold = core.parcel, core.hold
local pending = hold.pending
local taking = {}

-- What has not begun is dropped. Once: whatever is left then has begun, or was given before its call was told to stop.
function taking.stop(self, call)
  call.dropped = true
  for _, id in ipairs(self:recall(self:chunks_of(call))) do self:forget(id) end
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

-- More of the call is to be given, or it is over.
local function note_due(self, call)
  if call.open == 0 or giving.has_room(call) then table.insert(self.due, call) end
end

-- One parcel of results. False: there was none.
function taking.dispatch(self, id, kind, position, count, ok, ...)
  if not id then return false end
  if id == 0 then
    if not self.broken then self:break_pool(...) end
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
  if call.stopped and not call.dropped then taking.stop(self, call) end
  if over then note_due(self, call) end
  if call.progress and not call.settled then self:notify(call) end
  return true
end

local dispatch = taking.dispatch

local function gathered(self, call, n, ...)
  if n == 0 then return dispatch(self, ...) end
  call.done_tasks, call.open = call.done_tasks + n, call.open - n
  dispatch(self, ...)
  note_due(self, call)
  return true
end

-- Some of the results that are there. False: none.
local function take_some(self, call)
  local results = self.results
  if self.early[1] then
    local early = recall.next(self)
    return dispatch(self, table.unpack(early, 1, early.n))
  end
  if not call or not call.plain then return dispatch(self, parcel.get(results, shared.RESULT_HEAD, 0)) end
  return gathered(self, call, parcel.gather(results, call.values, self.chunks, call, call.open))
end

-- An interruption comes first, so that it is not the user's input that it meets: then the next call does it.
local function feed_due(self)
  local due = self.due
  while due[1] and not pending() do self:feed(table.remove(due)) end
end

local function take_all(self, call)
  local any = self.due[1] ~= nil
  if any then feed_due(self) end
  while not pending() and take_some(self, call) do
    any = true
    if self.due[1] then feed_due(self) end
    if call and call.settled then break end
  end
  return any
end

local function take_one(self, seconds)
  local got = dispatch(self, parcel.get(self.results, shared.RESULT_HEAD, seconds))
  if self.due[1] then feed_due(self) end
  return got
end

-- Who has to wait anyway does not look first.
local function take_some_in_time(self, call, seconds)
  local look = self.early[1] or self.due[1] or call and call.plain
  if look and take_all(self, call) then return true end
  if not take_one(self, seconds) then return false end
  if not (call and call.settled) then take_all(self, call) end
  return true
end

-- All results that are there, until this call is done. False: none.
function taking.all(self, call) return hold.call(take_all, self, call) end

-- The same, and the first of them is waited for. False: not in time.
function taking.some(self, call, seconds) return hold.call(take_some_in_time, self, call, seconds) end

return taking
