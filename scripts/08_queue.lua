-- 8. A producer and a consumer talk through a queue. Closing the queue ends the consumer.
local mp = require "mp"

local function producer(queue)
  for i = 0, 4 do
    print("Producing " .. i)
    queue:put(i)
    mp.sleep(1)
  end
end

local function consumer(queue)
  for item in queue:items() do
    print("Consuming " .. item)
  end
end

local queue = mp.Queue()
local p1 = mp.spawn(producer, queue)
local p2 = mp.spawn(consumer, queue)
p1:join()
queue:close()
p2:join()
