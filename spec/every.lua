-- What holds for every spec; busted runs this before the first (.busted says so). A spec has a directory, and each of
-- its tests leaves things as they were: what is to outlive one is made outside of all, or in setup.
local busted = require "busted"
local helper = require "spec.helper"
local before

busted.setup(helper.setup)
busted.teardown(helper.teardown)

busted.before_each(function() before = helper.census() end)

busted.after_each(function()
  helper.end_all()
  local left = helper.left_over(before)
  if left then busted.fail("something is left over\n" .. left) end
end)
