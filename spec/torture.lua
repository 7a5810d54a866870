-- Random deaths: processes that use all classes are killed, stopped and started again at random moments, and a ledger
-- of what they attempted and did tells whether anything was lost, doubled, torn, leaked or left waiting.
-- Usage: MPLUA=build/mplua mplua spec/torture.lua [SECONDS [SEED]], from the root of the sources.
local helper = require "spec.helper"
local mp = require "mp"
local Family = require "spec.torture.family"

local seconds = tonumber(arg[1] or 60) or error("SECONDS must be a number, not " .. arg[1])
local seed = math.tointeger(tonumber(arg[2] or os.time())) or error("SEED must be a whole number, not " .. arg[2])

local function report(line) io.stderr:write(line, "\n") end

local function run()
  local family = Family.new()
  for _, roles in ipairs {"items", "sync", "shared", "processes", "output"} do
    require("spec.torture." .. roles)(family)
  end
  local ok, err = xpcall(function()
    family:torture(seconds)
    family:finish()
  end, debug.traceback)
  if not ok then
    family:kill_all()
    error(err, 0)
  end
  for _, line in ipairs(family:judge()) do report(line) end
  report(("%d of %d were struck while at work"):format(family.hits, family.strikes))
  return family.deaths + family.children.value, family.stops, family.ends
end

report("torture: seed " .. seed)
math.randomseed(seed)
local before = helper.census()
local deaths, stops, ends = run()
local after = helper.census_like(before)
for what, n in pairs(before) do
  assert(after[what] == n, ("%s: there were %d, now there are %d"):format(what, n, after[what]))
end
local sound, why = mp.debug.check()
assert(sound, why)
report(("torture: %d deaths, %d stops, %d ends; nothing is left, the arena is sound"):format(deaths, stops, ends))
