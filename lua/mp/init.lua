-- require "mp": what the core gives, under the names that users know, and what is easier said in Lua.
local core = require "mp.core"
local Table = require "mp.table"
package.loaded["mp.core"] = nil   -- Lua's messages look there for names: "mp.sleep", not "mp.core.sleep"

local mp = core.users()
mp.Table = Table
mp.SimpleQueue = mp.Queue
mp.JoinableQueue = mp.Queue

-- Loaded when they are asked for.
local function load_pool()
  local pool = require "mp.pool"
  local future = require "mp.pool.wait"
  mp.Pool, mp.range, mp.as_completed, mp.wait = pool.new, pool.range, future.as_completed, future.wait
end
local later <const> = {Pool = load_pool, range = load_pool, as_completed = load_pool}

return setmetatable(mp, {
  __index = function(_, key)
    if later[key] then
      later[key]()
      return mp[key]
    end
    if type(key) == "string" and key:sub(1, 2) ~= "__" then core.unknown("mp", key, mp) end
  end,
})
