-- What is sent, and what comes back.
local helper = require "spec.helper"
local http = require "mp.http"
local mp = require "mp"
local server = require "spec.http_server"

local url = server.url

-- A server that tells what it was sent, as JSON does not: one line after the other.
local function echo()
  return server.start(function(client, request)
    server.answer(client, request.line .. "\n" .. request.head .. "\n\n" .. request.body)
  end)
end

-- How many files have names that begin as this one.
local function beside(name)
  local list <close> = assert(io.popen(("ls '%s' | grep -c '^%s'"):format(helper.path "", name)))
  return list:read "n"
end

describe("a request", function()
  setup(server.setup)
  teardown(server.teardown)
  after_each(server.end_all)

  it("gives status, text, headers, the URL and the time it took", function()
    local r = assert(http.get(url "/hello.txt"))
    assert.equal(200, r.status)
    assert.is_true(r.ok)
    assert.equal("hello", r.text)
    assert.equal(url "/hello.txt", r.url)
    assert.equal("text/plain", r.headers["content-type"])
    assert.is_true(r.elapsed > 0 and r.elapsed < 10)
    assert.equal("response 200 from " .. url "/hello.txt", tostring(r))
  end)

  it("finds headers whatever the case, and joins those of one name", function()
    local headers = http.get(url "/headers").headers
    assert.equal("first", headers["X-ONE"])
    assert.equal("first", headers["x-one"])
    assert.equal("a, b", headers["X-Many"])
    assert.is_nil(headers["X-None"])
    assert.is_nil(headers[1])
  end)

  for verb, method in pairs {get = "GET", post = "POST", put = "PUT", delete = "DELETE"} do
    it("has the method of its function: " .. verb, function()
      assert.equal(method .. " /method", http[verb](url "/method").text)
    end)
  end

  it("has any method by http.request", function()
    assert.equal("PATCH /method", http.request({url = url "/method", method = "patch"}).text)
    assert.equal("GET /method", http.request({url = url "/method"}).text)
  end)

  it("of HEAD has headers and no text", function()
    local r = http.head(url "/large")
    assert.equal("104857600", r.headers["Content-Length"])
    assert.equal("", r.text)
  end)

  it("that is refused by its status is an answer like others", function()
    local r = http.get(url "/404")
    assert.equal(404, r.status)
    assert.is_false(r.ok)
    assert.equal("not here", r.text)
    assert.equal("status 404 for " .. url "/404", helper.message_of(function() r:raise_for_status() end))
    local good = http.get(url "/204")
    assert.equal(good, good:raise_for_status())
    assert.equal("", good.text)
  end)

  it("puts params into the URL", function()
    local function sent(base, params) return http.get(url(base), {params = params}).text:sub(5) end
    assert.equal("/method?a=1&b=x%20y%26&c=%C3%A4", sent("/method", {a = 1, b = "x y&", c = "ä"}))
    assert.equal("/method?x=1&a=2", sent("/method?x=1", {a = 2}))
    assert.equal("/method?a=1&a=2&b=true", sent("/method#part", {a = {1, 2}, b = true}))
    assert.equal("/method?raw=1", sent("/method", "raw=1"))
    assert.equal("/method", sent("/method", {}))
  end)

  it("escapes what a URL must not have", function()
    assert.equal("GET /method?a%20b=%C3%A4", http.get(url "/method?a b=ä").text)
  end)

  it("sends headers of the caller", function()
    local text = http.get(echo(), {headers = {["X-Mine"] = "yes", ["X-Empty"] = "", ["User-Agent"] = "me", N = 5}}).text
    assert.truthy(text:find("X-Mine: yes", 1, true))
    assert.truthy(text:find("X-Empty:%s*\n"))
    assert.truthy(text:find("User-Agent: me", 1, true))
    assert.truthy(text:find("N: 5", 1, true))
    assert.truthy(http.get(url "/agent").text:find "^mplua/%d")
  end)

  it("sends a string as it is, and a table as a form", function()
    local bytes = "any \0 bytes\r\n\255"
    local text = http.post(echo(), {data = bytes}).text
    assert.equal(bytes, text:match "\n\n(.*)$")
    assert.falsy(text:lower():find("content-type", 1, true))
    text = http.put(echo(), {data = {name = "x y", list = {1, 2}}}).text
    assert.equal("list=1&list=2&name=x%20y", text:match "\n\n(.*)$")
    assert.truthy(text:find("Content-Type: application/x-www-form-urlencoded", 1, true))
  end)

  it("sends an empty body where one is usual, and none where not", function()
    assert.truthy(http.post(echo()).text:find("Content-Length: 0", 1, true))
    assert.falsy(http.get(echo()).text:find("Content-Length", 1, true))
  end)

  it("sends and reads JSON", function()
    local base = server.start(function(client, request) server.answer(client, request.body) end)
    local value = {name = "ä\n", list = {1, 2.5, 9007199254740993}, deep = {{yes = true}}}
    assert.same(value, http.post(base, {json = value}):json())
    assert.same({a = {1}}, http.post(base, {json = mp.Table {a = {1}}}):json())
    assert.truthy(http.post(echo(), {json = {}}).text:find("Content-Type: application/json", 1, true))
    assert.is_nil(http.post(base, {data = "null"}):json())
    for _, wrong in ipairs {"", "{", "{} x", "nope", ("["):rep(300000)} do
      local got, reason, message = http.post(base, {data = wrong}):json()
      assert.is_nil(got)
      assert.equal("protocol", reason)
      assert.truthy(message:find "^no JSON: ")
    end
  end)

  it("says what to install when there is no JSON library", function()
    local result = helper.run [[
      local http = require "mp.http"
      package.path = ""
      package.cpath = ""
      local r = http.get("file:///proc/self/status", {protocols = "file"})
      print(pcall(function() return r:json() end))
      print(pcall(http.post, "http://127.0.0.1:1", {json = {}}))
    ]]
    local _, n = result.out:gsub("needs the Lua module dkjson %(Debian's package lua%-dkjson%)", "")
    assert.equal(2, n)
  end)

  it("is let in with user and password", function()
    assert.equal(401, http.get(url "/private").status)
    assert.equal(401, http.get(url "/private", {auth = {"ann", "wrong"}}).status)
    assert.equal("hello", http.get(url "/private", {auth = {"ann", "secret"}}).text)
  end)

  it("reads what was compressed, and what comes in chunks", function()
    local r = http.get(url "/zipped")
    assert.equal(helper.read(helper.path "www/text.txt"), r.text)
    local base = server.start(function(client)
      client:send "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      client:send "3\r\nabc\r\n10;x=y\r\n0123456789abcdef\r\n0\r\n\r\n"
    end)
    assert.equal("abc0123456789abcdef", http.get(base).text)
  end)

  it("passes over the 100 before an answer", function()
    local base = server.start(function(client)
      client:send "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n"
      server.answer(client, "late", "X-Late: 2\r\n")
    end)
    local r = http.post(base, {data = "x"})
    assert.equal("late", r.text)
    assert.is_nil(r.headers["x-early"])
    assert.equal("2", r.headers["x-late"])
  end)

  -- ---- TLS ----

  it("trusts the authority that it is given, and nobody else", function()
    assert.equal("hello", http.get(url("/hello.txt", "tls"), {ca_file = server.authority()}).text)
    for _, case in ipairs {{"tls"}, {"strange", server.authority()}, {"tls", helper.path "strange.pem"}} do
      local r, reason, message = http.get(url("/", case[1]), {ca_file = case[2]})
      assert.is_nil(r)
      assert.equal("tls", reason)
      assert.is_string(message)
    end
    assert.equal("strange", http.get(url("/", "strange"), {verify = false}).text)
  end)

  it("wants the name in the certificate to be the server's", function()
    local other_name = url("/hello.txt", "tls"):gsub("127%.0%.0%.1", "localhost")
    local r, reason = http.get(other_name, {ca_file = server.authority()})
    assert.is_nil(r)
    assert.equal("tls", reason)
  end)

  -- ---- files ----

  it("brings 100 MB into a file", function()
    local target = helper.path "large"
    local r = assert(http.get(url "/large", {to_file = target}))
    assert.equal(target, r.file)
    assert.is_nil(r.text)
    assert(os.execute(("cmp '%s' '%s'"):format(target, helper.path "www/large")))
    assert.equal(1, beside "large")
  end)

  it("replaces a file only when all has come", function()
    local target = helper.file("kept", "before")
    local base = server.start(function(client)
      client:send "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it"
      return false
    end)
    assert.equal("network", select(2, http.get(base, {to_file = target})))
    assert.equal("too_large", select(2, http.get(url "/large", {to_file = target, max_size = 1000000})))
    assert.equal("timeout", select(2, http.get(url "/slow", {to_file = target, timeout = 0.1})))
    assert.equal("not here", http.get(url "/404", {to_file = target}).text)
    assert.equal("before", helper.read(target))
    assert.equal(1, beside "kept")
    assert.equal("hello", http.get(url "/hello.txt", {to_file = target}) and helper.read(target))
    assert.equal(1, beside "kept")
  end)

  it("makes an empty file of an empty answer", function()
    local r = http.get(url "/headers", {to_file = helper.path "empty"})
    assert.equal(helper.path "empty", r.file)
    assert.equal("", helper.read(helper.path "empty"))
  end)

  it("says which file it cannot write", function()
    local function message(to_file)
      return helper.message_of(function() http.get(url "/hello.txt", {to_file = to_file}) end)
    end
    assert.equal("cannot write '/nowhere/x': No such file or directory", message "/nowhere/x")
    assert.equal("cannot write '/dev/null': it is not an ordinary file", message "/dev/null")
  end)

  it("raises when the disk is full", function()
    local result = helper.run(([[
      local http = require "mp.http"
      local ok, message = pcall(http.get, %q, {to_file = %q})
      print(ok, message:match "cannot write.*")
    ]]):format(url "/large", helper.path "full"), {shell = "ulimit -f 2000; trap '' XFSZ; exec %s"})
    assert.equal(("false\tcannot write '%s': File too large\n"):format(helper.path "full"), result.out)
    assert.equal(0, beside "full")
  end)

  it("reads a file only when that is allowed", function()
    local file = "file://" .. helper.file("text", "in a file")
    local r = assert(http.get(file, {protocols = {"file"}}))
    assert.equal("in a file", r.text)
    assert.equal(200, r.status)
    for _, opts in ipairs {{}, {protocols = {"http", "https"}}, {protocols = "https"}} do
      assert.equal("protocol", select(2, http.get(file, opts)))
    end
    assert.equal("protocol", select(2, http.post(file, {protocols = "file"})))
    assert.equal("protocol", select(2, http.get(url "/", {protocols = "https"})))
    assert.equal("protocol", select(2, http.get "ftp://127.0.0.1/"))
    assert.equal("network", select(2, http.get("file:///nowhere", {protocols = "file"})))
    assert(os.execute("mkdir '" .. helper.path "a dir" .. "'"))
    local dir = "file://" .. helper.path "a%20dir"
    for _, options in ipairs {{protocols = "file"}, {protocols = "file", to_file = helper.path "of a directory"}} do
      assert.same({nil, "network", ("'%s' is a directory"):format(dir), n = 3}, table.pack(http.get(dir, options)))
    end
    assert.is_nil(io.open(helper.path "of a directory"))
  end)

  -- ---- what a caller does wrong ----

  it("refuses what could smuggle in lines", function()
    local function raised(...)
      local args = table.pack(...)
      return helper.message_of(function() http.get(table.unpack(args)) end)
    end
    local at = url "/method"
    assert.equal("http.get: the URL has a control character", raised(at .. "\r\nX: y"))
    assert.equal("http.get: the URL has a control character", raised(at .. "\0"))
    for _, value in ipairs {"a\r\nX: y", "a\nb", "a\rb", "a\0"} do
      assert.equal("http.get: the header 'X' has a control character", raised(at, {headers = {X = value}}))
    end
    assert.equal("http.get: 'X: y\r\nZ' is not the name of a header", raised(at, {headers = {["X: y\r\nZ"] = "a"}}))
    assert.equal("http.request: 'GET / HTTP/1.1\r\nX:' is not a method", helper.message_of(function()
      http.request {url = at, method = "GET / HTTP/1.1\r\nX:"}
    end))
  end)

  it("tells who calls it wrongly what is wrong", function()
    local at = url "/method"
    for message, call in pairs {
      ["http.get has no 'timout' (did you mean 'timeout'?)"] = function() http.get(at, {timout = 1}) end,
      ["http.get: timeout must be a number of seconds"] = function() http.get(at, {timeout = "1"}) end,
      ["http.head: timeout must be a number of seconds"] = function() http.head(at, {timeout = 0 / 0}) end,
      ["http.get: a table of options expected, not a number"] = function() http.get(at, 5) end,
      ["http.get: the URL must be a string, not nil"] = function() http.get() end,
      ["http.get: the URL 'x.org' has no scheme, such as https://"] = function() http.get "x.org" end,
      ["http.post: either data or json"] = function() http.post(at, {data = "", json = {}}) end,
      ["http.head: HEAD has no body"] = function() http.head(at, {data = "x"}) end,
      ["http.request: HEAD has no body"] = function() http.request {url = at, method = "head", to_file = "x"} end,
      ["http.get: protocols must be a list of some of 'http', 'https' and 'file'"] =
        function() http.get(at, {protocols = {"gopher"}}) end,
      ["http.get: auth must be a table {user, password}, without a colon in user"] =
        function() http.get(at, {auth = "ann:secret"}) end,
      ["http.get: the header 'X' must be a string or a number"] = function() http.get(at, {headers = {X = {}}}) end,
      ["http.post: json cannot be encoded: type 'function' is not supported by JSON."] =
        function() http.post(at, {json = {print}}) end,
      ["http.get is called with a dot, not with a colon"] = function() http:get(at) end,
      ["http.get_many is called with a dot, not with a colon"] = function() http:get_many {at} end,
      ["http.session is called with a dot, not with a colon"] = function() http:session() end,
      ["http.request is called with a dot, not with a colon"] = function() http:request {url = at} end,
      ["mp.http has no 'gat' (did you mean 'get'?)"] = function() http.gat(at) end,
      ["a response has no 'stauts' (did you mean 'status'?)"] = function() return http.get(at).stauts end,
    } do
      assert.equal(message, helper.message_of(call))
    end
    local message = helper.message_of(function() http.get "http://[x" end)
    assert.truthy(message:find("http.get: the URL 'http://[x' is malformed", 1, true))
  end)
end)
