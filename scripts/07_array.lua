-- 7. Each of five processes doubles one element of a shared array.
local mp = require "mp"

local function update_array(index, array)
  array[index] = array[index] * 2
end

local array = mp.Array("i", {1, 2, 3, 4, 5})
local processes = {}
for i = 1, #array do
  processes[i] = mp.spawn(update_array, i, array)
end
for _, process in ipairs(processes) do
  process:join()
end
print("Final array: " .. table.concat(array, ", "))
