-- The end of a pool, by its maker.
local core = require "mp.core"
local Future = require "mp.pool.future"
local shared = require "mp.pool.shared"

local ending = {}

local function close_tasks(client)
  if client.open == 0 then client.all.tasks:close() end
end

function ending.close(client)
  client.closed = client.closed or "closed"
  close_tasks(client)
end

local function kill(client)
  client.closed, client.over = "terminated", true
  pcall(client.supervisor.kill, client.supervisor)
  client.supervisor:join()
  for _, process in pairs(client.all.processes) do pcall(process.kill, process) end
  client.all.tasks:close()
  local unread = client.unread
  client.unread = {}
  client:break_all(("pool '%s' was terminated"):format(client.all.name), "")
  client.unread = unread   -- what failed by itself, before
end

-- The supervisor goes first, so that it starts no others. By SIGKILL, since a worker may be stopped. Not interrupted
-- halfway.
function ending.kill(client) core.hold.call(kill, client) end

function ending.terminate(client)
  if client.over then return end
  ending.kill(client)
  client:run_callbacks()
end

-- What nobody has seen: failures of calls, and why the pool is broken.
function ending.print_unread(client)
  local what = "pool '%s': a task failed, and nobody has asked for its result: %s\n"
  for future in pairs(client.unread) do
    local text = shared.text(Future.message(table.unpack(future.failure, 1, 2)))
    io.stderr:write(what:format(client.all.name, text))
  end
  client.unread = {}
  local broken = client.broken
  if not broken or broken.told then return end
  broken.told = true
  io.stderr:write(shared.text(Future.message(broken.text, broken.trace)), "\n")
end

-- False: not in time.
local function join_one(process, deadline)
  return not process.pid or process.exitcode or process:join(deadline and deadline - core.time())
end

-- The supervisor of a broken pool is still ending.
local function join_processes(client, deadline)
  for _, process in pairs(client.all.processes) do
    if not join_one(process, deadline) then return false end
  end
  return join_one(client.supervisor, deadline)
end

-- Of a pool that is closed or terminated. False: not in time.
function ending.join(client, deadline)
  while not client.over do
    client:poll()
    client:abandon_streams()
    close_tasks(client)
    if client.supervisor.exitcode == 0 or client.broken then
      client:poll()
      client.over = true
    elseif not client:step(nil, deadline) and deadline and core.time() >= deadline then
      return false
    end
  end
  if not join_processes(client, deadline) then return false end
  ending.print_unread(client)
  return true
end

return ending
