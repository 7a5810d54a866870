return {
  title = "Locks",
  setup = [[local lock = mp.Lock {name = "printer"}]],
  text = [[
A lock is held by one process or thread at a time; all coroutines of one are the same holder. When its holder dies, or
ends, the next one gets it and is told so. An RLock may be acquired again by its holder, and is released as often; for
a Lock that raises at once, also with a timeout of 0.
]],
  functions = {
    {"mp.Lock", "Makes a lock.", params = {{"name", "string?", "its name"}}, named = true, returns = {{"lock"}}},
    {"mp.RLock", "Makes a lock that its holder may acquire again.", params = {{"name", "string?", "its name"}},
      named = true, returns = {{"rlock"}}},
  },
  class = {
    id = "lock", also = "rlock", var = "lock",
    fields = {
      {"holder", "process | thread | nil", "who holds it"},
      {"abandoned", "boolean", "did its present holder get it from a dead one? Also under `guard` and `with`"},
      {"name", "string", "its name"},
    },
    methods = {
      {"acquire", "Waits until it is ours.",
        params = {{"timeout", "seconds?", "how long to wait"}},
        returns = {
          {"true"}, {"true", '"abandoned"', text = "the last holder died, or ended, with it"}, {"false", '"timeout"'},
        },
        errors = {{"lock 'printer' is held by this process already", "a Lock that is ours; an RLock does not raise",
          try = [[lock:acquire() lock:acquire()]]}}},
      {"release", "Gives it away. By its holder only.",
        errors = {
          {"lock 'printer' is not held", "nobody holds it", try = [[lock:release()]]},
          {"lock 'printer' is held by process careless", "another one holds it", try = [[
            local p = mp.spawn {name = "careless", target = function() lock:acquire() mp.sleep(math.huge) end}
            while not lock.holder do mp.sleep(0.001) end
            lock:release()
          ]]},
        }},
      {"locked", "Does anybody hold it?", returns = {{"boolean"}}},
      {"guard", "Acquires it for a scope: `local _ <close> = lock:guard()`. See [guards](#guards).",
        params = {{"timeout", "seconds?", "how long to wait"}},
        returns = {{"guard"}, {"nil", '"timeout"'}},
        errors = {{"lock 'printer' is held by this process already", "a Lock that is ours",
          try = [[lock:acquire() lock:guard()]]}}},
      {"with", "Calls `f(...)` while it is held. It is released whatever happens.",
        params = {{"f", "fun(...): any...", "what is called; it may yield"}, {"...", "any", "its arguments"}},
        returns = {{"any...", text = "what `f` returned"}},
        errors = {{"lock 'printer' is held by this process already", "a Lock that is ours",
          try = [[lock:acquire() lock:with(print)]]}}},
    },
  },
  after = [[
```lua
local mp = require "mp"
local lock, held = mp.Lock {name = "printer"}, mp.Event()
local p = mp.spawn {name = "careless", target = function()
  lock:acquire()
  held:set()
  mp.sleep(math.huge)
end}
held:wait()
print(lock:acquire(0))
print((select(2, pcall(lock.release, lock)):gsub("^.-:%d+: ", "")))
p:kill()
print(lock:acquire())
```
```text
false	timeout
lock 'printer' is held by process careless
true	abandoned
```
]],
}
