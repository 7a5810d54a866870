-- 12. A condition: a consumer waits until there is something in the queue. A nil tells it that nothing more comes.
local mp = require "mp"

local function put(condition, queue, item)
  condition:with(function()
    queue:put(item)
    if item then print("Produced " .. item) end
    condition:notify()
  end)
end

local function producer(condition, queue)
  for i = 0, 4 do
    put(condition, queue, i)
    mp.sleep(1)
  end
end

local function take(condition, queue)
  condition:wait_for(function() return not queue:empty() end)
  local item = queue:get()
  if item then print("Consumed " .. item) end
  return item
end

local function consumer(condition, queue)
  repeat
    local item = condition:with(take, condition, queue)
  until item == nil
end

local condition, queue = mp.Condition(), mp.Queue()
local p1 = mp.spawn(producer, condition, queue)
local p2 = mp.spawn(consumer, condition, queue)
p1:join()
put(condition, queue, nil)
p2:join()
