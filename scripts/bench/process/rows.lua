-- Starting and ending of processes and threads, waiting for several things, and the program's own start.
local function start(name, title, at_once, megabytes, target, rounds)
  return {
    name = name, title = title, args = {"start", at_once, megabytes}, target = target, rounds = rounds,
    limit = {"process/fork.lua", "start", at_once, megabytes}, limit_is = "fork + waitpid in C, in the same program",
  }
end

local function wait(n)
  return {
    name = "wait_" .. n, title = ("wait over %d, one ready"):format(n), args = {"wait", n},
    python_is = "connection.wait", limit = {"wait", n}, limit_is = "poll(2)",
  }
end

local function program(name, title, argument, python_argument, lua)
  return {
    name = name, title = title, mplua = {"command", 1, "$mplua", "-e", argument},
    python = {"command", 1, "/usr/bin/python3", "-c", python_argument},
    limit = lua and {"command", 1, "lua5.4", "-e", argument}, limit_is = lua and "lua5.4",
    target = lua and {limit = 1.5},
  }
end

return {
  title = "Processes and threads",
  rows = {
    start("start_join", "start + join of a process", 1, 0, {python = 8, limit = 1.25}),
    start("start_64mb", "the same, with 64 MB of live Lua data", 1, 64),
    start("start_100", "100 processes at once, each", 100, 0),
    start("start_1000", "1,000 processes at once, each", 1000, 0, nil, 3),
    {
      name = "thread", title = "start + join of a thread", args = {"thread"}, target = {limit = 2},
      python_is = "a thread in the one interpreter",
      limit = {"thread"}, limit_is = "pthread_create + join, luaL_newstate + lua_close",
    },
    wait(1), wait(10), wait(1000),
    program("startup", "mplua -e ''", "", "", true),
    program("startup_mp", "the same, with the library", 'require "mp"', "import multiprocessing"),
  },
}
