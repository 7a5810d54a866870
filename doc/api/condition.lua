return {
  title = "Conditions",
  setup = [[local cond = mp.Condition {name = "filled"}]],
  text = [[
A condition is a lock, and a place to wait until somebody who holds it says that something has changed. What was meant
for one who waits and dies, or is interrupted, goes to the next.
]],
  functions = {
    {"mp.Condition", "Makes a condition.",
      params = {
        {"lock", "lock | rlock | nil", "its lock", default = "mp.RLock()"},
        {"name", "string?", "its name"},
      },
      named = true,
      returns = {{"condition"}},
      errors = {{"bad argument #1 to 'Condition' (lock expected, got queue)", "that is no lock",
        try = [[mp.Condition(mp.Queue())]]}}},
  },
  class = {
    id = "condition", var = "cond",
    fields = {
      {"holder", "process | thread | nil", "who holds its lock"},
      {"abandoned", "boolean", "did the present holder get its lock from a dead one?"},
      {"name", "string", "its name"},
    },
    methods = {
      {"acquire", "Waits until its lock is ours.", as = "lock:acquire",
        errors = {{"condition 'filled' is held by this process already", "it was made with a Lock, and that is ours",
          try = [[cond = mp.Condition(mp.Lock(), "filled"); cond:acquire() cond:acquire()]]}}},
      {"release", "Gives its lock away. By its holder only.",
        errors = {{"condition 'filled' is not held", "nobody holds it", try = [[cond:release()]]}}},
      {"locked", "Does anybody hold its lock?", returns = {{"boolean"}}},
      {"guard", "Acquires its lock for a scope: `local _ <close> = cond:guard()`.", as = "lock:guard", errors = {}},
      {"with", "Calls `f(...)` while its lock is held.", as = "lock:with", errors = {}},
      {"wait", "Gives up the lock, waits until it is notified, and has the lock again. It must be held.",
        params = {{"timeout", "seconds?", "how long to wait; to get the lock again may take longer"}},
        returns = {{"true"}, {"false", '"timeout"'}},
        errors = {{"condition 'filled' is not held by this process: wait() needs that", "its lock is not ours",
          try = [[cond:wait()]]}}},
      {"wait_for", "Waits until `predicate()` is true, which is asked at once and after each notification. The "
        .. "lock must be "
        .. "held.",
        params = {
          {"predicate", "fun(): any", "what is asked, while the lock is held"},
          {"timeout", "seconds?", "how long to wait, altogether"},
        },
        returns = {{"any", text = "the predicate's value"}, {"any", '"timeout"', text = "its last value"}},
        errors = {{"condition 'filled' is not held by this process: wait_for() needs that", "its lock is not ours",
          try = [[cond:wait_for(print)]]}}},
      {"notify", "Wakes some of those who wait. The lock must be held.",
        params = {{"n", "integer?", "how many", default = "1"}},
        errors = {
          {"condition 'filled' is not held by this process: notify() needs that", "its lock is not ours",
            try = [[cond:notify()]]},
          {"bad argument #1 to 'notify' (must not be negative)", "that is no number of them",
            try = [[cond:notify(-1)]]},
        }},
      {"notify_all", "Wakes all who wait. The lock must be held.",
        errors = {{"condition 'filled' is not held by this process: notify_all() needs that", "its lock is not ours",
          try = [[cond:notify_all()]]}}},
    },
  },
  after = [[
```lua
local mp = require "mp"
local filled, count = mp.Condition(), mp.Value(0)
local p = mp.spawn(function()
  for _ = 1, 3 do
    filled:with(function()
      count:add(1)
      filled:notify_all()
    end)
  end
end)
do
  local _ <close> = filled:guard()
  print(filled:wait_for(function() return count.value == 3 end))
  print(filled:wait_for(function() return count.value > 3 end, 0))
end
p:join()
```
```text
true
false	timeout
```
]],
}
