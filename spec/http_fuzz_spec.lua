-- time limit: 120 s
-- Answers of a hostile HTTP server. spec/fuzz.lua says how to have more of them, or the same again.
local fuzz = require "spec.fuzz"
local helper = require "spec.helper"
local http = require "mp.http"
local mp = require "mp"
local server = require "spec.http_server"

local gzip = "\31\139\8\0\0\0\0\0\0\3\203\72\205\201\201\7\0\134\166\16\54\5\0\0\0"   -- "hello"

local answers = {
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: t\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " .. #gzip .. "\r\n\r\n" .. gzip,
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
  "HTTP/1.1 302 Found\r\nLocation: /next?x=1#f\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 307 Again\r\nLocation: ./same\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 4\r\n\r\nbusy",
  "HTTP/1.1 503 Busy\r\nRetry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 204 Nothing\r\n\r\n", "HTTP/1.1 304 Same\r\nETag: \"x\"\r\n\r\n",
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\nPRI * HTTP/2.0",
  "HTTP/1.0 200 OK\r\n\r\nuntil the end", "HTTP/0.9 what is this", "ICY 200 OK\r\n\r\n", "HTTP/2 200\r\n\r\n",
  "HTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\n folded\r\n\tmore\r\nEmpty:\r\n:none\r\nno colon\r\nContent-Length: 1\r\n\r\nx",
  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n{\"a\": [1, null, \"\\u00e9\"]}",
}

local tokens = {
  "\r\n", "\n", "\r", "\r\n\r\n", "\0", " ", ":", "HTTP/1.1 ", "HTTP/1.1 999 \r\n", "HTTP/1.1 000 \r\n", "-1", "0",
  "4294967296", "18446744073709551616", "ffffffffffffffff", "fffffffffffffffff\r\n", "0\r\n\r\n", "identity", "chunked",
  "\255\254", "[[[[", "\"\\ud800\"", "\r\nContent-Length: -1\r\n", "\r\nContent-Length: 99999999999999999999\r\n",
  "\r\nContent-Length: 5\r\nContent-Length: 6\r\n", "\r\nTransfer-Encoding: chunked\r\n",
  "\r\nTransfer-Encoding: gzip, chunked\r\n", "\r\nContent-Encoding: deflate, gzip\r\n",
  "\r\nContent-Encoding: " .. ("gzip, "):rep(100) .. "\r\n", "\r\nLocation: /\0\r\n", "\r\nLocation: \r\n",
  "\r\nLocation: ?\r\n", "\r\nLocation: http://127.0.0.1:1/\r\n", "\r\nLocation: file:///etc/passwd\r\n",
  "\r\nLocation: http://[\r\n", "\r\nLocation: gopher://127.0.0.1/\r\n", "\r\nConnection: close\r\n",
  "\r\nSet-Cookie: =\0; Expires=x; Domain=..; Max-Age=-1\r\n", "\r\nRetry-After: 99999999999999999999\r\n",
  "\r\nRetry-After: -1\r\n", "\r\nRetry-After: \r\n",
}

-- What the server says to the case of that seed: it follows from that alone.
local function answer_of(seed)
  math.randomseed(seed, 1)
  if math.random(20) == 1 then return fuzz.bytes(math.random(0, 500)) end
  local text = fuzz.mutate(fuzz.pick(answers), math.random(0, 4), tokens)
  if math.random(10) == 1 then text = text .. fuzz.mutate(fuzz.pick(answers), 1, tokens) end
  return text
end

local function serve(client, request)
  local seed = math.tointeger(tonumber(request.line:match "%?seed=(%d+)")) or 1
  local text, at = answer_of(seed), 1
  local pieces = math.random(3) == 1 and math.random(2, 10) or 1
  while at <= #text do
    local last = at + math.max(#text // pieces, 1)
    if not client:send(text:sub(at, last)) then break end
    at = last + 1
  end
  if math.random(30) > 1 then return false end   -- else the client must see itself that no more comes
end

local reasons = {}
for name in ("timeout refused resolve tls protocol redirects too_large network"):gmatch "%S+" do
  reasons[name] = true
end

local function check_response(r, most)
  assert(math.type(r.status) == "integer" and type(r.ok) == "boolean" and math.type(r.elapsed) == "float")
  assert(type(r.text) == "string" and #r.text <= most and type(r.url) == "string" and #tostring(r.headers) >= 0)
  for name, value in pairs(r.headers) do
    assert(type(name) == "string" and type(value) == "string" and not (name .. value):find "[\r\n]")
    assert(r.headers[name:upper()] == value)
  end
  local q = mp.Queue()
  q:put(r)
  local got = q:get(0)
  assert(got.text == r.text and got.headers.location == r.headers.location)
  assert(pcall(r.json, r))
  pcall(r.raise_for_status, r)
end

local function ask(base, seed)
  math.randomseed(seed, 2)
  local opts = {timeout = 0.3, retries = math.random(0, 2), allow_redirects = fuzz.pick {true, false, 3}}
  opts.max_size = math.random(3) == 1 and math.random(0, 20) or 100000
  local verb = fuzz.pick {"get", "get", "get", "head", "post", "delete"}
  local url, begin = ("%s?seed=%d"):format(base, seed), mp.time()
  local kept <close> = http.session()
  local r, reason, message
  if math.random(2) == 1 then
    r, reason, message = http[verb](url, opts)
  else
    r, reason, message = kept[verb](kept, url, opts)
  end
  assert(mp.time() - begin < 5, "it took too long")
  if r then return check_response(r, opts.max_size) end
  assert(reasons[reason] and type(message) == "string", reason)
end

local function open_files()
  local pipe <close> = assert(io.popen(("ls /proc/%d/fd"):format(mp.current_process().pid)))
  local _, n = pipe:read("a"):gsub("\n", "")
  return n
end

local function resident()
  local file <close> = assert(io.open "/proc/self/statm")
  return tonumber(file:read("a"):match "^%d+ (%d+)") << 12
end

describe("http", function()
  after_each(server.end_all)

  it("gives an answer or a reason, whatever a server says, and keeps neither files nor memory", function()
    local base, at = server.start(serve), mp.Value(fuzz.seed)
    local p = mp.spawn(function()
      http.get(base, {timeout = 0.3})   -- what is made once
      local files, memory = open_files(), resident()
      for seed = fuzz.seed, fuzz.seed + fuzz.count(200) - 1 do
        at.value = seed
        ask(base, seed)
      end
      collectgarbage()
      helper.wait_until(function() return open_files() <= files end)   -- the lookup of a name may outlast its request
      return open_files() - files, resident() - memory
    end)
    local ok, files, memory = pcall(p.result, p)
    assert.is_true(ok, ("%s\n%s"):format(files, fuzz.again(at.value)))
    assert.is_true(files <= 0, files .. " files more")   -- the first connection may be closed by now
    assert.is_true(memory < 64 << 20, ("%d bytes more"):format(memory or 0))
  end)
end)
