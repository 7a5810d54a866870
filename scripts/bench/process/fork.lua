-- Kind: start AT_ONCE MEGABYTES. What kinds.lua does, by bare fork and waitpid.
local clock = require "clock"
local live_data = require "process.live_data"
local fork_module = require "fork_module"

clock.main {
  start = function(at_once, megabytes)
    local data = live_data(megabytes)
    at_once = clock.size(at_once, math.min(at_once, 20))
    return function(n)
      return fork_module.start(n, at_once), data
    end, at_once
  end,
}
