return {
  title = "Log lines",
  module = "mp.log",
  setup = [[local log = require "mp.log"]],
  text = [[
`local log = require "mp.log"`. The functions write `[LEVEL/process] message` to standard error, in one piece however
long it is and however many lines it has. The message is what `print` would show, with a blank between the values
instead of a tab. In a thread, its name follows that of the process: `[INFO/main/thread-1]`.
]],
  fields = {
    {"level", '"debug" | "info" | "warn" | "error"', "what is less grave is left out; `info` at first. It can "
      .. "be set, and a "
      .. "process starts with that of its maker", writable = true,
      errors = {{"mp.log: level must be 'debug', 'info', 'warn' or 'error'", "it is none of these",
        try = [[log.level = "loud"]]}}},
  },
  functions = {
    {"log.debug", "Writes a line, if `log.level` is `debug`.", params = {{"...", "any", "the values"}},
      errors = {{"log.debug is called with a dot, not with a colon", "the first value is the library itself; "
        .. "likewise the others", try = [[log:debug "step 1"]]}}},
    {"log.info", "Writes a line, unless `log.level` is `warn` or `error`.", params = {{"...", "any", "the values"}}},
    {"log.warn", "Writes a line, unless `log.level` is `error`.", params = {{"...", "any", "the values"}}},
    {"log.error", "Writes a line.", params = {{"...", "any", "the values"}}},
    {"log.traceback", "Writes an error, with the traceback of where this is called unless it has one. Made for "
      .. "`xpcall(f, log.traceback)`.",
      params = {{"err", "any", "the error"}}, returns = {{"any", text = "`err`"}}},
  },
  after = [[
```lua
local log = require "mp.log"
log.level = "debug"
log.debug("step", 1, nil)
local ok = xpcall(error, function() return log.traceback "failed\nstack traceback:\n\t..." end)
log.warn(ok)
```
```text
[DEBUG/main] step 1 nil
[ERROR/main] failed
stack traceback:
	...
[WARN/main] false
```
]],
}
