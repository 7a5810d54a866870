-- ARG[1]: how many files. ARG[2]: "many" (get_many), or "session" (one after the other over one connection). ARG[3]:
-- the URL of their directory. Prints the microseconds of one file.
local mp = require "mp"
local http = require "mp.http"

local function check(response, reason)
  assert(response, reason)
  assert(response.status == 200 and #response.text == 1024, response)
end

local kinds = {}

function kinds.many(urls)
  local n = 0
  for _, response, reason in http.get_many(urls) do
    check(response, reason)
    n = n + 1
  end
  assert(n == #urls)
end

function kinds.session(urls, session)
  for _, url in ipairs(urls) do check(session:get(url)) end
end

local n, fetch, base = math.tointeger(arg[1]), kinds[arg[2]], arg[3]
local urls = {}
for i = 1, n do urls[i] = base .. i end
local session <close> = http.session()
check(session:get(urls[1]))
local begin = mp.time()
fetch(urls, session)
print((mp.time() - begin) / n * 1e6)
