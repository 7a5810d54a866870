-- mp.wait with futures among the objects, and mp.as_completed.
local core = require "mp.core"
local blame = require "mp.blame"
local Future = require "mp.pool.future"

local wait = {}

-- An error about one of the others is to name its place among all.
local function check_others(objects)
  for i, object in ipairs(objects) do
    local ok, err = true, nil
    if not Future.is(object) then ok, err = pcall(core.wait, {object}, 0) end
    if not ok then error((blame.text(err):gsub("objects%[1%]", ("objects[%d]"):format(i), 1)), 0) end
  end
end

-- The clients of these futures, each once.
local function clients_of(futures)
  local clients, known = {}, {}
  for _, future in ipairs(futures) do
    local client = future.client
    if not known[client] then
      client:check_owner()
      known[client] = true
      clients[#clients + 1] = client
    end
  end
  return clients
end

-- A worker runs a task itself that it waits for, if nobody has begun it. True: that, or something else, has come.
local function help(futures, clients)
  for _, client in ipairs(clients) do
    if not client.worker then
      if client:help() then return true end
    else
      for _, future in ipairs(futures) do
        if future.client == client and not future.settled and client:help(future) then return true end
      end
    end
  end
  return false
end

-- Callbacks run meanwhile, which may take results of any client: only after all were asked each future is known.
local function ask(clients)
  for _, client in ipairs(clients) do
    client:poll()
    client:look_after()
  end
end

-- Those of the objects that are ready, in order.
local function ready_ones(objects, clients, others)
  local ready = {}
  ask(clients)
  for _, object in ipairs(#others > 0 and core.wait(others, 0) or {}) do ready[object] = true end
  local list = {}
  for _, object in ipairs(objects) do
    local is_ready = Future.is(object) and object.settled or ready[object]
    if is_ready then list[#list + 1] = object end
  end
  return list
end

-- Waits until something may have changed; false: not in time.
local function wait_once(futures, clients, others, deadline)
  if help(futures, clients) then return true end
  local timeout = deadline and deadline - core.time()
  if timeout and timeout <= 0 then return false end
  local objects = table.move(others, 1, #others, 1, {})
  for _, client in ipairs(clients) do client:append_waitables(objects) end
  core.wait(objects, timeout)
  return true
end

-- The error of core.wait would name it by another name.
local function check_list(objects)
  local kind, lua_type = core.type(objects), type(objects)
  local may = not kind and (lua_type == "table" or lua_type == "userdata") or kind == "table"
  if not may then blame.argument(1, "wait", "list", objects) end
end

local function split(objects)
  local futures, others = {}, {}
  for _, object in ipairs(objects) do
    table.insert(Future.is(object) and futures or others, object)
  end
  return futures, others
end

-- mp.wait(objects, [timeout]) -> list of those that are ready
function wait.wait(objects, timeout)
  check_list(objects)
  local deadline = blame.deadline(2, "wait", timeout)
  local futures, others = {}, nil
  if type(objects) == "table" then futures, others = split(objects) end
  if #futures == 0 then return blame.results(pcall(core.wait, objects, timeout)) end
  check_others(objects)
  local clients = clients_of(futures)
  while true do
    local ready = ready_ones(objects, clients, others)
    if #ready > 0 or not wait_once(futures, clients, others, deadline) then return ready end
  end
end

-- A list of them, each once.
local function check_futures(futures)
  if type(futures) ~= "table" or Future.is(futures) then
    blame.argument(1, "as_completed", "list of futures", futures)
  end
  local list, known = {}, {}
  for i, future in ipairs(futures) do
    if not Future.is(future) then
      blame.raise("mp.as_completed: futures[%d] is a %s", i, core.type(future) or type(future))
    end
    if not known[future] then list[#list + 1] = future end
    known[future] = true
  end
  return list
end

-- The list of those that are done, in order of completion, which grows while the others come.
local function watch(futures)
  local done = {}
  for _, future in ipairs(futures) do
    if future.settled then
      done[#done + 1] = future
    else
      future.watchers = future.watchers or {}
      table.insert(future.watchers, done)
    end
  end
  table.sort(done, function(a, b) return a.completed < b.completed end)
  return done
end

-- mp.as_completed(futures, [timeout]): an iterator of futures in order of completion; raises at its timeout
function wait.as_completed(futures, timeout)
  local list = check_futures(futures)
  local deadline = blame.deadline(2, "as_completed", timeout)
  local clients, done, given = clients_of(list), watch(list), 0
  local function next_one()
    given = given + 1
    return done[given]
  end
  return function()
    while given < #list do
      if #done == given then ask(clients) end
      if #done > given then return core.hold.call(next_one) end
      if not wait_once(list, clients, {}, deadline) then
        blame.raise("mp.as_completed: timeout: %d of %d futures are not done", #list - given, #list)
      end
    end
  end
end

return wait
