-- Errors of the library's Lua part: raised with the place of the user's code that called it.
local core = require "mp.core"

local blame = {}

-- "FILE:LINE: " of the nearest function that is not the library's
local function place()
  for level = 3, math.huge do
    local info = debug.getinfo(level, "Sl")
    if not info then return "" end
    if info.currentline > 0 and not info.source:find("^=mp/") then
      return ("%s:%d: "):format(info.short_src, info.currentline)
    end
  end
end

function blame.raise(format, ...)
  error(place() .. format:format(...), 0)
end

-- An error as the user is to see it: one that blames a file of the library is the mistake of who called that.
function blame.text(err)
  local text = type(err) == "string" and err:match("^mp/[%w/]+%.lua:%d+: (.*)")
  return text and place() .. text or err
end

-- For a tail call: the results of pcall, or its error.
function blame.results(ok, ...)
  if ok then return ... end
  error(blame.text((...)), 0)
end

function blame.argument(position, method, wanted, value, hint)
  local got = (core.type(value) or type(value)) .. (hint or "")
  error(("%sbad argument #%d to '%s' (%s expected, got %s)"):format(place(), position, method, wanted, got), 0)
end

-- Argument 1 of a method is no object of the class: nearly always since a dot stands where a colon belongs.
function blame.self(class, method, value)
  blame.argument(1, method, class, value, ("; with a colon: %s:%s(...)"):format(class, method))
end

-- A field that there is not, which Lua itself may have asked for.
function blame.unknown(who, key, names)
  if type(key) == "string" and key:sub(1, 2) == "__" then return end
  blame.results(pcall(core.unknown, who, tostring(key), names))
end

-- Every key of `given` has to be one of `known`'s.
function blame.options(who, given, known)
  for key in pairs(given) do
    if known[key] == nil then blame.unknown(who, key, known) end
  end
end

-- A timeout as a deadline of mp.time(), or nil: for ever.
function blame.deadline(position, method, timeout)
  if timeout == nil then return nil end
  if type(timeout) ~= "number" then blame.argument(position, method, "number of seconds", timeout) end
  if timeout ~= timeout then
    blame.raise("bad argument #%d to '%s' (a timeout that is not a number)", position, method)
  end
  return core.time() + timeout
end

return blame
