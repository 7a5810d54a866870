-- mp.http: a client for HTTP, made of libcurl.
local mp = require "mp"
local core = require "mp.http.core"
local Answer = require "mp.http.answer"
local Many = require "mp.http.many"
local request = require "mp.http.request"

local http = {}
local verbs = {"get", "post", "put", "delete", "head"}
local plain   -- the session of those who have none: it keeps neither cookies nor connections

-- http:get(url) would ask for the library itself.
local function check_dot(first, who)
  if first == http then core.raise(who .. " is called with a dot, not with a colon") end
end

local function check_session(session, name)
  if mp.type(session) == "session" then return end
  local got = mp.type(session) or type(session)
  core.raise(("bad argument #1 to '%s' (session expected, got %s; with a colon: session:%s(...))")
    :format(name, got, name))
end

local function result_of(session, r)
  local answer <close> = Answer.new(session, r)
  while not answer.done do Answer.step(session) end
  return answer:result()
end

local function perform(session, method, url, opts, who, more)
  request.check(opts, who, more)
  local defaults = session and core.state(session).defaults
  local r, message = request.new(method, url, opts, defaults, who)
  if not r then core.raise(who .. ": " .. message) end
  if session then return result_of(session, r) end
  plain = plain or core.session {}
  r.fresh = true
  core.forget_cookies(plain)
  return result_of(plain, r)
end

local described = {url = true, method = true}

-- request{url =, [method = "GET"], ...}
local function request_of(session, opts, who)
  if type(opts) ~= "table" then core.raise(who .. ": a table with a url expected, not a " .. type(opts)) end
  local rest, method = {}, opts.method or "GET"
  for name, value in pairs(opts) do rest[name] = value end
  rest.url, rest.method = nil, nil
  if type(method) ~= "string" then core.raise(who .. ": method must be a string") end
  return perform(session, method:upper(), opts.url, rest, who, described)
end

-- http.get(url, [opts]) -> response | nil, reason, message. post, put, delete and head as well
for _, verb in ipairs(verbs) do
  http[verb] = function(url, opts)
    check_dot(url, "http." .. verb)
    return perform(nil, verb:upper(), url, opts, "http." .. verb)
  end
end

function http.request(opts)
  check_dot(opts, "http.request")
  return request_of(nil, opts, "http.request")
end

-- http.session([defaults]) -> session
function http.session(defaults)
  check_dot(defaults, "http.session")
  request.check(defaults, "http.session")
  if defaults and defaults.to_file then core.raise "http.session: to_file would be the same for all answers" end
  local kept = {}
  for name, value in pairs(defaults or {}) do kept[name] = value end
  return core.session {defaults = kept}
end

-- for url, response, reason, message in http.get_many(urls, [opts])
function http.get_many(urls, opts)
  check_dot(urls, "http.get_many")
  local session = core.session {}
  return Many.iterate(urls, opts, session, nil, true)
end

-- ---- sessions ----

local methods = {}
for _, verb in ipairs(verbs) do
  methods[verb] = function(session, url, opts)
    check_session(session, verb)
    return perform(session, verb:upper(), url, opts, "session:" .. verb)
  end
end

function methods.request(session, opts)
  check_session(session, "request")
  return request_of(session, opts, "session:request")
end

function methods.get_many(session, urls, opts)
  check_session(session, "get_many")
  return Many.iterate(urls, opts, session, core.state(session).defaults, false)
end

core.methods(methods)

return setmetatable(http, {
  __index = function(_, key)
    if type(key) == "string" and key:sub(1, 2) ~= "__" then core.unknown("mp.http", key, http) end
  end,
})
