-- time limit: 300 s
-- The experiments of scripts/lab: each shows what it claims, and ends by itself with its output in a pipe.
local helper = require "spec.helper"

local LIMIT <const> = 60   -- seconds for one of them

-- Output, errors and status of an experiment with these arguments.
local function run(name, ...)
  local words = {("timeout -k 1 %d '%s' scripts/lab/%s.lua"):format(LIMIT, helper.mplua, name)}
  for _, word in ipairs {...} do words[#words + 1] = ("'%s'"):format(word) end
  local pipe = assert(io.popen(table.concat(words, " ") .. " 2>" .. helper.path("err")))
  local out = pipe:read("a")
  local _, how, code = pipe:close()
  return {out = out, err = helper.read(helper.path "err"), how = how, code = code}
end

-- The output of one that ends well, and what this pattern finds there, numbers as numbers.
local function shown(pattern, ...)
  local ran = run(...)
  assert.same({err = "", how = "exit", code = 0}, {err = ran.err, how = ran.how, code = ran.code})
  assert.matches(pattern, ran.out)
  local found = {ran.out:match(pattern)}
  for i, text in ipairs(found) do found[i] = math.tointeger(text) or tonumber(text) or text end
  return ran.out, table.unpack(found)
end

local tests = {}

function tests.philosophers_deadlock()
  for _, n in ipairs {5, 2} do
    local out = shown("^%d+ meals were eaten, then no more:\n", "philosophers_deadlock", n)
    local lines = {}
    for i = 1, n do
      local next_one = i % n + 1
      lines[i] = ("philosopher %d holds fork %d and waits for fork %d, held by philosopher %d\n")
        :format(i, i, next_one, next_one)
    end
    lines[n + 1] = "philosopher 1 is killed, and the others eat again\n"
    assert.equal(table.concat(lines), out:match("\n(.*)"))
  end
end

function tests.philosophers_ordered()
  for _, case in ipairs {{5, 1000}, {2, 500}, {9, 200}} do
    local n, meals = table.unpack(case)
    assert.equal(("%d philosophers, %d meals each: %d were eaten, 0 beside a neighbour who ate\n")
      :format(n, meals, n * meals), (shown("", "philosophers_ordered", n, meals)))
  end
end

function tests.philosophers_timeout()
  local _, n, each, eaten = shown("^(%d+) philosophers, (%d+) meals each: (%d+) were eaten, %d+ tries were in vain\n$",
    "philosophers_timeout")
  assert.same({5, 50, 250}, {n, each, eaten})
end

function tests.readers_writers()
  local _, reads, most, torn, writes, first, second = shown(
    "^(%d+) reads, up to (%d+) at once; (%d+) saw half a pair\n(%d+) writes: the halves are (%d+) and (%d+)\n$",
    "readers_writers")
  assert.same({200, 0, 100, 100, 100}, {reads, torn, writes, first, second})
  assert.is_true(most >= 2 and most <= 4)
end

function tests.bounded_buffer()
  for _, places in ipairs {8, 1} do
    local _, items, ring, once, sum, expected = shown("^(%d+) items by way of (%d+) places: (%d+) were taken once\n" ..
      "their sum is (%d+), that of what was put (%d+)\n$", "bounded_buffer", places)
    assert.same({3000, places, 3000, 4501500, 4501500}, {items, ring, once, sum, expected})
  end
end

function tests.sleeping_barber()
  local _, customers, served, left, cuts, naps = shown("^(%d+) customers: (%d+) were served, (%d+) left since all " ..
    "2 chairs were taken\nthe barber cut (%d+) times and slept (%d+) times\n$", "sleeping_barber")
  assert.equal(40, customers)
  assert.equal(customers, served + left)
  assert.equal(served, cuts)
  assert.is_true(served > 0 and naps <= served + 1)
end

-- The words of these files as the experiment takes them, and their number.
local function count(files)
  local counts, total = {}, 0
  for _, name in ipairs(files) do
    for word in helper.read(name):lower():gmatch("[%a\x80-\xFF]+") do
      counts[word] = (counts[word] or 0) + 1
      total = total + 1
    end
  end
  return counts, total
end

local function check_words(files, ...)
  local out, total, n, wrong = shown(
    "\n(%d+) words, %d+ different ones, in %d+ parts of (%d+) files; (%d+) were counted differently by one process\n$",
    "word_count", ...)
  local counts, expected = count(files)
  assert.same({expected, #files, 0}, {total, n, wrong})
  local seen = 0
  for times, word in out:gmatch(" (%d+) (%a+)\n") do
    assert.equal(counts[word], math.tointeger(times))
    seen = seen + 1
  end
  assert.equal(10, seen)
end

function tests.word_count()
  local pipe <close> = assert(io.popen("ls README.md doc/*.md"))
  local documents = {}
  for name in pipe:lines() do documents[#documents + 1] = name end
  check_words(documents)

  local long = {}   -- lines that end at, before and after the cuts, and one that is longer than a part
  for i = 1, 5000 do long[i] = "word" .. (" abcdefghi"):sub(1, i % 9 + 2) .. (" x"):rep(i % 40) end
  local files = {
    helper.file("long.txt", table.concat(long, "\n")),
    helper.file("line.txt", ("one line "):rep(5000)),
    helper.file("exact.txt", ("1234567\n"):rep(1024) .. ("seven77\n"):rep(2048)),
    helper.file("empty.txt", ""),
  }
  check_words(files, table.unpack(files))
end

function tests.pipeline()
  local _, size, bounded, most, possible, unbounded = shown("^queues of (%d+): (%d+) items came in order, at most " ..
    "(%d+) of (%d+) possible were under way\nqueues without a size: (%d+) items came in order, at most %d+ were",
    "pipeline")
  assert.same({4, 300, 16, 300}, {size, bounded, possible, unbounded})
  assert.is_true(most <= possible)
end

function tests.monte_carlo()
  local _, one, many, miss, usual = shown("^workers: 1, pi: (%S+), seconds: %S+\nworkers: 3, pi: (%S+), " ..
    "seconds: %S+\nthe same; off by (%S+), where (%S+) is usual\n$", "monte_carlo", 1234567, 3)
  assert.equal(one, many)
  assert.is_true(math.abs(one - math.pi) < 5 * usual and miss < 5 * usual)
end

function tests.lost_update()
  local out, processes, times = shown("^two have read 0 and then written: 2 additions give 1\n" ..
    "(%d+) processes, (%d+) times each:\n", "lost_update", 3, 20000)
  assert.same({3, 20000}, {processes, times})
  local seen = {}
  for title, sum, lost in out:gmatch("\n(%S[^\n]-)  +(%d+), (%d+) lost") do
    sum, lost = math.tointeger(sum), math.tointeger(lost)
    assert.equal(60000, sum + lost)
    if not title:find("%+ 1$") then assert.equal(0, lost, title) end
    seen[#seen + 1] = title
  end
  assert.equal(7, #seen)
end

function tests.job_queue()
  local _, jobs, kills, results, sum, expected = shown("^(%d+) jobs, (%d+) workers were killed meanwhile\n" ..
    "%d+ jobs were begun again, %d+ of them had their result already\n" ..
    "(%d+) results, their sum is (%d+) and should be (%d+)\n$", "job_queue")
  assert.same({300, 300, 9045050, 9045050}, {jobs, results, sum, expected})
  assert.is_true(kills > 0)
end

describe("scripts/lab", function()
  local names = {}
  do
    local pipe <close> = assert(io.popen("ls scripts/lab"))
    for name in pipe:lines() do names[#names + 1] = name:match("^(.*)%.lua$") end
  end

  for _, name in ipairs(names) do
    it("has " .. name .. ", which shows what it claims", function()
      assert(tests[name], "no test")()
    end)

    it("has " .. name .. ", which asks its question at its head and is in the README", function()
      local head = helper.read("scripts/lab/" .. name .. ".lua"):match("^(.-)\nlocal ")
      for line in head:gmatch("[^\n]+") do assert.matches("^%-%- ", line) end
      assert.matches("?", head, 1, true)
      assert.matches("mplua scripts/lab/" .. name .. ".lua [", head, 1, true)
      assert.matches("| `" .. name .. ".lua` |", helper.read("scripts/lab/README.md"), 1, true)
    end)

    it("has " .. name .. ", which refuses arguments that make no sense", function()
      local ran = run(name, "-")
      assert.same({"", 1}, {ran.out, ran.code})
      assert.matches("^mplua: scripts/lab/" .. name .. "%.lua:%d+: ", ran.err)
    end)
  end
end)
