-- Two processes take turns: a message and its answer, or a signal and its answer.
local rows = {}
for _, pinned in ipairs {false, true} do
  for _, row in ipairs {
    {"queue", "queue", 50, 4}, {"pipe", "pipe", 30, 3}, {"event", "event", 30, 3}, {"condition", "condition", 30, 3},
    {"barrier", "barrier", 30, 3},
  } do
    local kind, title, free, one = table.unpack(row)
    rows[#rows + 1] = {
      name = "turn_" .. kind .. (pinned and "_pinned" or ""), title = title .. (pinned and ", one core" or ""),
      args = {kind}, pinned = pinned, target = {python = pinned and one or free},
      limit = {"turn"}, limit_is = "a word that is looked at, and a futex",
    }
  end
end

return {title = "Round trips", rows = rows}
