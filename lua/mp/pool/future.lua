-- Futures: calls of a pool, as their client sees them. A call is cut into chunks; what comes back is put together here.
local core = require "mp.core"
local blame = require "mp.blame"
local progress = require "mp.pool.progress"
local shared = require "mp.pool.shared"

local hold = core.hold
local Future = {__name = "future"}
Future.__mp_stays = "a future, which stays with the process that gave its task"
local methods = {}

-- ---- made by a client ----

-- What a call is made of, where it has nothing else: its fields are found here. `kind`: "one" task, a "list" of
-- results, or a "stream" of them.
local base = {
  client = false, pool = false,           -- that one is not to be collected meanwhile
  kind = "list", f = false, input = false, flags = 0, chunksize = 1, timeout = false, retries = 0,
  progress = false, window = math.huge,   -- chunks in the queue and at workers
  number = 0,                             -- of its function in the table of calls; 0: the task brings its own
  open = 0, given = 0, done_tasks = 0,    -- chunks; tasks
  fed = false, stopped = false, settled = false,   -- all was given; nothing more is to be; all came back
  dropped = false,                        -- what had not begun when it was stopped is recalled
  failed_at = false, failure = false, is_cancelled = false, callbacks = false,
  values = false, at = false,             -- [position]; [chunk] = position of the next result, if some have come
  how = false,                            -- of a stream, [position]: what values[position] is
  taken = 0, buffersize = math.huge,      -- of a stream: what its user has got; how far the input may be ahead
  arrived = false,                        -- of an unordered one, [n] = position of the n-th that came
  broken = false,                         -- of a stream: why there will be no more results
  what = "item", feeding = false,         -- its input is being asked
  told = false,                           -- it failed by an interruption, which was raised
  completed = 0,                          -- when it was settled, as a number of all
  watchers = false,                       -- lists to which it is appended then
  plain = false,                          -- a list of results of tasks that are chunks of their own
}
Future.__index = base

local ROOM <const> = 1 << 22   -- for so many results, made at once: they come in any order

-- Of a list or a stream.
function Future.new(of)
  of.values, of.at = core.journal.list(not of.kind and math.min(of.input.total or 0, ROOM) or 0), {}
  of.how = of.kind == "stream" and {}
  of.plain = not of.kind and of.chunksize == 1 and not of.progress
  return setmetatable(of, Future)
end

-- Of one task, for a client that gives it next: what will be written has its room.
function Future.of_one(client, pool, options)
  return setmetatable({
    client = client, pool = pool, kind = "one", flags = shared.STAR | shared.ALL, what = "argument %d", fed = true,
    timeout = options.timeout, retries = options.retries, progress = options.progress and progress.of(options.progress),
    open = 0, given = 0, done_tasks = 0, values = false, settled = false, completed = 0
  }, Future)
end

-- The failure with the least position is the call's.
function Future.fail(call, position, err, trace)
  if call.how then
    call.how[position], call.values[position] = shared.ERROR, {err, trace}
  elseif not call.failed_at or position < call.failed_at then
    call.failed_at, call.failure = position, {err, trace}
  end
  if not call.how then call.stopped = true end
end

-- Its input has failed behind what was given.
function Future.fail_input(call, err)
  if call.arrived then
    call.broken = {err, ""}   -- after all results
  else
    Future.fail(call, call.given + 1, err, "")
  end
end

-- There will be no more results, though more were to come.
function Future.break_off(call, err, trace)
  if call.how then
    call.broken = {err, trace}
  else
    Future.fail(call, 0, err, trace)
  end
end

-- What came for the tasks from this position on.
function Future.take(call, kind, position, count, ...)
  local a, trace = ...
  if call.arrived then
    for i = 0, count - 1 do call.arrived[call.done_tasks + 1 + i] = position + i end
  end
  call.done_tasks = call.done_tasks + count
  if kind == shared.ERROR then return Future.fail(call, position, a, trace) end
  if kind == shared.LISTED then
    local values = call.values or {}
    core.journal.unpack(a, count, values, position)
    if call.kind == "one" then call.values = {n = 1, values[position]} end
  elseif call.kind == "one" then
    call.values = table.pack(...)
  elseif call.how then
    call.values[position] = table.pack(...)
  else
    call.values[position] = a
  end
  if call.how then
    for i = position, position + count - 1 do call.how[i] = kind end
  end
end

-- The error as it is raised: a string has the worker's traceback appended.
function Future.message(err, trace)
  if type(err) == "string" and type(trace) == "string" and #trace > 0 then return err .. "\n" .. trace end
  return err
end

local function settled(call) return call.settled end

-- Waits until it is done. False: not in time.
local function await(call, deadline)
  while not call.settled do
    if not call.client:step(call, deadline) then return false end
  end
  if call.client.put_off then call.client:run_callbacks() end
  return true
end

local function check(call, method)
  if getmetatable(call) ~= Future then blame.self("future", method, call) end
  call.client:check_owner()
  return call
end

-- ---- for users ----

-- get([timeout]) -> the results | nil, "timeout" | nil, "cancelled"; raises the task's error
function methods.get(call, timeout)
  check(call, "get")
  local deadline = timeout ~= nil and blame.deadline(1, "get", timeout)
  if not await(call, deadline) then return nil, "timeout" end
  if call.is_cancelled then return nil, "cancelled" end
  if call.failed_at then
    call.client:told(call)
    error(Future.message(table.unpack(call.failure, 1, 2)), 0)
  end
  if call.kind == "one" then return table.unpack(call.values, 1, call.values.n) end
  call.values.n = call.given
  return call.values
end

-- wait([timeout]) -> true | false, "timeout"
function methods.wait(call, timeout)
  check(call, "wait")
  if await(call, blame.deadline(1, "wait", timeout)) then return true end
  return false, "timeout"
end

-- done() -> boolean. A worker that asks runs tasks of its own call that nobody has begun, and so may ask until they are
-- done
function methods.done(call)
  local client = check(call, "done").client
  client:poll()
  client:look_after()
  if not call.settled and client:help(call) then client:poll() end
  return settled(call) == true
end

-- successful() -> boolean: it is done, and neither failed nor was cancelled
function methods.successful(call)
  methods.done(check(call, "successful"))
  if call.failed_at then call.client:told(call) end
  return settled(call) == true and not call.failed_at and not call.is_cancelled
end

function methods.cancelled(call)
  check(call, "cancelled")
  return call.is_cancelled == true
end

local function cancel(client, call)
  local ids = client:chunks_of(call)
  if call.settled or call.done_tasks > 0 or #ids == 0 or not client:recall_all(ids) then return false end
  call.is_cancelled, call.stopped = true, true
  for _, id in ipairs(ids) do client:forget(id) end
  client:settle(call)
  return true
end

-- cancel() -> true: it had not begun, none of its tasks, and will not
function methods.cancel(call)
  local client = check(call, "cancel").client
  client:poll()
  local cancelled = call.is_cancelled or hold.call(cancel, client, call)
  client:run_callbacks()
  return cancelled
end

local function add_callback(call, f)
  call.callbacks = call.callbacks or {}
  table.insert(call.callbacks, f)
  call.client.unread[call] = nil
  if call.settled then call.client:notify(call) end
end

-- on_done(f) -> the future: f(future) is called in this process, inside a call on the pool or a future
function methods.on_done(call, f)
  check(call, "on_done")
  if type(f) ~= "function" then blame.argument(1, "on_done", "function", f) end
  hold.call(add_callback, call, f)
  if call.settled then call.client:run_callbacks() end
  return call
end

for name, method in pairs(methods) do base[name] = method end

setmetatable(base, {__index = function(_, key) blame.unknown("a future", key, methods) end})

-- Only what a future is made of, by those who make it.
function Future.__newindex(call, key, value)
  if methods[key] or rawget(base, key) == nil then blame.raise("cannot set '%s' of a future", tostring(key)) end
  rawset(call, key, value)
end

Future.__tostring = function(call)
  local state = call.is_cancelled and "cancelled" or call.failed_at and "failed" or call.settled and "done" or "pending"
  return ("future (%s) of pool '%s'"):format(state, call.client.all.name)
end

core.class(Future)

function Future.is(value) return getmetatable(value) == Future end

return Future
