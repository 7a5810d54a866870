-- The definition of the API: what the reference, the files for the Lua language server, the standard for luacheck and
-- spec/api_spec.lua are made of. scripts/api/definition.lua says what may stand in a section.
return {
  title = "Reference",
  since = "1.0",
  text = [[
Everything that `require "mp"`, `require "mp.http"` and `require "mp.log"` give. [The README](/README.md) introduces
it, [pool.md](pool.md) and [http.md](http.md) are guides to pools and to HTTP, [python.md](python.md) is for those who
know Python's `multiprocessing`.
]],
  sections = {
    "reading", "process", "current", "thread", "waiting", "queue", "lease", "pipe", "lock", "guard", "semaphore",
    "condition", "event", "barrier", "value", "array", "buffer", "table", "manager", "pool", "calls", "future", "range",
    "sending", "others", "http", "http_options", "session", "response", "headers", "log", "command",
  },
}
