-- Sessions, many requests at once, and http in several processes.
local helper = require "spec.helper"
local http = require "mp.http"
local mp = require "mp"
local server = require "spec.http_server"

local url = server.url

-- 200 URLs, and what is to be found there.
local function many_files()
  local urls, texts = {}, {}
  for i = 1, 200 do
    urls[i] = url("/file" .. i)
    texts[urls[i]] = ("file %d\n"):format(i)
  end
  return urls, texts
end

local function texts_of(urls, opts)
  local texts, n = {}, 0
  for at, r, reason in http.get_many(urls, opts) do
    texts[at] = r and r.text or reason
    n = n + 1
  end
  return texts, n
end

describe("http", function()
  setup(server.setup)
  teardown(server.teardown)
  after_each(server.end_all)

  -- ---- sessions ----

  it("keeps the connection of a session, and no other", function()
    local session <close> = http.session()
    local first = session:get(url "/connection").text
    assert.equal(first, session:get(url "/connection").text)
    assert.not_equal(first, http.get(url "/connection").text)
    assert.not_equal(http.get(url "/connection").text, http.get(url "/connection").text)
  end)

  it("keeps the cookies of a session, and no others", function()
    local session <close> = http.session()
    local other <close> = http.session()
    session:get(url "/cookie")
    http.get(url "/cookie")
    assert.equal("|taste=sweet|", session:get(url "/secrets").text)
    assert.equal("||", other:get(url "/secrets").text)
    assert.equal("||", http.get(url "/secrets").text)
  end)

  it("has the defaults of a session, unless a request says otherwise", function()
    local session <close> = http.session {
      headers = {["X-Other"] = "default"}, auth = {"ann", "secret"}, params = {key = 1}, allow_redirects = false,
    }
    assert.equal("Basic YW5uOnNlY3JldA==||default", session:get(url "/secrets").text)
    assert.equal("Basic YW5uOnNlY3JldA==|c|mine", session:get(url "/secrets",
      {headers = {["x-other"] = "mine", Cookie = "c"}}).text)
    assert.equal("GET /method?key=1&more=2", session:get(url "/method", {params = {more = 2}}).text)
    assert.equal(301, session:get(url "/1").status)
    assert.equal("GET /method", session:get(url "/1", {allow_redirects = true}).text)
    assert.equal("DELETE /method?key=1", session:request({url = url "/method", method = "DELETE"}).text)
    assert.equal("http.session has no 'haeders' (did you mean 'headers'?)", helper.message_of(function()
      http.session {haeders = {}}
    end))
  end)

  it("closes a session once, and raises for what comes after", function()
    local session = http.session()
    session:get(url "/hello.txt")
    session:close()
    session:close()
    assert.equal("the session is closed", helper.message_of(function() session:get(url "/hello.txt") end))
    assert.equal("session", mp.type(session))
    assert.equal("a session has no 'gett' (did you mean 'get'?)", helper.message_of(function() return session.gett end))
  end)

  it("goes on when the server has closed the connection meanwhile", function()
    local base = server.start(function(client, _, n)
      server.answer(client, tostring(n))
      return false
    end)
    local session <close> = http.session()
    for i = 1, 5 do assert.equal(tostring(i), session:get(base).text) end
  end)

  -- ---- what travels ----

  it("sends answers to other processes, where they have their methods", function()
    local base = server.start(function(client) server.answer(client, '{"list": [1, 2]}', "X-One: first\r\n") end)
    local q = mp.Queue()
    local p = mp.spawn(function()
      local r = q:get()
      return r.headers["x-ONE"], r:json(), r:raise_for_status().status
    end)
    q:put(http.get(base))
    local header, value, status = p:result()
    assert.equal("first", header)
    assert.same({list = {1, 2}}, value)
    assert.equal(200, status)
    q:put(value)   -- no metatable is in the way
  end)

  it("sends answers to a process that has not loaded http", function()
    local result = helper.run [[
      local mp = require "mp"
      local q = mp.Queue()
      local main = mp.spawn(function()
        local http = require "mp.http"
        q:put(http.get("file:///proc/self/status", {protocols = "file"}))
      end)
      print(tostring(q:get()), package.loaded["mp.http"])
    ]]
    assert.equal("response 200 from file:///proc/self/status\tnil\n", result.out)
  end)

  it("does not send sessions, and says where one is", function()
    local session <close> = http.session()
    assert.equal("cannot send value.list[2]: a userdata 'session' without __mp_pack", helper.message_of(function()
      mp.Queue():put {list = {1, session}}
    end))
  end)

  -- ---- many ----

  it("gets many in one process, each once", function()
    local urls, expected = many_files()
    for _, concurrency in ipairs {1, 8, 300} do
      local texts, n = texts_of(urls, {concurrency = concurrency})
      assert.same(expected, texts)
      assert.equal(200, n)
    end
    assert.same({}, mp.active_children())
  end)

  it("takes URLs from a function, a shared table or an empty list", function()
    local urls, expected = many_files()
    local i = 0
    assert.same(expected, texts_of(function()
      i = i + 1
      return urls[i]
    end))
    assert.same(expected, texts_of(mp.Table(urls)))
    assert.same({}, texts_of {})
  end)

  it("asks for no more at once than it is allowed", function()
    local most = 0
    local given, got = 0, 0
    local urls = many_files()
    for _ in http.get_many(function()
      given = given + 1
      most = math.max(most, given - got)
      return urls[given]
    end, {concurrency = 5}) do got = got + 1 end
    assert.equal(200, got)
    assert.equal(5, most)
  end)

  it("gives each failure its reason", function()
    local nobody = ("http://127.0.0.1:%d/"):format(server.nobody())
    local reasons, n = texts_of({url "/hello.txt", nobody, "nonsense", "ftp://x/", url "/404", url "/hello.txt"})
    assert.same({
      [url "/hello.txt"] = "hello", [nobody] = "refused", nonsense = "protocol", ["ftp://x/"] = "protocol",
      [url "/404"] = "not here",
    }, reasons)
    assert.equal(6, n)
    for at, r, reason, message in http.get_many {nobody} do
      assert.equal(nobody, at)
      assert.is_nil(r)
      assert.equal("refused", reason)
      assert.is_string(message)
    end
  end)

  it("gives what is complete first, first", function()
    local slow = server.start(function(client)
      mp.sleep(0.3)
      server.answer(client, "slow")
    end)
    local order = {}
    for _, r in http.get_many({slow, url "/hello.txt", url "/1"}) do order[#order + 1] = r.text end
    assert.same({"slow", 3}, {order[3], #order})
  end)

  it("ends the rest when the loop is left", function()
    local slow = server.start(function(client) client:receive(1) end)
    local begin = mp.time()
    for _, r in http.get_many {slow, url "/hello.txt"} do
      if r.text == "hello" then break end
    end
    pcall(function()
      for _ in http.get_many {slow, url "/hello.txt"} do error "no" end
    end)
    assert.is_true(mp.time() - begin < 5)
  end)

  it("does not count the time that the loop's body takes", function()
    local urls, expected = many_files()
    local texts = {}
    for at, r, reason in http.get_many(urls, {timeout = 0.3, connect_timeout = 0.3, concurrency = 100}) do
      if not next(texts) then mp.sleep(0.5) end
      texts[at] = r and r.text or reason
    end
    assert.same(expected, texts)
  end)

  it("may use a session that is used inside the loop too", function()
    local session <close> = http.session()
    session:get(url "/cookie")
    local n = 0
    for _, r in session:get_many({url "/secrets", url "/secrets", url "/secrets"}, {concurrency = 2}) do
      assert.equal("|taste=sweet|", r.text)
      assert.equal("hello", session:get(url "/hello.txt").text)
      n = n + 1
    end
    assert.equal(3, n)
  end)

  it("tries many again, each for itself", function()
    local base = server.start(function(client, request, n)
      if n <= 3 then return server.answer(client, "", nil, "503 Busy") end
      server.answer(client, request.line:match "/(%d)")
    end)
    local texts = texts_of({base .. 1, base .. 2, base .. 3}, {retries = 3, concurrency = 1})
    assert.same({[base .. 1] = "1", [base .. 2] = "2", [base .. 3] = "3"}, texts)
  end)

  it("tells who calls get_many wrongly what is wrong", function()
    for message, call in pairs {
      ["http.get_many has no 'concurency' (did you mean 'concurrency'?)"] = {{}, {concurency = 1}},
      ["http.get_many: concurrency must be a whole number from 1 on"] = {{}, {concurrency = 0}},
      ["http.get_many: a list of URLs or a function that gives them expected, not a string"] = {"http://x/"},
      ["http.get_many: to_file would be the same for all answers"] = {{}, {to_file = "x"}},
      ["http.get_many: give the list itself, not pairs"] = {pairs {"http://x/"}},
      ["http.get_many: give the list itself, not ipairs"] = {ipairs {"http://x/"}},
      ["http.get_many: a list of URLs expected, not a table with the key 'a' and without [1]"] = {{a = "http://x/"}},
    } do
      assert.equal(message, helper.message_of(function() http.get_many(call[1], call[2]) end))
    end
  end)

  it("tells who calls its methods with a dot that it is missing", function()
    local session <close> = http.session()
    for _, name in ipairs {"get", "post", "put", "delete", "head", "request", "get_many"} do
      assert.equal(("bad argument #1 to '%s' (session expected, got string; with a colon: session:%s(...))")
        :format(name, name),
        helper.message_of(function() session[name](url "/hello.txt") end))
    end
  end)

  -- ---- processes ----

  it("works in a child after it was used in its maker, and goes on there", function()
    local session <close> = http.session()
    session:get(url "/cookie")
    local ours = session:get(url "/connection").text
    local theirs, cookie, hello = mp.spawn(function()
      return session:get(url "/connection").text, session:get(url "/secrets").text, http.get(url "/hello.txt").text
    end):result()
    assert.not_equal(ours, theirs)
    assert.equal("|taste=sweet|", cookie)   -- a process starts as a copy of its maker
    assert.equal("hello", hello)
    assert.equal(ours, session:get(url "/connection").text)
  end)

  it("works in a child over TLS after it was used in its maker", function()
    local session <close> = http.session {ca_file = server.authority()}
    local ours = session:get(url("/connection", "tls")).text
    for _ = 1, 3 do
      mp.spawn(function()
        assert.not_equal(ours, session:get(url("/connection", "tls")).text)
        session:close()
      end):result()
      assert.equal(ours, session:get(url("/connection", "tls")).text)
    end
  end)

  it("works in children and grandchildren at once", function()
    local urls, expected = many_files()
    http.get(urls[1])
    local function work(depth)
      local deeper = depth > 0 and mp.spawn(work, depth - 1)
      local texts = texts_of(urls)
      if deeper then deeper:result() end
      for at, text in pairs(expected) do assert(texts[at] == text) end
    end
    local children = {mp.spawn(work, 2), mp.spawn(work, 2), mp.spawn(work, 2)}
    for _, child in ipairs(children) do child:result() end
  end)

  it("lets a process be made inside the loop over many", function()
    local urls, expected = many_files()
    local n = 0
    for at, r in http.get_many(urls) do
      n = n + 1
      if n % 20 == 1 then
        assert.equal(expected[at], mp.spawn(function() return http.get(at).text end):result())
      end
      assert.equal(expected[at], r.text)
    end
    assert.equal(200, n)
  end)

  it("leaves no connection of its maker open in a child", function()
    local base = server.start(function(client)
      server.answer(client, "one")
      local _, why = client:receive(1)
      assert(why == "closed")
      return false
    end)
    local session = http.session()
    session:get(base)
    local go = mp.Event()
    local p = mp.spawn(function() go:wait() end)
    session:close()   -- the server can answer again only when it sees that
    assert.equal("one", http.get(base, {timeout = 5}) and "one")
    go:set()
    p:join()
  end)

  it("is not loaded before it is used", function()
    local result = helper.run [[
      local http = require "mp.http"
      local function loaded()
        local maps <close> = io.open "/proc/self/maps"
        return maps:read "a":find("libcurl", 1, true) ~= nil
      end
      print(loaded())
      http.get("file:///dev/null", {protocols = "file"})
      print(loaded())
    ]]
    assert.equal("false\ntrue\n", result.out)
  end)
end)
