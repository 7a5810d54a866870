-- What the caller asks for, checked and ready to be sent.
local core = require "mp.http.core"
local mp = require "mp"
local Response = require "mp.http.response"

local request = {}

local function fail(who, format, ...)
  core.raise(who .. ": " .. format:format(...))
end

-- ---- options ----

local function is_count(x) return math.type(x) == "integer" and x >= 0 end
local function is_seconds(x) return type(x) == "number" and x == x end
local function is_text(x) return type(x) == "string" and not x:find("\0", 1, true) end
local function is_table(x) return type(x) == "table" end
local function is_boolean(x) return type(x) == "boolean" end
local known = {http = true, https = true, file = true}

local function is_protocols(x)
  if type(x) == "string" then return known[x] end
  if type(x) ~= "table" or #x == 0 then return false end
  for _, name in ipairs(x) do
    if not known[name] then return false end
  end
  return true
end

local function is_auth(x)
  return type(x) == "table" and is_text(x[1]) and is_text(x[2]) and not x[1]:find(":", 1, true)
end

local options = {
  params = {function(x) return is_table(x) or is_text(x) end, "a table or a string"},
  headers = {is_table, "a table of names and values"},
  data = {function(x) return is_table(x) or type(x) == "string" end, "a string, or a table to be sent as a form"},
  json = {function() return true end},
  timeout = {is_seconds, "a number of seconds"},
  connect_timeout = {is_seconds, "a number of seconds"},
  allow_redirects = {function(x) return is_boolean(x) or is_count(x) end, "a boolean or a number of redirects"},
  auth = {is_auth, "a table {user, password}, without a colon in user"},
  verify = {is_boolean, "a boolean"},
  ca_file = {is_text, "the name of a file"},
  max_size = {function(x) return is_seconds(x) and x >= 0 end, "a number of bytes"},
  protocols = {is_protocols, "a list of some of 'http', 'https' and 'file'"},
  to_file = {function(x) return is_text(x) and x ~= "" end, "the name of a file"},
  retries = {is_count, "a number of further tries"},
}

-- Raises for what is unknown or wrong in opts. `more` are names that this caller takes besides.
function request.check(opts, who, more)
  if opts == nil then return end
  if type(opts) ~= "table" then fail(who, "a table of options expected, not a %s", type(opts)) end
  for name, value in next, opts do
    local option = options[name]
    if not option and not (more and more[name]) then
      local names = {}
      for _, set in ipairs {options, more or {}} do
        for known_name in pairs(set) do names[known_name] = true end
      end
      core.unknown(who, tostring(name), names)
    end
    if option and not option[1](value) then fail(who, "%s must be %s", name, option[2]) end
  end
  if opts.data ~= nil and opts.json ~= nil then fail(who, "either data or json") end
end

local function merged(defaults, opts)
  local all = {}
  for name, value in pairs(defaults or {}) do all[name] = value end
  for name, value in pairs(opts or {}) do all[name] = value end
  if opts and opts.data ~= nil then all.json = nil end
  if opts and opts.json ~= nil then all.data = nil end
  return all
end

-- ---- the URL ----

local function escape(text)
  return (text:gsub("[^%w%-._~]", function(char) return ("%%%02X"):format(char:byte()) end))
end

-- name=value&...: sorted by name; a list of values gives its name several times.
local function form(fields, who, what)
  local names, parts = {}, {}
  for name in pairs(fields) do names[#names + 1] = name end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  for _, name in ipairs(names) do
    local values = fields[name]
    for _, value in ipairs(type(values) == "table" and values or {values}) do
      if type(value) == "table" then fail(who, "%s.%s is a table in a list", what, tostring(name)) end
      parts[#parts + 1] = escape(tostring(name)) .. "=" .. escape(tostring(value))
    end
  end
  return table.concat(parts, "&")
end

local function with_params(url, params, who)
  local query = type(params) == "table" and form(params, who, "params") or params
  if not query or query == "" then return url end
  local base, fragment = url:match "^([^#]*)(.*)$"
  local joint = not base:find("?", 1, true) and "?" or base:find "[?&]$" and "" or "&"
  return base .. joint .. query .. fragment
end

-- Sets url, scheme, host and port of r; false, message when it is no URL.
local function set_url(r, url)
  if url:find "[%c\127]" then return false, "the URL has a control character" end
  local base, rest = url:match "^(%a[%w+.-]*://[^/?#]*)(.*)$"
  if not base then return false, ("the URL '%s' has no scheme, such as https://"):format(url) end
  if base:find " " then return false, ("the URL '%s' has a blank in its host"):format(url) end
  url = base .. rest:gsub("[ \128-\255]", function(char) return ("%%%02X"):format(char:byte()) end)
  local scheme, host, port = core.parse(url)
  if not scheme then return false, ("the URL '%s' is malformed: %s"):format(url, host) end
  r.url, r.scheme, r.host, r.port = url, scheme, host, port
  return true
end
request.set_url = set_url

-- ---- head and body ----

-- Of one name that is given in several ways the last is taken; so defaults come first.
local function note_headers(headers, more, who)
  for name, value in pairs(more or {}) do
    if type(name) ~= "string" or not name:find "^[%w!#$%%&'*+.^_`|~-]+$" then
      fail(who, "'%s' is not the name of a header", tostring(name))
    end
    if type(value) ~= "string" and type(value) ~= "number" then
      fail(who, "the header '%s' must be a string or a number", name)
    end
    value = tostring(value)
    if value:find "[\0-\8\10-\31\127]" then fail(who, "the header '%s' has a control character", name) end
    headers[name:lower()] = {name, value}
  end
end

-- Those without a value end a default of libcurl, which a line with a semicolon would send empty.
local function lines_of(headers)
  local lines = {}
  for _, pair in pairs(headers) do
    lines[#lines + 1] = pair[2] == "" and pair[1] .. ";" or pair[1] .. ": " .. pair[2]
  end
  table.sort(lines)
  for _, name in ipairs {"Content-Type", "Expect"} do
    if not headers[name:lower()] then lines[#lines + 1] = name .. ":" end
  end
  return lines
end

local function set_body(r, all, headers, who)
  local kind
  if all.json ~= nil then
    local value = mp.type(all.json) == "table" and mp.Table.totable(all.json) or all.json
    r.body, kind = Response.encode(value, who), "application/json"
  elseif type(all.data) == "table" then
    r.body, kind = form(all.data, who, "data"), "application/x-www-form-urlencoded"
  else
    r.body = all.data
  end
  if (r.body or r.to_file) and r.method == "HEAD" then fail(who, "HEAD has no body") end
  if kind and not headers["content-type"] then headers["content-type"] = {"Content-Type", kind} end
  if r.method == "POST" or r.method == "PUT" or r.method == "PATCH" then r.body = r.body or "" end
end

-- What leads to another place must not bring along what was meant for this one.
function request.forget_secrets(r)
  r.user, r.password = nil, nil
  for i = #r.lines, 1, -1 do
    local name = r.lines[i]:match "^[^:;]*":lower()
    if name == "authorization" or name == "cookie" or name == "proxy-authorization" then table.remove(r.lines, i) end
  end
end

-- After a redirect that asks for another page instead of the same request elsewhere.
function request.become_get(r)
  if r.method ~= "HEAD" then r.method = "GET" end
  r.body = nil
  for i = #r.lines, 1, -1 do
    if r.lines[i]:lower():find "^content%-" then table.remove(r.lines, i) end
  end
  r.lines[#r.lines + 1] = "Content-Type:"
end

-- ---- all together ----

local function seconds(x, default)
  if x == nil then x = default end
  return math.max(x, 0)
end

local function allowed(protocols)
  local set = {}
  for _, name in ipairs(type(protocols) == "table" and protocols or {protocols}) do set[name] = true end
  return set
end

local function redirects(x)
  if x == nil or x == true then return 10 end
  return x or nil
end

local function refusal(r)
  if not r.protocols[r.scheme] then return ("'%s' is not one of the protocols allowed"):format(r.scheme) end
  local reads = r.method == "GET" or r.method == "HEAD"
  if r.scheme == "file" and not reads then return ("a file has no %s"):format(r.method) end
end

-- A request | nil, what is wrong with the URL. opts were checked.
function request.new(method, url, opts, defaults, who)
  if type(url) ~= "string" then
    fail(who, "the URL must be a string, not %s", url == nil and "nil" or "a " .. type(url))
  end
  if not method:find "^%u[%u-]*$" then fail(who, "'%s' is not a method", method) end
  local all, headers = merged(defaults, opts), {}
  local r = {
    method = method,
    timeout = seconds(all.timeout, 30),
    connect_timeout = seconds(all.connect_timeout, 10),
    redirects = redirects(all.allow_redirects),
    retries = (method == "GET" or method == "HEAD") and all.retries or 0,
    protocols = allowed(all.protocols or {"http", "https"}),
    verify = all.verify, ca_file = all.ca_file, max_size = all.max_size, to_file = all.to_file,
  }
  if all.auth then r.user, r.password = all.auth[1], all.auth[2] end
  local good, message = set_url(r, with_params(with_params(url, defaults and defaults.params, who),
                                               opts and opts.params, who))
  if not good then return nil, message end
  note_headers(headers, defaults and defaults.headers, who)
  note_headers(headers, opts and opts.headers, who)
  set_body(r, all, headers, who)
  r.lines = lines_of(headers)
  r.refused = refusal(r)
  return r
end

return request
