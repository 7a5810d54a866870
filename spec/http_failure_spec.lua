-- Redirects, limits, and how what goes wrong is told.
local helper = require "spec.helper"
local http = require "mp.http"
local mp = require "mp"
local server = require "spec.http_server"

local url = server.url

local function reason_of(...)
  local r, reason, message = ...
  assert.is_nil(r)
  assert.is_string(message)
  return reason
end

-- Takes requests and never answers them.
local function silent()
  return server.start(function(client) client:receive(1) end)
end

-- The function's results, and whether it took at least and at most so many seconds.
local function timed(least, most, f, ...)
  local begin = mp.time()
  local results = table.pack(f(...))
  local took = mp.time() - begin
  assert.is_true(took >= least and took < most, ("it took %.3f s"):format(took))
  return table.unpack(results, 1, results.n)
end

describe("http", function()
  setup(server.setup)
  teardown(server.teardown)
  after_each(server.end_all)

  -- ---- redirects ----

  it("follows redirects, and tells where it ended", function()
    local r = assert(http.get(url "/1"))
    assert.equal("GET /method", r.text)
    assert.equal(url "/method", r.url)
  end)

  it("asks again as browsers do after a redirect", function()
    local function method(path, verb) return http[verb](url(path), verb ~= "head" and {data = "x"} or nil).text end
    assert.equal("GET /method", method("/2", "post"))
    assert.equal("PUT /method", method("/2", "put"))
    assert.equal("POST /method", method("/3", "post"))
    assert.equal("POST /method", method("/308", "post"))
    assert.equal("GET /method", method("/303", "post"))
    assert.equal("GET /method", method("/303", "put"))
    assert.equal("", method("/1", "head"))
  end)

  it("sends the body again only when the method stays", function()
    local base = server.start(function(client, request)
      local status, to = request.line:match "^%u+ /(%d+)(%S*)"
      local text = request.body .. "|" .. (request.headers["content-type"] or "none")
      if status then return server.answer(client, "", "Location: /" .. to .. "\r\n", status .. " x") end
      server.answer(client, text)
    end)
    assert.equal('{"a":1}|application/json', http.post(base .. "308", {json = {a = 1}}).text)
    assert.equal("|none", http.post(base .. "302", {json = {a = 1}}).text)
  end)

  it("follows as many redirects as it is allowed", function()
    assert.equal("redirects", reason_of(http.get(url "/loop")))
    assert.equal("redirects", reason_of(http.get(url "/1", {allow_redirects = 2})))
    assert.equal(200, http.get(url "/1", {allow_redirects = 3}).status)
    for _, none in ipairs {false, 0} do
      local r, reason = http.get(url "/1", {allow_redirects = none})
      if none then assert.equal("redirects", reason) else assert.equal(301, r.status) end
    end
    assert.equal(url "/2", http.get(url "/1", {allow_redirects = false}).headers.location)
  end)

  it("goes from http to https, and never back", function()
    local ca = {ca_file = server.authority()}
    assert.equal("||", http.get(url "/to-tls", ca).text)
    assert.equal("redirects", reason_of(http.get(url("/to-plain", "tls"), ca)))
  end)

  it("is not led to a file, nor to what was not allowed", function()
    assert.equal("protocol", reason_of(http.get(url "/to-file")))
    assert.equal("protocol", reason_of(http.get(url "/to-file", {protocols = {"http", "file"}})))
    assert.equal("protocol", reason_of(http.get(url "/to-tls", {protocols = "http"})))
  end)

  it("keeps secrets from other places that it is led to", function()
    local headers = {Cookie = "mine", ["X-Other"] = "all"}
    local opts = {auth = {"ann", "secret"}, headers = headers, ca_file = server.authority()}
    assert.equal("Basic YW5uOnNlY3JldA==|mine|all", http.get(url "/secrets", opts).text)
    assert.equal("||all", http.get(url "/to-other", opts).text)
    assert.equal("||all", http.get(url "/to-tls", opts).text)
    assert.equal("Basic YW5uOnNlY3JldA==|mine|all", http.get(url("/to-plain"), opts).text)
    opts = {headers = {AUTHORIZATION = "Bearer x"}}
    assert.equal("Bearer x||", http.get(url "/to-plain", opts).text)
    assert.equal("||", http.get(url "/to-other", opts).text)
    local with_password = url "/to-other":gsub("://", "://ann:secret@")
    assert.equal("||", http.get(with_password).text)
  end)

  it("takes a cookie along a redirect, and to no other request", function()
    assert.equal("|taste=sour|", http.get(url "/cookie/redirect").text)
    assert.equal("||", http.get(url "/secrets").text)
  end)

  it("takes headers that are folded, empty or end in blanks", function()
    local base = server.start(function(client)
      server.answer(client, "", "Folded: a\r\n  b\r\n\tc\r\nEmpty:\r\nBlanks:  x y \t\r\nTwice: 1\r\ntwice: 2\r\n")
    end)
    local headers = http.get(base).headers
    assert.same({"a b c", "", "x y", "1, 2"}, {headers.folded, headers.empty, headers.blanks, headers.twice})
  end)

  it("tells a redirect to nonsense", function()
    local base = server.start(function(client)
      server.answer(client, "", "Location: http://[::\r\n", "302 Found")
    end)
    local r, reason = http.get(base)
    assert.equal("redirects", not r and reason or "redirects")
  end)

  -- ---- reasons ----

  it("tells what is wrong with the connection", function()
    assert.equal("refused", reason_of(http.get(("http://127.0.0.1:%d/"):format(server.nobody()))))
    assert.equal("resolve", reason_of(http.get "http://nobody.invalid/"))
    local closes = server.start(function() return false end)
    assert.equal("network", reason_of(http.get(closes)))
    local half = server.start(function(client)
      client:send "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
      return false
    end)
    assert.equal("network", reason_of(http.get(half)))
  end)

  it("tells what is wrong with the answer", function()
    local nonsense = server.start(function(client)
      client:send "hello, who is there?\r\n\r\n"
      return false
    end)
    assert.equal("protocol", reason_of(http.get(nonsense)))
    local no_gzip = server.start(function(client) server.answer(client, "no gzip", "Content-Encoding: gzip\r\n") end)
    assert.equal("protocol", reason_of(http.get(no_gzip)))
    assert.equal("tls", reason_of(http.get((url "/":gsub("^http:", "https:")))))
  end)

  it("stops at max_size, by the bytes that it would have to keep", function()
    assert.equal("too_large", reason_of(http.get(url "/hello.txt", {max_size = 4})))
    assert.equal("hello", http.get(url "/hello.txt", {max_size = 5}).text)
    assert.equal("too_large", reason_of(http.get(url "/bomb", {max_size = 1000000})))
    assert.equal("too_large", reason_of(http.get(url "/bomb")))
    assert.equal("too_large", reason_of(http.get(url "/large")))
    assert.equal(104857600, #http.get(url "/large", {max_size = math.huge}).text)
    assert.equal("", http.head(url "/large", {max_size = 0}).text)
    local endless = server.start(function(client)
      client:send "HTTP/1.1 200 OK\r\n"
      while client:send(("X-%d: y\r\n"):format(1):rep(1000)) do end
      return false
    end)
    assert.equal("too_large", reason_of(http.get(endless)))
  end)

  -- ---- time ----

  it("ends when its time is over, whatever it waits for", function()
    assert.equal("timeout", reason_of(timed(0.2, 2, http.get, silent(), {timeout = 0.2})))
    assert.equal("timeout", reason_of(timed(0.2, 2, http.get, url "/slow", {timeout = 0.2})))
    assert.equal("timeout", reason_of(timed(0, 2, http.get, url "/hello.txt", {timeout = 0})))
    assert.equal("timeout", reason_of(timed(0, 2, http.get, url "/hello.txt", {timeout = -1})))
    assert.equal("hello", http.get(url "/hello.txt", {timeout = math.huge}).text)
  end)

  it("counts redirects and retries as one time", function()
    local slow_loop = server.start(function(client, _, n)
      mp.sleep(0.05)
      server.answer(client, "", ("Location: /%d\r\n"):format(n), "302 Found")
    end)
    assert.equal("timeout", reason_of(timed(0.2, 2, http.get, slow_loop, {timeout = 0.2, allow_redirects = 100})))
  end)

  -- Where nobody answers for names: in a network and with files of its own.
  it("ends in time when names are not answered, and processes can be started after that", function()
    local shell = "unshare -rmn sh -c 'ip link set lo up && mount --bind rc /etc/resolv.conf && exec %s'"
    helper.file("rc", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    if not os.execute(("cd '%s' && %s"):format(helper.path "", shell:format "true 2>/dev/null")) then
      return pending "no namespaces here"
    end
    local result = helper.run([[
      local mp, http, socket = require "mp", require "mp.http", require "socket"
      local deaf <close> = setmetatable({socket.udp()}, {__close = function(s) s[1]:close() end})
      assert(deaf[1]:setsockname("127.0.0.1", 53))
      for _, opts in ipairs {{timeout = 0.2}, {connect_timeout = 0.2}} do
        local begin = mp.time()
        print(select(2, http.get("http://name.example/", opts)), mp.time() - begin < 0.9)
      end
      print(mp.spawn(function() return "started" end):result())
    ]], {shell = shell})
    assert.equal("timeout\ttrue\ntimeout\ttrue\nstarted\n", result.out)
  end)

  -- ---- interruptions ----

  it("is interrupted while it waits", function()
    local base, asked = silent(), mp.Event()
    local p = mp.spawn(function()
      asked:set()
      http.get(base, {timeout = 60})
    end)
    asked:wait()
    assert.is_true(helper.wait_until(function()
      local file <close> = io.open(("/proc/%d/syscall"):format(p.pid))
      return file and not file:read("a"):find "^202 "
    end))
    local begin = mp.time()
    p:interrupt()
    assert.is_true(p:join(5))
    assert.equal(-2, p.exitcode)
    assert.is_true(mp.time() - begin < 2)
  end)

  it("can be tried again after an interruption that was caught", function()
    local base, asked, q = silent(), mp.Event(), mp.Queue()
    local p = mp.spawn(function()
      local ok, message = pcall(function()
        asked:set()
        http.get(base, {timeout = 60})
      end)
      q:put(ok)
      q:put(message)
      q:put(http.get(url "/hello.txt").text)
    end)
    asked:wait()
    p:interrupt()
    assert.is_false(q:get(10))
    assert.truthy(q:get(10):find "http_failure_spec.lua:%d+: interrupted$")
    assert.equal("hello", q:get(10))
    p:join()
  end)

  it("is ended by SIGTERM while it waits", function()
    local base, asked = silent(), mp.Event()
    local p = mp.spawn(function()
      asked:set()
      http.get(base, {timeout = 60})
    end)
    asked:wait()
    p:terminate()
    assert.is_true(p:join(5))
    assert.equal(-15, p.exitcode)
  end)

  it("by Ctrl-C ends with one line", function()
    local base = silent()
    local family = helper.start(([[
      local http = require "mp.http"
      print "ready"
      http.get(%q, {timeout = 60})
    ]]):format(base))
    assert.equal("ready", family:read())
    helper.kill("INT", family.pid)
    family:finish()
    assert.truthy(family.stderr():find "^[^\n]*interrupted\n$")
  end)

  it("survives that the connection breaks while it sends", function()
    local base = server.start(function() return false end)
    local result = helper.run(([[
      local http = require "mp.http"
      local session = http.session {verify = false}
      for _ = 1, 5 do
        local _, reason = session:post(%q, {data = ("x"):rep(5000000)})
        local r, why = session:post(%q, {data = ("x"):rep(5000000)})   -- more than nginx takes
        print(reason, r and r.status == 413 or why == "network")
      end
    ]]):format(base, url("/hello.txt", "tls")))
    assert.equal(("network\ttrue\n"):rep(5), result.out)
    assert.equal(0, result.code)
  end)

  -- ---- retries ----

  -- Answers 503 until it was asked n times.
  local function busy(n, more, status)
    return server.start(function(client, _, asked)
      if asked < n then return server.answer(client, "busy", more, status or "503 Busy") end
      server.answer(client, "at last")
    end)
  end

  it("tries again when it is told to", function()
    assert.equal("at last", http.get(busy(3), {retries = 2}).text)
    assert.equal("at last", http.get(busy(2, nil, "429 Too Many"), {retries = 1}).text)
    assert.equal(503, http.get(busy(3), {retries = 1}).status)
    assert.equal(503, http.get(busy(3)).status)
    assert.equal(503, http.post(busy(2), {retries = 5}).status)
    assert.equal(500, http.get(busy(2, nil, "500 Broken"), {retries = 5}).status)
  end)

  it("tries again after a failure of the network", function()
    local base = server.start(function(client, _, n)
      if n < 3 then return false end
      server.answer(client, "at last")
    end)
    assert.equal("at last", http.get(base, {retries = 2}).text)
    assert.equal("refused", reason_of(http.get(("http://127.0.0.1:%d/"):format(server.nobody()), {retries = 1})))
  end)

  it("comes again when the server wants it to", function()
    local r = timed(1, 5, http.get, busy(2, "Retry-After: 1\r\n"), {retries = 1})
    assert.equal("at last", r.text)
    assert.is_true(r.elapsed >= 1)
    local past = "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n"
    assert.equal("at last", timed(0, 0.9, http.get, busy(2, past), {retries = 1}).text)
  end)

  it("does not wait for longer than its time", function()
    assert.equal(503, timed(0, 2, http.get, busy(2, "Retry-After: 60\r\n"), {retries = 1}).status)
  end)

  it("writes what came at last, and nothing of the tries before", function()
    local target = helper.path "tried"
    assert.equal(target, http.get(busy(3), {retries = 2, to_file = target}).file)
    local file <close> = assert(io.open(target))
    assert.equal("at last", file:read "a")
  end)
end)
