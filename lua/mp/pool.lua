-- mp.Pool: worker processes that run functions on lists of arguments.
local core = require "mp.core"
local blame = require "mp.blame"
local ending = require "mp.pool.ending"
local input = require "mp.pool.input"
local shared = require "mp.pool.shared"
local Client = require "mp.pool.client"
local Future = require "mp.pool.future"
local options_of = require "mp.pool.options"
local progress = require "mp.pool.progress"
local single = require "mp.pool.single"
local stream = require "mp.pool.stream"
local supervisor = require "mp.pool.supervisor"
local worker = require "mp.pool.worker"

local hold = core.hold
local Pool = {__name = "pool"}
local methods = {}
local clients = setmetatable({}, {__mode = "k"})   -- [a pool's queue of tasks] = this process's client
local made = setmetatable({}, {__mode = "k"})   -- pools as `new` gave them, as keys: not copies that came back
local count = 0

-- ---- making one ----

-- In a new worker: tasks that use the pool are its client.
local function enter(self, options)
  local all = self.all
  clients[all.tasks] = Client.new{all = all, number = self.number, worker = self}
  worker.main(self, options)
end

-- A worker needs queues of its own only when a task gives the pool tasks.
local function open_client(client)
  client.results = core.Queue(0, ("%s-%d-results"):format(client.all.name, client.number))
  client.own = core.Queue(0, ("%s-%d-own"):format(client.all.name, client.number))
  client.all.replies[client.number] = client.results
end

local function start_supervisor(client)
  local process = core.Process{
    target = supervisor.main, args = {client.all, client.options}, name = client.all.name, daemon = true
  }
  client.supervisor = process:start()
end

local function make(name, options)
  local all = shared.new(name)
  local client = Client.new{
    all = all, number = 0, results = all.results, options = options,
    start_supervisor = start_supervisor
  }
  client:start_supervisor()
  clients[all.tasks] = client
  local pool = setmetatable({is = {name = all.name, n = options.n}, tasks = all.tasks}, Pool)
  made[pool] = true
  return pool
end

-- mp.Pool([n], [name]) | mp.Pool{n =, name =, initializer =, initargs =, max_tasks =}
local function new(n, name)
  if n ~= nil and rawequal(n, package.loaded.mp) then blame.raise "mp.Pool is called with a dot, not with a colon" end
  local given = type(n) == "table" and n or {n = n, name = name}
  options_of.check_pool(given)
  count = count + 1
  local nargs = given.initargs and (given.initargs.n or #given.initargs) or 0
  local options = {
    n = math.tointeger(given.n) or core.cpu_count(), initializer = given.initializer,
    max_tasks = math.tointeger(given.max_tasks), enter = enter,
    initargs = table.move(given.initargs or {}, 1, nargs, 1, {n = nargs})
  }
  return hold.call(make, given.name or "pool-" .. count, options)
end

-- ---- using it ----

local function check_pool(pool, method)
  if getmetatable(pool) ~= Pool then blame.self("pool", method, pool) end
end

local function client_of(pool, method)
  check_pool(pool, method)
  local client = clients[pool.tasks]
  if not client then blame.raise("pool '%s' belongs to another process or thread", pool.name) end
  client:check_owner()
  if client.worker and not client.results then hold.call(open_client, client) end
  return client
end

-- For a client that is to give tasks.
local function open(pool, method)
  local client = client_of(pool, method)
  if client.closed then blame.raise("pool '%s' is %s", pool.name, client.closed) end
  if not client.worker then client:look_after() end
  if client.broken then
    client.broken.told = true
    error(Future.message(client.broken.text, client.broken.trace), 0)
  end
  return client
end

-- Called with a dot, the first argument is what was meant as the second.
local function check_function(pool, f, method)
  check_pool(pool, method)
  if type(f) ~= "function" then blame.argument(1, method, "function", f) end
end

local function merged(pool, options, method, position)
  local all = {}
  for name, value in pairs(pool.opts or {}) do all[name] = value end
  if options ~= nil then
    options_of.check_call(options, method, position)
    for name, value in pairs(options) do all[name] = options_of.counts[name] and math.tointeger(value) or value end
  end
  return all
end

-- A worker is replaced after max_tasks tasks at most, so no chunk is longer.
local function chunksize(pool, client, options, total)
  local size = options.chunksize
  if not size then size = total and math.max(math.ceil(total / (4 * pool.n)), 1) or 1 end
  local max = client.options and client.options.max_tasks
  return max and math.min(size, max) or size
end

local function call(pool, method, f, items, options, of)
  check_function(pool, f, method)
  local client = open(pool, method)
  of.client, of.pool, of.f, of.input = client, pool, f, input.of(items, 2, method)
  options = merged(pool, options, method, 3)
  of.chunksize = of.kind == "stream" and not options.chunksize and 1
    or chunksize(pool, client, options, of.input.total)
  of.timeout, of.retries = options.timeout, options.retries
  of.progress = options.progress and progress.of(options.progress)
  if of.kind == "stream" then
    of.buffersize = options.buffersize or 32 * pool.n * of.chunksize
    of.chunksize = math.max(math.min(of.chunksize, of.buffersize // 2), 1)
  end
  of.window = of.window and of.window * pool.n
  return blame.results(hold.pcall(client.begin, client, Future.new(of)))
end

-- So many chunks at once for each worker as keep it busy, so that a long list does not fill the arena.
local WINDOW <const> = 64

-- map(f, items, [options]) -> list of f's first results, in order, with n
function methods.map(pool, f, items, options)
  local future = call(pool, "map", f, items, options, {flags = shared.STOP, window = WINDOW})
  return future:get()
end

-- starmap(f, lists, [options]): as map, each item is a list of arguments
function methods.starmap(pool, f, items, options)
  local future = call(pool, "starmap", f, items, options, {flags = shared.STOP | shared.STAR, window = WINDOW})
  return future:get()
end

-- map_async, starmap_async(f, items, [options]) -> future
function methods.map_async(pool, f, items, options)
  return call(pool, "map_async", f, items, options, {flags = shared.STOP})
end

function methods.starmap_async(pool, f, items, options)
  return call(pool, "starmap_async", f, items, options, {flags = shared.STOP | shared.STAR})
end

-- imap(f, items, [options]): an iterator of positions and f's results, in order
function methods.imap(pool, f, items, options)
  return stream.ordered(call(pool, "imap", f, items, options, {flags = shared.ALL, kind = "stream"}))
end

-- imap_unordered(f, items, [options]): the same in order of completion
function methods.imap_unordered(pool, f, items, options)
  local of = {flags = shared.ALL, kind = "stream", arrived = {}}
  return stream.unordered(call(pool, "imap_unordered", f, items, options, of))
end

-- For a function: its pool's client.
local function open_for(pool, method, f)
  if type(f) ~= "function" then check_function(pool, f, method) end
  return open(pool, method)
end

-- submit(f, ...), apply_async(f, ...) -> future
function methods.submit(pool, f, ...) return single.submit(open_for(pool, "submit", f), pool, f, ...) end
function methods.apply_async(pool, f, ...) return single.submit(open_for(pool, "apply_async", f), pool, f, ...) end

-- apply(f, ...) -> f's results
function methods.apply(pool, f, ...) return single.apply(open_for(pool, "apply", f), pool, f, ...) end

-- options{...} -> the same pool with these options for every call
function methods.options(pool, options)
  client_of(pool, "options")
  local opts = merged(pool, options, "options", 1)
  return setmetatable({is = pool.is, tasks = pool.tasks, opts = opts, of = pool}, Pool)
end

-- ---- its end: ending.lua ----

local function maker_of(pool, method)
  local client = client_of(pool, method)
  if client.worker then blame.raise("pool '%s': only its maker can %s it", pool.name, method) end
  return client
end

-- close(): no more tasks; what was given is finished
function methods.close(pool) ending.close(maker_of(pool, "close")) end

-- terminate(): kills the workers; what is not done fails
function methods.terminate(pool) ending.terminate(maker_of(pool, "terminate")) end

-- join([timeout]) -> true | false, "timeout"
function methods.join(pool, timeout)
  local client = maker_of(pool, "join")
  local deadline = blame.deadline(1, "join", timeout)
  if not client.closed then blame.raise("pool '%s' is still running: close or terminate it first", pool.name) end
  if ending.join(client, deadline) then return true end
  return false, "timeout"
end

-- Of this process, which has made it; or nil.
local function own_client(pool)
  local client = clients[pool.tasks]
  return client and not pool.opts and not client.worker and client:is_ours() and client or nil
end

function Pool.__close(pool, err)
  local client = own_client(pool)
  if not client then return end
  if err ~= nil then ending.terminate(client) else ending.close(client) end
  ending.join(client)
end

function Pool.__gc(pool)
  local client = made[pool] and own_client(pool)
  if not client then return end
  if not client.over then ending.kill(client) end
  ending.print_unread(client)
end

-- ---- what it looks like ----

-- The processes of the workers there are now.
local function workers(pool)
  local client = client_of(pool, "workers")
  local list = {}
  if client.supervisor then core.wait{client.all.up, client.supervisor} end
  for number, process in pairs(client.all.processes) do
    if process.pid and not process.exitcode then list[#list + 1] = {number, process} end
  end
  table.sort(list, function(a, b) return a[1] < b[1] end)
  for i, entry in ipairs(list) do list[i] = entry[2] end
  return list
end

local fields <const> = {
  name = function(pool) return pool.is.name end,
  n = function(pool) return pool.is.n end,
  workers = workers,
}
local ours <const> = {is = true, opts = true, of = true}   -- what not every pool has, for us

function Pool.__index(pool, key)
  if methods[key] then return methods[key] end
  if fields[key] then return fields[key](pool) end
  if not ours[key] then blame.unknown("a pool", key, methods) end
end

function Pool.__newindex(_, key) blame.raise("cannot set '%s' of a pool", tostring(key)) end
function Pool.__len() blame.raise "a pool has no length; pool.n is how many workers it has" end
function Pool.__eq(a, b) return rawequal(a.tasks, b.tasks) end

function Pool.__tostring(pool)
  local client = clients[pool.tasks]
  local state = client and (client.closed or client.broken and "broken")
  state = state or ("%d worker%s"):format(pool.n, pool.n == 1 and "" or "s")
  return ("pool '%s' (%s)"):format(pool.name, state)
end

core.register("mp.Pool", Pool)
core.class(Pool)
return {new = new, Pool = Pool, range = input.range}
