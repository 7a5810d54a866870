-- lua5.4 scripts/api/generate.lua [DIRECTORY]: writes what is made of doc/api, below the directory or here.
-- It runs in the root of the tree.
package.path = "./?.lua"
local definition = require "scripts.api.definition"
local api = definition.read("doc/api")
local directory = arg[1] or "."

local function write(path, text)
  local full = directory .. "/" .. path
  assert(os.execute(("mkdir -p '%s'"):format(full:match "^(.*)/")))
  local file <close> = assert(io.open(full, "wb"))
  assert(file:write(text))
end

write("doc/reference.md", require "scripts.api.reference".write(api))
write("lua/meta/luacheck.lua", require "scripts.api.luacheck".write(api))
for path, text in pairs(require "scripts.api.meta".files(api)) do write(path, text) end
