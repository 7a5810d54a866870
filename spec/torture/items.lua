-- Items that go from hand to hand: queues, leases, pipes. Each arrives once, whole, and in order where there is one.
local mp = require "mp"
local ledger = require "spec.torture.ledger"

local GIVERS <const>, TAKERS <const> = 2, 3

-- ---- what an item looks like ----

local function inner_queue()
  local inner = mp.Queue()
  inner:put("within")
  if math.random(2) == 1 then inner:put(inner) end   -- keeps itself
  return inner
end

local function any_size()
  local dice = math.random(32)
  if dice == 1 then return math.random(70000, 170000) end
  if dice <= 3 then return math.random(4000, 24000) end
  return math.random(0, dice <= 8 and 3000 or 400)
end

local function new_item(giver, number)
  local item = {giver = giver, number = number, fill = string.char(number % 256):rep(any_size())}
  if math.random(20) == 1 then item.queue = inner_queue() end
  if math.random(20) == 1 then item.f = function() return item.number end end
  return item
end

local function expect_whole(item, deliveries)
  assert(item.fill == string.char(item.number % 256):rep(#item.fill), "an item is torn")
  if item.f then assert(item.f() == item.number, "a function of an item is another one") end
  if item.queue and math.random(2) == 1 then
    local within = item.queue:get(0)   -- an earlier lessee may have got it
    assert(within == "within" or deliveries > 1, "what lay in a queue in an item is gone")
  end
end

-- ---- queues ----

local function any_timeout() return math.random(8) ~= 1 and math.huge or math.random() * 0.0003 end

local function put_one(queue, items, giver)
  local number = items:attempt(giver)
  if not number then return mp.sleep(0.1) end
  items:given(giver, number, queue:put(new_item(giver, number), any_timeout()))
end

local function put_some(queue, items, giver)
  local list = {}
  for i = 1, math.random(20) do
    local number = items:attempt(giver)
    if not number then break end
    list[i] = new_item(giver, number)
  end
  local all, _, done = queue:put_many(list, any_timeout())
  for i, item in ipairs(list) do items:given(giver, item.number, all or i <= done) end
end

-- Two queues, a narrow and a wide one: put(queue, items, giver), take(queue, items, taker) until that says "closed".
local function add_queues(family, name, take)
  local items = ledger.items(GIVERS)
  local queues = {mp.Queue(7, name .. " few"), mp.Queue(100, name .. " many")}
  local function giver(me)
    while family:going_on() do
      local queue = queues[math.random(2)]
      if math.random(10) == 1 then put_some(queue, items, me) else put_one(queue, items, me) end
    end
  end
  local function taker(me)
    local first = 1
    while first <= 2 do
      if math.random(16) == 1 then mp.wait(queues, math.random() * 0.002) end
      local reason = take(queues[math.random(first, 2)], items, me)
      items:taking(me, 0)
      if reason == "closed" then
        while first <= 2 and take(queues[first], items, me) == "closed" do first = first + 1 end
        items:taking(me, 0)
      end
    end
  end
  family:role(name .. " giver ", GIVERS, giver)
  family:role(name .. " taker ", TAKERS, taker, {died = function(me) items:died(me) end})
  family:ending(function()
    family:join(name .. " giver ")
    for _, queue in ipairs(queues) do queue:close() end
  end)
  family:check(function() return items:check(name) end)
end

-- Bounded: if all slept at one queue, nobody would empty the other.
local function soon() return math.random() * 0.005 end

local function note(items, item, deliveries)
  expect_whole(item, deliveries or 1)
  items:got(item.giver, item.number, deliveries)
end

local function get_one(queue, items, me)
  items:taking(me, 1)
  local item, reason = queue:get(soon())
  if not item then return reason end
  note(items, item)
end

local function get_some(queue, items, me)
  items:taking(me, 10)
  local list, reason = queue:get_many(10, soon())
  if not list then return reason end
  for i, item in ipairs(list) do
    note(items, item)
    items:taking(me, #list - i)
  end
end

local function get(queue, items, me)
  return (math.random(10) == 1 and get_some or get_one)(queue, items, me)
end

local function lease(queue, items, me)
  local taken, reason = queue:lease(soon())
  if not taken then return reason end
  local dice = math.random(10)
  if dice == 1 then return taken:back() end
  if dice == 2 then   -- forgotten
    taken = nil
    return taken, collectgarbage()
  end
  items:taking(me, -1)
  note(items, taken.value, taken.deliveries)
  taken:done()
end

-- ---- pipes ----

-- An asker makes a pipe and gives one end away; each question comes back, in order, until one of the two is gone.
local function add_pipes(family)
  local ends, answers = mp.Queue(2, "ends"), mp.Value(0)
  local function new_end()
    local mine, other = mp.Pipe()
    assert(ends:put(other, family.patience), "nobody takes ends of pipes")
    return mine
  end
  local function asker()
    while family:going_on() do
      local mine <close> = new_end()
      for question = 1, math.random(50) do
        local sent = pcall(mine.send, mine, {question, string.rep("?", any_size())})
        if not sent then break end   -- the other end is closed: its process died
        local answer, reason = mine:recv(family.patience)
        assert(reason ~= "timeout", "a question got no answer")
        if reason then break end
        assert(answer == question, "another question was answered")
        answers:add(1)
        if question % 4 == 0 and not family:going_on() then break end
      end
    end
  end
  local function answer(mine)
    local before = 0
    while true do
      local question, reason = mine:recv(family.patience)
      if reason == "closed" then break end
      assert(question, reason)
      assert(question[1] == before + 1, "questions come in another order")
      assert(question[2] == ("?"):rep(#question[2]), "a question is torn")
      before = before + 1
      if not pcall(mine.send, mine, before) then break end
    end
    mine:close()
  end
  local function answerer()
    for mine in ends:items() do answer(mine) end
  end
  family:role("asker ", 2, asker)
  family:role("answerer ", 2, answerer)
  family:ending(function()
    family:join "asker "
    ends:close()
  end)
  family:check(function()
    assert(answers.value > 0, "no pipe was used")
    return ("pipes: %d answers"):format(answers.value)
  end)
end

return function(family)
  add_queues(family, "got", get)
  add_queues(family, "leased", lease)
  add_pipes(family)
end
