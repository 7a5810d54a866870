return {
  title = "Pools",
  setup = [[local pool = mp.Pool {n = 1, name = "crew"}]],
  text = [[
A pool is worker processes that run functions: [pool.md](pool.md) introduces it. It starts at once. Functions may be
closures, written after the pool was made; they are copied to the workers. `items` is a list (with `n`, if it has
holes), a shared table, an array, an iterator function that returns one value a call, or [`mp.range`](#ranges).
Options of calls are [below](#options-of-calls).

A pool cannot be used in another process or thread; but a task may use the pool that runs it. `close`, `terminate` and
`join` are for the pool's maker. A pool that nobody has any more is terminated, and so are those of a process that ends.
Failures that nobody has asked for are printed at the pool's end, but not those that come of `terminate`.
]],
  functions = {
    {"mp.Pool", "Makes a pool, and starts its workers.",
      params = {
        {"n", "integer?", "how many workers", default = "mp.cpu_count()"},
        {"name", "string?", "its name; its workers are `NAME-1`, ..."},
      },
      named = {
        {"n", "integer?", "how many workers", default = "mp.cpu_count()"},
        {"name", "string?", "its name; its workers are `NAME-1`, ..."},
        {"initializer", "function?", "runs in every worker before its first task. An error in it breaks the "
          .. "pool: every "
          .. "call raises that error, which is printed nowhere else"},
        {"initargs", "table?", "the list of its arguments; `n` counts them if there are nils among them"},
        {"max_tasks", "integer?", "after so many tasks at most a worker is replaced by a new one"},
      },
      returns = {{"pool"}},
      errors = {
        {"mp.Pool: n must be an integer of at least 1, not 0", "so many workers cannot be; likewise `max_tasks`",
          try = [[mp.Pool(0)]]},
        {"mp.Pool: initializer must be a function, not a number", "the type of an option is wrong",
          try = [[mp.Pool {initializer = 5}]]},
        {"mp.Pool has no 'processes' (did you mean 'n'?)", "nor this one, which Python has",
          try = [[mp.Pool {processes = 2}]]},
        {"mp.Pool has no 'initialiser' (did you mean 'initializer'?)", "there is no such option",
          try = [[mp.Pool {initialiser = print}]]},
        {"cannot start a process while 1 thread runs: start processes first", "this process runs threads",
          try = [[mp.Thread(mp.sleep, math.huge):start(); mp.Pool(1)]]},
      }},
  },
  class = {
    id = "pool", var = "pool", internal = {"__len"},
    fields = {
      {"name", "string", "its name"},
      {"n", "integer", "how many workers it has"},
      {"workers", "process[]", "the processes of the present workers"},
    },
    operators = {
      {"__close", "local pool <close> = mp.Pool()", nil,
        "closes and joins it at the end of the scope; when that ends by an error, it is terminated"},
    },
    methods = {
      {"map", "Calls `f` for each item. When a task fails, what runs is waited for, what has not begun is "
        .. "dropped, and the "
        .. "failure with the least position is raised.",
        params = {
          {"f", "fun(item: any): any", "what is called"}, {"items", "items", "what it is called with"},
          {"options", "calloptions?", "options of this call"},
        },
        returns = {{"list", text = "the first result of each, in order; `n` is how many; where one is nil there "
          .. "is a hole"}},
        errors = {
          {"three is too many...", "the task's error; to a string the traceback of the worker is appended",
            try = [[pool:map(error, {"three is too many"})]]},
          {"task 1 failed: worker crew-1 was killed by signal 9 (SIGKILL)",
            "the worker died; the number is the position of the item",
            try = [[pool:map(function() mp.current_process():kill() end, {1})]]},
          {"task 1 failed: worker crew-1 exited with status 3", "the task called `os.exit`",
            try = [[pool:map(os.exit, {3})]]},
          {"task 1 failed: it ran longer than 0.01 s", "the time of the option `timeout` was over",
            try = [[pool:map(mp.sleep, {5}, {timeout = 0.01})]]},
          {"bad argument #1 to 'map' (function expected, got string)", "`f` is no function",
            try = [[pool:map("f", {})]]},
          {"bad argument #2 to 'map' (list, range or iterator function expected, got number)", "`items` is none "
            .. "of these",
            try = [[pool:map(print, 5)]]},
          {"bad argument #2 to 'map' (list expected, got a table with the key 'a' and without [1])",
            "a table without a list", try = [[pool:map(print, {a = 1})]]},
          {"bad argument #2 to 'map' (give the list itself, not pairs)", "what `pairs` or `ipairs` returns needs more "
            .. "than to be called", try = [[pool:map(print, pairs {1})]]},
          {"bad argument #1 to 'map' (pool expected, got function; with a colon: pool:map(...))",
            "the call has a dot where a colon belongs", try = [[pool.map(print, {1})]]},
          {"bad argument #3 to 'map' (table of options expected, got number)", "`options` is no table",
            try = [[pool:map(print, {}, 5)]]},
          {"pool:map has no 'chunksze' (did you mean 'chunksize'?)", "there is no such option",
            try = [[pool:map(print, {}, {chunksze = 1})]]},
          {"cannot send item[1]: a coroutine", "an item cannot travel",
            try = [[pool:map(print, {coroutine.create(print)})]]},
          {"task 1 failed: cannot send result 1: a coroutine", "the result cannot travel",
            try = [[pool:map(function() return coroutine.create(print) end, {1})]]},
          {"pool 'crew' is closed", "it takes no more calls", try = [[pool:close() pool:map(print, {1})]]},
          {"pool 'crew' is terminated", "it was", try = [[pool:terminate() pool:map(print, {1})]]},
          {"pool 'crew' is broken: no paper...", "the initializer failed with that error", try = [[
            pool = mp.Pool {n = 1, name = "crew", initializer = error, initargs = {"no paper", 0}}
            pool:map(print, {1})
          ]]},
          {"pool 'crew' belongs to process 'main'", "another process asks", try = [[
            local p = mp.spawn(function() return select(2, pcall(pool.map, pool, print, {1})) end)
            error(p:result(), 0)
          ]]},
          {"pool 'crew' belongs to another process or thread", "a thread asks, or a process that was sent the pool",
            try = [[
            local t = mp.Thread(function() return select(2, pcall(pool.map, pool, print, {1})) end):start()
            error(t:result(), 0)
          ]]},
        }},
      {"starmap", "Calls `f` with the arguments of each list.",
        params = {
          {"f", "function", "what is called"},
          {"lists", "items", "lists of arguments, each with `n` if one is nil"},
          {"options", "calloptions?", "options of this call"},
        },
        returns = {{"list", text = "as that of `pool:map`"}},
        errors = {
          {"item[1]: a list of arguments expected, not a number", "an item is no list",
            try = [[pool:starmap(print, {1})]]},
          {"task 1 failed: ...", "as `pool:map` does", try = [[pool:starmap(os.exit, {{3}})]]},
        }},
      {"map_async", "As `map`, but does not wait. All is given to the workers at once.",
        params = {
          {"f", "fun(item: any): any", "what is called"}, {"items", "items", "what it is called with"},
          {"options", "calloptions?", "options of this call"},
        },
        returns = {{"future", text = "of that list"}},
        errors = {{"pool 'crew' is closed", "it takes no more calls",
          try = [[pool:close() pool:map_async(print, {1})]]}}},
      {"starmap_async", "As `starmap`, but does not wait. All is given to the workers at once.", as = "pool:starmap",
        returns = {{"future", text = "of that list"}},
        errors = {{"pool 'crew' is closed", "it takes no more calls",
          try = [[pool:close() pool:starmap_async(print, {{1}})]]}}},
      {"imap", [[
For a loop, `for i, ... in pool:imap(f, items) do`: the positions of the items and the results of `f`, in order. The
input is taken no further ahead than `buffersize` items. A failure raises at its place. When the loop is left, what
has not begun is dropped.]],
        params = {
          {"f", "fun(item: any): any...", "what is called"}, {"items", "items", "what it is called with"},
          {"options", "calloptions?", "options of this call"},
        },
        returns = {{"fun(): integer, any...", "nil", "nil", "any", text = "for a generic `for`, which closes "
          .. "the last"}},
        errors = {{"bad 1...", "a task's error, in the loop", try = [[
          for _ in pool:imap(function(x) error("bad " .. x, 0) end, {1}) do end
        ]]}}},
      {"imap_unordered", "The same in order of completion.", as = "pool:imap", errors = {}},
      {"apply", "Calls `f(...)` in a worker, and waits for it.",
        params = {{"f", "function", "what is called"}, {"...", "any", "its arguments"}},
        returns = {{"any...", text = "what `f` returned"}},
        errors = {
          {"task 1 failed: worker crew-1 exited with status 3", "as `pool:map` does; the number counts such calls",
            try = [[pool:apply(os.exit, 3)]]},
          {"cannot send argument 2: a coroutine", "an argument cannot travel",
            try = [[pool:apply(print, 1, coroutine.create(print))]]},
          {"cannot send the function.(upvalue 'co'): a coroutine", "nor can the function", try = [[
            local co = coroutine.create(print)
            pool:apply(function() return co end)
          ]]},
        }},
      {"submit", "Calls `f(...)` in a worker, and does not wait.",
        params = {{"f", "function", "what is called"}, {"...", "any", "its arguments"}},
        returns = {{"future"}},
        errors = {{"pool 'crew' is closed", "it takes no more calls", try = [[pool:close() pool:submit(print)]]}}},
      {"apply_async", "The same as `submit`.", as = "pool:submit", errors = {}},
      {"options", "The same pool, with options for every call, `apply` and `submit` included.",
        params = {{"options", "calloptions", "the options"}},
        returns = {{"pool"}},
        errors = {{"pool:options: timeout must be a number of at least 0, not -1", "that is none",
          try = [[pool:options {timeout = -1}]]}}},
      {"close", "No more calls; what was given is finished.",
        errors = {{"pool 'crew': only its maker can close it...", "a worker asks",
          try = [[pool:apply(function() pool:close() end)]]}}},
      {"terminate", "Kills the workers; what is not done fails: `pool 'crew' was terminated`."},
      {"join", "Waits for the end of a pool that is closed or terminated.",
        params = {{"timeout", "seconds?", "how long to wait"}},
        returns = {{"true"}, {"false", '"timeout"'}},
        errors = {{"pool 'crew' is still running: close or terminate it first", "it would never end",
          try = [[pool:join()]]}}},
    },
  },
}
