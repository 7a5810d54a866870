return {
  title = "Events",
  functions = {
    {"mp.Event", "Makes an event, which is not set.", params = {{"name", "string?", "its name"}}, named = true,
      returns = {{"event"}}},
  },
  class = {
    id = "event", var = "e",
    fields = {{"name", "string", "its name"}},
    methods = {
      {"set", "Sets it. Whoever waits then goes on, even if it is cleared at once."},
      {"clear", "It is not set any more."},
      {"is_set", "Is it set?", returns = {{"boolean"}}},
      {"wait", "Waits until it is set.",
        params = {{"timeout", "seconds?", "how long to wait"}},
        returns = {{"true"}, {"false", '"timeout"'}}},
    },
  },
  after = [[
```lua
local mp = require "mp"
local go = mp.Event()
local p = mp.spawn(function() return go:wait() end)
print(go:is_set(), go:wait(0))
go:set()
print(p:result(), go:is_set())
```
```text
false	false	timeout
true	true
```
]],
}
