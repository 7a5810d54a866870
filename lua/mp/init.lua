-- require "mp": what the core gives, under the names that users know, and what is easier said in Lua.
local core = require "mp.core"
local Table = require "mp.table"
package.loaded["mp.core"] = nil   -- Lua's messages look there for names: "mp.sleep", not "mp.core.sleep"

local mp = {}
for name, value in pairs(core) do
  if name ~= "unknown" then mp[name] = value end
end

mp.Table = Table
mp.SimpleQueue = mp.Queue
mp.JoinableQueue = mp.Queue

return setmetatable(mp, {
  __index = function(_, key)
    if type(key) == "string" and key:sub(1, 2) ~= "__" then core.unknown("mp", key, mp) end
  end,
})
