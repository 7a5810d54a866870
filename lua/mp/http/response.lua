-- An answer: an ordinary table, which can travel. This module is its metatable.
local core = require "mp.http.core"
local Headers = require "mp.http.headers"

local Response = {__name = "response"}
local fields = {status = true, ok = true, text = true, headers = true, url = true, elapsed = true, file = true}
local methods = {}

-- The JSON library, which mplua does not bring along.
local function json_library(who)
  local found, json = pcall(require, "dkjson")
  if found then return json end
  core.raise(("%s needs the Lua module dkjson (Debian's package lua-dkjson): %s"):format(who, json))
end

function Response.encode(value, who)
  local json = json_library(who)
  local ok, text, message = pcall(json.encode, value)
  if ok and text then return text end
  core.raise(("%s: json cannot be encoded: %s"):format(who, tostring(message or text)))
end

-- r:json() -> value | nil, "protocol", message. null is nil
function methods.json(response)
  local json = json_library "r:json()"
  local text = response.text or ""
  local ok, value, after, message = pcall(json.decode, text, 1, nil, nil, nil)   -- no metatables: it can travel
  if not ok then return nil, "protocol", "no JSON: " .. tostring(value) end
  if message then return nil, "protocol", "no JSON: " .. message end
  if text:find("%S", after) then return nil, "protocol", "no JSON: something follows it" end
  return value
end

-- r:raise_for_status() -> r
function methods.raise_for_status(response)
  if response.ok then return response end
  core.raise(("status %d for %s"):format(response.status, response.url))
end

function Response.__index(_, key)
  if methods[key] or fields[key] then return methods[key] end
  if type(key) ~= "string" or key:sub(1, 2) == "__" then return nil end
  local names = {}
  for _, set in ipairs {fields, methods} do
    for name in pairs(set) do names[name] = true end
  end
  core.unknown("a response", key, names)
end

function Response.__tostring(response)
  return ("response %d from %s"):format(response.status, response.url)
end

-- A line that begins with a blank goes on from the one before.
local function unfold(head)
  if not head:find("\n ", 1, true) and not head:find("\n\t", 1, true) then return head end
  return (head:gsub("\r?\n[ \t]+", " "))
end

local function headers_of(head)
  local headers = {}
  for name, value in ("\n" .. unfold(head)):gmatch "\n([^%s:]+):[ \t]*([^\r\n]*)" do
    name, value = name:lower(), value:match "^.*%S" or ""
    local before = headers[name]
    headers[name] = before and before .. ", " .. value or value
  end
  return setmetatable(headers, Headers)
end

-- What came to that request, in so many seconds.
function Response.new(answer, request, elapsed)
  return setmetatable({
    status = answer.status,
    ok = answer.status < 400,
    text = answer.body,
    file = not answer.body and request.to_file or nil,
    headers = headers_of(answer.head),
    url = request.url,
    elapsed = elapsed,
  }, Response)
end

require "mp".register("mp.http.response", Response)
return Response
