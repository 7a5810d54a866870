-- What is given where a list belongs: the slips that would pass as an empty one.
local lists = {}

-- What pairs and ipairs return first cannot be called alone.
local walkers <const> = {[next] = "pairs", [ipairs {}] = "ipairs"}

-- "pairs" or "ipairs", where their result was given instead of the list; or nil.
function lists.walker(value)
  return walkers[value]
end

-- Some key of a plain table that has others than those of a list, and none of these; or nil.
function lists.other_key(value)
  if type(value) ~= "table" or getmetatable(value) ~= nil or value.n ~= nil or #value > 0 then return nil end
  return (next(value))
end

return lists
