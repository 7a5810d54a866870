-- What a worker sends back.
local core = require "mp.core"
local shared = require "mp.pool.shared"

local parcel, journal = core.parcel, core.journal
local reply = {}
local PAUSE <const>, TRIES <const> = 0.01, 3

local function is_full(err) return type(err) == "string" and err:find("arena is full", 1, true) end

-- A full arena is waited for, while results are there whose reader may make room.
local function put(queue, ...)
  local tries = TRIES
  while true do
    local ok, err = pcall(parcel.put, queue, ...)
    if ok or not is_full(err) then return ok, err end
    tries = queue:empty() and tries - 1 or TRIES
    if tries == 0 then return false, err end
    core.sleep(PAUSE)
  end
end

-- What is small, and must not be lost.
local function put_small(...)
  while true do
    local ok, err = put(...)
    if ok or not is_full(err) then return ok, err end
  end
end

function reply.error(to, id, position, err, trace)
  if put(to, shared.RESULT_HEAD, "error", id, shared.ERROR, position, 1, err, trace) then return end
  put_small(to, shared.RESULT_HEAD, "error", id, shared.ERROR, position, 1, shared.text(err), trace)
end

function reply.listed(to, id, first, n, bytes)
  if n > 0 then put_small(to, shared.RESULT_HEAD, "results", id, shared.LISTED, first, n, bytes) end
end

function reply.flush(to, id, j)
  local first, n, bytes = journal.results(j)
  reply.listed(to, id, first, n, bytes)
  if n > 0 then journal.mark(j) end
end

function reply.results(to, id, position, ...)
  local ok, err = put(to, shared.RESULT_HEAD, "result %d", id, shared.RESULTS, position, 1, ...)
  if not ok then reply.error(to, id, position, type(err) == "string" and err:gsub("^mp/[^:]*:%d+: ", "") or err, "") end
end

return reply
