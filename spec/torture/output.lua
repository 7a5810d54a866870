-- Lines on standard output, when that is a file: whole, each where it was written; only a death may cut one off.
local mp = require "mp"

local function line(name, n) return ("<%s %d %s>"):format(name, n, ("-"):rep(n % 1000)) end

local function is_whole(text)
  local name, n, fill = text:match "^<(%w+ %d+) (%d+) (%-*)>$"
  return name ~= nil and #fill == n % 1000
end

-- Is it a whole one after beginnings of others, cut off by their deaths? How many?
local function cuts(text)
  local n = 0
  while not is_whole(text) do
    local at = text:find("<", 2, true)
    if not at then return nil end
    n = n + 1
    text = text:sub(at)
  end
  return n
end

local function stdout_is_a_file()
  local pipe <close> = assert(io.popen "stat -L -c %F /proc/$PPID/fd/1")
  return pipe:read():find "^regular" ~= nil
end

return function(family)
  if not stdout_is_a_file() then return end
  local deaths = 0
  local function printer(me)
    local n = 0
    while family:going_on() do
      n = n + math.random(300)
      print(line("printer " .. me, n))
      if math.random(4) == 1 then mp.sleep(0) end   -- what others could see: the lines are out before
    end
  end
  family:role("printer ", 2, printer, {died = function() deaths = deaths + 1 end})
  family:check(function()
    local whole, cut = 0, 0
    for text in io.lines "/proc/self/fd/1" do
      whole = whole + 1
      cut = cut + (cuts(text) or error("a line is torn: " .. text:sub(1, 200)))
    end
    assert(whole > 0, "no line was written")
    assert(cut <= deaths, cut .. " lines were cut off by " .. deaths .. " deaths")
    return ("output: %d whole lines, %d cut off by %d deaths"):format(whole, cut, deaths)
  end)
end
