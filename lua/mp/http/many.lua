-- http.get_many: many requests at once, in one process.
local core = require "mp.http.core"
local Answer = require "mp.http.answer"
local request = require "mp.http.request"
local lists = require "mp.lists"

local Many = {}
Many.__index = Many

-- A function that gives one URL after the other.
local function each(urls, who)
  local walker, other_key = lists.walker(urls), lists.other_key(urls)
  if walker then core.raise(("%s: give the list itself, not %s"):format(who, walker)) end
  if type(urls) == "function" then return urls end
  local ok, n = pcall(function() return #urls end)
  if type(urls) == "string" or not ok then
    core.raise(("%s: a list of URLs or a function that gives them expected, not a %s"):format(who, type(urls)))
  end
  if other_key ~= nil then
    core.raise(("%s: a list of URLs expected, not a table with the key '%s' and without [1]"):format(who, other_key))
  end
  local i = 0
  return function()
    i = i + 1
    if i <= n then return urls[i] end
  end
end

local function ask(many, url)
  local r, message = request.new("GET", url, many.opts, many.defaults, "http.get_many")
  many.running = many.running + 1
  if r then
    many.answers[Answer.new(many.session, r)] = url
  else
    many.answers[{done = true, result = function() return nil, "protocol", message end}] = url
  end
end

local function fill(many)
  while many.next_url and many.running < many.concurrency do
    local url = many.next_url()
    if url == nil then
      many.next_url = nil
    else
      ask(many, url)
    end
  end
end

local function find_done(many)
  for answer in pairs(many.answers) do
    if answer.done then return answer end
  end
end

-- The next that is complete: url, response | url, nil, reason, message
local function advance(many)
  fill(many)
  local answer = find_done(many)
  while not answer do
    if many.running == 0 then return many:__close() end
    Answer.step(many.session)
    answer = find_done(many)
  end
  local url = many.answers[answer]
  many.answers[answer] = nil
  many.running = many.running - 1
  return url, answer:result()
end

function Many.__close(many)
  for answer in pairs(many.answers) do
    if answer.cancel then answer:cancel() end
  end
  many.answers, many.running, many.next_url = {}, 0, nil
  if many.owns then many.session:close() end
end

-- For a generic for, which closes it.
function Many.iterate(urls, opts, session, defaults, owns)
  opts = opts or {}
  local who = "http.get_many"
  local next_url = each(urls, who)
  request.check(opts, who, {concurrency = true})
  local concurrency = opts.concurrency or 8
  if math.type(concurrency) ~= "integer" or concurrency < 1 then
    core.raise(who .. ": concurrency must be a whole number from 1 on")
  end
  if opts.to_file then core.raise(who .. ": to_file would be the same for all answers") end
  local rest = {}
  for name, value in pairs(opts) do rest[name] = value end
  rest.concurrency = nil
  local many = setmetatable({
    next_url = next_url, opts = rest, defaults = defaults, concurrency = concurrency,
    session = session, owns = owns, answers = {}, running = 0,
  }, Many)
  return function() return advance(many) end, nil, nil, many
end

return Many
