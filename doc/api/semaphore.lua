return {
  title = "Semaphores",
  setup = [[local s = mp.Semaphore {value = 2, name = "slots"}]],
  text = [[
A semaphore has permits. Only who holds one gives one back, so there are never more than at the beginning, and those
of a process or thread that dies come back. With `signal = true` it counts signals: nobody holds them, anyone
releases, and nothing comes back.
]],
  functions = {
    {"mp.Semaphore", "Makes a semaphore.",
      params = {
        {"value", "integer?", "how many permits it has; 0 makes sense for signals only", default = "1"},
        {"signal", "boolean?", "is it for signals?", default = "false"},
        {"name", "string?", "its name"},
      },
      named = true,
      returns = {{"semaphore"}},
      errors = {
        {"bad argument #1 to 'Semaphore' (permits must be from 0 to 2147483647)", "it cannot have so many",
          try = [[mp.Semaphore(-1)]]},
        {"bad argument #1 to 'Semaphore' (nobody could ever take one of 0 permits, since only who holds one gives one "
          .. "back; for signalling, use mp.Semaphore{value = 0, signal = true})", "0 permits, and not for signals",
          try = [[mp.Semaphore(0)]]},
      }},
    {"mp.BoundedSemaphore", "Makes a semaphore that is not for signals.",
      params = {
        {"value", "integer?", "how many permits it has", default = "1"},
        {"name", "string?", "its name"},
      },
      named = true,
      returns = {{"semaphore"}}},
  },
  class = {
    id = "semaphore", var = "s",
    fields = {
      {"value", "integer", "how many permits are free"},
      {"name", "string", "its name"},
    },
    methods = {
      {"acquire", "Waits for a permit, and takes it.",
        params = {{"timeout", "seconds?", "how long to wait"}},
        returns = {{"true"}, {"false", '"timeout"'}}},
      {"release", "Gives permits back.",
        params = {{"k", "integer?", "how many", default = "1"}},
        errors = {
          {"semaphore 'slots' is not held by this process", "we hold none", try = [[s:release()]]},
          {"semaphore 'slots' cannot take back 2 permits: this process holds 1", "we hold fewer",
            try = [[s:acquire() s:release(2)]]},
          {"bad argument #1 to 'release' (must be from 1 to 2147483647)", "that is no number of permits",
            try = [[s:release(0)]]},
          {"semaphore 'slots' would have more than 2147483647 permits", "too many signals",
            try = [[mp.Semaphore {value = 2147483647, signal = true, name = "slots"}:release()]]},
        }},
      {"guard", "Takes a permit for a scope: `local _ <close> = s:guard()`. See [guards](#guards).",
        params = {{"timeout", "seconds?", "how long to wait"}},
        returns = {{"guard"}, {"nil", '"timeout"'}}},
      {"with", "Calls `f(...)` while it holds a permit, which is given back whatever happens.",
        params = {{"f", "fun(...): any...", "what is called; it may yield"}, {"...", "any", "its arguments"}},
        returns = {{"any...", text = "what `f` returned"}}},
    },
  },
  after = [[
```lua
local mp = require "mp"
local slots = mp.Semaphore(2)
slots:acquire()
print(slots:with(function() return slots.value end), slots.value)
local ready = mp.Semaphore {value = 0, signal = true}
mp.spawn(function() ready:release(3) end):join()
print(ready:acquire(), ready.value)
```
```text
0	1
true	2
```
]],
}
