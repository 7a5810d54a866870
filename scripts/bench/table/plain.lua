-- Kind: pairs SIZE, of a plain table that is copied and walked, as pairs of a shared one has to.
local clock = require "clock"

clock.main {
  pairs = function(size)
    local t = {}
    for i = 1, size do t["key" .. i] = i end
    return function(n)
      for _ = 1, n do
        local copy, sum = {}, 0
        for key, value in pairs(t) do copy[key] = value end
        for _, value in pairs(copy) do sum = sum + value end
        assert(sum == size * (size + 1) // 2)
      end
    end, size
  end,
}
