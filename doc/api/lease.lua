return {
  title = "Leases",
  setup = [[
    local q = mp.Queue {name = "jobs"}
    q:put(1)
    local lease = q:lease()]],
  text = [[
A lease, made by [`q:lease`](#queues), is an item that is ours until we say that it is done. When its process dies, or
forgets it, it goes back to the head of the queue. It counts against `maxsize`, not in `size()`. A lease belongs to the
process or thread that took it, and cannot be sent.
]],
  class = {
    id = "lease", var = "lease",
    fields = {
      {"value", "any", "the item"},
      {"deliveries", "integer", "how often it was given out, 1 the first time; raises once the lease is over",
        errors = {{"this lease of queue 'jobs' is done or given back", "it is over, or another process's",
          try = [[lease:done() return lease.deliveries]]}}},
    },
    operators = {{"__close", "local lease <close> = q:lease()", nil, "it goes back at the end of the scope "
      .. "unless it is done"}},
    methods = {
      {"done", "The item is done: it counts as a `task_done`.",
        errors = {{"this lease of queue 'jobs' is done or given back", "it is over, or another process's",
          try = [[lease:done() lease:done()]]}}},
      {"back", "Gives it back, to the head of the queue.",
        errors = {{"this lease of queue 'jobs' is done or given back", "it is over, or another process's",
          try = [[lease:back() lease:back()]]}}},
    },
  },
  after = [[
```lua
local mp = require "mp"
local q = mp.Queue()
q:put("b")
local lease = q:lease()
lease:back()
lease = q:lease()
print(lease.value, lease.deliveries)
lease:done()
print(q:join())
```
```text
b	2
true
```
]],
}
