return {
  title = "Ranges",
  text = [[
A range is the numbers of a `for` loop, without a list of them, as the items of [a pool's](#pools) calls. It can be
sent to nobody else.
]],
  functions = {
    {"mp.range", "The numbers from `first` to `last`.",
      params = {
        {"first", "number", "the first number"},
        {"last", "number", "the last one at most"},
        {"step", "number?", "from one to the next; it may be negative", default = "1"},
      },
      returns = {{"range"}},
      errors = {
        {"bad argument #2 to 'range' (number expected, got nil)", "that is no number", try = [[mp.range(1)]]},
        {"bad argument #3 to 'range' (a step must not be 0)", "it would have no end", try = [[mp.range(1, 2, 0)]]},
        {"a range must have an end", "it would have none", try = [[mp.range(1, math.huge)]]},
        {"a range of ... numbers is too long", "it would have 2^53 or more", try = [[mp.range(1, 1 << 60)]]},
      }},
  },
  class = {
    id = "range", type = false, var = "r", internal = {"first", "step", "n"},
    operators = {
      {"__index", "r[i]", "number?", "the `i`-th number, from 1 on; nil where there is none"},
      {"__len", "#r", "integer", "how many there are"},
    },
  },
  after = [[
```lua
local mp = require "mp"
local r = mp.range(10, 1, -3)
print(#r, r[1], r[4], r[5])
```
```text
4	10	1	nil
```
]],
}
