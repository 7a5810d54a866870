-- What Lua needs to get into C and back. Kinds: methods, two that do nothing; method, one; get, a key that C looks up;
-- set, one that C sets.
local clock = require "clock"
local calls_module = require "calls_module"

local kinds = {}

function kinds.methods()
  local object = calls_module.methods()
  return function(n)
    for _ = 1, n do
      object:acquire()
      object:release()
    end
  end
end

function kinds.method()
  local object = calls_module.methods()
  return function(n)
    for _ = 1, n do object:acquire() end
  end
end

function kinds.get()
  local object = calls_module.keys()
  return function(n)
    for _ = 1, n do assert(object.value == 1) end
  end
end

function kinds.set()
  local object = calls_module.keys()
  return function(n)
    for i = 1, n do object.value = i end
  end
end

clock.main(kinds)
