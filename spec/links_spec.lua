-- The documents: what a link leads to is there, be it a file or a heading, and so is each file that is named.

local function lines_of(command)
  local pipe <close> = assert(io.popen(command))
  local list = {}
  for line in pipe:lines() do list[#list + 1] = line end
  return list
end

local function exists(path)
  return lines_of(("ls -d %s 2>/dev/null"):format(path))[1] ~= nil
end

local paths = lines_of "ls README.md doc/*.md && find scripts -name '*.md'"

-- As GitHub makes it of a heading.
local function anchor_of(heading)
  local text = heading:gsub("%[(.-)%]%b()", "%1"):lower()
  return (text:gsub("[^%w%s_\x80-\xFF-]", ""):gsub(" ", "-"))
end

-- Of each document: anchors, as a set, and lines outside of code blocks by their numbers.
local documents = {}
for _, path in ipairs(paths) do
  local document = {anchors = {}, lines = {}}
  local is_code, n = false, 0
  for line in io.lines(path) do
    n = n + 1
    if line:find "^```" then is_code = not is_code end
    local heading = not is_code and line:match "^#+ (.*)"
    if heading then
      local anchor, times = anchor_of(heading), 0
      while document.anchors[times == 0 and anchor or anchor .. "-" .. times] do times = times + 1 end
      document.anchors[times == 0 and anchor or anchor .. "-" .. times] = true
    end
    if not is_code then document.lines[n] = line end
  end
  documents[path] = document
end

-- Calls f(text, place) for what the pattern captures in any document.
local function each(pattern, f)
  for _, path in ipairs(paths) do
    for n, line in pairs(documents[path].lines) do
      for text in line:gmatch(pattern) do f(text, path, ("%s:%d: %s"):format(path, n, text)) end
    end
  end
end

-- The file that is meant by what stands between backticks, nil: none. Documents name a source without its ending.
local function file_of(name)
  if name:find "^scripts/" or name:find "^spec/" or name:find "^doc/" or name:find "^src/" then return name end
  if name:find "^[%w_]+_spec%.lua$" then return "spec/" .. name end
  if name:find "^core/" or name:find "^bind/" then return "src/" .. name .. (name:find "%.%w+$" and "" or ".*") end
end

describe("the documents", function()
  it("have links only to what there is", function()
    local dead, count = {}, 0
    each("%]%(([^)%s]+)%)", function(target, path, place)
      if target:find "^%a+:" then return end
      count = count + 1
      local name, anchor = target:match "^([^#]*)#?(.*)$"
      local file = name == "" and path or name:match "^/(.*)" or (path:match "^.*/" or "") .. name
      local there = documents[file]
      local good = there and (anchor == "" or there.anchors[anchor]) or not there and anchor == "" and exists(file)
      if not good then dead[#dead + 1] = place end
    end)
    table.sort(dead)
    assert.same({}, dead)
    assert.is_true(count > 100)
  end)

  it("name only files that there are", function()
    local dead, count = {}, 0
    each("`([%w_./*-]+)`", function(name, path, place)
      local file = file_of(name)
      if not file then return end
      count = count + 1
      local beside = (path:match "^.*/" or "") .. name
      if not exists(file) and not exists(beside) then dead[#dead + 1] = place end
    end)
    table.sort(dead)
    assert.same({}, dead)
    assert.is_true(count > 50)
  end)
end)
