-- Taking chunks back that no worker has begun.
--
-- A worker says in its journal that it begins a chunk, and then looks whether that is to be recalled. A client asks for
-- it, and then looks into the journals: so one of them at least sees the other. If both do, who changes the entry first
-- is right: the worker leaves the chunk out, or the client knows it to be begun. What was over before has sent its
-- results.
local core = require "mp.core"
local shared = require "mp.pool.shared"

local parcel, journal, Table = core.parcel, core.journal, core.Table
local recall = {}

-- Which chunks a journal names, as keys. All journals of one moment: when a chunk is taken over, one of two names it.
local function begun_ones(all)
  local begun = {}
  for _, j in pairs(Table.snapshot(all.journals)) do
    local _, chunk = journal.read(j)
    begun[chunk] = true
  end
  return begun
end

-- Results are kept for later, since who recalls may be about to deal with one.
local function take_results(self, begun)
  local early = self.early
  while true do
    local result = table.pack(parcel.get(self.results, shared.RESULT_HEAD, 0))
    if not result[1] then break end
    early[#early + 1] = result
  end
  for _, result in ipairs(early) do begun[result[1]] = true end
end

-- A client's method. Returns the list of those that are recalled: no worker will begin them. They are not to be
-- recalled again.
function recall.recall(self, ids)
  local recalls, list = self.all.recalls, {}
  if #ids == 0 then return list end
  for _, id in ipairs(ids) do recalls[id] = shared.ASKED end
  local begun = begun_ones(self.all)
  take_results(self, begun)
  for _, id in ipairs(ids) do
    local taken = begun[id] and Table.compare_exchange(recalls, id, shared.ASKED, nil)
    if not taken then list[#list + 1] = id end
  end
  return list
end

-- The next result that came while chunks were recalled; nil: there is none.
function recall.next(self)
  return table.remove(self.early, 1)
end

function recall.has_some(self) return self.early[1] ~= nil end

return recall
