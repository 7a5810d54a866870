return {
  title = "Threads",
  setup = [[local t = mp.Thread {target = function() end, name = "t"}]],
  text = [[
A thread is an OS thread of this process with a Lua state of its own. The function, its upvalues, the globals that it
names and the arguments are copied as if they were sent; objects of this library are shared, and all of them work
between threads too.

A thread cannot be killed or signalled, but it dies with its process. In it `os.exit` raises and `mp.atexit` is about
its own end; Ctrl-C is for the main thread. While threads run, their process can start no process. At its end a
process joins its threads, but not those made with `daemon = true`. A lock that a thread holds at its end is given on
as abandoned. An error that nobody catches is printed, and the process lives on.
]],
  functions = {
    {"mp.Thread", "A thread that will call `f(...)`. It is not started yet.",
      params = {
        {"f", "function", "what it calls"},
        {"...", "any", "the arguments"},
      },
      named = {
        {"target", "function", "`f`"},
        {"args", "table?", "the list of the arguments; `args.n` counts them if there are nils among them"},
        {"name", "string?", "its name"},
        {"daemon", "boolean?", "its process does not wait for it", default = "false"},
      },
      returns = {{"thread"}},
      errors = {
        {"mp.Thread needs a function, not nil; pass it without calling it: mp.Thread(f, ...)", "`f` is no function",
          try = [[mp.Thread(nil)]]},
        {"mp.Thread: args must be a table, not a number", "`args` is no list",
          try = [[mp.Thread {target = print, args = 5}]]},
        {"mp.Thread: target is not a function but nil", "a table without `target`", try = [[mp.Thread {name = "x"}]]},
      }},
    {"mp.current_thread", "The thread that asks.", returns = {{"thread"}, {"nil", text = "in the main thread"}}},
  },
  class = {
    id = "thread", var = "t",
    fields = {
      {"name", "string", "its name"},
      {"daemon", "boolean", "does its process not wait for it?"},
      {"error", "any", "the error that ended it, to a string its traceback is appended; for one that died with its "
        .. "process, how that ended; else nil"},
      {"traceback", "string?", "that of the error, or nil"},
    },
    operators = {{"__close", "local t <close> = mp.Thread(...)", nil, "joins it at the end of the scope"}},
    methods = {
      {"start", "Starts it. Once, and by its maker.",
        returns = {{"thread", text = "`t`"}},
        errors = {
          {"thread 't' was started before", "it was", try = [[t:start() t:start()]]},
          {"thread 't' could not be started: too many processes and threads", "there can be no more of them",
            source = "too many processes and threads"},
          {"cannot send argument 1: a coroutine", "what it would take along cannot travel",
            try = [[mp.Thread(print, coroutine.create(print)):start()]]},
        }},
      {"join", "Waits for its end.", as = "p:join"},
      {"result", "Waits for its end, and gives what `f` returned.", as = "p:result",
        errors = {
          {"out of work...", "the error that ended it; to a string its traceback is appended",
            try = [[t = mp.Thread(error, "out of work", 0):start(); t:result()]]},
          {"thread 't' died with its process: process p was killed by signal 9 (SIGKILL)", "its process did", try = [[
            local q = mp.Queue()
            local p = mp.spawn {name = "p", target = function()
              q:put(mp.Thread {target = mp.sleep, args = {math.huge}, name = "t"}:start())
              mp.sleep(math.huge)
            end}
            t = q:get()
            p:kill()
            t:result()
          ]]},
          {"thread 't' was not started: call its start() first", "there is nothing to wait for", try = [[t:result()]]},
        }},
      {"is_alive", "Has it been started, and not ended?", as = "p:is_alive"},
    },
  },
  after = [[
```lua
local mp = require "mp"
local sum = mp.Value(0)
local t <close> = mp.Thread(function(n) return mp.current_thread().name, sum:add(n) end, 5)
t:start()
print(t:result() == t.name, sum.value)
```
```text
true	5
```
]],
}
