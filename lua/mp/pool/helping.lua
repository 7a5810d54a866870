-- A worker that waits for a call of its own pool runs the tasks of that itself, if nobody has begun them: so workers
-- that wait for each other go on.
local core = require "mp.core"
local shared = require "mp.pool.shared"
local worker = require "mp.pool.worker"

local parcel = core.parcel
local helping = {}

-- A chunk that could not be run here, for lack of memory, say: its tasks fail by that.
local function fail_chunk(self, dispatch, id, first, last, err)
  for position = first, last do
    dispatch(self, id, shared.ERROR, position, 1, true, err, "")
    if not self.chunks[id] then return end
  end
end

local function run_here(self, dispatch, call, id, content)
  local depth = self.worker.depth
  self.worker.depth = depth + 1
  local ok, err = pcall(function()
    parcel.put(self.own, shared.HEAD, call.what, id, table.unpack(content, 1, content.n))
    return worker.serve(self.worker, parcel.lease(self.own, shared.HEAD))
  end)
  self.worker.depth = depth
  if not ok then
    self.own:clear()   -- it may have come back
    fail_chunk(self, dispatch, id, content[2], content[3], err)
  end
  if err and core.is_interruption(err) then error(err, 0) end
end

-- A worker that waits runs the tasks itself that it waits for, if nobody has begun them.
function helping.help(self, call, dispatch)
  for _, id in ipairs(self:chunks_of(call)) do
    local list, err = self:recall{id}
    if err then error(err, 0) end   -- all may wait for each other, so it is not to be waited for
    if list[1] then
      local again, content = self:new_ids(1), self.parcels[id]
      self.chunks[id], self.parcels[id] = nil, nil
      self.chunks[again], self.parcels[again] = call, content
      run_here(self, dispatch, call, again, content)
      return true
    end
  end
  return false
end

return helping
