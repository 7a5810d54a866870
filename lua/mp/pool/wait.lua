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

-- To ask one future takes the results of others too, and callbacks run: only after all were asked each one is known.
local function ask(futures)
  for _, future in ipairs(futures) do future:done() end
end

-- Those of the objects that are ready, in order.
local function ready_ones(objects, futures, others)
  local ready = {}
  ask(futures)
  for _, object in ipairs(#others > 0 and core.wait(others, 0) or {}) do ready[object] = true end
  local list = {}
  for _, object in ipairs(objects) do
    local is_ready = Future.is(object) and object.settled or ready[object]
    if is_ready then list[#list + 1] = object end
  end
  return list
end

-- Waits until something may have changed; false: not in time.
local function wait_once(futures, others, deadline)
  local timeout = deadline and deadline - core.time()
  if timeout and timeout <= 0 then return false end
  local objects, seen = table.move(others, 1, #others, 1, {}), {}
  for _, future in ipairs(futures) do
    local client = future.client
    if client:help(future) then return true end
    if not seen[client] then
      seen[client] = true
      client:append_waitables(objects)
    end
  end
  core.wait(objects, timeout)
  for client in pairs(seen) do
    client:poll()
    client:look_after()
  end
  return true
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
  if type(objects) ~= "table" then return blame.results(pcall(core.wait, objects, timeout)) end
  local futures, others = split(objects)
  if #futures == 0 then return blame.results(pcall(core.wait, objects, timeout)) end
  local deadline = blame.deadline(2, "wait", timeout)
  check_others(objects)
  while true do
    local ready = ready_ones(objects, futures, others)
    if #ready > 0 or not wait_once(futures, others, deadline) then return ready end
  end
end

local function check_futures(futures)
  if type(futures) ~= "table" or Future.is(futures) then
    blame.argument(1, "as_completed", "list of futures", futures)
  end
  local waiting, known = {}, {}
  for i, future in ipairs(futures) do
    if not Future.is(future) then
      blame.raise("mp.as_completed: futures[%d] is a %s", i, core.type(future) or type(future))
    end
    if not known[future] then waiting[#waiting + 1] = future end
    known[future] = true
  end
  return waiting
end

-- mp.as_completed(futures, [timeout]): an iterator of futures in order of completion; raises at its timeout
function wait.as_completed(futures, timeout)
  local waiting = check_futures(futures)
  local deadline = blame.deadline(2, "as_completed", timeout)
  return function()
    while #waiting > 0 do
      local first
      ask(waiting)
      for i, future in ipairs(waiting) do
        if future.settled and not (first and waiting[first].completed < future.completed) then first = i end
      end
      if first then return table.remove(waiting, first) end
      if not wait_once(waiting, {}, deadline) then
        blame.raise("mp.as_completed: timeout: %d of %d futures are not done", #waiting, #futures)
      end
    end
  end
end

return wait
