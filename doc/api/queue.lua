return {
  title = "Queues",
  setup = [[local q = mp.Queue {maxsize = 1, name = "jobs"}]],
  text = [[
A queue gives first what was put first. `put` copies at once: nothing is left to flush, so a process may end right
after it, and joining it never waits for a reader. A queue without a bound holds what the memory holds. All of it is
exact at any moment.
]],
  functions = {
    {"mp.Queue", "Makes a queue.",
      params = {
        {"maxsize", "integer?", "how many items it holds at most; 0: as many as there is room for", default = "0"},
        {"name", "string?", "its name"},
      },
      named = true,
      returns = {{"queue"}},
      errors = {{"bad argument #1 to 'Queue' (maxsize must be from 0 (no limit) to 2147483647)",
        "such a bound cannot be",
        try = [[mp.Queue(-1)]]}}},
    {"mp.SimpleQueue", "The same.", as = "mp.Queue"},
    {"mp.JoinableQueue", "The same.", as = "mp.Queue"},
  },
  class = {
    id = "queue", var = "q",
    fields = {
      {"maxsize", "integer", "how many items it holds at most; 0: no limit"},
      {"closed", "boolean", "was it closed?"},
      {"name", "string", "its name"},
    },
    operators = {{"__len", "#q", "integer", "as `q:size()`"}},
    methods = {
      {"put", "Puts a copy of a value behind the others.",
        params = {
          {"value", "any", "what is put"},
          {"timeout", "seconds?", "how long to wait for room"},
        },
        returns = {{"true"}, {"false", '"timeout"', text = "it was full all the time"}},
        errors = {
          {"queue 'jobs' is closed", "nothing can be put any more", try = [[q:close() q:put(1)]]},
          {"cannot send value.handlers[2]: a coroutine", "the value cannot travel",
            try = [[q:put {handlers = {print, coroutine.create(print)}}]]},
        }},
      {"get", "Takes the first item. A value may be nil too.",
        params = {{"timeout", "seconds?", "how long to wait for an item"}},
        returns = {
          {"any", text = "the value"}, {"nil", '"timeout"'},
          {"nil", '"closed"', text = "it is closed and empty, and no lease is out"},
        }},
      {"put_many", "Puts all values of a list. All are copied before the first is put.",
        params = {
          {"list", "list", "the values"},
          {"timeout", "seconds?", "how long to wait for room, altogether"},
        },
        returns = {{"true"}, {"false", '"timeout"', "integer", text = "so many were put"}},
        errors = {
          {"queue 'jobs' is closed", "nothing can be put any more", try = [[q:close() q:put_many {1}]]},
          {"cannot send value[2]: a coroutine", "one cannot travel; then none is put",
            try = [[q:put_many {1, coroutine.create(print)}]]},
          {"bad argument #1 to 'put_many' (list expected, got string)", "that is no list", try = [[q:put_many "abc"]]},
        }},
      {"get_many", "Waits for one item, and takes what there is.",
        params = {
          {"max", "integer", "how many at most"},
          {"timeout", "seconds?", "how long to wait for the first"},
        },
        returns = {
          {"list", text = "the values; `n` is how many"}, {"nil", '"timeout"'},
          {"nil", '"closed"', text = "it is closed and empty, and no lease is out"},
        },
        errors = {{"bad argument #1 to 'get_many' (must be at least 1)", "`max` is less", try = [[q:get_many(0)]]}}},
      {"items", "For a loop, `for x in q:items() do`: takes item after item, and ends when `get` says `closed`, "
        .. "or at a "
        .. "nil.",
        returns = {{"fun(): any"}}},
      {"lease", "Takes the first item, but as one that goes back unless it is said to be done: see [leases](#leases).",
        params = {{"timeout", "seconds?", "how long to wait for an item"}},
        returns = {
          {"lease"}, {"nil", '"timeout"'},
          {"nil", '"closed"', text = "it is closed and empty, and no lease is out"},
        }},
      {"size", "How many items there are, without those leased.", returns = {{"integer"}}},
      {"empty", "Is there no item?", returns = {{"boolean"}}},
      {"full", "Is there no room for a further item? Those leased take room.", returns = {{"boolean"}}},
      {"clear", "Takes all items and forgets them, as done."},
      {"task_done", "Says that one of those that were taken is done.",
        errors = {{"queue 'jobs' has no task left: task_done() was called more often than put()", "all are done",
          try = [[q:task_done()]]}}},
      {"join", "Waits until as many are done as were put.",
        params = {{"timeout", "seconds?", "how long to wait"}},
        returns = {{"true"}, {"false", '"timeout"'}}},
      {"close", "Nothing can be put any more; what is there can be taken. May be called again."},
    },
  },
  after = [[
```lua
local mp = require "mp"
local q = mp.Queue(2)
print(q:put("a"), q:put("b"), q:put("c", 0))
print(q:get_many(5).n, #q)
q:put_many {"d", "e"}
q:close()
for x in q:items() do print(x) end
print(q:get())
```
```text
true	true	false	timeout
2	0
d
e
nil	closed
```
]],
}
