-- The table that a run prints.
local number = require "report.number"
local results = require "results"

local terminal = {}

local WIDTHS <const> = {46, 24, 24, 24, 8, 7, 30}

local function padded(text, width)
  return text .. (" "):rep(width - utf8.len(text))
end

local function line(...)
  local parts = {}
  for i, text in ipairs {...} do parts[i] = WIDTHS[i] and padded(text, WIDTHS[i]) or text end
  print((table.concat(parts, " "):gsub("%s+$", "")))
end

function terminal.machine(facts)
  print(("%s, %d CPUs, load %s, %s"):format(facts.cpu, facts.cpus, facts.load, facts.kernel))
  print(("%s; %s; %s; %s"):format(facts.mplua, facts.python, facts.lua, facts.cc))
end

function terminal.theme(title)
  print()
  line(title, "mplua", "Python", "limit", "x Python", "x limit", "target")
end

function terminal.row(result, quick)
  line(result.title, number.spread(result.mplua, result.unit), number.spread(result.python, result.unit),
       number.spread(result.limit, result.unit), number.ratio(result.times_python), number.ratio(result.times_limit),
       results.target(result), quick and "" or result.met and "met" or result.met == false and "MISSED" or "")
end

function terminal.skipped(row, reason)
  line(row.title, "not measured: " .. reason)
end

return terminal
