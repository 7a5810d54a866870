-- The options of pools and of their calls.
local blame = require "mp.blame"

local options_of = {}

local OPTIONS <const> = {
  n = "number", name = "string", initializer = "function", initargs = "table", max_tasks = "number"
}

local function shown(value)
  if type(value) == "number" then return tostring(value) end
  return type(value) == "string" and ("the string '%s'"):format(value) or "a " .. type(value)
end

-- A count may be a float that is whole, such as cpu_count() / 2.
local function check_number(who, options, name, least, is_count)
  local value = options[name]
  if value == nil then return end
  local good = type(value) == "number" and value >= least and (not is_count or math.tointeger(value))
  if not good then
    local kind = is_count and "an integer" or "a number"
    blame.raise("%s: %s must be %s of at least %s, not %s", who, name, kind, least, shown(value))
  end
end

function options_of.check_pool(options)
  blame.options("mp.Pool", options, OPTIONS)
  check_number("mp.Pool", options, "n", 1, true)
  check_number("mp.Pool", options, "max_tasks", 1, true)
  for name, wanted in pairs(OPTIONS) do
    local value = options[name]
    if value ~= nil and type(value) ~= wanted then
      blame.raise("mp.Pool: %s must be a %s, not a %s", name, wanted, type(value))
    end
  end
end

local CALL_OPTIONS <const> = {chunksize = true, timeout = true, retries = true, progress = true, buffersize = true}
options_of.counts = {chunksize = true, buffersize = true, retries = true}

function options_of.check_call(options, method, position)
  local who = "pool:" .. method
  if type(options) ~= "table" then blame.argument(position, method, "table of options", options) end
  blame.options(who, options, CALL_OPTIONS)
  check_number(who, options, "chunksize", 1, true)
  check_number(who, options, "buffersize", 1, true)
  check_number(who, options, "retries", 0, true)
  check_number(who, options, "timeout", 0, false)
  local bar = options.progress
  if bar ~= nil and type(bar) ~= "boolean" and type(bar) ~= "function" then
    blame.raise("%s: progress must be true or a function, not a %s", who, type(bar))
  end
end

return options_of
