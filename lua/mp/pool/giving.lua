-- How a client of a pool gives tasks: calls are cut into chunks, which go to the queue in parcels.
local core = require "mp.core"
local blame = require "mp.blame"
local shared = require "mp.pool.shared"
local Future = require "mp.pool.future"

local parcel = core.parcel
local giving = {}

-- Chunks have numbers that no other client of the pool gives. Returns the first of n.
function giving.new_ids(self, n)
  local id = self.last_id + 1
  self.last_id = self.last_id + n
  return id << shared.CLIENT_BITS | self.number
end

local STEP <const> = 1 << shared.CLIENT_BITS   -- from one of them to the next

-- One chunk. A worker keeps what it has given, to run it itself if need be.
local function give(self, call, first, last, ...)
  local id = giving.new_ids(self, 1)
  local timeout, retries = call.timeout or nil, call.retries
  parcel.put(self.all.tasks, shared.HEAD, call.what, id, call.number, first, last, call.flags, timeout, retries, ...)
  self.chunks[id] = call
  if self.worker then
    self.parcels[id] = table.pack(call.number, first, last, call.flags, timeout, retries, ...)
  end
  call.open, call.given = call.open + 1, last
end

-- Many chunks, of n items in all. Returns how many items were given: not all if one cannot be sent, or has no room.
local function deal(self, call, n, items, step)
  local size, timeout = call.chunksize, call.timeout or nil
  local chunks = (n + size - 1) // size
  local id = giving.new_ids(self, chunks)
  local flags = size == 1 and call.flags | shared.SINGLE or call.flags
  local put = parcel.deal(self.all.tasks, call.what, id, STEP, call.given + 1, size, n, items, step, call.number,
    flags, timeout, call.retries)
  for i = 0, put - 1 do self.chunks[id + i * STEP] = call end
  local given = math.min(put * size, n)
  call.open, call.given = call.open + put, call.given + given
  return given
end

local function give_one_by_one(self, call, given, n, items, step)
  local size, begin = call.chunksize, call.given - given
  for done = given, n - 1, size do
    local k = math.min(size, n - done)
    local portion = step and items + done * step or table.move(items, done + 1, done + k, 1, {})
    give(self, call, begin + done + 1, begin + done + k, portion, step)
  end
end

local function is_list(value)
  if type(value) == "table" then return true end
  local kind = core.type(value)
  return kind == "table" or kind == "array" or kind == nil and type(value) == "userdata"   -- which may become one
end

-- Of the lists of arguments that are given next: how many come before the first that is none, and what that is.
local function before_wrong(call, n, items, step)
  if call.flags & shared.STAR == 0 then return n end
  for i = 1, n do
    local item = items
    if not step then item = items[i] end
    if not is_list(item) then return i - 1, core.type(item) or type(item) end
  end
  return n
end

local function give_next(self, call)
  local ahead = (call.buffersize - (call.given - call.taken)) // call.chunksize
  local chunks = math.min(call.window - call.open, ahead, 1024)
  call.feeding = true   -- who gives the input may use the pool
  local n, items, step = call.input.take(chunks * call.chunksize)
  call.feeding = false
  if n < chunks * call.chunksize then call.fed = true end
  if call.stopped then return end
  local wrong
  n, wrong = before_wrong(call, n, items, step)
  local given = self.worker and 0 or n > 0 and deal(self, call, n, items, step) or 0
  if given < n then give_one_by_one(self, call, given, n, items, step) end
  if wrong then error(("item[%d]: a list of arguments expected, not a %s"):format(call.given + 1, wrong)) end
  if call.input.failed then error(call.input.failed[1], 0) end
end

function giving.has_room(call)
  return not call.fed and not call.stopped and call.open <= call.window / 2
    and call.given - call.taken <= call.buffersize / 2
end

-- Which item of the call it is that cannot be sent: the message counts from the beginning of the chunk.
local function reason(call, err)
  local text = blame.text(err)
  if type(text) ~= "string" then return text end
  return (text:gsub("cannot send item%[(%d+)", function(n)
    return "cannot send item[" .. call.given + math.tointeger(n)
  end, 1))
end

-- Gives as much as there is room for. An error of the input, or an item that cannot be sent, is a failure at its place.
-- An interruption of the user's functions in it is, too, but meant for who gives: it is raised when nothing is held.
function giving.feed(self, call)
  if call.feeding then return end
  while giving.has_room(call) do
    local ok, err = pcall(give_next, self, call)
    call.feeding = false
    if not ok then
      call.fed = true
      Future.fail_input(call, reason(call, err))
      if core.is_interruption(err) then
        call.told = true
        core.hold.again()
      end
    end
  end
  if (call.fed or call.stopped) and call.open == 0 and not call.settled then self:settle(call) end
end

-- A function that many chunks need is put once. This and what follows is called with interruptions held.
function giving.begin(self, call)
  if call.kind ~= "one" then
    self.last_call = self.last_call + 1
    call.number = self.last_call << shared.CLIENT_BITS | self.number
    self.all.calls[call.number] = call.f
  end
  self.open = self.open + 1
  self.pending[call] = true
  self:feed(call)
  return call
end

-- A task that is alone in its call, and was put.
function giving.note(self, call, n, id)
  call.fed = true
  self.chunks[id] = call
  call.open, call.given = call.open + 1, n
  self.open, self.pending[call] = self.open + 1, true
  return call
end

-- The one task of a call: a function and its arguments.
function giving.submit(self, call, f, ...)
  self.tasks = self.tasks + 1
  call.fed = true
  give(self, call, self.tasks, self.tasks, f, ...)
  self.open, self.pending[call] = self.open + 1, true
  return call
end

return giving
