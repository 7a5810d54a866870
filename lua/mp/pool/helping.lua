-- A worker that waits for a call of its own pool runs the tasks of that itself, if nobody has begun them: so workers
-- that wait for each other go on.
local core = require "mp.core"
local shared = require "mp.pool.shared"
local taking = require "mp.pool.taking"
local worker = require "mp.pool.worker"

local journal, parcel, hold = core.journal, core.parcel, core.hold
local helping = {}

-- A chunk that could not be run here, for lack of memory, say: its tasks fail by that.
local function fail_chunk(self, id, first, last, err)
  for position = first, last do
    taking.dispatch(self, id, shared.ERROR, position, 1, true, err, "")
    if not self.chunks[id] then return end
  end
end

-- The chunk in our own queue. Only its tasks can be interrupted; whatever fails, nothing of it is left.
local function serve(self, lease, ...)
  local ok, err = hold.lift(worker.serve, self.worker, lease, ...)
  if ok then return true, err end
  journal.finish(worker.journal(self.worker))
  pcall(lease.done, lease)
  return false, err
end

local function run_here(self, call, id, content)
  local depth = self.worker.depth
  self.worker.depth = depth + 1
  local ok, err = pcall(parcel.put, self.own, shared.HEAD, call.what, id, table.unpack(content, 1, content.n))
  if ok then ok, err = serve(self, parcel.lease(self.own, shared.HEAD)) end
  self.worker.depth = depth
  if not ok then fail_chunk(self, id, content[2], content[3], err) end
  if err and core.is_interruption(err) then error(err, 0) end
end

local function help(self, call)
  for _, id in ipairs(self:chunks_of(call)) do
    local list, err = self:recall{id}
    if err then error(err, 0) end   -- all may wait for each other, so it is not to be waited for
    if list[1] then
      local again, content = self:new_ids(1), self.parcels[id]
      self.chunks[id], self.parcels[id] = nil, nil
      self.chunks[again], self.parcels[again] = call, content
      run_here(self, call, again, content)
      return true
    end
  end
  return false
end

-- A worker that waits runs the tasks itself that it waits for, if nobody has begun them.
function helping.help(self, call) return hold.call(help, self, call) end

return helping
