return {
  title = "Pipes",
  setup = [[local a, b = mp.Pipe {duplex = false, name = "line"}; local c = a]],
  text = [[
A pipe has two ends, the connections. It holds 1 MiB, or one larger message, in each direction; beyond that `send`
waits. An end is closed by `close()`, when nobody can reach it any more, and when the last process that has used it
was killed. Then the other end gives what is left.
]],
  functions = {
    {"mp.Pipe", "Makes a pipe.",
      params = {
        {"duplex", "boolean?", "both ends send and receive; else the first only receives and the second only sends",
          default = "true"},
        {"name", "string?", "the name of both ends"},
      },
      named = true,
      returns = {{"connection", "connection"}},
      errors = {{"bad argument #1 to 'Pipe' (boolean expected, got number)", "that does not say which ends send",
        try = [[mp.Pipe(1)]]}}},
  },
  class = {
    id = "connection", var = "c",
    fields = {
      {"closed", "boolean", "is this end closed?"},
      {"name", "string", "its name"},
    },
    operators = {{"__close", "local c <close> = mp.Pipe()", nil, "closes this end at the end of the scope"}},
    methods = {
      {"send", "Sends a copy of a value to the other end.",
        params = {
          {"value", "any", "what is sent"},
          {"timeout", "seconds?", "how long to wait for room"},
        },
        returns = {{"true"}, {"false", '"timeout"', text = "the pipe was full all the time"}},
        errors = {
          {"connection 'line' is closed at its other end", "nobody would receive it", try = [[a:close() b:send(1)]]},
          {"connection 'line' is closed", "this end is closed", try = [[b:close() b:send(1)]]},
          {"connection 'line' only receives", "it is the first end of a pipe that is not duplex", try = [[a:send(1)]]},
          {"cannot send value: a coroutine", "the value cannot travel", try = [[b:send(coroutine.create(print))]]},
        }},
      {"recv", "Receives the next value. It may be nil too.",
        params = {{"timeout", "seconds?", "how long to wait for one"}},
        returns = {
          {"any", text = "the value"}, {"nil", '"timeout"'},
          {"nil", '"closed"', text = "the other end is closed, and nothing is left"},
        },
        errors = {
          {"connection 'line' is closed", "this end is closed", try = [[a:close() a:recv()]]},
          {"connection 'line' only sends", "it is the second end of a pipe that is not duplex", try = [[b:recv()]]},
        }},
      {"poll", "Would `recv` give something, or say `closed`, at once?",
        params = {{"timeout", "seconds?", "how long to wait until it would", default = "0"}},
        returns = {{"boolean"}},
        errors = {
          {"connection 'line' is closed", "this end is closed", try = [[a:close() a:poll()]]},
          {"connection 'line' only sends", "it is the second end of a pipe that is not duplex", try = [[b:poll()]]},
        }},
      {"close", "Closes this end, for all who have it. May be called again."},
    },
  },
  after = [[
```lua
local mp = require "mp"
local ours, theirs = mp.Pipe()
local echo = mp.spawn(function()
  theirs:send("you said " .. theirs:recv())
  theirs:close()
end)
ours:send("hello")
print(ours:recv())
print(ours:recv())
echo:join()
```
```text
you said hello
nil	closed
```
]],
}
