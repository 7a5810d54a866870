-- What follows from a row's samples: medians, ratios, and whether the targets are met.
local results = {}

local function summary(samples)
  if not samples then return nil end
  table.sort(samples)
  return {median = samples[(#samples + 1) // 2], least = samples[1], most = samples[#samples], samples = samples}
end

local MORE_IS_BETTER <const> = {["1/s"] = true, ["of 1"] = true}

-- How many times as good a is as b; nil when that is no number.
local function times(unit, a, b)
  if not b or a.median == 0 or b.median == 0 then return nil end
  return MORE_IS_BETTER[unit] and a.median / b.median or b.median / a.median
end

local function met(target, result)
  if not next(target) then return nil end
  local value = result.mplua.median
  return (result.times_python or math.huge) >= (target.python or 0)
    and (result.times_limit or 0) <= (target.limit or math.huge)
    and value >= (target.least or -math.huge) and value <= (target.most or math.huge)
end

function results.judge(row, samples)
  local result = {
    row = row.name, theme = row.theme.name, theme_title = row.theme.title, title = row.title, unit = row.unit,
    python_is = row.python_is, limit_is = row.limit_is, target = next(row.target) and row.target,
    mplua = summary(samples.mplua), python = summary(samples.python), limit = summary(samples.limit),
  }
  result.times_python = times(row.unit, result.mplua, result.python)
  local slower = times(row.unit, result.mplua, result.limit)
  result.times_limit = slower and 1 / slower
  result.met = met(row.target, result)
  return result
end

-- The targets as words.
function results.target(result)
  local target, words = result.target or {}, {}
  local function add(format, number)
    if number then words[#words + 1] = format:format(number) end
  end
  add("≥ %g × Python", target.python)
  add("≤ %g × limit", target.limit)
  add("≥ %g", target.least)
  if target.most then words[#words + 1] = "≤ " .. require("report.number").value(target.most, result.unit) end
  return table.concat(words, ", ")
end

return results
