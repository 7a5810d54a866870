-- All processes on one core, where who waits yields before it sleeps.
local helper = require "spec.helper"

-- What a script prints, and nothing else.
local function prints(script, expected)
  local ran = helper.run(script, {shell = "taskset -c $(taskset -cp $$ | sed 's/.*: //; s/[-,].*//') %s"})
  assert.equal("", ran.err)
  assert.equal(expected, ran.out)
  assert.equal(0, ran.code)
end

describe("on one core", function()
  it("two take turns by a condition", function()
    prints([[
      local mp = require "mp"
      local changed, turn, turns = mp.Condition(), mp.Value("i", 0), 2000
      local function play(mine)
        for _ = 1, turns do
          changed:acquire()
          while turn.value % 2 ~= mine do changed:wait() end
          turn:add(1)
          changed:notify()
          changed:release()
        end
      end
      local other = mp.spawn(play, 1)
      play(0)
      other:result()
      print(mp.cpu_count(), turn.value)
    ]], "1\t4000\n")
  end)

  it("two take turns by queues, beside one that is busy", function()
    prints([[
      local mp = require "mp"
      local questions, answers, over = mp.Queue(), mp.Queue(), mp.Value("i", 0)
      local busy = mp.spawn(function() while over.value == 0 do end end)
      local other = mp.spawn(function() for _ = 1, 200 do answers:put(questions:get() + 1) end end)
      local sum = 0
      for i = 1, 200 do
        questions:put(i)
        sum = sum + answers:get()
      end
      over.value = 1
      other:result()
      busy:result()
      print(sum)
    ]], "20300\n")
  end)

  it("a process that is joined runs, and a time limit is kept while it does", function()
    prints([[
      local mp = require "mp"
      local go = mp.Event()
      local waits = mp.spawn(function() go:wait() end)
      print(waits:join(0.01))
      go:set()
      print(waits:join())
      for _ = 1, 50 do mp.spawn(function() end):join() end
      print(#mp.active_children())
    ]], "false\ttimeout\ntrue\n0\n")
  end)

  -- A crew of five that count what they take from `work`; put_and_compute puts a hundred and does nothing that waits
  -- until they are taken. See core/sentry.h.
  local crew = [[
    local mp = require "mp"
    local work, taken, crew = mp.Queue(), mp.Value("i", 0), {}
    for i = 1, 5 do
      crew[i] = mp.spawn(function() for _ in work:items() do taken:add(1) end end)
    end
    local function put_and_compute()
      local before = taken.value
      for i = 1, 100 do work:put(i) end
      while taken.value < before + 100 do end
    end
  ]]

  it("who puts for many and computes on leaves it to one that looks up", function()
    prints(crew .. [[
      for _ = 1, 20 do put_and_compute() end
      work:close()
      for _, p in ipairs(crew) do p:result() end
      print(taken.value)
    ]], "2000\n")
  end)

  it("neither a stop nor the death of one that looks up holds up what comes", function()
    prints(crew .. [[
      local SIGSTOP <const>, SIGCONT <const> = 19, 18
      for round = 1, 3 do
        for _, p in ipairs(crew) do
          put_and_compute()
          p:signal(SIGSTOP)
          put_and_compute()
          p:signal(SIGCONT)
          put_and_compute()
        end
      end
      for i = 1, 4 do
        put_and_compute()
        crew[i]:kill()
        put_and_compute()
      end
      work:close()
      crew[5]:result()
      print(taken.value)
    ]], "5300\n")
  end)
end)
