-- busted's output handler: silent about what passes. When MPLUA_REPORT names a file, it appends a line
-- "test NAME" as each test starts and "total PASSED FAILED SKIPPED" at the end, so that ./dev test
-- can count, and can tell which test was running when the process died or hung.
local busted = require "busted"
local newhandler = require "busted.outputHandlers.base"

local report = os.getenv "MPLUA_REPORT"

local function note(line)
  if not report then return end
  local file <close> = assert(io.open(report, "a"))
  file:write((line:gsub("\n", " ")), "\n")
end

local function text(message)
  if type(message) == "string" then return message end
  return message == nil and "(no message)" or require("pl.pretty").write(message)
end

-- after: the test that ran last, when it is not itself what failed
local function show(failure, after)
  local where = failure.element.trace or failure.trace or {}
  local name = failure.name .. (after and ", of " .. after or "")
  print(("FAILED %s:%s: %s"):format(where.short_src or "?", where.currentline or "?", name))
  print("  " .. text(failure.message):gsub("\n", "\n  "))
  local traceback = failure.trace and failure.trace.traceback
  if failure.isError and traceback then print("  " .. traceback:match("^%s*(.-)%s*$"):gsub("\n", "\n  ")) end
  io.flush()
end

return function()
  local handler = newhandler()
  local shown, last = {}, nil

  -- At once, so that a run which hangs later has told what it knew.
  local function shownew()
    for _, list in ipairs {handler.failures, handler.errors} do
      for _, failure in ipairs(list) do
        if not shown[failure] then show(failure, failure.element.descriptor == "after_each" and last) end
        shown[failure] = true
      end
    end
    return nil, true
  end

  busted.subscribe({"test", "start"}, function(element)
    last = handler.getFullName(element)
    note("test " .. last)
    return nil, true
  end)
  busted.subscribe({"test", "end"}, shownew)
  busted.subscribe({"error"}, shownew)
  busted.subscribe({"suite", "end"}, function()
    shownew()
    local passed, skipped = handler.successesCount, handler.pendingsCount
    local failed = handler.failuresCount + handler.errorsCount
    note(("total %d %d %d"):format(passed, failed, skipped))
    print(("%d passed, %d failed, %d skipped"):format(passed, failed, skipped))
    io.flush()
    return nil, true
  end)
  return handler
end
