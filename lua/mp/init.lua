-- require "mp": what the core gives, under the names that users know, and what is easier said in Lua.
local core = require "mp.core"
local Table = require "mp.table"

-- Lua's messages look into all modules for names: "mp.sleep", not "mp.core.sleep".
local function hide_core() package.loaded["mp.core"] = nil end
hide_core()

local mp = core.users()
mp.Table = Table
mp.SimpleQueue = mp.Queue
mp.JoinableQueue = mp.Queue

-- Loaded when they are asked for.
local function load_pool()
  local pool = require "mp.pool"
  local future = require "mp.pool.wait"
  mp.Pool, mp.range, mp.as_completed, mp.wait = pool.new, pool.range, future.as_completed, future.wait
  hide_core()
end
local later <const> = {Pool = load_pool, range = load_pool, as_completed = load_pool}

-- They are no fields of mp, but modules beside it.
local modules <const> = {http = "mp.http", log = "mp.log", get_logger = "mp.log", log_to_stderr = "mp.log"}

local function unknown(key)
  local module = modules[key]
  if module then core.raise(("mp has no '%s' (did you mean require \"%s\"?)"):format(key, module)) end
  load_pool()   -- its names may be what was meant
  core.unknown("mp", key, mp)
end

return setmetatable(mp, {
  __index = function(_, key)
    if later[key] then
      later[key]()
      return mp[key]
    end
    if type(key) == "string" and key:sub(1, 2) ~= "__" then unknown(key) end
  end,
})
