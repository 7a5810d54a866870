return {
  title = "Shared tables",
  setup = [[local t = mp.Table({3, 1, 2}, "t"); local Table = mp.Table; local co = coroutine.create(print)]],
  text = [[
A shared table is list, dict and namespace in one, as Lua's own table is. Keys are strings, numbers and booleans, and
all of them are the user's: `t.insert` is a key like any other, so what can be done with a table are functions of
`mp.Table`. Values are all that can be sent; nil removes. A plain table that is stored becomes a shared one, deeply,
and a new one: go on with `t.a`. One with a registered metatable is stored as a value: reading gives a copy.

`t[k]`, `t[k] = v`, `#t`, `ipairs(t)` work as on a plain table, and so do Lua's own `table` functions, in many steps;
`pairs(t)` walks what is in it when the loop begins. `type(t)` is `"userdata"`. Each function of `mp.Table` is one step
for all others.
]],
  functions = {
    {"mp.Table", "Makes a shared table. Tables in it become shared ones, deeply.",
      params = {
        {"init", "table | sharedtable | nil", "its content, a plain or a shared table", default = "{}"},
        {"name", "string?", "its name, in messages"},
      },
      returns = {{"sharedtable"}},
      errors = {
        {"bad argument #1 to 'Table' (table expected, got number)", "that is no table", try = [[mp.Table(5)]]},
        {"cannot send value.handlers[2]: a coroutine", "something in it cannot travel",
          try = [[mp.Table {handlers = {1, co}}]]},
        {"cannot send value[1]: a key that is a table", "some key is none that a shared table can have",
          try = [[mp.Table {{[{}] = 1}}]]},
      }},
    {"mp.Table.insert", "Inserts into the list: at `pos`, or behind the last.",
      params = {
        {"t", "sharedtable", "the table"},
        {"pos", "integer?", "where; what is there and behind it moves up"},
        {"value", "any", "what is inserted; not nil"},
      },
      forms = {{{"t", "sharedtable"}, {"value", "any"}}},
      errors = {
        {"table 't' has no position 5", "there would be a hole", try = [[Table.insert(t, 5, 1)]]},
        {"bad argument #2 to 'insert' (a value expected, got nothing)", "nil, or nothing", try = [[Table.insert(t)]]},
        {"bad argument #1 to 'insert' (shared table expected, got table)", "that is a plain table",
          try = [[Table.insert({}, 1)]]},
        {"cannot send value: a coroutine", "the value cannot travel", try = [[Table.insert(t, co)]]},
      }},
    {"mp.Table.remove", "Removes from the list; what is behind it moves down.",
      params = {{"t", "sharedtable", "the table"}, {"pos", "integer?", "from where", default = "#t"}},
      returns = {{"any", text = "what was there"}},
      errors = {{"table 't' has no position 7", "there is none", try = [[Table.remove(t, 7)]]}}},
    {"mp.Table.add", "Adds to a number.",
      params = {
        {"t", "sharedtable", "the table"}, {"key", "key", "where; what is missing counts as 0"},
        {"n", "number", "what is added; it may be negative"},
      },
      returns = {{"number", text = "the sum"}},
      errors = {
        {"table 't' has no number at 'a'", "what is there is none", try = [[t.a = "x"; Table.add(t, "a", 1)]]},
        {"table 't' would exceed an integer at 'a'", "the sum of two integers is none; nothing is changed",
          try = [[t.a = math.maxinteger; Table.add(t, "a", 1)]]},
        {"table 't' cannot have nil as a key", "that is no key", try = [[Table.add(t, nil, 1)]]},
      }},
    {"mp.Table.exchange", "Stores a value, and gives what was there.",
      params = {{"t", "sharedtable", "the table"}, {"key", "key", "where"}, {"value", "any", "what is stored; "
        .. "nil removes"}},
      returns = {{"any", text = "what was there"}},
      errors = {{"table 't' cannot have nil as a key", "that is no key", try = [[Table.exchange(t, nil, 1)]]}}},
    {"mp.Table.compare_exchange", "Stores a value if what is there is equal to `old`.",
      params = {
        {"t", "sharedtable", "the table"}, {"key", "key", "where"}, {"old", "any", "what is to be there now"},
        {"new", "any", "what is stored then; nil removes"},
      },
      returns = {{"boolean", text = "was `old` there, so that `new` is now?"}},
      errors = {{"table 't' cannot have nil as a key", "that is no key",
        try = [[Table.compare_exchange(t, nil, 1, 2)]]}}},
    {"mp.Table.update", "Stores `f(what is there, ...)`. When somebody else has changed that meanwhile, `f` is "
      .. "called again. "
      .. "It runs outside of any lock; its error changes nothing, and its nil removes.",
      params = {
        {"t", "sharedtable", "the table"}, {"key", "key", "where"},
        {"f", "fun(held: any, ...): any", "gives what is stored"}, {"...", "any", "further arguments of `f`"},
      },
      returns = {{"any", text = "the new value"}},
      errors = {{"bad argument #3 to 'update' (function expected, got nil)", "`f` is no function",
        try = [[Table.update(t, 1, nil)]]}}},
    {"mp.Table.extend", "Appends the elements of a list, all at once.",
      params = {{"t", "sharedtable", "the table"}, {"list", "table | sharedtable", "a plain or shared list"}},
      errors = {{"bad argument #2 to 'extend' (table expected, got number)", "that is no list",
        try = [[Table.extend(t, 5)]]}}},
    {"mp.Table.clear", "Removes all.", params = {{"t", "sharedtable", "the table"}}},
    {"mp.Table.sort", "Sorts the list. Others wait with their changes meanwhile.",
      params = {
        {"t", "sharedtable", "the table"},
        {"comes_before", "fun(a: any, b: any): boolean | nil", "is `a` to come before `b`?", default = "a < b"},
      },
      errors = {
        {"bad argument #2 to 'sort' (function expected, got number)", "that is no function",
          try = [[Table.sort(t, 5)]]},
        {"attempt to compare ...", "two elements have no order", try = [[Table.sort(mp.Table {1, "a"})]]},
        {"invalid order function for sorting", "`comes_before` contradicts itself",
          try = [[Table.sort(mp.Table {3, 1, 2, 5, 6}, function() return true end)]]},
        {"table 't' was changed by the function that sorts it", "`comes_before` changed it", try = [[
          Table.sort(t, function(a, b)
            t[1] = 9
            return a < b
          end)
        ]]},
      }},
    {"mp.Table.wait", "Waits until there is a value.",
      params = {
        {"t", "sharedtable", "the table"}, {"key", "key", "where"}, {"timeout", "seconds?", "how long to wait"},
      },
      returns = {{"any", text = "the value"}, {"nil", '"timeout"'}},
      errors = {{"table 't' cannot have nil as a key", "that is no key", try = [[Table.wait(t, nil)]]}}},
    {"mp.Table.len", "How many elements the list has: as `#t`.", params = {{"t", "sharedtable", "the table"}},
      returns = {{"integer"}}},
    {"mp.Table.keys", "Its keys, in no order.", params = {{"t", "sharedtable", "the table"}},
      returns = {{"key[]"}}},
    {"mp.Table.totable", "A plain table with the same content, deeply. What is in it several times stays one table.",
      params = {{"t", "sharedtable", "the table"}}, returns = {{"table"}}},
    {"mp.Table.concat", "As Lua's `table.concat`, of one moment.",
      params = {
        {"t", "sharedtable", "the table"},
        {"separator", "string?", "what stands between", default = '""'},
        {"i", "integer?", "the first", default = "1"},
        {"j", "integer?", "the last", default = "#t"},
      },
      returns = {{"string"}},
      errors = {{"invalid value (userdata) at index 1 in table for 'concat'", "one is neither a string nor a number",
        try = [[Table.concat(mp.Table {{}})]]}}},
    {"mp.Table.unpack", "As Lua's `table.unpack`, of one moment.",
      params = {
        {"t", "sharedtable", "the table"},
        {"i", "integer?", "the first", default = "1"},
        {"j", "integer?", "the last", default = "#t"},
      },
      returns = {{"any...", text = "the elements"}}},
  },
  class = {
    id = "sharedtable", type = "table", var = "t",
    operators = {
      {"__index", "t[key]", "any", "what is there"},
      {"__newindex", "t[key] = value", nil, "stores a value; nil removes",
        errors = {
          {"table 't' cannot have a table as a key", "that is no key", try = [[t[{}] = 1]]},
          {"cannot send value: a coroutine", "the value cannot travel", try = [[t.x = co]]},
        }},
      {"__len", "#t", "integer", "how many elements the list has"},
      {"__pairs", "pairs(t)", "fun(): key, any", "all keys and values, of the moment when the loop begins"},
    },
  },
  after = [[
```lua
local mp = require "mp"
local t = mp.Table {hits = 0, log = {}}
mp.spawn(function()
  mp.Table.add(t, "hits", 2)
  mp.Table.extend(t.log, {"b", "a"})
  t.config = {depth = 1}
  t.config.depth = 2
end)
print(mp.Table.wait(t, "config").depth ~= nil, t.hits)
mp.Table.sort(t.log)
print(mp.Table.concat(t.log, " "), #t.log, mp.Table.update(t, "hits", function(n) return n * 10 end))
```
```text
true	2
a b	2	20
```
]],
}
