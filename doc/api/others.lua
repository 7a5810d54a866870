return {
  title = "Others",
  functions = {
    {"mp.type", "What an object of this library is.",
      params = {{"x", "any", "anything"}},
      returns = {{"typename", text = "one of TYPES"}, {"nil", text = "it is not of this library"}},
      errors = {{"bad argument #1 to 'type' (value expected)", "nothing is given", try = [[mp.type()]]}}},
    {"mp.collect", "Frees objects that only keep each other, such as a table in itself. That happens by itself "
      .. "when there are "
      .. "many that could be such.",
      returns = {
        {"integer", text = "how many they were"},
        {"nil", '"busy"', text = "somebody could not stand still for that, such as one who has just been killed"},
      }},
    {"mp.debug.census", "What is in use of the arena.",
      returns = {{"table<string, integer>", text = "`blocks`, and how many objects there are by their `mp.type`"}}},
    {"mp.debug.check", "Looks whether the arena is as it should be, while all others stand still.",
      returns = {
        {"true"}, {"false", "string", text = "what is wrong, which is a bug"},
        {"nil", '"busy"', text = "somebody could not stand still for that"},
      }},
  },
  after = [[
```lua
local mp = require "mp"
local before = mp.debug.census().queue
local q = mp.Queue()
print(mp.type(q), mp.type({}), mp.debug.census().queue - before, mp.debug.check())
```
```text
queue	nil	1	true
```
]],
}
