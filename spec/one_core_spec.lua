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
end)
