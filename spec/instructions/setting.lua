-- What else than the sources decides how many instructions an operation takes.
local files = require "spec.instructions.files"

local function first_line(command)
  local pipe <close> = assert(io.popen(command))
  return pipe:read "l"
end

-- The program itself says by what it was compiled, with which options, and which Lua is in it.
return function(mplua)
  local program = files.read(mplua)
  return {
    program:match "GNU C%d+ [%g ]+" or program:match "clang version [%g ]+" or "unknown compiler",
    program:match "LuaVersion: (Lua [%d.]+)" or _VERSION,
    first_line "getconf GNU_LIBC_VERSION" or "unknown C library",
    first_line "valgrind --version" or "no valgrind",
    files.read "/proc/cpuinfo":find "avx2" and "AVX2" or "no AVX2",   -- decides how the C library copies
  }
end
