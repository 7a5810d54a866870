-- Plain Lua values as JSON, keys in order, so that two results can be compared line by line.
local function quote(text)
  return '"' .. text:gsub('[%c"\\]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"'
end

local encode

local function encode_list(list, indent)
  local parts = {}
  for i, value in ipairs(list) do parts[i] = encode(value, indent) end
  return "[" .. table.concat(parts, ", ") .. "]"
end

local function encode_object(object, indent)
  local keys, parts, deeper = {}, {}, indent .. "  "
  for key in pairs(object) do keys[#keys + 1] = key end
  table.sort(keys)
  for i, key in ipairs(keys) do parts[i] = deeper .. quote(key) .. ": " .. encode(object[key], deeper) end
  return "{\n" .. table.concat(parts, ",\n") .. "\n" .. indent .. "}"
end

function encode(value, indent)
  if type(value) == "string" then return quote(value) end
  if type(value) ~= "table" then return tostring(value) end
  return (#value > 0 and encode_list or encode_object)(value, indent)
end

return function(value) return encode(value, "") .. "\n" end
