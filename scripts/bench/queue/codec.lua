-- What encoding and decoding of a value costs by itself; see items.lua for the kinds.
local clock = require "clock"
local items = require "items"
local codec_module = require "codec_module"

local function codec(kind)
  local item = items(kind)
  return function(n) codec_module.run(item, n) end
end

clock.main {
  int = function() return codec "int" end,
  record = function() return codec "record" end,
  text = function() return codec "text" end,
}
