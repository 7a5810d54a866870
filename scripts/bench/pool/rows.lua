-- Pools of two processes: what a task costs, and how much of two CPUs tasks of a millisecond get.
local rows = {}

for _, row in ipairs {
  {"map", "map", {python = 3}, "chunks as it likes"}, {"each", "map, chunks of 1", {python = 30}},
  {"imap", "imap"}, {"apply", "apply", {python = 40}}, {"submit", "submit, then get of all", nil, "apply_async"},
} do
  local kind, title, target, python_is = table.unpack(row, 1, 4)
  rows[#rows + 1] = {name = "pool_" .. kind, title = title .. ", empty tasks", args = {"empty", kind}, target = target,
                     python_is = python_is}
end
for _, row in ipairs {
  {"each", "map, chunks of 1", {least = 0.9}}, {"imap", "imap", {least = 0.9}}, {"submit", "submit", {least = 0.9}},
  {"apply", "apply, one after the other"},
} do
  local kind, title, target = table.unpack(row, 1, 3)
  rows[#rows + 1] = {name = "pool_1ms_" .. kind, title = "efficiency: " .. title .. ", tasks of 1 ms",
                     args = {"efficiency", kind}, unit = "of 1", target = target}
end

return {title = "Pools of 2", rows = rows}
