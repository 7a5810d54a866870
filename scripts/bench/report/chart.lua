-- An SVG of how many times as fast as Python each row is: bars on a logarithmic scale, by theme. It needs nothing else,
-- and its colours fit light and dark pages.
local number = require "report.number"

local ROW <const>, HEAD <const>, GAP <const> = 17, 24, 10   -- heights
local LEFT <const>, WIDTH <const>, RIGHT <const> = 320, 520, 80
local STYLE <const> = [[
  svg { font: 12px system-ui, sans-serif; background: #ffffff; }
  text { fill: #24292f; } .head { font-weight: 600; font-size: 13px; } .small { fill: #57606a; font-size: 11px; }
  .bar { fill: #2f81f7; } .slower { fill: #d1242f; } .pinned { fill: #8c6bd6; }
  .grid { stroke: #d0d7de; } .one { stroke: #57606a; }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117; }
    text { fill: #e6edf3; } .small { fill: #9198a1; } .grid { stroke: #30363d; } .one { stroke: #9198a1; }
  }
]]

local function escaped(text)
  return (text:gsub("[&<>]", {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;"}))
end

-- The themes in order, each with its rows that have a ratio.
local function grouped(run)
  local themes, by_name = {}, {}
  for _, result in ipairs(run.results) do
    if result.times_python then
      local theme = by_name[result.theme]
      if not theme then
        theme = {title = result.theme_title}
        by_name[result.theme], themes[#themes + 1] = theme, theme
      end
      theme[#theme + 1] = result
    end
  end
  return themes
end

-- Powers of ten that hold all ratios.
local function decades(themes)
  local least, most = 0, 1
  for _, theme in ipairs(themes) do
    for _, result in ipairs(theme) do
      local power = math.log(result.times_python, 10)
      least, most = math.min(least, math.floor(power)), math.max(most, math.ceil(power))
    end
  end
  return least, most
end

local function element(format, ...) return (format:format(...)) end

local function bar(result, x, y)
  local from, to = math.min(x(1), x(result.times_python)), math.max(x(1), x(result.times_python))
  local class = result.times_python < 1 and "slower" or result.row:find "_pinned$" and "pinned" or "bar"
  return element('<text x="%d" y="%d" text-anchor="end">%s</text>', LEFT - 8, y + 12, escaped(result.title))
    .. element('<rect class="%s" x="%.1f" y="%d" width="%.1f" height="%d" rx="2"/>', class, from, y + 2,
               math.max(to - from, 1), ROW - 4)
    .. element('<text class="small" x="%.1f" y="%d">%s</text>', to + 5, y + 12, number.ratio(result.times_python))
end

local function grid(least, most, x, top, bottom)
  local parts = {}
  for power = least, most do
    local at = x(10.0 ^ power)
    parts[#parts + 1] = element('<line class="%s" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>',
                                power == 0 and "one" or "grid", at, at, top, bottom)
    parts[#parts + 1] = element('<text class="small" x="%.1f" y="%d" text-anchor="middle">%s×</text>', at, top - 6,
                                number.ratio(10.0 ^ power))
  end
  return table.concat(parts, "\n")
end

return function(run)
  local themes = grouped(run)
  local least, most = decades(themes)
  local function x(ratio) return LEFT + (math.log(ratio, 10) - least) / (most - least) * WIDTH end
  local parts, y, top = {}, 62, 62
  for _, theme in ipairs(themes) do
    parts[#parts + 1] = element('<text class="head" x="8" y="%d">%s</text>', y + 16, escaped(theme.title))
    y = y + HEAD
    for _, result in ipairs(theme) do
      parts[#parts + 1] = bar(result, x, y)
      y = y + ROW
    end
    y = y + GAP
  end
  local facts, width = run.machine, LEFT + WIDTH + RIGHT
  return table.concat({
    element('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" role="img">', width, y + 8, width),
    "<title>How many times as fast as Python</title>",
    "<style>\n" .. STYLE .. "</style>",
    '<text class="head" x="8" y="20">mplua: how many times as fast as Python, or as small (violet: on one core)</text>',
    element('<text class="small" x="8" y="36">%s</text>',
            escaped(("%s, %d CPUs, %s, %s, %s"):format(facts.cpu, facts.cpus, facts.kernel, facts.python,
                                                       facts.time:match "^%d+-%d+-%d+"))),
    grid(least, most, x, top, y), table.concat(parts, "\n"), "</svg>", "",
  }, "\n")
end
