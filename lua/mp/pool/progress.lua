-- Progress of a call: a user's function, or a bar on the terminal.
local core = require "mp.core"

local progress = {}
local PERIOD <const> = 0.1   -- s between two pictures

local function clock(seconds)
  local s = math.floor(seconds)
  if s >= 3600 then return ("%d:%02d:%02d"):format(s // 3600, s // 60 % 60, s % 60) end
  return ("%02d:%02d"):format(s // 60, s % 60)
end

local EIGHTHS <const> = {"▏", "▎", "▍", "▌", "▋", "▊", "▉"}

local function bar(share, width)
  local eighths = math.floor(share * width * 8)
  local full, rest = eighths // 8, eighths % 8
  local text = ("█"):rep(full) .. (EIGHTHS[rest] or "")
  return text .. (" "):rep(width - full - (rest > 0 and 1 or 0))
end

-- " 42%|████▏     | 420/1000 [00:01<00:02, 311.2 tasks/s]", at most `columns` wide
function progress.picture(done, total, elapsed, columns)
  local rate = elapsed > 0 and done / elapsed or 0
  if not total then return ("%d tasks [%s, %.1f tasks/s]"):format(done, clock(elapsed), rate) end
  local share = total > 0 and done / total or 1
  local left = rate > 0 and clock((total - done) / rate) or "?"
  local head = ("%3d%%|"):format(math.floor(share * 100))
  local tail = ("| %d/%d [%s<%s, %.1f tasks/s]"):format(done, total, clock(elapsed), left, rate)
  local width = columns - #head - #tail - 1
  return head .. (width > 0 and bar(share, width) or "") .. tail
end

local function on_terminal()
  local columns = core.terminal_width(2)
  if not columns then return nil end
  local begin, shown = core.time(), -math.huge
  return function(done, total, last)
    local now = core.time()
    if not last and now - shown < PERIOD then return end
    shown = now
    io.stderr:write("\r", progress.picture(done, total, now - begin, columns), "\27[K", last and "\n" or "")
  end
end

-- What is called with how many tasks are done, how many there are (nil: nobody knows), and whether all is over.
function progress.of(option)
  if type(option) ~= "function" then return on_terminal() or false end
  local seen
  return function(done, total)
    if done == seen then return end
    seen = done
    option(done, total)
  end
end

return progress
