return {
  title = "Buffers",
  setup = [[local b = mp.Buffer {n = 3, name = "b"}]],
  text = [[
A buffer is so many shared bytes. It is sent without a copy. Two who write at once, or a death, may leave any mixture.
]],
  functions = {
    {"mp.Buffer", "Makes a buffer, of bytes that are all 0.",
      params = {{"n", "bytes", "how many"}, {"name", "string?", "its name"}},
      named = true,
      returns = {{"buffer"}},
      errors = {{"bad argument #1 to 'Buffer' (a length must not be negative)", "that is no number of bytes",
        try = [[mp.Buffer(-1)]]}}},
  },
  class = {
    id = "buffer", var = "b",
    fields = {{"name", "string", "its name"}},
    operators = {{"__len", "#b", "bytes", "how many there are"}},
    methods = {
      {"read", "The bytes from `i` to `j`, of those that there are.",
        params = {
          {"i", "integer?", "the first; as in Lua's `string.sub`, -1 is the last byte of all", default = "1"},
          {"j", "integer?", "the last", default = "-1"},
        },
        returns = {{"string"}}},
      {"write", "Writes bytes, from the `i`-th on.",
        params = {{"i", "integer", "where the first goes; -1 is the last byte of all"},
          {"string", "string", "the bytes"}},
        errors = {{"buffer 'b' has no bytes 2 to 4: its length is 3", "it does not fit", try = [[b:write(2, "abc")]]}}},
      {"fill", "Sets the bytes from `i` to `j`.",
        params = {
          {"byte", "integer", "what they are from then on, 0 to 255"},
          {"i", "integer?", "the first", default = "1"},
          {"j", "integer?", "the last", default = "-1"},
        },
        errors = {
          {"bad argument #1 to 'fill' (a byte is 0..255)", "that is no byte", try = [[b:fill(300)]]},
          {"buffer 'b' has no bytes 2 to 9: its length is 3", "there are none", try = [[b:fill(0, 2, 9)]]},
        }},
    },
  },
  after = [[
```lua
local mp = require "mp"
local b = mp.Buffer(8)
mp.spawn(function() b:write(1, "shared") end):join()
b:fill(("."):byte(), -2)
print(#b, b:read(), b:read(-3))
```
```text
8	shared..	d..
```
]],
}
