-- Plain Lua values as JSON, keys in order, so that two results can be compared line by line.
local dkjson = require "dkjson"

local json = {decode = dkjson.decode}

local function quote(text)
  return '"' .. text:gsub('[%c"\\]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"'
end

local encode

local function encode_list(list, indent)
  local parts, deeper = {}, indent .. "  "
  local flat = type(list[1]) ~= "table"
  for i, value in ipairs(list) do parts[i] = (flat and "" or deeper) .. encode(value, deeper) end
  if flat then return "[" .. table.concat(parts, ", ") .. "]" end
  return "[\n" .. table.concat(parts, ",\n") .. "\n" .. indent .. "]"
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
  if math.type(value) == "float" then return ("%.6g"):format(value) end
  if type(value) ~= "table" then return tostring(value) end
  return (#value > 0 and encode_list or encode_object)(value, indent)
end

function json.encode(value) return encode(value, "") .. "\n" end

return json
