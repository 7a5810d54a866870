-- Kinds: flow ITEM PRODUCERS CONSUMERS [MAXSIZE]; batch SIZE; lease. One operation is one item from one process to
-- another.
local clock = require "clock"
local items = require "items"
local mp = require "mp"

local kinds = {}

local function add(list, count, f)
  for _ = 1, count do list[#list + 1] = f end
end

function kinds.flow(kind, producers, consumers, maxsize)
  local queue, item, parts = mp.Queue(maxsize or 0), items(kind), producers * consumers
  return function(n)
    local crew = {}
    add(crew, producers, function()
      for _ = 1, n * consumers do queue:put(item) end
    end)
    add(crew, consumers, function()
      local got
      for _ = 1, n * producers do got = queue:get() end
      assert(type(got) == type(item))
    end)
    return clock.together(crew)
  end, parts
end

function kinds.batch(size)
  local queue, list = mp.Queue(), {}
  for i = 1, size do list[i] = i end
  return function(n)
    return clock.together {
      function()
        for _ = 1, n do queue:put_many(list) end
      end,
      function()
        local left = n * size
        while left > 0 do left = left - queue:get_many(size).n end
      end,
    }
  end, size
end

function kinds.lease()
  local queue = mp.Queue()
  return function(n)
    return clock.together {
      function()
        for i = 1, n do queue:put(i) end
      end,
      function()
        for i = 1, n do
          local lease = queue:lease()
          assert(lease.value == i)
          lease:done()
        end
      end,
    }
  end
end

clock.main(kinds)
