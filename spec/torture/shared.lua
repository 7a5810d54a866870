-- Values, arrays, buffers, tables and managers: each change happens wholly or not at all, and once.
local mp = require "mp"
local ledger = require "spec.torture.ledger"

local function add_cells(family)
  local value, array, buffer = mp.Value(0), mp.Array("q", 10), mp.Buffer(5000)
  local by_value, by_array, written = ledger.sums(), ledger.sums(), ("x"):rep(#buffer)
  local function more(n) return n + 1 end
  local ways = {
    function() value:add(1) end,
    function() value:update(more) end,
    function()
      local n = value.value
      while not value:compare_exchange(n, n + 1) do n = value.value end
    end,
  }
  local function worker(me)
    while family:going_on() do
      by_value:add(me, ways[math.random(#ways)])
      by_array:add(me, array.add, array, math.random(#array), 1)
      if math.random(10) == 1 then
        buffer:write(math.random(1000), ("x"):rep(math.random(4000)))
        local bytes = buffer:read()
        assert(bytes == written or not bytes:find "[^x\0]", "a buffer has bytes that nobody wrote")
      end
    end
  end
  family:role("cell ", 3, worker, {quick = true})
  family:check(function()
    local sum = 0
    for _, n in ipairs(array) do sum = sum + n end
    return by_value:check("value", value.value) .. "\n" .. by_array:check("array", sum)
  end)
end

-- A list as a queue: what is removed was inserted, once.
local function add_list(family)
  local GIVERS <const> = 2
  local items, list = ledger.items(GIVERS), mp.Table()
  local function giver(me)
    while family:going_on() do
      if #list > 1000 then mp.sleep(0.001) end
      local number = items:attempt(me)
      if not number then return mp.sleep(0.1) end
      local where = math.random(10) == 1 and 1 or nil
      if where then
        mp.Table.insert(list, where, {me, number})
      else
        mp.Table.insert(list, {me, number})
      end
      items:given(me, number, true)
    end
  end
  local function take()
    local item = mp.Table.remove(list, math.random(2) == 1 and 1 or nil)
    if item then items:got(item[1], item[2]) end
    return item
  end
  local function taker(me)
    while family:going_on() do
      items:taking(me, 1)
      local item = take()
      items:taking(me, 0)
      if not item then mp.sleep(0.001) end
    end
  end
  family:role("list giver ", GIVERS, giver, {quick = true})
  family:role("list taker ", 2, taker, {died = function(me) items:died(me) end, quick = true})
  family:check(function()
    while #list > 0 do take() end
    return items:check "list"
  end)
end

-- One process or another is in a table whose content is known.
local function add_table(family)
  local t, sums, writes = mp.Table {pair = {a = 0, b = 0}}, ledger.sums(), mp.Value(0)
  local function more(n) return (n or 0) + 1 end
  local function bush(n)
    local b = {n}
    for i = 1, n do b["twig" .. i] = {leaf = ("l"):rep(n), more = i > 1 and bush(i // 2) or nil} end
    return b
  end
  local ways = {
    function(me) sums:add(me, mp.Table.add, t, "sum", 1) end,
    function(me) sums:add(me, mp.Table.update, t, "sum", more) end,
    function()
      local n = math.random(1 << 40)
      t.pair = {a = n, b = n}
    end,
    function()
      local pair = mp.Table.totable(t.pair)
      assert(pair.a == pair.b, "a table that was stored at once is torn")
    end,
    function(me) t["of" .. me .. math.random(100)] = ("v"):rep(math.random(0, 3000)) end,
    function(me) t["of" .. me .. math.random(100)] = nil end,
    function(me) t["bush" .. me] = bush(math.random(4)) end,
    function(me) t["bush" .. me] = nil end,
    function(me)
      local loop = mp.Table()
      loop.loop = loop
      t["loop" .. me .. math.random(3)] = loop
    end,
    function()
      local n = 0
      for key, value in pairs(t) do
        n = n + 1
        assert(key ~= "sum" or math.type(value) == "integer", "a pair of a snapshot is torn")
      end
      assert(n > 0, "a snapshot of a table has nothing")
    end,
    function(me)
      t["numbers" .. me] = {5, 3, 9, 1}
      local numbers = t["numbers" .. me]
      mp.Table.extend(numbers, {7, 2})
      mp.Table.sort(numbers)
      local now = mp.Table.totable(numbers)
      assert(#now == 6 and table.concat(now, " ") == "1 2 3 5 7 9", "a list was sorted wrong")
      mp.Table.clear(numbers)
    end,
    function() mp.Table.wait(t, "bush" .. math.random(3), math.random() * 0.002) end,
    function()
      if math.random(100) == 1 then mp.collect() end
    end,
  }
  local function worker(me)
    while family:going_on() do
      ways[math.random(#ways)](me)
      writes:add(1)
    end
  end
  family:role("table ", 3, worker, {quick = true})
  family:check(function()
    local pair = mp.Table.totable(t.pair)
    assert(pair.a == pair.b, "a table that was stored at once is torn")
    return ("%s; %d operations"):format(sums:check("table", t.sum), writes.value)
  end)
end

-- Objects that belong to a manager: after its end all say so. It stays open when its maker was killed, but nobody puts.
local function add_managers(family)
  local posts, closings = mp.Queue(3, "posts"), mp.Value(0)
  local function maker()
    while family:going_on() do
      local manager <close> = mp.Manager()
      local queue, board = manager.Queue(), manager.Table()
      for i = 1, math.random(20) do
        queue:put(i)
        board[i] = queue
      end
      posts:put({queue = queue, board = board}, family.patience)
    end
  end
  local function user()
    for post in posts:items() do
      local ok, err = pcall(function()
        repeat
          local item = post.queue:get(0.1)
          post.board.user = item
        until not item
      end)
      assert(ok or err:find "closed", err)
      if not ok then closings:add(1) end
    end
  end
  family:role("manager ", 1, maker)
  family:role("managed ", 1, user)
  family:ending(function()
    family:join "manager "
    posts:close()
  end)
  family:check(function()
    assert(closings.value > 0, "no manager was closed")
    return ("managers: %d closings were seen"):format(closings.value)
  end)
end

return function(family)
  add_cells(family)
  add_list(family)
  add_table(family)
  add_managers(family)
end
