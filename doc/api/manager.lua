return {
  title = "Managers",
  setup = [[local m = mp.Manager {name = "scope"}]],
  text = [[
A manager is a scope for objects: those that it makes are closed with it, for everyone. Whoever waits in one of them
is woken then, and all of them raise. The end of a scope that holds some of it, as a guard or a lease, stays quiet.
There is no server process.
]],
  functions = {
    {"mp.Manager", "Makes a manager.", params = {{"name", "string?", "its name"}}, named = true,
      returns = {{"manager"}}},
  },
  class = {
    id = "manager", var = "m",
    fields = {
      {"closed", "boolean", "is it closed?"},
      {"name", "string", "its name"},
    },
    operators = {{"__close", "local m <close> = mp.Manager()", nil, "closes it at the end of the scope"}},
    -- With a dot: m.Queue(...) makes what mp.Queue(...) does.
    makes = {
      "Table", "Queue", "SimpleQueue", "JoinableQueue", "Pipe", "Event", "Lock", "RLock", "Semaphore",
      "BoundedSemaphore", "Condition", "Barrier", "Value", "Array", "Buffer",
      errors = {
        {"manager 'scope' is closed", "it makes nothing any more", try = [[m:close() m.Queue()]]},
        {"manager 'scope' is no argument: write m.Queue(...) with a dot, not a colon", "`m:Queue()`",
          try = [[m:Queue()]]},
      },
    },
    methods = {
      {"close", "Closes all that it has made. May be called again."},
    },
  },
  after = [[
```lua
local mp = require "mp"
local m = mp.Manager {name = "scope"}
local jobs, seen = m.Queue {name = "jobs"}, m.Table()
local p = mp.spawn(function() return (select(2, pcall(jobs.get, jobs)):gsub("^.-:%d+: ", "")) end)
seen.first = true
m:close()
print(p:result())
print(pcall(function() return seen.first end) == false, m.closed)
```
```text
queue 'jobs' is closed with its manager 'scope'
true	true
```
]],
}
