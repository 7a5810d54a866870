-- A family whose processes are killed and stopped at random while they work, and who of them died of it.
local mp = require "mp"

local SIGKILL <const> = 9

local family = {patience = 30}   -- seconds after which a wait is a hang
family.__index = family

-- Seconds, at most, that a worker works and rests in turn; that it works when it is called; that its call may take.
local RUN <const>, REST <const>, CALLED <const>, CALL <const> = 0.0005, 0.1, 0.003, 0.003

function family.new()
  return setmetatable({
    over = mp.Event {name = "over"},
    unsettled = mp.Value {type = "q", name = "unsettled"},   -- odd: somebody died whose role does not know it yet
    resting = mp.Array("boolean", 64), calls = {}, tired = 0,
    workers = {}, struck = {}, endings = {}, checks = {}, children = mp.Value {type = "q", name = "killed children"},
    deaths = 0, stops = 0, ends = 0, strikes = 0, hits = 0,
  }, family)
end

-- So many processes call work(i), each with a number of its own from 1 on, again and again.
-- Options: died(i) is told of a violent death before the next one with this number starts; `quick`: they wait little.
function family:role(name, count, work, options)
  options = options or {}
  local died, quick = options.died or function() end, options.quick
  for i = 1, count do
    local index = #self.workers + 1
    self.workers[index] = {name = name .. i, number = i, index = index, work = work, died = died, quick = quick}
    self.calls[index] = mp.Event()
  end
end

-- What is to be done when nobody is killed any more: in order, before the workers are joined.
function family:ending(f) table.insert(self.endings, f) end

-- f is called after the last process has ended: returns what there is to tell.
function family:check(f) table.insert(self.checks, f) end

function family:start(i)
  local worker, seed = self.workers[i], math.random(0)
  self.resting[i] = false
  worker.process = mp.spawn {name = worker.name, target = function()
    self.me = i
    math.randomseed(seed)
    worker.work(worker.number)
  end}
end

-- In a worker, between two things that it does. So few are at work at once that those who kill get to run, too; and a
-- death costs little else than the making of the next process.
function family:going_on()
  local now = mp.time()
  if now > self.tired then
    local call, run = self.calls[self.me], math.random() * RUN
    self.resting[self.me] = true
    if call:wait(math.random() * REST) then
      call:clear()
      run = CALLED
    end
    self.resting[self.me] = false
    self.tired = mp.time() + run
  end
  return not self.over:is_set()
end

-- Has it ended? Then its death is on record.
function family:ended(worker)
  local code = worker.process.exitcode
  if not code then return false end
  if code == -SIGKILL then
    self.deaths = self.deaths + 1
    worker.died(worker.number)
  elseif code == 0 then
    self.ends = self.ends + 1
  else
    error(("%s ended with %d: %s"):format(worker.name, code, worker.process.error), 0)
  end
  return true
end

-- Mostly one of those that wait little.
function family:any()
  local worker
  local quick = math.random(8) > 3
  repeat worker = self.workers[math.random(#self.workers)] until worker.quick or not quick
  return worker
end

-- So many, most of them in the middle of something: who rests is called to work, and given the time to be at it.
function family:some(n)
  local some, deadline = {}, mp.time() + CALL
  for i = 1, n do
    some[i] = self:any()
    if self.resting[some[i].index] and math.random(8) > 1 then self.calls[some[i].index]:set() end
  end
  mp.sleep(math.random() * RUN)
  for _, worker in ipairs(some) do
    while self.resting[worker.index] and mp.time() < deadline do mp.sleep(0.0001) end
  end
  for _, worker in ipairs(some) do
    if not self.resting[worker.index] then self.hits = self.hits + 1 end
  end
  self.strikes = self.strikes + n
  return some
end

function family:start_again()
  for i, worker in ipairs(self.workers) do
    if self:ended(worker) then self:start(i) end
  end
end

function family:kill(worker)
  table.insert(self.struck, worker)
  worker.process:kill()
end

-- A program that stops processes for a moment: nobody of the family could, as it may wait itself for what they hold.
local STOPPER <const> = [[
  while read -r pids && [ -n "$pids" ]; do
    kill -STOP $pids
    sleep 0.002
    kill -CONT $pids
  done 2>/dev/null]]

function family:stop_some()
  local pids = {}
  for i, worker in ipairs(self:some(math.random(3))) do pids[i] = worker.process.pid end
  self.stopper:write(table.concat(pids, " "), "\n")
  self.stopper:flush()
  self.stops = self.stops + #pids
  mp.sleep(math.random() * 0.001)
end

function family:strike()
  if self.unsettled.value % 2 == 0 then self.unsettled:add(1) end
  if math.random(8) == 1 then self:stop_some() end
  for _, worker in ipairs(self:some(math.random(10))) do self:kill(worker) end
  for _, worker in ipairs(self.struck) do
    assert(worker.process:join(self.patience), "nobody has cleared up after " .. worker.name)
  end
  self.struck = {}
  self:start_again()
  if math.random(4) == 1 then
    self:kill(self:any())   -- maybe in its start
  else
    self.unsettled:add(1)
  end
end

function family:torture(seconds)
  local deadline = mp.time() + seconds
  self.stopper = assert(io.popen(STOPPER, "w"))
  for i in ipairs(self.workers) do self:start(i) end
  while mp.time() < deadline do
    mp.sleep(math.random() * 0.003)
    self:strike()
    -- else so many dead processes are not collected yet that our table of references grows for good
    if math.random(100) == 1 then collectgarbage() end
  end
  self.stopper:write "\n"   -- the workers have its pipe, too
  self.stopper:close()
  self:start_again()
end

-- Nobody is killed any more: all of them end by themselves.
function family:finish()
  self.over:set()
  for _, f in ipairs(self.endings) do f() end
  for _, worker in ipairs(self.workers) do
    assert(worker.process:join(self.patience), worker.name .. " does not end")
    self:ended(worker)
  end
end

-- After a failure: those that would go on for ever.
function family:kill_all()
  for _, worker in ipairs(self.workers) do
    if worker.process then worker.process:kill() end
  end
end

-- Joins those of this role, for endings that need them gone.
function family:join(name)
  for _, worker in ipairs(self.workers) do
    if worker.name:match("^" .. name .. "%d+$") then
      assert(worker.process:join(self.patience), worker.name .. " does not end")
    end
  end
end

function family:judge()
  local told = {}
  for i, f in ipairs(self.checks) do told[i] = f() end
  return told
end

-- For what is only true while no death is unknown: calls f, and says whether its answer counts.
function family:calmly(f)
  local before = self.unsettled.value
  if before % 2 == 1 then return false end
  local answer = f()
  return self.unsettled.value == before, answer
end

return family
