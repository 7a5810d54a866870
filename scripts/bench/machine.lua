-- What the figures were made on.
local mp = require "mp"

local machine = {}

local function first_match(path, pattern)
  local file = io.open(path)
  if not file then return "?" end
  local found = file:read("a"):match(pattern)
  file:close()
  return found or "?"
end

local function first_line(command)
  local pipe <close> = assert(io.popen(command .. " 2>&1"))
  return pipe:read("l") or "?"
end

-- The first CPU that this process may use.
function machine.first_cpu()
  return first_match("/proc/self/status", "Cpus_allowed_list:%s*(%d+)")
end

-- Bytes.
function machine.free_memory()
  return 1024 * (tonumber(first_match("/proc/meminfo", "MemAvailable:%s*(%d+)")) or math.huge)
end

function machine.describe(mplua)
  return {
    cpu = first_match("/proc/cpuinfo", "model name%s*:%s*([^\n]+)"),
    cpus = mp.cpu_count(),
    kernel = first_line("uname -sr"),
    load = first_match("/proc/loadavg", "%S+"),
    mplua = first_line(mplua .. " -v"):match("^(.-)%s+Copyright"):gsub("%s+", " "),
    python = first_line("/usr/bin/python3 --version"),
    lua = first_line("lua5.4 -v"):match "^Lua %S+",
    cc = first_line("cc --version"),
    time = os.date("!%Y-%m-%dT%H:%M:%SZ"),
  }
end

return machine
