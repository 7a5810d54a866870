-- 11. A manager: processes change a list that all of them share.
local mp = require "mp"

local function update_list(index, list)
  list[index] = list[index] * 2
end

local manager <close> = mp.Manager()
local list = manager.Table {1, 2, 3, 4, 5}
local processes = {}
for i = 1, #list do
  processes[i] = mp.Process(update_list, i, list)
  processes[i]:start()
end
for _, process in ipairs(processes) do process:join() end
print("Final list: " .. mp.Table.concat(list, ", "))
