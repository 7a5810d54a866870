return {
  title = "Values",
  setup = [[local v = mp.Value {type = "B", init = 250, name = "v"}]],
  text = [[
A value is one shared number or boolean. Its type says what it holds, as do the types of Python's `array`:

| type | holds | bytes |
|---|---|---|
| `b` `h` `i` `l` `q` | signed integers | 1 2 4 8 8 |
| `B` `H` `I` `L` `Q` | unsigned integers, `L` and `Q` up to 2^63 - 1 | 1 2 4 8 8 |
| `f` `d` | floats, of single and double precision | 4 8 |
| `boolean` | | 1 |

What a type does not hold raises, and so does a sum: nothing wraps. Types of integers take floats that are whole, and
give integers; `f` and `d` always give floats.

`v.value = v.value + 1` is two steps, `v:add(1)` is one. Nobody comes in between of what `get`, `set`, `add`,
`exchange`, `compare_exchange` and `update` do, and none of them takes the lock.
]],
  functions = {
    {"mp.Value", "Makes a value. `mp.Value(init)` takes the type from what is given: `mp.Value(5)` is of type `q`, "
      .. "`mp.Value(5.0)` of `d`, `mp.Value(true)` of `boolean`.",
      params = {
        {"type", "celltype", "what it holds"},
        {"init", "number | boolean | nil", "what it holds at first", default = "0"},
        {"name", "string?", "its name"},
      },
      forms = {{{"init", "number | boolean", "what it holds at first"}}},
      named = true,
      returns = {{"value"}},
      errors = {
        {"bad argument #1 to 'Value' (no type 'Z'; there are b B h H i I l L q Q f d boolean)", "there is no such type",
          try = [[mp.Value("Z", 1)]]},
        {"bad argument #1 to 'Value' (a type, a number or a boolean expected)", "neither a type nor what is held",
          try = [[mp.Value {}]]},
        {"bad argument #1 to 'Value' (a type expected before the initial value)", "a number instead of a type",
          try = [[mp.Value(1, 2)]]},
        {"mp.Value (type B) holds 0..255, not 256", "the type does not hold that", try = [[mp.Value("B", 256)]]},
      }},
  },
  class = {
    id = "value", var = "v",
    fields = {
      {"value", "number | boolean", "what it holds; it can be set, as by `v:set`", writable = true},
      {"type", "celltype", "its type"},
      {"name", "string", "its name"},
    },
    methods = {
      {"get", "What it holds: as `v.value`.", returns = {{"number | boolean"}}},
      {"set", "Sets it: as `v.value = x`.",
        params = {{"x", "number | boolean", "what it holds from then on"}},
        errors = {
          {"value 'v' (type B) holds 0..255, not 300", "the type does not hold that", try = [[v:set(300)]]},
          {"value 'v' (type B) holds integers, not a string", "a string is no number", try = [[v.value = "1"]]},
        }},
      {"add", "Adds to it.",
        params = {{"n", "number", "what is added; it may be negative"}},
        returns = {{"number", text = "the sum"}},
        errors = {
          {"value 'v' (type B) holds 0..255, not 250 + 10", "the type does not hold the sum; nothing is changed",
            try = [[v:add(10)]]},
          {"value 'v' (type boolean) cannot be added to", "it is no number", try = [[
            mp.Value {type = "boolean", name = "v"}:add(1)
          ]]},
        }},
      {"exchange", "Sets it, and gives what it held.",
        params = {{"x", "number | boolean", "what it holds from then on"}},
        returns = {{"number | boolean", text = "what it held"}},
        errors = {{"value 'v' (type B) holds 0..255, not 300", "the type does not hold that",
          try = [[v:exchange(300)]]}}},
      {"compare_exchange", "Sets it if it holds `old`.",
        params = {
          {"old", "number | boolean", "what it is to hold now"},
          {"new", "number | boolean", "what it holds then"},
        },
        returns = {{"boolean", text = "did it hold `old`, so that it holds `new` now?"}},
        errors = {{"value 'v' (type B) holds 0..255, not 300", "the type does not hold `new`",
          try = [[v:compare_exchange(250, 300)]]}}},
      {"update", "Sets it to `f(what it holds, ...)`. When somebody else has changed it meanwhile, `f` is "
        .. "called again.",
        params = {
          {"f", "fun(held: any, ...): any", "gives what it holds from then on"},
          {"...", "any", "further arguments of `f`"},
        },
        returns = {{"number | boolean", text = "the new value"}},
        errors = {{"value 'v' (type B) holds 0..255, not 300", "the type does not hold that; nothing is changed",
          try = [[v:update(function() return 300 end)]]}}},
      {"get_lock", "A lock of its own, which the other methods do not take.", returns = {{"rlock"}}},
      {"with", "Calls `f(...)` while that lock is held.",
        params = {{"f", "fun(...): any...", "what is called; it may yield"}, {"...", "any", "its arguments"}},
        returns = {{"any...", text = "what `f` returned"}}},
    },
  },
  after = [[
```lua
local mp = require "mp"
local v = mp.Value("B", 250)
print(v:add(5), v.type, v:compare_exchange(255, 1), v.value)
print((select(2, pcall(v.add, v, 255)):gsub("^.-:%d+: ", "")))
```
```text
255	B	true	1
value-1 (type B) holds 0..255, not 1 + 255
```
]],
}
