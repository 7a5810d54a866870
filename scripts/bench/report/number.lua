-- Numbers as people read them.
local number = {}

local SCALES <const> = {
  us = {{1e6, "s"}, {1e3, "ms"}, {1, "µs"}, {1e-3, "ns"}},
  ["1/s"] = {{1e6, "M/s"}, {1e3, "k/s"}, {1, "/s"}},
  bytes = {{1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}, {1, "B"}},
}

-- Three digits, without an exponent.
local function short(x)
  local size = math.abs(x)
  if size >= 100 or x == math.floor(x) then return ("%.0f"):format(x) end
  return (("%." .. (size >= 10 and 1 or size >= 0.095 and 2 or 3) .. "f"):format(x))
end

local function scale_of(x, unit)
  local scales = SCALES[unit]
  if not scales then return 1, "" end
  if x == 0 then return 1, scales[unit == "us" and 3 or #scales][2] end
  for _, scale in ipairs(scales) do
    if math.abs(x) >= scale[1] * 0.9995 then return table.unpack(scale) end
  end
  return table.unpack(scales[#scales])
end

function number.value(x, unit)
  local scale, name = scale_of(x, unit)
  return short(x / scale) .. (name ~= "" and " " .. name or "")
end

-- The median, and from where to where all were: "83 ns (80–95)".
function number.spread(summary, unit)
  if not summary then return "" end
  local scale = scale_of(summary.median, unit)
  local text = number.value(summary.median, unit)
  if summary.least == summary.most then return text end
  return ("%s (%s–%s)"):format(text, short(summary.least / scale), short(summary.most / scale))
end

function number.ratio(x)
  return x and short(x) or ""
end

return number
