-- mp.log: lines on stderr that say which process they are from, and stay whole.
local mp = require "mp"
local core = require "mp.log.core"

local ranks = {debug = 1, info = 2, warn = 3, error = 4}
local level = "info"
local log = {}

-- A thread is named together with its process.
local function name()
  local of_process = mp.current_process().name
  local current = rawget(mp, "current_thread")
  local thread = current and current()
  return thread and of_process .. "/" .. thread.name or of_process
end

local function put(rank, text)
  core.write(("[%s/%s] %s\n"):format(rank:upper(), name(), text))
end

-- log.debug(...), info, warn, error: what print would show, with a blank between
for rank, n in pairs(ranks) do
  log[rank] = function(...)
    if rawequal((...), log) then core.raise(("log.%s is called with a dot, not with a colon"):format(rank)) end
    if n < ranks[level] then return end
    local texts = table.pack(...)
    for i = 1, texts.n do texts[i] = tostring(texts[i]) end
    put(rank, table.concat(texts, " "))
  end
end

-- log.traceback(err) -> err: an error and where it was raised. Made for xpcall(f, log.traceback)
function log.traceback(err)
  local text = tostring(err)
  if not text:find("\nstack traceback:\n", 1, true) then text = debug.traceback(text, 2) end
  put("error", text)
  return err
end

return setmetatable(log, {
  __index = function(_, key)
    if key == "level" then return level end
    if type(key) == "string" and key:sub(1, 2) ~= "__" then core.unknown("mp.log", key, log) end
  end,
  __newindex = function(_, key, value)
    if key ~= "level" then core.raise(("mp.log: cannot set '%s'"):format(tostring(key))) end
    if not ranks[value] then core.raise "mp.log: level must be 'debug', 'info', 'warn' or 'error'" end
    level = value
  end,
})
