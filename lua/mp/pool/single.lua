-- Calls of one task, which brings its function.
local core = require "mp.core"
local blame = require "mp.blame"
local shared = require "mp.pool.shared"
local Future = require "mp.pool.future"
local giving = require "mp.pool.giving"

local hold, parcel = core.hold, core.parcel
local FLAGS <const> = shared.STAR | shared.ALL
local NONE <const> = {}
local single = {}

-- An argument that cannot be sent has its place among the user's.
local function submitted(ok, result)
  if ok then return result end
  error(type(result) ~= "string" and result or blame.text(result):gsub("cannot send argument (%d+)", function(n)
    return n == "1" and "cannot send the function" or "cannot send argument " .. n - 1
  end), 0)
end

function single.submit(client, pool, f, ...)
  local future = Future.of_one(client, pool, rawget(pool, "opts") or NONE)
  return submitted(hold.pcall(client.submit, client, future, f, ...))
end

-- What parcel.apply gave. If not the results: they are waited for as those of any other task.
local function applied(client, pool, n, id, ok, done, ...)
  if ok and done then return ... end
  if not ok then return submitted(ok, done) end
  local future = Future.of_one(client, pool, rawget(pool, "opts") or NONE)
  return hold.call(giving.note, client, future, n, id):get()
end

-- Nobody has its future, so there is none as long as nothing else than its results comes. If it is interrupted they are
-- of no task that is known.
function single.apply(client, pool, f, ...)
  local options = rawget(pool, "opts") or NONE
  if client.open > 0 or client.worker or client.put_off or client.early[1] or options.progress then
    return single.submit(client, pool, f, ...):get()
  end
  local n, id = client.tasks + 1, client:new_ids(1)
  client.tasks = n
  return applied(client, pool, n, id, pcall(parcel.apply, client.all.tasks, client.results, id, 0, n, n, FLAGS,
    options.timeout, options.retries or 0, f, ...))
end

return single
