-- The options of pools and of their calls.
local blame = require "mp.blame"

local options_of = {}

local OPTIONS <const> = {
  n = "number", name = "string", initializer = "function", initargs = "table", max_tasks = "number"
}

local function check_count(value, name)
  if value == nil or (math.type(value) == "integer" and value >= 1) then return end
  blame.raise("mp.Pool: %s must be an integer of at least 1, not %s", name, tostring(value))
end

function options_of.check_pool(options)
  blame.options("mp.Pool", options, OPTIONS)
  check_count(options.n, "n")
  check_count(options.max_tasks, "max_tasks")
  for name, wanted in pairs(OPTIONS) do
    local value = options[name]
    if value ~= nil and type(value) ~= wanted then
      blame.raise("mp.Pool: %s must be a %s, not a %s", name, wanted, type(value))
    end
  end
end

local CALL_OPTIONS <const> = {chunksize = true, timeout = true, retries = true, progress = true, buffersize = true}

local function check_number(options, name, least, integer)
  local value = options[name]
  if value == nil then return end
  local good = type(value) == "number" and value >= least and (not integer or math.type(value) == "integer")
  if not good then
    local kind = integer and "an integer" or "a number"
    blame.raise("%s must be %s of at least %s, not %s", name, kind, least, tostring(value))
  end
end

function options_of.check_call(options, method)
  if type(options) ~= "table" then blame.argument(3, method, "table of options", options) end
  blame.options("pool:" .. method, options, CALL_OPTIONS)
  check_number(options, "chunksize", 1, true)
  check_number(options, "buffersize", 1, true)
  check_number(options, "retries", 0, true)
  check_number(options, "timeout", 0, false)
  local bar = options.progress
  if bar ~= nil and type(bar) ~= "boolean" and type(bar) ~= "function" then
    blame.raise("progress must be true or a function, not a %s", type(bar))
  end
end

return options_of
