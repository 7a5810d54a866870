-- Buffers: what those who share one rely on.
local helper = require "spec.helper"
local mp = require "mp"

local message_of = helper.message_of

describe("a buffer", function()
  it("is zeros at first, also on memory that was used before", function()
    for _, n in ipairs {1, 10, 127, 128, 129, 1000, 100000, 1000000} do
      for _ = 1, 2 do
        local b = mp.Buffer(n)
        assert.equal(n, #b)
        assert.is_true(b:read() == ("\0"):rep(n))
        b:fill(255)
        b = nil   -- luacheck: ignore
        collectgarbage()
        collectgarbage()
      end
    end
  end)

  it("is written and read", function()
    local b = mp.Buffer(10)
    assert.same({}, {b:write(1, "0123456789")})
    b:write(3, "ab\0c")
    assert.equal("01ab\0c6789", b:read())
    b:write(-2, "yz")
    assert.equal("01ab\0c67yz", b:read())
    b:write(11, "")
    b:write(1, 42)   -- a number is its text, as for files
    assert.equal("42ab\0c67yz", b:read())
  end)

  it("is read as string.sub reads", function()
    local b, s = mp.Buffer(5), "hello"
    b:write(1, s)
    for i = -7, 7 do
      assert.equal(s:sub(i), b:read(i))
      for j = -7, 7 do assert.equal(s:sub(i, j), b:read(i, j)) end
    end
    for _, i in ipairs {math.mininteger, math.maxinteger} do
      assert.equal(s:sub(i), b:read(i))
      assert.equal(s:sub(1, i), b:read(1, i))
      assert.equal(s:sub(i, i), b:read(i, i))
    end
  end)

  it("is filled", function()
    local b = mp.Buffer(6)
    b:fill(0x41)
    b:fill(0x42, 3)
    b:fill(0x43, 4, 5)
    b:fill(0x44, -1)
    b:fill(0x45, 5, 4)
    assert.equal("AABCCD", b:read())
  end)

  it("is not written beyond its ends, not even a part", function()
    local b = mp.Buffer {n = 4, name = "four"}
    b:write(1, "abcd")
    for _, i in ipairs {0, 4, 5, -5, -1, 100, math.maxinteger, math.mininteger} do
      assert.matches("^buffer 'four' has no bytes .*: its length is 4$", message_of(function() b:write(i, "xy") end))
    end
    assert.equal("buffer 'four' has no bytes 4 to 5: its length is 4", message_of(function() b:write(4, "xy") end))
    assert.matches("has no bytes", message_of(function() b:write(1, "vwxyz") end))
    assert.matches("has no bytes", message_of(function() b:fill(0, 2, 5) end))
    assert.matches("has no bytes", message_of(function() b:fill(0, 0) end))
    assert.matches("has no bytes", message_of(function() b:fill(0, -5) end))
    assert.equal("abcd", b:read())
  end)

  it("may be empty", function()
    local b = mp.Buffer(0)
    assert.same({0, ""}, {#b, b:read()})
    b:write(1, "")
    b:fill(1)
    assert.matches("has no bytes", message_of(function() b:write(1, "x") end))
  end)

  it("is one for all processes", function()
    local b, q = mp.Buffer(3), mp.Queue()
    local p = mp.spawn(function()
      q:get().b:write(1, "abc")
      return b
    end)
    q:put {b = b}
    assert.equal(b, p:result())
    assert.equal("abc", b:read())
  end)

  it("carries megabytes that only their place is sent of", function()
    local n, q = 20 << 20, mp.Queue()
    local b = mp.Buffer(n)
    local block = ("0123456789abcdef"):rep(n // 16)
    local p = mp.spawn(function()
      q:get():write(1, block)
    end)
    q:put(b)
    p:result()
    assert.is_true(b:read() == block)
    assert.equal("ef0123", b:read(n // 2 - 1, n // 2 + 4))
  end)

  it("is not harmed by writers at the same time", function()
    local b, stop = mp.Buffer(40), mp.Event()
    local writers = {}
    for i = 1, 2 do
      writers[i] = mp.spawn(function()
        while not stop:is_set() do b:write(1, (i == 1 and "x" or "y"):rep(40)) end
      end)
    end
    for _ = 1, 2000 do
      local s = b:read()
      assert.is_nil(s:find("[^xy%z]"))
      local t = {[s] = true}   -- a sound string is the same key when it is made once more
      assert.is_true(t[s .. ""] and t[table.concat {s:sub(1, 20), s:sub(21)}])
    end
    stop:set()
    for _, p in ipairs(writers) do p:join() end
  end)

  it("stays usable when a writer was killed", function()
    local b, sign = mp.Buffer(1 << 20), mp.Event()
    local p = mp.spawn(function()
      while true do
        b:fill(1)
        sign:set()
        b:fill(2)
      end
    end)
    sign:wait()
    p:kill()
    p:join()
    assert.is_nil(b:read():find("[^\1\2]"))
  end)

  it("raises what cannot be", function()
    local b = mp.Buffer {n = 3, name = "bytes"}
    assert.equal("buffer 'bytes'", tostring(b))
    assert.same({"bytes", "buffer"}, {b.name, mp.type(b)})
    assert.matches("must not be negative", message_of(function() mp.Buffer(-1) end))
    assert.matches("number expected", message_of(function() mp.Buffer() end))
    assert.matches("arena is full", message_of(function() mp.Buffer(math.maxinteger) end))
    assert.matches("mp.Buffer has no 'size'", message_of(function() mp.Buffer {size = 1} end))
    assert.matches("a byte is 0..255", message_of(function() b:fill(256) end))
    assert.matches("string expected", message_of(function() b:write(1, {}) end))
    assert.matches("did you mean 'write'", message_of(function() b:wirte(1, "x") end))
    assert.matches("is a buffer, which cannot be waited for", message_of(function() mp.wait {b} end))
  end)
end)
