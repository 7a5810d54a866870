return {
  title = "Processes",
  setup = [[local p = mp.Process {target = function() end, name = "p"}]],
  text = [[
A process is a copy of its maker at its start: it sees the maker's variables, and its changes to them are its own. It
needs no sending to begin with what its maker has.

At its end, by return, error or `os.exit`, a process closes its `<close>` variables, calls its exit functions, joins
its threads, terminates its daemons, joins its other children and flushes its output. After a signal none of this
happens, but its daemons and pools are terminated all the same; its other children go on, and the first process joins
them. No process outlives the first one, not even when that is killed; nor does a program that was started by
`os.execute` or `io.popen`. An error that nobody catches prints `Process NAME:` and its traceback on standard error,
once.

Lines of output stay whole, however long they are. What a process has written is out before others can see an effect of
what it did next. Each process has a random seed of its own.

A process that a C module makes by `fork` (luaposix) is not one of these. It may compute, print, `exec` and end; using
an object of `mp` ends it with a message.
]],
  functions = {
    {"mp.Process", "A process that will call `f(...)`. It is not started yet; `mplua -W` warns of one that never is.",
      params = {
        {"f", "function", "what it calls"},
        {"...", "any", "the arguments"},
      },
      named = {
        {"target", "function", "`f`"},
        {"args", "table?", "the list of the arguments; `args.n` counts them if there are nils among them"},
        {"name", "string?", "its name"},
        {"daemon", "boolean?", "it is terminated at the end of the process that started it, which does not wait "
          .. "for it; "
          .. "left out, it is what its maker is"},
        {"stdin", "boolean?", "its standard input is that of its maker, else it is empty", default = "false"},
      },
      returns = {{"process"}},
      errors = {
        {"mp.Process needs a function, not nil; pass it without calling it: mp.Process(f, ...)", "`f` is no function",
          try = [[mp.Process(nil)]]},
        {"mp.Process: target is not a function but nil", "a table without `target`", try = [[mp.Process {name = "x"}]]},
      }},
    {"mp.spawn", "Makes a process and starts it. It takes what `mp.Process` takes.", as = "mp.Process",
      errors = {
        {"cannot start a process while 1 thread runs: start processes first", "this process runs threads",
          try = [[mp.Thread(mp.sleep, math.huge):start(); mp.spawn(print)]]},
        {"process 'p' could not be started: too many processes and threads", "there can be no more of them",
          source = "too many processes and threads"},
      }},
  },
  class = {
    id = "process", var = "p",
    fields = {
      {"pid", "integer?", "the number of the process; nil before its start"},
      {"name", "string", "its name"},
      {"daemon", "boolean", "is it terminated at its maker's end?"},
      {"exitcode", "integer?", "nil while it is not over; 0; `n` after `os.exit(n)`; 1 after an error; `-n` "
        .. "after signal `n`"},
      {"error", "any", "the error that ended it, to a string its traceback is appended; else nil"},
      {"traceback", "string?", "that of the error, or nil"},
    },
    operators = {
      {"__close", "local p <close> = mp.spawn(...)", nil,
        "joins it at the end of the scope; when that ends by an error, it is terminated first"},
    },
    methods = {
      {"start", "Starts it. Once, and by its maker.",
        returns = {{"process", text = "`p`"}},
        errors = {
          {"process 'p' was started before", "it was", try = [[p:start() p:start()]]},
          {"process 'p' can be started by its maker only", "another process, to which it was sent, asks", try = [[
            local q = mp.Queue()
            local other = mp.spawn(function() return select(2, pcall(function() q:get():start() end)) end)
            q:put(mp.Process {target = print, name = "p"})
            error(other:result(), 0)
          ]]},
          {"cannot start a process while 1 thread runs: start processes first", "this process runs threads",
            try = [[mp.Thread(mp.sleep, math.huge):start(); p:start()]]},
          {"cannot start a process in a finalizer", "`__gc` calls it", try = [[
            local message
            setmetatable({}, {__gc = function() message = select(2, pcall(p.start, p)) end})
            collectgarbage()
            error(message, 0)
          ]]},
        }},
      {"join", "Waits for its end.",
        params = {{"timeout", "seconds?", "how long to wait"}},
        returns = {{"true", text = "it has ended"}, {"false", '"timeout"'}},
        errors = {
          {"process 'p' was not started: call its start() first", "there is nothing to wait for", try = [[p:join()]]},
          {"process 'main' cannot wait for itself", "a process asks for its own end",
            try = [[mp.current_process():join()]]},
        }},
      {"result", "Waits for its end, and gives what `f` returned.",
        params = {{"timeout", "seconds?", "how long to wait"}},
        returns = {{"any...", text = "what `f` returned"}, {"nil", '"timeout"'}},
        errors = {
          {"out of work...", "the error that ended it, whatever that is; to a string its traceback is appended",
            try = [[p = mp.spawn(error, "out of work", 0); p:result()]]},
          {"process 'p' was killed by signal 9 (SIGKILL)", "a signal ended it",
            try = [[p = mp.spawn {target = mp.sleep, args = {math.huge}, name = "p"}; p:kill(); p:result()]]},
          {"process 'p' exited with status 3", "it called `os.exit`",
            try = [[p = mp.spawn {target = os.exit, args = {3}, name = "p"}; p:result()]]},
          {"arena is full: ... there was no room for the result or error of process 'p'",
            "there was no room for what it would leave", source = "; there was no room for the result or error of %s"},
          {"process 'p' was not started: call its start() first", "there is nothing to wait for", try = [[p:result()]]},
        }},
      {"is_alive", "Has it been started, and not ended?", returns = {{"boolean"}}},
      {"terminate", "Sends SIGTERM, which ends it at once. Nothing happens when it has ended.",
        errors = {{"process 'p' was not started: call its start() first", "there is nobody to send it to",
          try = [[p:terminate()]]}}},
      {"kill", "Sends SIGKILL. Nothing happens when it has ended.",
        errors = {{"process 'p' was not started: call its start() first", "there is nobody to send it to",
          try = [[p:kill()]]}}},
      {"interrupt", "Raises `interrupted` in it, in the call that waits or at its next instruction, as Ctrl-C "
        .. "does in the "
        .. "first process. When that is not caught, its exit code is -2.",
        errors = {{"process 'p' was not started: call its start() first", "there is nobody to interrupt",
          try = [[p:interrupt()]]}}},
      {"signal", "Sends a signal. Nothing happens when it has ended.",
        params = {{"n", "integer", "the signal's number"}},
        errors = {
          {"bad argument #1 to 'signal' (not a signal's number)", "there is no such signal",
            try = [[p:start() p:signal(0)]]},
          {"process 'p' was not started: call its start() first", "there is nobody to send it to",
            try = [[p:signal(10)]]},
        }},
    },
  },
  after = [[
```lua
local mp = require "mp"
local p = mp.Process {target = function(a, b) return a // b, a % b end, args = {7, 2}, name = "divider"}
p:start()
print(p:result())
p = mp.spawn {target = os.exit, args = {3}, name = "quitter"}
print(p:join(), p.exitcode)
print((select(2, pcall(p.result, p)):gsub("^.-:%d+: ", "")))
```
```text
3	1
true	3
process 'quitter' exited with status 3
```
]],
}
