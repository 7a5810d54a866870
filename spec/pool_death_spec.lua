-- Pools whose processes are killed: what is lost then, and what is not.
local helper = require "spec.helper"
local mp = require "mp"

local SIGSTOP <const>, SIGCONT <const> = 19, 18
local KILLED <const> = "^task (%d+) failed: worker [%w-]+ was killed by signal 9 %(SIGKILL%)$"

local function error_of(f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok)
  return err
end

-- A process that sends workers of the pool a signal at random moments, until `over`.
local function start_killer(workers, over, pause, hurt)
  return mp.spawn(function()
    local kills = 0
    while not over:wait(math.random() * pause) do
      local processes = {}
      for _, process in pairs(workers) do
        if process.pid and not process.exitcode then processes[#processes + 1] = process end
      end
      if #processes > 0 then
        hurt(processes[math.random(#processes)])
        kills = kills + 1
      end
    end
    return kills
  end)
end

local function kill(process) process:kill() end

local function stop_for_a_moment(process)
  process:signal(SIGSTOP)
  mp.sleep(math.random() * 0.01)
  process:signal(SIGCONT)
end

-- A shared table of its workers, for who kills them.
local function workers_of(pool)
  local list = mp.Table()
  for i, process in ipairs(pool.workers) do list[i] = process end
  return list
end

-- Runs body(workers) while workers are hurt; `refresh` keeps the table of them up to date.
local function while_hurt(pool, pause, hurt, body)
  local over, workers = mp.Event(), workers_of(pool)
  local killer = start_killer(workers, over, pause, hurt)
  local function refresh()
    for i, process in ipairs(pool.workers) do workers[i] = process end
  end
  local ok, err = xpcall(body, debug.traceback, refresh)
  over:set()
  local kills = killer:result(10)
  if not ok then error(err, 0) end
  return kills
end

describe("a pool whose workers are killed", function()
  it("loses only the task that ran", function()
    local pool <close> = mp.Pool(2)
    local ran = mp.Array("i", 100)
    for _, chunksize in ipairs{1, 10, 100} do
      ran:fill(0)
      local results, errors = {}, {}
      local next_result = pool:imap(function(x)
        ran:add(x, 1)
        if x == 42 then mp.current_process():kill() end
        return -x
      end, mp.range(1, 100), {chunksize = chunksize, buffersize = 1000})
      while true do
        local ok, position, value = pcall(next_result)
        if not ok then
          errors[#errors + 1] = position
        elseif position == nil then
          break
        else
          results[position] = value
        end
      end
      assert.equal(1, #errors)
      assert.equal("42", errors[1]:match(KILLED))
      for i = 1, 100 do
        assert.equal(1, ran[i])
        assert.equal(i ~= 42 and -i or nil, results[i])
      end
    end
  end)

  it("names the task, the worker and the signal in map, apply and futures", function()
    local pool <close> = mp.Pool(2)
    local function die(x) if x == 7 then mp.current_process():kill() end return x end
    assert.equal("7", error_of(pool.map, pool, die, mp.range(1, 20), {chunksize = 5}):match(KILLED))
    assert.matches(KILLED, error_of(pool.apply, pool, die, 7))
    local future = pool:submit(die, 7)
    assert.matches(KILLED, error_of(future.get, future))
    assert.matches(KILLED, error_of(future.get, future))
    assert.is_false(future:successful())
    local several = pool:map_async(die, mp.range(1, 20))
    assert.equal("7", error_of(several.get, several):match(KILLED))
    assert.equal(3, pool:apply(die, 3))
    assert.matches("^task %d+ failed: worker [%w-]+ exited with status 3$", error_of(pool.apply, pool, os.exit, 3))
    assert.matches("exited with status 0$", error_of(pool.apply, pool, os.exit, true))
  end)

  it("tries a task again that died, as often as it may", function()
    local pool <close> = mp.Pool(2)
    local tries = mp.Table()
    local function sometimes(x)
      if x % 10 == 0 and mp.Table.add(tries, x, 1) < 3 then mp.current_process():kill() end
      return x
    end
    local results = pool:map(sometimes, mp.range(1, 40), {retries = 2, chunksize = 8})
    for i = 1, 40 do assert.equal(i, results[i]) end
    for i = 10, 40, 10 do assert.equal(3, tries[i]) end
    assert.matches(KILLED, error_of(pool.map, pool, function(x)
      mp.Table.add(tries, "always", 1)
      mp.current_process():kill()
      return x
    end, {1}, {retries = 2}))
    assert.equal(3, tries.always)
  end)

  it("counts tries by error and by death together", function()
    local pool <close> = mp.Pool(1)
    local tries = mp.Value("q", 0)
    local message = error_of(pool.map, pool, function()
      if tries:add(1) % 2 == 0 then mp.current_process():kill() end
      error("not yet", 0)
    end, {1}, {retries = 3})
    assert.equal(4, tries.value)
    assert.matches(KILLED, message)
  end)

  it("loses and repeats nothing at random kills", function()
    local pool <close> = mp.Pool(3)
    local n, failures = 3000, 0
    for round, chunksize in ipairs{1, 1, 7, 50, 400} do
      local ran, results, errors = mp.Array("i", n), {}, {}
      while_hurt(pool, 0.02, kill, function(refresh)
        local next_result = pool:imap_unordered(function(x)
          ran:add(x, 1)
          local sum = 0
          for i = 1, 500 do sum = sum + i * x end
          return sum
        end, mp.range(1, n), {chunksize = chunksize})
        local seen = 0
        while true do
          local ok, position, value = pcall(next_result)
          if ok and position == nil then break end
          if ok then
            assert.is_nil(results[position])
            results[position] = value
          else
            local at = tonumber(position:match(KILLED))
            assert(at, position)
            errors[at] = true
            failures = failures + 1
          end
          seen = seen + 1
          if seen % 50 == 0 then refresh() end
        end
        assert.equal(n, seen, "in round " .. round)
      end)
      for i = 1, n do
        assert.is_true(ran[i] <= 1, "a task ran twice")
        assert.is_true((results[i] ~= nil) ~= (errors[i] ~= nil), "a task has no outcome, or two")
        if results[i] then
          assert.equal(125250 * i, results[i])
          assert.equal(1, ran[i])
        end
      end
    end
    assert.is_true(failures < 1000)
  end)

  it("gives every result of a map with retries at random kills and pauses", function()
    local pool <close> = mp.Pool(3)
    for _, chunksize in ipairs{1, 30, 300} do
      while_hurt(pool, 0.02, function(process)
        if math.random(3) == 1 then kill(process) else stop_for_a_moment(process) end
      end, function(refresh)
        local results = pool:map(function(x)
          local sum = 0
          for i = 1, 300 do sum = sum + i end
          return x * x + sum - sum
        end, mp.range(1, 3000), {chunksize = chunksize, retries = 1000, progress = function(done)
          if done % 100 == 0 then refresh() end
        end})
        for i = 1, 3000 do assert.equal(i * i, results[i]) end
      end)
    end
  end)

  it("cancels no task that runs, and runs none that is cancelled, at random kills and pauses", function()
    local pool <close> = mp.Pool(3)
    local n, ran, cancelled = 4000, mp.Array("i", 4000), 0
    while_hurt(pool, 0.01, function(process)
      if math.random(2) == 1 then kill(process) else stop_for_a_moment(process) end
    end, function(refresh)
      for first = 1, n, 20 do
        local futures = {}
        for i = first, first + 19 do
          futures[i] = pool:submit(function(x)
            ran:add(x, 1)
            return x
          end, i)
        end
        for i = first + 19, first, -1 do
          if futures[i]:cancel() then
            cancelled, futures[i] = cancelled + 1, nil
            assert.equal(-1, ran:add(i, -1))
          end
        end
        for i, future in pairs(futures) do
          local ok, value = pcall(future.get, future)
          if ok then assert.equal(i, value) else assert.matches(KILLED, value) end
          if ok then assert.equal(1, ran[i]) else ran[i] = 1 end
        end
        refresh()
      end
    end)
    for i = 1, n do assert.equal(1, math.abs(ran[i])) end
    assert.is_true(cancelled > 0 and cancelled < n)
    for _ = 1, 10 do assert.equal(5, pool:apply(function() return 5 end)) end
  end)

  it("gives every result of nested tasks at random kills", function()
    local pool <close> = mp.Pool(3)
    while_hurt(pool, 0.08, kill, function(refresh)
      for _ = 1, 10 do
        local sum = 0
        for _, value in ipairs(pool:map(function(x)
          local inner = 0
          local list = pool:map(function(z) return z end, mp.range(1, x), {retries = 1000})
          for _, y in ipairs(list) do inner = inner + y end
          return inner
        end, mp.range(1, 20), {retries = 1000, chunksize = 3})) do sum = sum + value end
        assert.equal(1540, sum)
        refresh()
      end
    end)
    assert.equal(5, pool:apply(function() return 5 end))
  end)

  it("finishes when it is closed while workers are killed", function()
    local pool = mp.Pool(3)
    local future = pool:map_async(function(x)
      mp.sleep(0.0005)
      return x
    end, mp.range(1, 1000), {chunksize = 5, retries = 1000})
    while_hurt(pool, 0.02, kill, function()
      pool:close()
      assert.is_true(pool:join(20))
    end)
    assert.equal(1000, #future:get())
  end)

  it("is broken when workers die before they are ready", function()
    local pool <close> = mp.Pool{n = 1, initializer = function() mp.current_process():kill() end}
    local message = error_of(pool.apply, pool, print)
    local wanted = "^pool '[%w-]+' is broken: worker [%w-]+ was killed by signal 9 %(SIGKILL%) before it was ready"
    assert.matches(wanted, message)
  end)

  it("survives a worker that is killed before it is ready", function()
    local tries = mp.Value("q", 0)
    local pool <close> = mp.Pool{n = 1, initializer = function()
      if tries:add(1) == 1 then mp.current_process():kill() end
    end}
    assert.equal(5, pool:apply(function() return 5 end))
  end)

  it("is broken by an initializer that exits", function()
    local pool <close> = mp.Pool{n = 2, initializer = os.exit, initargs = {3}}
    assert.matches("exited with status 3 before it was ready", error_of(pool.apply, pool, print))
  end)
end)

describe("a task that runs too long", function()
  it("is killed, and others of its chunk are neither lost nor repeated", function()
    local pool <close> = mp.Pool(2)
    local ran, results, errors = mp.Array("i", 20), {}, {}
    local next_result = pool:imap(function(x)
      ran:add(x, 1)
      if x % 7 == 0 then mp.sleep(1000) end
      return x
    end, mp.range(1, 20), {chunksize = 10, timeout = 0.1, buffersize = 100})
    while true do
      local ok, position, value = pcall(next_result)
      if not ok then
        errors[#errors + 1] = position
      elseif position == nil then
        break
      else
        results[position] = value
      end
    end
    assert.same({"task 7 failed: it ran longer than 0.1 s", "task 14 failed: it ran longer than 0.1 s"}, errors)
    for i = 1, 20 do
      assert.equal(1, ran[i])
      assert.equal(i % 7 ~= 0 and i or nil, results[i])
    end
  end)

  it("is tried again if it may be", function()
    local pool <close> = mp.Pool(1)
    local tries = mp.Value("q", 0)
    assert.same({9, n = 1}, pool:map(function()
      if tries:add(1) < 3 then while true do end end
      return 9
    end, {1}, {timeout = 0.1, retries = 2}))
    assert.equal(3, tries.value)
  end)

  it("has all its time for another try", function()
    local pool <close> = mp.Pool(1)
    local tries = mp.Value("q", 0)
    assert.same({4, n = 1}, pool:map(function()
      mp.sleep(0.15)
      if tries:add(1) < 4 then error("again") end
      return tries.value
    end, {1}, {timeout = 1, retries = 5}))
  end)

  it("is not lost when it ends about in time", function()
    local pool <close> = mp.Pool(2)
    local ran, outcomes = mp.Array("i", 100), 0
    local next_result = pool:imap_unordered(function(x)
      ran:add(x, 1)
      local done = mp.time() + 0.0045 + math.random() * 0.001
      while mp.time() < done do end
      return x
    end, mp.range(1, 100), {chunksize = 10, timeout = 0.005})
    while true do
      local ok, position = pcall(next_result)
      if ok and position == nil then break end
      if not ok then assert.matches("^task %d+ failed: it ran longer than 0.005 s$", position) end
      outcomes = outcomes + 1
    end
    assert.equal(100, outcomes)
    for i = 1, 100 do assert.equal(1, ran[i]) end
  end)

  it("fails the task that waits for it too, if that runs in the same worker", function()
    local pool <close> = mp.Pool(1)
    local message = error_of(pool.apply, pool, function()
      return pool:map(mp.sleep, {1000}, {timeout = 0.1})
    end)
    assert.matches("^task 1 failed: a task that its worker ran meanwhile took too long$", message)
    assert.equal(5, pool:apply(function() return 5 end))
  end)

  -- Who stops the world needs some time until it stands still, and then has not yet been stopped itself.
  it("is killed also where its worker has stopped the world before it stops", function()
    local result = helper.run [[
      local mp = require "mp"
      local core = require "mp.core"
      local real_open, asked, sleep = io.open, 0, core.sleep
      function io.open(path, ...)   -- in the supervisor: the worker is not seen to have stopped at once
        if not path:find "^/proc/%d+/stat$" then return real_open(path, ...) end
        asked = asked + 1
        if asked <= 3 then return real_open "running" end
        return real_open(path, ...)
      end
      function core.sleep(...)
        if asked > 0 then error "the supervisor may wait for the one that it has stopped" end
        return sleep(...)
      end
      real_open("running", "w"):write("1 (mplua) R"):close()
      local pool <close> = mp.Pool(1)
      local future = pool:options {timeout = 0.1}:submit(function() while true do end end)
      print(select(2, pcall(future.get, future)))
    ]]
    assert.equal("task 1 failed: it ran longer than 0.1 s\n", result.out)
    assert.equal("", result.err)
  end)

  it("is found by the next supervisor too", function()
    local pool <close> = mp.Pool(1)
    assert.same({1, n = 1}, pool:map(function(x) return x end, {1}, {timeout = 0.2}))
    local worker = pool.workers[1]
    pcall(pool.apply, pool, function() mp.parent_process():kill() end)
    worker:join()
    assert.equal("task 1 failed: it ran longer than 0.2 s",
      error_of(pool.map, pool, mp.sleep, {1000}, {timeout = 0.2}))
  end)
end)

describe("a pool whose supervisor is killed", function()
  local function supervisor_of(pool)
    return pool:apply(function() return mp.parent_process() end)
  end

  it("goes on with another one", function()
    local pool <close> = mp.Pool(2)
    for _, chunksize in ipairs{1, 20} do
      local supervisor, ran = supervisor_of(pool), mp.Array("i", 400)
      local killer = mp.spawn(function()
        while ran[100] == 0 do mp.sleep(0.001) end
        supervisor:kill()
      end)
      local outcomes, failed = 0, 0
      local next_result = pool:imap(function(x)
        ran:add(x, 1)
        mp.sleep(0.001)
        return x
      end, mp.range(1, 400), {chunksize = chunksize})
      while true do
        local ok, position = pcall(next_result)
        if ok and position == nil then break end
        outcomes, failed = outcomes + 1, failed + (ok and 0 or 1)
        if not ok then assert.matches("^task %d+ failed: worker [%w-]+ was killed by signal", position) end
      end
      killer:join()
      assert.equal(400, outcomes)
      assert.is_true(failed <= 2)
      for i = 1, 400 do assert.is_true(ran[i] <= 1) end
    end
  end)

  it("goes on when a worker was stopped", function()
    local pool <close> = mp.Pool(1)
    local supervisor, worker = supervisor_of(pool), pool.workers[1]
    local started = mp.Event()
    local future = pool:submit(function()
      started:set()
      mp.sleep(1000)
    end)
    started:wait()
    worker:signal(SIGSTOP)
    supervisor:kill()
    assert.matches("^task %d+ failed: worker", error_of(future.get, future, 10))
    assert.equal(5, pool:submit(function() return 5 end):get(10))
  end)

  it("goes on when that was just starting workers", function()
    for round = 1, 40 do
      local pool <close> = mp.Pool(4)
      for _, child in ipairs(mp.active_children()) do
        if child.name == pool.name then
          mp.sleep(round * 0.00005)
          child:kill()
        end
      end
      assert.same({1, 2, 3, n = 3}, pool:map(function(x) return x end, {1, 2, 3}, {retries = 10}))
    end
  end)

  it("is seen by who only asks whether a future is done", function()
    local pool <close> = mp.Pool(1)
    local supervisor, started = supervisor_of(pool), mp.Event()
    local futures = {pool:submit(function() started:set() mp.sleep(1000) end), pool:submit(function() return 5 end)}
    started:wait()
    supervisor:kill()
    assert.is_true(helper.wait_until(function() return futures[2]:done() end))
    assert.is_false(futures[1]:successful())
    assert.equal(5, futures[2]:get())
  end)

  it("finishes when it is closed then", function()
    local pool = mp.Pool(2)
    local future = pool:map_async(function(x)
      mp.sleep(0.001)
      return x
    end, mp.range(1, 200), {retries = 5})
    local supervisor = pool:options{retries = 1}:apply(function() return mp.parent_process() end)
    pool:close()
    supervisor:kill()
    assert.is_true(pool:join(20))
    assert.equal(200, #future:get())
  end)

  it("is broken when no supervisor lasts", function()
    local pool <close> = mp.Pool(1)
    for _ = 1, 3 do
      local supervisor = supervisor_of(pool)
      supervisor:kill()
      supervisor:join()
    end
    assert.equal(5, pool:apply(function() return 5 end))   -- it has lasted each time
  end)
end)

-- Workers that are killed at each step of what they write down and send, one after the other.
describe("a pool whose worker is killed between two of its steps", function()
  local core = require "mp.core"
  local STEPS <const> = {parcel = {"put", "reply"}, journal = {"begin", "results", "set_tries", "set_deadline"}}
  local originals, step, deadly
  local maker = mp.current_process().pid

  local function count_step()
    if mp.current_process().pid ~= maker and step:add(1) == deadly.value then mp.current_process():kill() end
  end

  -- The worker is a copy of its maker, so it counts too.
  before_each(function()
    originals, step, deadly = {}, mp.Value("q", 0), mp.Value("q", 0)
    for module, names in pairs(STEPS) do
      for _, name in ipairs(names) do
        local f = core[module][name]
        originals[#originals + 1] = {module, name, f}
        core[module][name] = f and function(...)
          count_step()
          local results = table.pack(f(...))
          count_step()
          return table.unpack(results, 1, results.n)
        end
      end
    end
  end)
  after_each(function()
    for _, original in ipairs(originals) do core[original[1]][original[2]] = original[3] end
    step, deadly = nil, nil
  end)

  -- Runs check(future) for a call whose worker dies at its first step, its second one, ... until it has no more.
  local function at_each_step(f, options, check)
    repeat
      step.value, deadly.value = 0, deadly.value + 1
      local pool = mp.Pool(1)
      local future = pool:map_async(f, mp.range(1, 6), options)
      assert.is_true(future:wait(10), "hangs after step " .. deadly.value)
      check(future)
      pool:terminate()
      pool:join()
    until step.value < deadly.value
    assert.is_true(deadly.value > 5)
  end

  local function mixed(x) return x % 2 == 0 and x or {x} end

  local function check_all(future)
    local list = future:get()
    assert.equal(6, list.n)
    for i = 1, 6 do assert.same(mixed(i), list[i]) end
  end

  it("gives all results, or says which task died", function()
    at_each_step(mixed, {chunksize = 3}, function(future)
      if not future:successful() then
        assert.matches(KILLED, error_of(future.get, future))
      else
        check_all(future)
      end
    end)
  end)

  it("gives all results when it may try again", function()
    at_each_step(mixed, {chunksize = 3, retries = 2, timeout = 100}, check_all)
  end)

  it("gives the error of a task that fails, unless the worker dies before it has sent that", function()
    at_each_step(function(x) return x == 2 and error("two", 0) or mixed(x) end, {chunksize = 3, retries = 1},
      function(future)
        local err = error_of(future.get, future)
        assert.is_truthy(err:find("^two\n") or err:match(KILLED) == "2", err)
      end)
  end)
end)

describe("a pool whose maker is killed", function()
  it("leaves no process", function()
    local family = helper.start([[
      local mp = require "mp"
      local pool = mp.Pool(3)
      pool:map(function(x) return x end, mp.range(1, 100))
      pool:map_async(mp.sleep, {1000, 1000, 1000, 1000})
      print(mp.current_process().pid)
      io.stdout:flush()
      pool:map(mp.sleep, {1000})
    ]])
    helper.kill(9, family:number())
    assert.is_true(family:gone(10))
    family:finish()
  end)

  it("leaves no process of it when the maker is a child", function()
    local workers = mp.Queue()
    local maker = mp.spawn(function()
      local pool = mp.Pool(2)
      for _, worker in ipairs(pool.workers) do workers:put(worker) end
      pool:map(mp.sleep, {1000, 1000, 1000})
    end)
    local first, second = workers:get(), workers:get()
    maker:kill()
    assert.is_true(first:join(10))
    assert.is_true(second:join(10))
  end)
end)

describe("terminate", function()
  it("ends whatever runs", function()
    for round = 1, 10 do
      local pool = mp.Pool(3)
      local future = pool:map_async(function(x)
        if x % 5 == 0 then return pool:map(mp.sleep, {0.001, 0.001}).n end
        return x
      end, mp.range(1, 10000), {chunksize = round})
      local iterator = pool:imap(function(x) return x end, mp.range(1, 1000))
      mp.sleep(math.random() * 0.02)
      pool:terminate()
      assert.is_true(pool:join(10))
      assert.matches("was terminated", error_of(future.get, future))
      local ok, err
      repeat ok, err = pcall(iterator) until not ok or err == nil
      assert.matches("was terminated", err)
    end
  end)

  it("may be called from callbacks and inputs", function()
    local pool = mp.Pool(2)
    pool:submit(function() return 1 end):on_done(function() pool:terminate() end)
    local future = pool:submit(mp.sleep, 1000)
    assert.matches("was terminated", error_of(future.get, future))
    assert.is_true(pool:join(10))
    local other = mp.Pool(2)
    assert.matches("was terminated", error_of(other.map, other, function() end, function()
      other:terminate()
      return 1
    end))
    assert.is_true(other:join(10))
  end)
end)
