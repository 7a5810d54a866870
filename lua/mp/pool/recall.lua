-- Taking chunks back that no worker has begun.
--
-- A worker says in its journal that it begins a chunk, and then looks whether that is to be recalled. A client asks for
-- it, and then looks into the journals: so one of them at least sees the other. If both do, who changes the entry first
-- is right: the worker leaves the chunk out, or the client knows it to be begun. What was over before has sent its
-- results.
--
-- To recall all chunks of a call or none they are held first: a worker about to begin one waits until its client
-- has decided.
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

-- Appends to `asked` those of which the table says it. An error: there is no room for more.
local function ask(recalls, ids, how, asked)
  for _, id in ipairs(ids) do
    recalls[id] = how
    asked[#asked + 1] = id
  end
end

-- A client's method. Returns the list of those that are recalled: no worker will begin them. They are not to be
-- recalled again. And an error, if the arena is too full to ask for all: the others are left to the workers.
function recall.recall(self, ids)
  local recalls, list, asked = self.all.recalls, {}, {}
  if #ids == 0 then return list end
  local ok, err = pcall(ask, recalls, ids, shared.ASKED, asked)
  local begun = begun_ones(self.all)
  take_results(self, begun)
  for _, id in ipairs(asked) do
    local taken = begun[id] and Table.compare_exchange(recalls, id, shared.ASKED, nil)
    if not taken then list[#list + 1] = id end
  end
  return list, not ok and err or nil
end

local function none_begun(self, ids)
  local begun = begun_ones(self.all)
  take_results(self, begun)
  for _, id in ipairs(ids) do
    if begun[id] then return false end
  end
  return true
end

-- Recalls all of them or none. False: none, since one was begun.
function recall.recall_all(self, ids)
  local recalls, held = self.all.recalls, {}
  local ok, none = pcall(function()
    ask(recalls, ids, shared.HELD, held)
    return none_begun(self, ids)
  end)
  local decision = ok and none and shared.ASKED or nil
  for _, id in ipairs(held) do recalls[id] = decision end   -- which needs no room
  if not ok then error(none, 0) end
  return none
end

-- The next result that came while chunks were recalled; nil: there is none.
function recall.next(self)
  return table.remove(self.early, 1)
end

function recall.has_some(self) return self.early[1] ~= nil end

return recall
