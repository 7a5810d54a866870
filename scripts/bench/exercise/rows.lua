-- Those of the twenty exercises whose time is not sleep, each a whole program: the scripts of this project as they are
-- beside Python programs that do the same.
local rows = {}

for _, row in ipairs {
  {"01_process", "1 a process"}, {"02_arguments", "2 arguments"}, {"03_several", "3 three processes"},
  {"05_pool", "5 pool"}, {"06_value", "6 value, 602,000 increments"}, {"07_array", "7 array"},
  {"09_lock", "9 lock, 10 processes"}, {"11_manager", "11 manager"}, {"14_barrier", "14 barrier"},
  {"15_pipe", "15 pipe"}, {"16_exceptions", "16 exceptions"}, {"17_speedup", "17 primes below 100,000", {"100000"}},
  {"18_files", "18 merging 3 files of 1 MiB", {"$data/output", "$data/1", "$data/2", "$data/3"}},
  {"19_hybrid", "19 downloads and threads", {"$url1", "$url2", "$url3"}},
  {"20_scraper", "20 web scraper", {"$url1", "$url2", "$url3"}},
} do
  local script, title, args = row[1], row[2], row[3] or {}
  rows[#rows + 1] = {
    name = "exercise_" .. script, title = title, files = script > "18",
    mplua = {"command", 1, "$mplua", "$scripts/" .. script .. ".lua", table.unpack(args)},
    python = {"command", 1, "/usr/bin/python3", "$bench/exercise/exercise.py", script:match "_(.*)",
              table.unpack(args)},
  }
end

return {title = "Exercises, whole programs", rows = rows}
