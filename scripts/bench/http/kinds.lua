-- Kinds: get, session, many; then the URL of the files' directory. The microseconds of one file.
local clock = require "clock"
local http = require "mp.http"

local FILES <const> = 1000

local function check(response, reason)
  assert(response, reason)
  assert(response.status == 200 and #response.text == 1024, response)
end

local kinds = {}

function kinds.get(base)
  return function(n)
    for i = 1, n do check(http.get(base .. i % FILES + 1)) end
  end
end

function kinds.session(base)
  local session = http.session()
  return function(n)
    for i = 1, n do check(session:get(base .. i % FILES + 1)) end
  end
end

function kinds.many(base)
  return function(n)
    local urls, got = {}, 0
    for i = 1, n do urls[i] = base .. i % FILES + 1 end
    for _, response, reason in http.get_many(urls, {concurrency = 8}) do
      check(response, reason)
      got = got + 1
    end
    assert(got == n)
  end
end

clock.main(kinds)
