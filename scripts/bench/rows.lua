-- What ./dev bench measures. A row's contenders are NAME.lua, NAME.py and the program of NAME.c, where NAME is
-- `program` or else the row's own; each is given a count and prints one value.
--   unit      of the value. Less is better when it is a time (us), more when it is a rate (1/s)
--   count     per contender: so much that it runs for about half a second
--   python    the target: so many times as fast as Python at least
--   limit     the target: at most so many times as slow as C
--   pinned    all its processes on one CPU
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
}

local names = {}
for i, row in ipairs(rows) do
  names[i] = row.name
  rows[row.name] = row
end

function rows.names() return table.concat(names, ", ") end

return rows
