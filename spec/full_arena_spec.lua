-- time limit: 120 s
-- All classes in an arena without a byte left.
local helper = require "spec.helper"

describe("in a full arena", function()
  -- The arena is filled to the last byte; then everything is tried, must work or say that it is full, and what is
  -- there must be what it was; then there is room again, and everything must work.
  it("every operation of every class works, or says that it is full and changes nothing", function()
    local result = helper.run(helper.unchanged .. [[
      local T <const> = mp.Table
      local ballast, hoard = mp.Queue(), {}
      local function fill()
        for s = 22, 0, -1 do
          local data = ("x"):rep(1 << s)
          while pcall(ballast.put, ballast, data) do end
        end
        for _, new in ipairs {mp.Pipe, mp.Queue, mp.Condition, mp.Event, mp.Table, mp.Manager} do
          local ok, object
          repeat
            ok, object = pcall(new)
            if ok then hoard[#hoard + 1] = object end
          until not ok
        end
      end

      local lock, rlock, semaphore, condition = mp.Lock(), mp.RLock(), mp.Semaphore(2), mp.Condition()
      local event, barrier, value, array = mp.Event(), mp.Barrier(2), mp.Value("q", 5), mp.Array("d", {1, 2, 3})
      local buffer, manager = mp.Buffer(100), mp.Manager()
      local q, t, list = mp.Queue(), mp.Table(), mp.Table()
      local near, far = mp.Pipe()
      local pool = mp.Pool(1)
      local text <const> = ("t"):rep(1000)
      assert(pool:apply(function() return 1 end) == 1)

      -- Each pair: what is tried, and what looks whether it did all (true) or nothing (false), and makes it undone.
      local function count(take) return function() local n = 0 while take() do n = n + 1 end return n end end
      local function drop() return true end
      local taken = {q = count(function() return q:get(0) end), far = count(function() return far:recv(0) end)}
      local tries <const> = {
        {"Queue", mp.Queue, drop}, {"Pipe", mp.Pipe, drop}, {"Lock", mp.Lock, drop}, {"RLock", mp.RLock, drop},
        {"Semaphore", mp.Semaphore, drop}, {"BoundedSemaphore", mp.BoundedSemaphore, drop}, {"Event", mp.Event, drop},
        {"Condition", mp.Condition, drop}, {"Barrier", function() return mp.Barrier(3) end, drop},
        {"Value", function() return mp.Value("d", 1) end, drop},
        {"Array", function() return mp.Array("d", 1000) end, drop},
        {"Buffer", function() return mp.Buffer(100000) end, drop},
        {"Table", function() return mp.Table {1, 2, {3, text}} end, drop},
        {"Manager", function() local m <close> = mp.Manager() return m.Queue() end, drop},
        {"put", function() return q:put(text) end, function() return taken.q() == 1 end},
        {"put_many", function() return q:put_many {1, text, 3} end, function(ok)
          local n = taken.q()
          assert(n == (ok and 3 or 0), n)
          return ok
        end},
        {"send", function() return near:send(text) end, function() return taken.far() == 1 end},
        {"t.new = 1", function() for i = 1, 5000 do t[i] = i end return true end, function(ok)
          local n = #T.keys(t)
          for i = 1, n do assert(t[i] == i) t[i] = nil end
          assert(n == 5000 or not ok and n < 5000)
          return n == 5000
        end},
        {"t.new = text", function() t.text = text return true end, function()
          local got = t.text
          assert(got == nil or got == text)
          t.text = nil
          return got == text
        end},
        {"t.new = {}", function() t.nested = {text, {text}} return true end, function()
          local got = t.nested
          assert(got == nil or got[1] == text and got[2][1] == text)
          t.nested = nil
          return got ~= nil
        end},
        {"insert", function() T.insert(list, text) return true end, function()
          local n = #list
          T.clear(list)
          return n == 1
        end},
        {"extend", function() T.extend(list, {1, text, 3}) return true end, function()
          local n = #list
          assert(n == 0 or n == 3)
          T.clear(list)
          return n == 3
        end},
        {"update", function() return T.update(t, "u", function() return text end) end, function()
          local got = t.u
          assert(got == nil or got == text)
          t.u = nil
          return got == text
        end},
        {"spawn", function() return mp.spawn(function() return 2 end):result() == 2 end, drop},
        {"Thread", function() return mp.Thread{target = function() return 3 end}:start():result() == 3 end, drop},
        {"apply", function() return pool:apply(function(s) return #s end, text) == 1000 end, drop},
        {"map", function() return #pool:map(function(i) return i end, {1, 2, 3}) == 3 end, drop},
        {"Pool", function() local p <close> = mp.Pool(2) return p:apply(function() return 4 end) == 4 end, drop},
        -- these need no room
        {"lock", function() return lock:with(function() return true end) end, drop, true},
        {"rlock", function() return rlock:with(function() return true end) end, drop, true},
        {"semaphore", function() return semaphore:acquire(0) and (semaphore:release() or true) end, drop, true},
        {"condition", function()
          condition:acquire()
          local ok, reason = condition:wait(0.001)
          condition:release()
          return not ok and reason == "timeout"
        end, drop, true},
        {"event", function() event:set() return event:wait(0) and (event:clear() or true) end, drop, true},
        {"barrier", function() return not pcall(barrier.wait, barrier, 0.001) and not barrier:reset() end, drop, true},
        {"value", function() return value:add(1) == value.value end, drop, true},
        {"array", function() return array:exchange(2, 2) == 2 and array:add(3, 0) == 3 end, drop, true},
        {"buffer", function() buffer:write(1, "abc") return buffer:read(1, 3) == "abc" end, drop, true},
        {"mp.wait", function() return mp.wait({q, far, event, lock}, 0.001) ~= nil end, drop, true},
        {"get of nothing", function() return select(2, q:get(0.001)) == "timeout" end, drop, true},
        {"lock of a value", function() return value:with(function() return true end) end, drop, true},
        {"collect", function() return mp.collect() end, drop, true},
      }

      local function try(one, full)
        local name <const>, work <const>, look <const>, small <const> = table.unpack(one)
        local ok, result = pcall(work)
        assert(ok or full and not small, name .. ": " .. tostring(result))
        assert(ok and result or tostring(result):find "arena is full", name .. ": " .. tostring(result))
        assert(look(ok) or not ok, name .. " was half done")
        return ok
      end

      local refused = {}
      local function all(full)
        for _, one in ipairs(tries) do
          if full then fill() end
          if not try(one, full) then refused[#refused + 1] = one[1] end
        end
      end
      all(false)
      local before = census()
      for _ = 1, 2 do
        all(true)
        ballast:clear()
        hoard = {}
        census()
        assert(mp.debug.check())
        all(false)
      end
      unchanged(before)
      assert(#refused >= 2 * 24, table.concat(refused, " "))
      print "fine"
    ]], {env = {MPLUA_ARENA = "16M"}, limit = 60})
    assert.same({"fine\n", 0}, {result.out, result.code})
    assert.equal("", (result.err:gsub("Thread thread%-%d+:\narena is full[^\n]*\n", "")))
  end)
end)
