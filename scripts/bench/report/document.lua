-- The tables of doc/performance.md: what stands between "<!-- bench THEME -->" and "<!-- end -->" is made of a run.
local number = require "report.number"
local results = require "results"

local document = {}

local function cell(text)
  return (text:gsub("|", "\\|"))
end

local function with_what(text, what)
  return what and text ~= "" and ("%s: %s"):format(text, what) or text
end

local function row(result)
  local verdict = result.met == nil and "" or result.met and "met" or "**missed**"
  return ("| %s | %s | %s | %s | %s | %s | %s |"):format(
    cell(result.title), number.spread(result.mplua, result.unit),
    cell(with_what(number.spread(result.python, result.unit), result.python_is)), number.ratio(result.times_python),
    cell(with_what(number.spread(result.limit, result.unit), result.limit_is)), number.ratio(result.times_limit),
    result.met == nil and "" or results.target(result) .. ": " .. verdict)
end

local function theme(run, name)
  local lines = {"| | mplua | Python | × Python | limit | × limit | target |", "|---|---|---|---|---|---|---|"}
  for _, result in ipairs(run.results) do
    if result.theme == name then lines[#lines + 1] = row(result) end
  end
  assert(#lines > 2, name)
  return table.concat(lines, "\n")
end

local function machine(run)
  local facts, met, missed = run.machine, 0, {}
  for _, result in ipairs(run.results) do
    if result.met then met = met + 1 end
    if result.met == false then missed[#missed + 1] = "`" .. result.row .. "`" end
  end
  local lines = {
    ("Run of %s, %d rounds, load %s at its begin: %s, %d CPUs, %s; %s, %s, %s, %s."):format(
      facts.time:match "^%d+-%d+-%d+", run.rounds, facts.load, facts.cpu, facts.cpus, facts.kernel, facts.mplua,
      facts.python, facts.lua, facts.cc),
    ("%d of %d targets are met.%s"):format(met, met + #missed,
      #missed > 0 and " Missed: " .. table.concat(missed, ", ") .. "." or ""),
  }
  return table.concat(lines, "\n")
end

-- The text with its tables as this run has them.
function document.updated(text, run)
  return (text:gsub("(<!%-%- bench (%l+) %-%->\n).-\n?(<!%-%- end %-%->)", function(begin, name, finish)
    return begin .. "\n" .. (name == "machine" and machine(run) or theme(run, name)) .. "\n\n" .. finish
  end))
end

return document
