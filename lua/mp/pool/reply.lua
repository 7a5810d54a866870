-- What a worker sends back. With a journal `j` that says, as soon as it is sent, that the task at `upto` is done.
local core = require "mp.core"
local shared = require "mp.pool.shared"

local parcel, journal, is_full = core.parcel, core.journal, shared.is_full
local reply = {}
local PAUSE <const>, TRIES <const> = 0.01, 3
local SILENT <const> = 1   -- s that it waits for room without a word

-- A full arena is waited for, while results are there whose reader may make room.
local function put(queue, ...)
  local tries = TRIES
  while true do
    local ok, err = pcall(parcel.reply, queue, ...)
    if ok or not is_full(err) then return ok, err end
    tries = queue:empty() and tries - 1 or TRIES
    if tries == 0 then return false, err end
    core.sleep(PAUSE)
  end
end

-- What is small, and must not be lost. When no result is there whose reader may make room, who waits does not see why.
local function put_small(...)
  local told_at = core.time() + SILENT
  while true do
    local ok, err = put(...)
    if ok then return end
    if not is_full(err) then error(err, 0) end
    if core.time() > told_at then
      local text = "worker %s waits for room to send a result: %s\n"
      io.stderr:write(text:format(core.current_process().name, shared.without_place(err)))
      told_at = math.huge
    end
  end
end

function reply.error(to, j, upto, id, position, err, trace)
  if put(to, j, upto, "error", id, shared.ERROR, position, 1, err, trace) then return end
  put_small(to, j, upto, "error", id, shared.ERROR, position, 1, shared.text(err), trace)
end

-- What a journal has noted, which may be that of a dead worker.
function reply.listed(to, j, id, first, n, bytes)
  if n > 0 then put_small(to, j, first + n - 1, "results", id, shared.LISTED, first, n, bytes) end
end

function reply.flush(to, id, j)
  reply.listed(to, j, id, journal.results(j))
end

function reply.results(to, j, upto, id, position, ...)
  local ok, err = put(to, j, upto, "result %d", id, shared.RESULTS, position, 1, ...)
  if ok then return end
  local why = shared.without_place(err)
  local is_ours = type(why) == "string" and why:find("^cannot send ")
  reply.error(to, j, upto, id, position, is_ours and ("task %d failed: %s"):format(position, why) or why, "")
end

return reply
