-- How often does each word occur in these files, counted on all CPUs? As often as when one process reads them whole.
-- The files are cut into parts at the ends of lines: so one large file keeps all workers busy, and no word is cut.
-- mplua scripts/lab/word_count.lua [FILE...]. Without arguments it counts this project's documents.
local mp = require "mp"

local PART <const> = 8 * 1024

local function documents()
  local root = arg[0]:match("^(.-)[^/]*/lab/[^/]*$") or "./"   -- also where this is installed as an example
  local list <close> = assert(io.popen(("cd '%s' && ls README.md doc/*.md 2>/dev/null"):format(root)))
  local files = {}
  for name in list:lines() do files[#files + 1] = root .. name end
  if #files == 0 then error("which files? mplua word_count.lua FILE...", 0) end
  return files
end

local function count(text, counts)
  for word in text:lower():gmatch("[%a\x80-\xFF]+") do counts[word] = (counts[word] or 0) + 1 end
  return counts
end

-- The lines that begin at the bytes from `first` on, up to `first + PART`: one reads on to the end of the last of them.
-- Whether one begins at `first` itself is told by the byte before.
local function count_part(name, first)
  local file <close> = assert(io.open(name, "rb"))
  local from = math.max(first - 1, 0)
  file:seek("set", from)
  local text = (file:read(first + PART - 1 - from) or "") .. (file:read("L") or "")
  if first > 0 then text = text:match("\n(.*)") or "" end
  return count(text, {})
end

local function parts_of(files)
  local parts = {}
  for _, name in ipairs(files) do
    local file <close> = assert(io.open(name, "rb"))
    for first = 0, file:seek("end") - 1, PART do parts[#parts + 1] = {name, first} end
  end
  return parts
end

local function count_in_parallel(parts)
  local pool <close> = mp.Pool()
  local counts = {}
  for _, some in ipairs(pool:starmap(count_part, parts)) do
    for word, n in pairs(some) do counts[word] = (counts[word] or 0) + n end
  end
  return counts
end

local function count_whole(files)
  local counts = {}
  for _, name in ipairs(files) do
    local file <close> = assert(io.open(name, "rb"))
    count(file:read("a"), counts)
  end
  return counts
end

local files = #arg > 0 and table.move(arg, 1, #arg, 1, {}) or documents()
local parts = parts_of(files)
local counts, expected = count_in_parallel(parts), count_whole(files)
local words, total, wrong = {}, 0, 0
for word, n in pairs(expected) do
  words[#words + 1] = word
  total = total + n
  if counts[word] ~= n then wrong = wrong + 1 end
end
for word in pairs(counts) do
  if not expected[word] then wrong = wrong + 1 end
end
table.sort(words, function(a, b)
  if counts[a] ~= counts[b] then return (counts[a] or 0) > (counts[b] or 0) end
  return a < b
end)
for i = 1, math.min(10, #words) do print(("%7d %s"):format(counts[words[i]], words[i])) end
print(("%d words, %d different ones, in %d parts of %d files; %d were counted differently by one process")
  :format(total, #words, #parts, #files, wrong))
