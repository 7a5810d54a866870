return {
  title = "Waiting for several things",
  functions = {
    {"mp.wait", [[
Waits until at least one of the objects is ready. Ready is a process or thread that has ended; a queue or connection
that would give something or is closed; an event that is set, or was set meanwhile; a lock or semaphore that is free,
and of which the caller holds nothing; a future that is done. Ready is a hint: nothing is taken, and somebody else may
be faster, so follow with a call of timeout 0.]],
      params = {
        {"objects", "list", "a plain or a shared table; any mix, any number"},
        {"timeout", "seconds?", "how long to wait"},
      },
      returns = {{"list", text = "those that are ready, in the order given; `{}` when the time is over, or the "
        .. "list is empty"}},
      errors = {
        {"bad argument #1 to 'wait' (list expected, got queue)", "that is no list", try = [[mp.wait(mp.Queue())]]},
        {"mp.wait: objects[1] is a number, which cannot be waited for", "one is no object",
          try = [[mp.wait {1}]]},
        {"mp.wait: objects[2] is a value, which cannot be waited for", "one is an object without an end to wait for",
          try = [[mp.wait {mp.Event(), mp.Value(1)}]]},
        {"connection 'c' gives nothing to wait for", "one end only sends",
          try = [[local _, b = mp.Pipe(false, "c"); mp.wait {b}]]},
        {"process 'p' was not started: call its start() first", "one is not under way",
          try = [[mp.wait {mp.Process {target = print, name = "p"}}]]},
      }},
  },
  after = [[
```lua
local mp = require "mp"
local results, stop = mp.Queue {name = "results"}, mp.Event {name = "stop"}
results:put(42)
stop:set()
for _, ready in ipairs(mp.wait {results, stop}) do print(ready) end
```
```text
queue 'results'
event 'stop'
```
]],
}
