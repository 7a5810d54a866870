-- Kinds: run ITEM, encode and decode it; copy ITEM, what Lua does of that. See items.lua for what there is.
local clock = require "clock"
local items = require "items"
local codec_module = require "codec_module"

local function kind(name)
  return function(item)
    local value = items(item)
    return function(n) codec_module[name](value, n) end
  end
end

clock.main {run = kind "run", copy = kind "copy"}
