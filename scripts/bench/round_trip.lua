-- ARG[1]: how many. Prints the microseconds of a round trip: a message to a process and its answer.
local mp = require "mp"

local function answer(questions, answers)
  for question in questions:items() do answers:put(question) end
end

local function ask(questions, answers, n)
  for i = 1, n do
    questions:put(i)
    assert(answers:get() == i)
  end
end

local n = math.tointeger(arg[1])
local questions, answers = mp.Queue(), mp.Queue()
local process = mp.spawn(answer, questions, answers)
ask(questions, answers, n // 10 + 1)
local begin = mp.time()
ask(questions, answers, n)
print((mp.time() - begin) / n * 1e6)
questions:close()
process:join()
