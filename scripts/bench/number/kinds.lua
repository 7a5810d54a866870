-- Kinds: get, field, set, add, locked of a value; array_get, array_set of one element, array_read and array_write of so
-- many bytes of 8-byte integers; buffer_read and buffer_write of so many bytes.
local clock = require "clock"
local mp = require "mp"

local kinds = {}

function kinds.get()
  local value = mp.Value("q", 0)
  return function(n)
    for _ = 1, n do value:get() end
  end
end

function kinds.field()
  local value = mp.Value("q", 1)
  return function(n)
    for _ = 1, n do assert(value.value == 1) end
  end
end

function kinds.set()
  local value = mp.Value("q", 0)
  return function(n)
    for i = 1, n do value.value = i end
    assert(value.value == n)
  end
end

function kinds.add()
  local value = mp.Value("q", 0)
  return function(n)
    for _ = 1, n do value:add(1) end
  end
end

function kinds.locked()
  local value = mp.Value("q", 0)
  local lock = value:get_lock()
  return function(n)
    for _ = 1, n do
      lock:acquire()
      value.value = value.value + 1
      lock:release()
    end
  end
end

local ELEMENTS <const> = 1000

function kinds.array_get()
  local array = mp.Array("q", ELEMENTS)
  array:fill(1)
  return function(n)
    for i = 1, n do assert(array[i % ELEMENTS + 1] == 1) end
  end
end

function kinds.array_set()
  local array = mp.Array("q", ELEMENTS)
  return function(n)
    for i = 1, n do array[i % ELEMENTS + 1] = i end
  end
end

function kinds.array_read(bytes)
  local array = mp.Array("q", bytes // 8)
  return function(n)
    for _ = 1, n do assert(#array:totable() == bytes // 8) end
  end
end

function kinds.array_write(bytes)
  local array = mp.Array("q", bytes // 8)
  local list = array:totable()
  return function(n)
    for _ = 1, n do array:set(list) end
  end
end

function kinds.buffer_read(bytes)
  local buffer = mp.Buffer(bytes)
  return function(n)
    for _ = 1, n do assert(#buffer:read() == bytes) end
  end
end

function kinds.buffer_write(bytes)
  local buffer, text = mp.Buffer(bytes), ("x"):rep(bytes)
  return function(n)
    for _ = 1, n do buffer:write(1, text) end
  end
end

clock.main(kinds)
