return {
  title = "Arrays",
  setup = [[local a = mp.Array {type = "B", n = 3, name = "a"}]],
  text = [[
An array is so many shared numbers or booleans, of one of [the types](#values) that a value has. `a[i]`, `add`,
`exchange`, `compare_exchange` and `update` are one step each, about one element; `fill`, `totable` and `set` go from
element to element. None takes the lock.
]],
  functions = {
    {"mp.Array", "Makes an array: of `n` elements, all 0 or false, or of as many as are in a list.",
      params = {
        {"type", "celltype", "what it holds"},
        {"n", "integer | list", "how many there are, or the list of what it holds at first"},
        {"name", "string?", "its name"},
      },
      named = {
        {"type", "celltype", "what it holds"},
        {"n", "integer | list | nil", "how many there are"},
        {"list", "list?", "what it holds at first; either `n` or `list`"},
        {"name", "string?", "its name"},
      },
      returns = {{"array"}},
      errors = {
        {"bad argument #1 to 'Array' (no type 'Z'; there are b B h H i I l L q Q f d boolean)", "there is no such type",
          try = [[mp.Array("Z", 1)]]},
        {"bad argument #2 to 'Array' (number or list expected, got nil)", "neither a number nor a list",
          try = [[mp.Array("i")]]},
        {"bad argument #2 to 'Array' (a length must not be negative)", "that is no number of elements",
          try = [[mp.Array("i", -1)]]},
        {"bad argument #2 to 'Array' (n or list, not both)", "both",
          try = [[mp.Array {type = "i", n = 1, list = {1}}]]},
        {"mp.Array (type B) holds 0..255, not 300 at [3]", "the type does not hold that",
          try = [[mp.Array("B", {1, 2, 300})]]},
      }},
  },
  class = {
    id = "array", var = "a",
    fields = {
      {"type", "celltype", "its type"},
      {"name", "string", "its name"},
    },
    operators = {
      {"__index", "a[i]", "number | boolean | nil", "the `i`-th element, from 1 on; nil where there is none"},
      {"__newindex", "a[i] = x", nil, "sets the `i`-th element; raises where there is none, and for what the "
        .. "type does not hold",
        errors = {
          {"array 'a' has no [4]: its length is 3", "there is no such element", try = [[a[4] = 1]]},
          {"array 'a' (type B) holds 0..255, not 300", "the type does not hold that", try = [[a[1] = 300]]},
        }},
      {"__len", "#a", "integer", "how many elements there are; `ipairs(a)` walks them"},
    },
    methods = {
      {"add", "Adds to an element.",
        params = {{"i", "integer", "which one"}, {"n", "number", "what is added; it may be negative"}},
        returns = {{"number", text = "the sum"}},
        errors = {
          {"array 'a' has no [4]: its length is 3", "there is no such element", try = [[a:add(4, 1)]]},
          {"array 'a' (type B) holds 0..255, not 0 + 300", "the type does not hold the sum; nothing is changed",
            try = [[a:add(1, 300)]]},
        }},
      {"exchange", "Sets an element, and gives what it held.",
        params = {{"i", "integer", "which one"}, {"x", "number | boolean", "what it holds from then on"}},
        returns = {{"number | boolean", text = "what it held"}},
        errors = {{"array 'a' has no [4]: its length is 3", "there is no such element", try = [[a:exchange(4, 1)]]}}},
      {"compare_exchange", "Sets an element if it holds `old`.",
        params = {
          {"i", "integer", "which one"},
          {"old", "number | boolean", "what it is to hold now"},
          {"new", "number | boolean", "what it holds then"},
        },
        returns = {{"boolean", text = "did it hold `old`, so that it holds `new` now?"}},
        errors = {{"array 'a' has no [4]: its length is 3", "there is no such element",
          try = [[a:compare_exchange(4, 1, 2)]]}}},
      {"update", "Sets an element to `f(what it holds, ...)`. When somebody else has changed it meanwhile, `f` "
        .. "is called "
        .. "again.",
        params = {
          {"i", "integer", "which one"},
          {"f", "fun(held: any, ...): any", "gives what it holds from then on"},
          {"...", "any", "further arguments of `f`"},
        },
        returns = {{"number | boolean", text = "the new value"}},
        errors = {{"array 'a' has no [4]: its length is 3", "there is no such element",
          try = [[a:update(4, print)]]}}},
      {"fill", "Sets the elements from `i` to `j`.",
        params = {
          {"x", "number | boolean", "what they hold from then on"},
          {"i", "integer?", "the first", default = "1"},
          {"j", "integer?", "the last", default = "#a"},
        },
        errors = {{"array 'a' has no [9]: its length is 3", "there is no such element", try = [[a:fill(1, 2, 9)]]}}},
      {"totable", "The elements from `i` to `j`.",
        params = {
          {"i", "integer?", "the first", default = "1"},
          {"j", "integer?", "the last", default = "#a"},
        },
        returns = {{"list", text = "a plain table"}},
        errors = {{"array 'a' has no [9]: its length is 3", "there is no such element", try = [[a:totable(1, 9)]]}}},
      {"set", "Sets elements to those of a list: all of them, or none if one does not fit.",
        params = {
          {"list", "list", "what they hold from then on"},
          {"i", "integer?", "where the first goes", default = "1"},
        },
        errors = {
          {"array 'a' has no [4]: its length is 3", "there is no such element", try = [[a:set({1, 2, 3}, 2)]]},
          {"array 'a' (type B) holds 0..255, not 300 at [2]", "the type does not hold that", try = [[a:set {1, 300}]]},
        }},
      {"get_lock", "A lock of its own, which the other methods do not take.", returns = {{"rlock"}}},
      {"with", "Calls `f(...)` while that lock is held.", as = "v:with"},
    },
  },
  after = [[
```lua
local mp = require "mp"
local a = mp.Array {type = "d", list = {1, 2, 3}, name = "sums"}
print(a:update(2, function(x) return x * 10 end), #a, table.concat(a:totable(2), " "))
```
```text
20.0	3	20.0 3.0
```
]],
}
