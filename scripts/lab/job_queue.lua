-- Workers take jobs from a queue and are killed by kill -9 at random. Is each job's result there once, and only once?
-- Yes: a lease gives the job of a dead worker to another one, and a result is only stored where none is yet, since a
-- worker may have died after it had stored it and before it could say that the job is done.
-- mplua scripts/lab/job_queue.lua [JOBS [WORKERS]]
local mp = require "mp"

local JOBS <const>, WORKERS <const> = math.tointeger(arg[1] or 300), math.tointeger(arg[2] or 4)
assert(JOBS and WORKERS and WORKERS >= 1, "JOBS and WORKERS (at least 1) must be whole numbers")

local jobs, results = mp.Queue(), mp.Table()
local repeated, stored_before = mp.Value(0), mp.Value(0)

local function worker()
  for lease in function() return (jobs:lease()) end do
    local job = lease.value
    if lease.deliveries > 1 then repeated:add(1) end
    mp.sleep(0.002)   -- the work
    if not mp.Table.compare_exchange(results, job, nil, job * job) then stored_before:add(1) end
    mp.sleep(0.001)   -- what else there is to do, or to be killed in
    lease:done()
  end
end

for job = 1, JOBS do jobs:put(job) end
local workers, kills = {}, 0
for i = 1, WORKERS do workers[i] = mp.spawn(worker) end
while not jobs:join(math.random() * 0.01) do
  local i = math.random(WORKERS)
  workers[i]:kill()
  kills = kills + 1
  workers[i] = mp.spawn(worker)
end
jobs:close()
for _, p in ipairs(workers) do p:result() end

local sum = 0
for job = 1, JOBS do sum = sum + results[job] end
print(("%d jobs, %d workers were killed meanwhile"):format(JOBS, kills))
print(("%d jobs were begun again, %d of them had their result already"):format(repeated.value, stored_before.value))
print(("%d results, their sum is %d and should be %d")
  :format(#mp.Table.keys(results), sum, JOBS * (JOBS + 1) * (2 * JOBS + 1) // 6))
