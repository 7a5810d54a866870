return {
  title = "Barriers",
  setup = [[local b = mp.Barrier {parties = 2, name = "start"}]],
  text = [[
At a barrier all wait for each other. It is broken by a timeout, by `abort`, by an error of the action, and by the
violent death of a process that waits or has waited here; then all who wait, and who come later, raise why.
]],
  functions = {
    {"mp.Barrier", "Makes a barrier.",
      params = {
        {"parties", "integer", "how many have to come"},
        {"action", "fun()?", "called by one of them, when all have come and before any goes on"},
        {"timeout", "seconds?", "how long those wait who say nothing about it"},
        {"name", "string?", "its name"},
      },
      named = true,
      returns = {{"barrier"}},
      errors = {
        {"bad argument #1 to 'Barrier' (parties must be from 1 to 2147483647)", "nobody could pass",
          try = [[mp.Barrier(0)]]},
        {"cannot send action: an upvalue...", "the action cannot travel", source = '"action"'},
      }},
  },
  class = {
    id = "barrier", var = "b",
    fields = {
      {"parties", "integer", "how many have to come"},
      {"n_waiting", "integer", "how many have come"},
      {"broken", "boolean", "is it broken?"},
      {"name", "string", "its name"},
    },
    methods = {
      {"wait", "Waits until all have come.",
        params = {{"timeout", "seconds?", "how long to wait", default = "that of the barrier"}},
        returns = {{"integer", text = "as which of them it came, from 1 to `parties`"}},
        errors = {
          {"barrier 'start' is broken: process main waited for 0.01 seconds and gave up",
            "the time was over: for all who wait, and who it was", try = [[b:wait(0.01)]]},
          {"barrier 'start' is broken: process main called abort()", "somebody called `abort`",
            try = [[b:abort() b:wait()]]},
          {"barrier 'start' is broken: its action failed in process main: no paper",
            "the action's error; who called the action gets that error itself", try = [[
            b = mp.Barrier {parties = 1, name = "start", action = function() error("no paper", 0) end}
            pcall(b.wait, b)
            b:wait()
          ]]},
          {"barrier 'start' is broken: process worker-3 was killed by signal 9 (SIGKILL)",
            "one of them died; `ended in its action` if it was calling that", try = [[
            local p = mp.spawn {name = "worker-3", target = function() b:wait() end}
            while b.n_waiting == 0 do mp.sleep(0.001) end
            p:kill()
            p:join()
            b:wait()
          ]]},
          {"barrier 'start' was reset", "somebody called `reset` while we waited", try = [[
            local p = mp.spawn(function() return select(2, pcall(b.wait, b)) end)
            while b.n_waiting == 0 do mp.sleep(0.001) end
            b:reset()
            error(p:result(), 0)
          ]]},
          {"barrier 'start' is waited for by its own action", "the action calls it", try = [[
            b = mp.Barrier {parties = 1, name = "start", action = function() b:wait() end}
            b:wait()
          ]]},
        }},
      {"reset", "Mends it. Who waits now raises."},
      {"abort", "Breaks it."},
    },
  },
  after = [[
```lua
local mp = require "mp"
local b = mp.Barrier(2, function() print "all are here" end)
local p = mp.spawn(function() return b:wait() end)
local ours = b:wait()
print(ours + p:result(), b.broken)
```
```text
all are here
3	false
```
]],
}
