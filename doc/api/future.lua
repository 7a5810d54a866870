return {
  title = "Futures",
  setup = [[local pool = mp.Pool {n = 1, name = "crew"}; local future = pool:submit(string.upper, "x")]],
  text = [[
A future stands for what a call of [a pool](#pools) will give. It stays with the process or thread that made the call;
but a task that waits there for a future of the pool that runs it, or asks whether it is done, runs that task itself
if nobody has begun it.
]],
  functions = {
    {"mp.as_completed", "For a loop: futures in order of completion.",
      params = {
        {"futures", "future[]", "each is given once"},
        {"timeout", "seconds?", "how long to wait, for all of them"},
      },
      returns = {{"fun(): future?"}},
      errors = {
        {"mp.as_completed: timeout: 1 of 1 futures are not done", "the time is over; in the loop", try = [[
          for _ in mp.as_completed({pool:submit(mp.sleep, 60)}, 0) do end
        ]]},
        {"mp.as_completed: futures[1] is a number", "one is no future", try = [[mp.as_completed {1}]]},
        {"bad argument #1 to 'as_completed' (list of futures expected, got future)", "that is no list",
          try = [[mp.as_completed(future)]]},
      }},
  },
  class = {
    id = "future", var = "future",
    methods = {
      {"get", "Waits for the results.",
        params = {{"timeout", "seconds?", "how long to wait"}},
        returns = {
          {"any...", text = "the results; of `map_async` and `starmap_async` their list"},
          {"nil", '"timeout"'}, {"nil", '"cancelled"', text = "it was cancelled"},
        },
        errors = {
          {"no paper...", "the task's error; to a string the traceback of the worker is appended",
            try = [[pool:submit(error, "no paper", 0):get()]]},
          {"task 2 failed: worker crew-1 exited with status 3", "as [`pool:map`](#pools) does",
            try = [[future:get() pool:submit(os.exit, 3):get()]]},
          {"pool 'crew' was terminated", "it was, before the task was done", try = [[
            future = pool:submit(mp.sleep, 60)
            pool:terminate()
            future:get()
          ]]},
          {"pool 'crew' belongs to process 'main'", "another process asks", try = [[
            local p = mp.spawn(function() return select(2, pcall(future.get, future)) end)
            error(p:result(), 0)
          ]]},
        }},
      {"wait", "Waits until it is done, however that was.",
        params = {{"timeout", "seconds?", "how long to wait"}},
        returns = {{"true"}, {"false", '"timeout"'}}},
      {"done", "Is it done, or has it failed or been cancelled?", returns = {{"boolean"}}},
      {"successful", "Is it done, and neither failed nor was cancelled?", returns = {{"boolean"}}},
      {"cancelled", "Was it cancelled?", returns = {{"boolean"}}},
      {"cancel", "Cancels it if none of its tasks has begun; then none does, and `get` gives `nil, \"cancelled\"`.",
        returns = {{"boolean", text = "is it cancelled?"}}},
      {"on_done", "Calls a function when it is done: `f(future)`, in this process, inside its calls of the pool "
        .. "or a future, "
        .. "at the latest in `pool:join`; at once if it is done.",
        params = {{"f", "fun(future: future)", "what is called"}},
        returns = {{"future", text = "the same"}},
        errors = {{"bad argument #1 to 'on_done' (function expected, got nil)", "`f` is no function",
          try = [[future:on_done(nil)]]}}},
    },
  },
  after = [[
```lua
local mp = require "mp"
local pool <close> = mp.Pool(2)
local futures = {pool:submit(string.upper, "a"), pool:map_async(math.abs, {-1, -2}), pool:submit(error, "no paper", 0)}
print(futures[1]:get(), futures[2]:get()[2], futures[1]:done(), futures[3]:successful())
futures[3]:wait()
print(futures[3]:successful(), (select(2, pcall(futures[3].get, futures[3])):match "[^\n]*"))
```
```text unordered
A	2	true	false
false	no paper
```
]],
}
