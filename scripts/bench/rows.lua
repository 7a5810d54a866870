-- What ./dev bench measures. A row's contenders are NAME.lua, NAME.py and the program of NAME.c, where NAME is
-- `program` or else the row's own; each is given a count and `kind`, if there is one, and prints one value.
--   unit      of the value. Less is better when it is a time (us), more when it is a rate (1/s)
--   count     per contender: so much that it runs for about half a second. Without one it does not take part
--   python    the target: so many times as fast as Python at least
--   limit     the target: at most so many times as slow as C, or as what lua_as_c does, which is given the directory
--             of the C programs too
--   least     the target: the value itself is at least this
--   pinned    all its processes on one CPU
--   files     the programs are given the URL of a web server's directory too, whose files 1 to 1000 have 1 KiB each
local rows = {
  {
    name = "start_join", title = "start + join of a process", unit = "us", python = 8, limit = 1.25,
    lua_as_c = "fork_wait.lua", -- fork + waitpid in the same program
    count = {mplua = 1000, python = 200, c = 2000},
  },
  {
    name = "queue_int", title = "queue of integers 1 to 1", unit = "1/s", python = 60,
    count = {mplua = 1500000, python = 40000, c = 20000000},
  },
  {
    name = "round_trip", title = "round trip, free cores", unit = "us", python = 50,
    count = {mplua = 200000, python = 5000, c = 500000},
  },
  {
    name = "round_trip_pinned", program = "round_trip", title = "round trip, one core", unit = "us", python = 4,
    pinned = true,
    count = {mplua = 50000, python = 5000, c = 100000},
  },
  {
    name = "lock_pair", program = "lock", kind = "pair", title = "lock: acquire + release", unit = "us", limit = 1.6,
    lua_as_c = "empty_calls.lua", -- two methods that do nothing
    count = {mplua = 5000000, python = 2000000, c = 5000000},
  },
  {
    name = "lock_add", program = "lock", kind = "add", title = "locked increment, 2 processes", unit = "us", python = 5,
    count = {mplua = 2000000, python = 200000},
  },
  {
    name = "value_get", program = "value", kind = "get", title = "value: get", unit = "us", python = 6,
    count = {mplua = 8000000, python = 1500000},
  },
  {
    name = "value_add", program = "value", kind = "add", title = "value: atomic add", unit = "us", python = 10,
    count = {mplua = 8000000, python = 400000},
  },
}

for _, kind in ipairs {"get", "set", "append"} do
  rows[#rows + 1] = {
    name = "manager_" .. kind, program = "manager", kind = kind, title = "manager: " .. kind, unit = "us", python = 300,
    count = {mplua = 3000000, python = 6000},
  }
end

for _, kind in ipairs {"pipe", "barrier", "condition", "event"} do
  rows[#rows + 1] = {
    name = kind, program = "ping_pong", kind = kind, title = kind .. ", free cores", unit = "us", python = 30,
    count = {mplua = 200000, python = 5000},
  }
  rows[#rows + 1] = {
    name = kind .. "_pinned", program = "ping_pong", kind = kind, title = kind .. ", one core", unit = "us", python = 3,
    pinned = true,
    count = {mplua = 50000, python = 5000},
  }
end

for _, row in ipairs {
  {kind = "map", title = "pool: map, automatic chunks", python = 3, count = {mplua = 2000000, python = 1000000}},
  {kind = "each", title = "pool: map, chunks of 1", python = 30, count = {mplua = 300000, python = 10000}},
  {kind = "apply", title = "pool: apply", python = 40, count = {mplua = 20000, python = 1000}},
} do
  row.name, row.program, row.unit = "pool_" .. row.kind, "pool", "us"
  rows[#rows + 1] = row
end
rows[#rows + 1] = {
  name = "pool_work", program = "pool", kind = "work", title = "pool: efficiency, tasks of 1 ms", unit = "of 1",
  least = 0.9,
  count = {mplua = 1000, python = 500},
}

for _, row in ipairs {
  {kind = "many", title = "http: get_many, 1,000 small files"},
  {kind = "session", title = "http: session:get, the same files"},
} do
  row.name, row.program, row.unit, row.files = "http_" .. row.kind, "fetch", "us", true
  row.count = {mplua = 1000, python = 1000}
  rows[#rows + 1] = row
end

local names = {}
for i, row in ipairs(rows) do
  names[i] = row.name
  rows[row.name] = row
end

function rows.names() return table.concat(names, ", ") end

return rows
