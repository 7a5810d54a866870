-- What a pool takes back: tasks that nobody has begun, when their call has failed, was cancelled or is no more read.
local helper = require "spec.helper"
local mp = require "mp"

local function error_of(f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok)
  return err
end

describe("a pool that takes tasks back", function()
  setup(helper.setup)
  teardown(helper.teardown)
  local before
  before_each(function() before = helper.census() end)
  after_each(function()
    helper.end_all()
    assert.same(before, helper.census_like(before))
  end)

  it("keeps nothing of calls that failed", function()
    local pool <close> = mp.Pool(2)
    local function fail_often(times)
      for _ = 1, times do
        assert.equal("no", error_of(pool.map, pool, function(x)
          if x == 3 then error("no", 0) end
        end, mp.range(1, 100), {chunksize = 1}):match("^%w+"))
      end
      return helper.census().blocks
    end
    local blocks = fail_often(5)
    assert.is_true(helper.wait_until(function() return fail_often(10) < blocks + 50 end, 1))
  end)
end)
