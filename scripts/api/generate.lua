-- lua5.4 scripts/api/generate.lua [DIRECTORY]: writes what is made of doc/api, below the directory or here.
-- It runs in the root of the tree.
package.path = "./?.lua"
local definition = require "scripts.api.definition"
local api = definition.read("doc/api")
local directory = arg[1] or "."

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

local function write(path, text)
  local full = directory .. "/" .. path
  assert(os.execute(("mkdir -p '%s'"):format(full:match "^(.*)/")))
  local file <close> = assert(io.open(full, "wb"))
  assert(file:write(text))
end

local function write_all(files)
  for path, text in pairs(files) do write(path, text) end
end

local version = read("CMakeLists.txt"):match "project%(mplua VERSION ([%d.]+)"
write("doc/reference.md", require "scripts.api.reference".write(api))
write("lua/meta/luacheck.lua", require "scripts.api.luacheck".write(api))
write_all(require "scripts.api.meta".files(api))
write_all(require "scripts.api.command".files(api, version))
