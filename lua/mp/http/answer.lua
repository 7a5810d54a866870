-- Carries a request through redirects and retries to its answer. A session may have many under way at once.
local core = require "mp.http.core"
local mp = require "mp"
local Response = require "mp.http.response"
local request = require "mp.http.request"

local Answer = {}
Answer.__index = Answer

-- What a session keeps: answers under way by the number of their transfer, and those that pause before another try.
-- A new process has nothing under way.
local function state_of(session)
  local state, generation = core.state(session)
  if state.generation ~= generation then
    state.generation, state.under_way, state.pausing = generation, {}, {}
  end
  return state
end

function Answer.finish(answer, response, reason, message)
  answer.done, answer.response, answer.reason, answer.message = true, response, reason, message
end

local function send(answer)
  local r = answer.request
  r.timeout = answer.timeout - answer.elapsed
  answer.transfer = core.start(answer.session, r)
  state_of(answer.session).under_way[answer.transfer] = answer
end

-- libcurl reads a directory as an empty file.
local function is_directory(r)
  if r.scheme ~= "file" then return false end
  local path = r.url:match "^file://[^/]*([^?#]*)"
  path = path:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
  local file = io.open(path .. "/.")
  return file ~= nil and file:close()
end

-- Begins to ask.
function Answer.new(session, r)
  local answer = setmetatable({session = session, request = r, timeout = r.timeout, elapsed = 0, tries = 0}, Answer)
  answer.redirects = r.redirects
  if r.refused then
    answer:finish(nil, "protocol", r.refused)
  elseif is_directory(r) then
    answer:finish(nil, "network", ("'%s' is a directory"):format(r.url))
  else
    send(answer)
  end
  return answer
end

-- Before its end: nobody wants it any more.
function Answer.cancel(answer)
  if answer.done then return end
  answer.done = true
  if core.closed(answer.session) then return end
  local state = state_of(answer.session)
  state.pausing[answer] = nil
  if answer.transfer then
    state.under_way[answer.transfer] = nil
    core.drop(answer.session, answer.transfer)
  end
end
Answer.__close = Answer.cancel

-- ---- redirects ----

local redirecting = {[301] = true, [302] = true, [303] = true, [307] = true, [308] = true}

-- Why r must not go on to where it is led, and what is wrong: or nothing.
local function objection(from, r)
  if r.scheme ~= "http" and r.scheme ~= "https" or not r.protocols[r.scheme] then
    return "protocol", ("a redirect to '%s', which is not allowed"):format(r.url)
  end
  if from.scheme == "https" and r.scheme == "http" then
    return "redirects", ("a redirect from https to '%s'"):format(r.url)
  end
end

local function follow(answer, got)
  local r = answer.request
  local from = {scheme = r.scheme, host = r.host, port = r.port}
  local good, message = request.set_url(r, got.redirect)
  if not good then return answer:finish(nil, "redirects", message) end
  local reason, why = objection(from, r)
  if reason then return answer:finish(nil, reason, why) end
  if from.scheme ~= r.scheme or from.host ~= r.host or from.port ~= r.port then request.forget_secrets(r) end
  local posted = r.method == "POST" and (got.status == 301 or got.status == 302)
  if posted or got.status == 303 then request.become_get(r) end
  answer.redirects = answer.redirects - 1
  send(answer)
end

local function redirected(answer, got)
  if not answer.redirects or not redirecting[got.status] or not got.redirect then return false end
  if answer.redirects == 0 then
    answer:finish(nil, "redirects", ("more than %d redirects"):format(answer.request.redirects))
  else
    follow(answer, got)
  end
  return true
end

-- ---- retries ----

local passing = {[429] = true, [502] = true, [503] = true, [504] = true,
                 timeout = true, refused = true, resolve = true, network = true}

-- As long as the server asks for, else twice as long each time. Not all who failed together come again together.
local function pause_before(try, got)
  local wanted = got.status and Response.new(got, {}, 0).headers["retry-after"]
  if wanted and wanted:find "^%d+$" then return tonumber(wanted) end
  local date = wanted and core.date(wanted)
  if date then return math.max(0, date - os.time()) end
  local jitter = mp.time() * 1e6 % 1000 / 1000
  return math.min(0.1 * 2 ^ (try - 1), 10) * (0.75 + jitter / 2)
end

local function retried(answer, got)
  if answer.tries >= answer.request.retries or not passing[got.status or got.reason] then return false end
  local pause = pause_before(answer.tries + 1, got)
  if answer.elapsed + pause >= answer.timeout then return false end
  answer.tries = answer.tries + 1
  answer.elapsed = answer.elapsed + pause
  state_of(answer.session).pausing[answer] = mp.time() + pause
  return true
end

-- ---- what came ----

local function take(answer, got)
  answer.transfer = nil
  answer.elapsed = answer.elapsed + got.active
  if got.lost then
    answer.lost = ("cannot write '%s': %s"):format(answer.request.to_file, got.lost)
    answer:finish()
  elseif not redirected(answer, got) and not retried(answer, got) then
    local response = got.status and Response.new(got, answer.request, answer.elapsed)
    answer:finish(response or nil, got.reason, got.message)
  end
end

-- Those whose pause is over are sent again; returns when the next one is.
local function send_again(state)
  local now, first = mp.time(), nil
  for answer, due in pairs(state.pausing) do
    if due <= now then
      state.pausing[answer] = nil
      send(answer)
    elseif not first or due < first then
      first = due
    end
  end
  return first
end

-- Waits until something has happened in the session.
function Answer.step(session)
  local state = state_of(session)
  local transfer, got = core.wait(session, send_again(state))
  local answer = transfer and state.under_way[transfer]
  if not answer then return end
  state.under_way[transfer] = nil
  take(answer, got)
end

-- response | nil, reason, message
function Answer.result(answer)
  if answer.lost then core.raise(answer.lost) end
  if answer.response then return answer.response end
  return nil, answer.reason, answer.message
end

return Answer
