-- The headers of an answer: their names are kept in lower case, and found in any. This module is their metatable.
local Headers = {__name = "headers"}

function Headers.__index(headers, name)
  return type(name) == "string" and rawget(headers, name:lower()) or nil
end

function Headers.__tostring(headers)
  local lines = {}
  for name, value in next, headers do lines[#lines + 1] = ("%s: %s\n"):format(name, value) end
  table.sort(lines)
  return table.concat(lines)
end

require "mp".register("mp.http.headers", Headers)
return Headers
