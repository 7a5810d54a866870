-- Pipes: what the two sides of a connection rely on.
local helper = require "spec.helper"
local mp = require "mp"

local MIB = 1024 * 1024

-- What a function raises, without the place of the caller, which must be in this file.
local message_of = helper.message_of

local function closed()
  return table.pack(nil, "closed")
end

-- Receives until nothing waits there: the messages as a list.
local function drain(connection)
  local list = {}
  while connection:poll() do
    local x, reason = connection:recv()
    if reason then break end
    list[#list + 1] = x
  end
  return list
end

-- An iterator over the messages until a nil or the end.
local function messages(connection)
  return function() return (connection:recv()) end
end

-- A string whose message is so long: in front of its bytes are a tag and, from 64 bytes on, its length.
local function text_of(bytes)
  local head = bytes <= 64 and 1 or bytes <= 257 and 2 or bytes <= 65538 and 3 or 4
  return ("x"):rep(bytes - head)
end

describe("a pipe", function()
  -- ---- messages ----

  local cycle = {}
  cycle.me = cycle
  for name, value in pairs {
    ["true"] = true, ["an integer"] = 7, ["a float"] = 2.5, ["an empty string"] = "",
    ["a string with any bytes"] = "a\0b\255\n", ["a list"] = {1, 2, 3}, ["nested tables"] = {a = {b = {c = {1}}}},
    ["a cycle"] = cycle, ["16 MiB"] = ("x"):rep(16 * MIB), ["64 MiB"] = ("y"):rep(64 * MIB),
  } do
    it("carries " .. name .. " to a process and back", function()
      local a, b = mp.Pipe()
      local p = mp.spawn(function() b:send(b:recv()) end)
      assert.is_true(a:send(value))
      if type(value) == "string" then
        assert.is_true(value == a:recv())   -- without a message of 64 MiB
      else
        assert.same(value, a:recv())
      end
      p:join()
    end)
  end

  it("carries nil, which is not the same as nothing", function()
    local a, b = mp.Pipe()
    b:send(nil)
    assert.is_true(a:poll())
    assert.same(table.pack(nil), table.pack(a:recv(0)))
    assert.is_false(a:poll())
    assert.same(table.pack(nil, "timeout"), table.pack(a:recv(0)))
  end)

  it("keeps messages apart and in order", function()
    local a, b = mp.Pipe(false)
    b:send("a")
    b:send("")
    b:send("bc")
    assert.same({"a", "", "bc"}, {a:recv(), a:recv(), a:recv()})
    assert.is_false(a:poll())
  end)

  it("copies at once: what changes after send is not seen by the other side", function()
    local a, b = mp.Pipe()
    local t = {1}
    b:send(t)
    t[1] = 2
    assert.same({1}, a:recv())
  end)

  it("goes both ways at once", function()
    local a, b = mp.Pipe()
    local function talk(connection, first)
      local sum = 0
      for i = first, first + 999 do
        connection:send {i, ("x"):rep(3000)}
        sum = sum + connection:recv()[1]
      end
      return sum
    end
    local p = mp.spawn(talk, b, 1000)
    assert.equal(1999 * 2000 // 2 - 999 * 1000 // 2, talk(a, 0))
    assert.equal(999 * 1000 // 2, p:result())
  end)

  it("has two ends that one process may hold", function()
    local a, b = mp.Pipe()
    a:send("to b")
    b:send("to a")
    assert.same({"to a", "to b"}, {a:recv(), b:recv()})
  end)

  it("carries in one direction when it is not duplex: the first receives, the second sends", function()
    local a, b = mp.Pipe(false)
    b:send("x")
    assert.equal("x", a:recv())
    local c, d = mp.Pipe {duplex = false, name = "wire"}
    assert.equal("connection 'wire' only receives", message_of(function() c:send(1) end))
    assert.equal("connection 'wire' only sends", message_of(function() d:recv() end))
    assert.equal("connection 'wire' only sends", message_of(function() d:poll() end))
    assert.equal("connection 'wire' gives nothing to wait for", message_of(function() mp.wait({c, d}, 0) end))
  end)

  it("says at the sender what cannot travel, and goes on", function()
    local a, b = mp.Pipe()
    assert.equal("cannot send value.x: a coroutine", message_of(function() b:send {x = coroutine.create(print)} end))
    b:send(1)
    assert.equal(1, a:recv())
  end)

  it("has many senders and receivers at one end", function()
    local a, b = mp.Pipe(false)
    local up, senders = mp.Queue(), {}
    for i = 1, 3 do senders[i] = mp.spawn(function() for k = 1, 500 do b:send {i, k} end end) end
    for _ = 1, 2 do
      mp.spawn(function()
        local last, n = {0, 0, 0}, 0
        for item in messages(a) do
          assert(last[item[1]] < item[2])
          last[item[1]], n = item[2], n + 1
        end
        up:put(n)
      end)
    end
    for _, p in ipairs(senders) do p:join() end
    b:close()
    assert.equal(1500, up:get() + up:get())
  end)

  -- ---- connections that travel ----

  it("carries queues and connections, itself too", function()
    local a, b = mp.Pipe()
    local c, d = mp.Pipe()
    local q = mp.Queue()
    b:send {q, d, a}
    local got = a:recv()
    assert.equal(q, got[1])
    assert.equal(d, got[2])
    assert.equal(a, got[3])
    a:send(a)
    assert.equal(a, b:recv())
    got[2]:send("x")
    assert.equal("x", c:recv())
  end)

  it("has ends that go through a queue to a process that has never seen them", function()
    local q = mp.Queue()
    local p = mp.spawn(function()
      local connection = q:get()
      connection:send(connection:recv() + 1)
    end)
    local a, b = mp.Pipe()
    q:put(b)
    a:send(41)
    assert.equal(42, a:recv())
    p:join()
  end)

  it("can be dropped with messages and references in it", function()
    local a, b = mp.Pipe()
    a:send {mp.Queue(), ("x"):rep(100000)}
    b:send(mp.Event())
    b:send(1)
    assert.is_true(a:poll())
  end)

  -- ---- how much it holds ----

  for _, size in ipairs {1, 64, 1000, 4096, 65536, 100000, MIB // 2} do
    it("holds 1 MiB of messages of " .. size .. " bytes, and not one more", function()
      local a, b = mp.Pipe(false)
      local message = size == 1 and 1 or text_of(size)
      local n = 0
      while b:send(message, 0) do n = n + 1 end
      assert.equal(MIB // size, n)
      assert.same(table.pack(false, "timeout"), table.pack(b:send(message, 0.001)))
      assert.equal(message, a:recv())
      assert.is_true(b:send(message, 0))
      assert.is_false((b:send(message, 0)))
      assert.equal(n, #drain(a))
    end)
  end

  for name, size in pairs {["just 1 MiB"] = MIB, ["more than 1 MiB"] = MIB + 1, ["3 MiB"] = 3 * MIB} do
    it("holds one message of " .. name, function()
      local a, b = mp.Pipe(false)
      b:send("first")
      assert.same(table.pack(false, "timeout"), table.pack(b:send(text_of(size), 0)))
      a:recv()
      assert.is_true(b:send(text_of(size), 0))
      assert.same(table.pack(false, "timeout"), table.pack(b:send(1, 0)))
      assert.is_true(text_of(size) == a:recv())
      assert.is_true(b:send(1, 0))
    end)
  end

  it("lets a sender wait until there is room", function()
    local a, b = mp.Pipe(false)
    b:send(text_of(MIB))
    local p = mp.spawn(function() return b:send("more") end)
    helper.asleep(p)
    a:recv()
    assert.is_true(p:result())
    assert.equal("more", a:recv())
  end)

  it("lets all senders go on for whom there is room", function()
    local a, b = mp.Pipe(false)
    b:send(text_of(MIB))
    local senders = {}
    for i = 1, 4 do
      senders[i] = mp.spawn(function() return b:send(i) end)
      helper.asleep(senders[i])
    end
    a:recv()
    for i = 1, 4 do assert.is_true(senders[i]:result()) end
    assert.equal(4, #drain(a))
  end)

  it("counts each direction for itself", function()
    local a, b = mp.Pipe()
    assert.is_true(a:send(text_of(MIB), 0))
    assert.is_true(b:send(text_of(MIB), 0))
    assert.is_false((a:send(1, 0)))
    a:recv()
    assert.is_false((a:send(1, 0)))
    b:recv()
  end)

  -- ---- waiting ----

  it("is polled without taking anything", function()
    local a, b = mp.Pipe()
    assert.is_false(a:poll())
    assert.is_false(a:poll(0))
    assert.is_false(a:poll(-1))
    b:send("x")
    b:send("y")
    for _ = 1, 3 do assert.is_true(a:poll()) end
    assert.is_true(a:poll(math.huge))
    assert.same({"x", "y"}, {a:recv(), a:recv()})
    assert.is_false(a:poll(0))
  end)

  it("waits no longer than asked", function()
    local a = mp.Pipe()
    local begin = mp.time()
    assert.is_false(a:poll(0.05))
    assert.same(table.pack(nil, "timeout"), table.pack(a:recv(0.05)))
    assert.is_true(mp.time() - begin >= 0.1)
    assert.same(table.pack(nil, "timeout"), table.pack(a:recv(-1)))
  end)

  it("is polled until something comes", function()
    local a, b = mp.Pipe()
    local p = mp.spawn(function() return a:poll(20), a:recv(0) end)
    helper.asleep(p)
    b:send("x")
    assert.same({true, "x"}, {p:result()})
  end)

  it("does not end a wait early when a signal comes", function()
    local a, b = mp.Pipe(false)
    b:send(text_of(MIB))
    local up = mp.Queue()
    local c = mp.Pipe()
    local p = mp.spawn(function()
      up:put(1)
      local begin = mp.time()
      local _, recv = c:recv(0.1)
      local poll = c:poll(0.1)
      local _, send = b:send(1, 0.1)
      return recv, poll, send, mp.time() - begin >= 0.3
    end)
    up:get()
    while p:is_alive() do
      p:signal(19)
      p:signal(18)
      p:signal(28)   -- SIGWINCH
      mp.sleep(0.01)
    end
    assert.same({"timeout", false, "timeout", true}, {p:result()})
    a:recv()
  end)

  it("raises an interruption in recv, poll and send, and goes on", function()
    local a, b = mp.Pipe()
    a:send(text_of(MIB))
    for _, wait in ipairs {
      function() a:recv() end, function() a:poll(math.huge) end, function() a:send("more") end,
    } do
      local p = mp.spawn(function()
        local ok, message = pcall(wait)
        return ok, (message:match("interrupted"))
      end)
      helper.asleep(p)
      p:interrupt()
      assert.same({false, "interrupted"}, {p:result()})
    end
    b:send("still there")
    assert.equal("still there", a:recv())
    b:recv()
  end)

  it("is what mp.wait waits for, with queues and processes", function()
    local a, b = mp.Pipe()
    local c, d = mp.Pipe(false)
    local q = mp.Queue()
    assert.same({}, mp.wait({a, c, q}, 0))
    assert.same({}, mp.wait({a, c, q}, -1))
    local p = mp.spawn(function() d:send("x") end)
    assert.same({c}, mp.wait({a, c, q}))
    b:send(1)
    q:put(1)
    p:join()
    assert.same({q, p, c, a}, mp.wait {q, p, c, a})
    d:close()
    c:recv()
    assert.same({c}, mp.wait({c}))   -- it is at its end
    assert.same({a}, mp.wait({c, a}) and mp.wait({a}))
  end)

  it("waits for many senders until each is at its end", function()
    local readers, got = {}, {}
    for i = 1, 4 do
      local r, w = mp.Pipe(false)
      readers[i] = r
      mp.spawn(function()
        for k = 1, 10 do w:send {i, k} end
        w:close()
      end)
    end
    while #readers > 0 do
      for _, r in ipairs(mp.wait(readers)) do
        local x, reason = r:recv(0)
        if x then
          got[#got + 1] = x[1] * 100 + x[2]
        elseif reason == "closed" then
          for i, other in ipairs(readers) do
            if other == r then table.remove(readers, i) end
          end
        end
      end
    end
    local wanted = {}
    for i = 1, 4 do
      for k = 1, 10 do wanted[#wanted + 1] = i * 100 + k end
    end
    table.sort(got)
    assert.same(wanted, got)
  end)

  -- ---- the end ----

  it("gives what was sent before the other end was closed, then says so", function()
    local a, b = mp.Pipe()
    b:send("last")
    b:close()
    assert.same({false, true}, {a.closed, b.closed})
    assert.is_true(a:poll())
    assert.equal("last", a:recv())
    assert.is_true(a:poll())   -- recv has an answer
    assert.same(closed(), table.pack(a:recv()))
    assert.same(closed(), table.pack(a:recv(0)))
  end)

  it("raises in send when the other end is closed", function()
    local a, b = mp.Pipe {name = "wire"}
    b:close()
    assert.equal("connection 'wire' is closed at its other end", message_of(function() a:send(1) end))
  end)

  it("raises in whatever is done with a closed end", function()
    local a, b = mp.Pipe {name = "wire"}
    b:send("dropped, as nobody can receive it")
    a:close()
    a:close()
    for _, f in ipairs {function() a:send(1) end, function() a:recv() end, function() a:poll() end} do
      assert.equal("connection 'wire' is closed", message_of(f))
    end
    assert.same(closed(), table.pack(b:recv()))
    b:close()
    assert.equal("connection 'wire' is closed", message_of(function() b:recv() end))
  end)

  it("is closed for everyone who holds that end", function()
    local a, b = mp.Pipe()
    local q = mp.Queue()
    local p = mp.spawn(function()
      q:get()
      return b.closed, pcall(b.send, b, 1)
    end)
    b:close()
    q:put(1)
    local was, ok, message = p:result()
    assert.same({true, false}, {was, ok})
    assert.matches("is closed$", message)
    assert.same(closed(), table.pack(a:recv()))
  end)

  it("drops what waited at the end that is closed", function()
    local a, b = mp.Pipe()
    b:send(mp.Queue {name = "dropped"})
    local with = mp.debug.census().queue
    a:close()
    helper.census()
    assert.equal(with - 1, mp.debug.census().queue)
  end)

  it("wakes all who wait, when their end or the other one is closed", function()
    for i, close in ipairs {function(a) a:close() end, function(_, b) b:close() end} do
      local a, b = mp.Pipe()
      a:send(text_of(MIB))
      local waiting = {
        mp.spawn(function() return pcall(a.recv, a) end), mp.spawn(function() return pcall(a.recv, a) end),
        mp.spawn(function() return pcall(a.poll, a, math.huge) end),
        mp.spawn(function() return pcall(a.send, a, "more") end),
        mp.spawn(function() return #mp.wait {a} end),
      }
      for _, p in ipairs(waiting) do helper.asleep(p) end
      close(a, b)
      local results = {}
      for k, p in ipairs(waiting) do results[k] = table.pack(p:result()) end
      assert.equal(i == 2, results[1][1])
      assert.equal(i == 2, results[2][1])
      assert.equal(i == 2, results[3][1])
      if i == 2 then assert.same({"closed", true}, {results[1][3], results[3][2]}) end
      assert.is_false(results[4][1])
      assert.matches(i == 1 and "is closed$" or "is closed at its other end$", results[4][2])
      assert.same(table.pack(1), results[5])
    end
  end)

  it("closes an end that nobody can reach any more", function()
    local a, b = mp.Pipe()
    b:send("last")
    b = nil
    collectgarbage()
    collectgarbage()
    assert.equal("last", a:recv())
    assert.same(closed(), table.pack(a:recv()))
    assert.matches("is closed at its other end", message_of(function() a:send(1) end))
    return b
  end)

  it("keeps an end open that is on its way in a message", function()
    local a, b = mp.Pipe()
    local q = mp.Queue()
    q:put(b)
    b = nil
    collectgarbage()
    collectgarbage()
    assert.same(table.pack(nil, "timeout"), table.pack(a:recv(0)))
    q:clear()
    assert.same(closed(), table.pack(a:recv()))
    return b
  end)

  it("closes an end at the end of a scope", function()
    local a, b = mp.Pipe()
    do
      local connection <close> = b
      connection:send(1)
    end
    assert.is_true(b.closed)
    assert.equal(1, a:recv())
    assert.same(closed(), table.pack(a:recv()))
  end)

  it("gives its reader what is left and then the end, when the sender has ended and we hold its end no more", function()
    local a, b = mp.Pipe(false)
    local p = mp.spawn(function(connection) for i = 1, 3 do connection:send(i) end end, b)
    b = nil
    collectgarbage()
    collectgarbage()
    local list = {}
    for x in messages(a) do list[#list + 1] = x end
    assert.same({1, 2, 3}, list)
    p:join()
    return b
  end)

  -- ---- death ----

  it("gives a waiting reader the end when the sender is killed", function()
    local a, b = mp.Pipe()
    local writer = mp.spawn(function()
      b:send("sent")
      mp.sleep(100)
    end)
    local reader = mp.spawn(function() return a:recv(), a:recv() end)
    helper.asleep(reader)
    writer:kill()
    assert.same(table.pack("sent", nil, "closed"), table.pack(reader:result()))
    assert.is_true(b.closed)
    writer:join()
  end)

  it("raises in a sender that waits when the reader is killed", function()
    local a, b = mp.Pipe {name = "wire"}
    local ready = mp.Queue()
    local reader = mp.spawn(function()
      a:recv()
      ready:put(1)
      mp.sleep(100)
    end)
    local writer = mp.spawn(function()
      b:send(1)
      b:send(text_of(MIB))
      return pcall(b.send, b, "more")
    end)
    ready:get()
    helper.asleep(writer)
    reader:kill()
    local ok, message = writer:result()
    assert.is_false(ok)
    assert.matches("connection 'wire' is closed at its other end", message)
    reader:join()
  end)

  it("does not mind the death of those who inherited an end and did not use it", function()
    local a, b = mp.Pipe()
    mp.spawn(function() return b end):join()
    local idle = mp.spawn(function() mp.sleep(100) end)
    idle:kill()
    idle:join()
    a:send(1)
    assert.equal(1, b:recv())
    idle = mp.spawn(function() mp.sleep(100) end)
    idle:kill()
    idle:join()
    b:send(2)
    assert.equal(2, a:recv())
  end)

  it("stays open when one of several users is killed, and when the last one ends by itself", function()
    local a, b = mp.Pipe()
    local up, go = mp.Queue(), mp.Queue()
    local function work()
      b:send("here")
      up:put(1)
      go:get()
    end
    local one, other = mp.spawn(work), mp.spawn(work)
    up:get()
    up:get()
    one:kill()
    one:join()
    go:put(1)
    other:join()
    assert.same({"here", "here"}, {a:recv(), a:recv()})
    assert.is_true(a:send("open"))
    assert.equal("open", b:recv())
  end)

  it("no more counts who has forgotten its end", function()
    local down, up = mp.Queue(), mp.Queue()
    local p = mp.spawn(function()
      down:get():send("used")
      collectgarbage()
      collectgarbage()
      up:put(1)
      mp.sleep(100)
    end)
    local c, d = mp.Pipe()
    down:put(d)
    assert.equal("used", c:recv())
    up:get()
    p:kill()
    p:join()
    assert.is_true(d:send("open"))
    assert.equal("open", c:recv())
  end)

  it("stays whole when its users are killed in the middle", function()
    for round = 1, 20 do
      local a, b = mp.Pipe()
      local p = mp.spawn(function()
        for i = 1, math.huge do b:send(i % 2 == 0 and {i} or ("%d %s"):format(i, ("x"):rep(700))) end
      end)
      for i = 1, 20 do
        local x = a:recv()
        assert.equal(i, type(x) == "table" and x[1] or tonumber(x:match("^%d+")))
      end
      p:kill()
      local n = 20
      for x in messages(a) do
        n = n + 1
        assert.equal(n, type(x) == "table" and x[1] or tonumber(x:match("^%d+")))
      end
      p:join()
      assert.is_true(b.closed, round)
    end
  end)

  -- ---- names and mistakes ----

  it("has a name", function()
    local a, b = mp.Pipe {name = "wire"}
    assert.same({"wire", "wire", "connection 'wire'", "connection"}, {a.name, b.name, tostring(a), mp.type(b)})
    assert.matches("^connection%-%d+$", (mp.Pipe()).name)
    assert.is_true(a ~= b)
  end)

  it("is named by the report of what a family waits for", function()
    local family = helper.start [[
      local mp = require "mp"
      a, b = mp.Pipe {name = "wire"}   -- global: what is collected is closed
      local p = mp.spawn(function() a:recv() end)
      print(p.pid)
      io.stdout:flush()
      p:join()
    ]]
    local pid = family:number()
    assert(helper.wait_until(function()
      local file <close> = assert(io.open(("/proc/%d/syscall"):format(pid)))
      local text = file:read("a")
      return text:match("^202 ") or text:match("^98 ")
    end))
    helper.kill("QUIT", family.pid)
    family:finish()
    assert.matches("waits for connection 'wire' since [^\n]*script%d+%.lua:3\n", family.stderr())
  end)

  it("raises what cannot be", function()
    local a, b = mp.Pipe()
    assert.matches("value expected", message_of(function() a:send() end))
    assert.matches("bad argument #1 to 'recv'", message_of(function() a:recv("1") end))
    assert.matches("bad argument #1 to 'poll'", message_of(function() a:poll(0 / 0) end))
    assert.matches("bad argument #2 to 'send'", message_of(function() b:send(1, {}) end))
    assert.matches("boolean expected, got number", message_of(function() mp.Pipe(1) end))
    assert.matches("mp.Pipe has no 'duple' %(did you mean 'duplex'%?%)",
      message_of(function() mp.Pipe {duple = true} end))
    assert.matches("a connection has no 'sent' %(did you mean 'send'%?%)", message_of(function() a:sent(1) end))
    assert.matches("connection expected, got table", message_of(function() a.send({}, 1) end))
    assert.is_false(a:poll())
  end)

  it("stays what it is however often it was used", function()
    local a, b = mp.Pipe {name = "wire"}
    for i = 1, 1000 do
      a:send(i)
      assert.equal(i, b:recv())
    end
    assert.same({"wire", false, "connection"}, {a.name, b.closed, mp.type(a)})
    do local _ <close> = b end
    assert.is_true(b.closed)
  end)
end)
