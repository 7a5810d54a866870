-- time limit: 300 s
-- mplua docs.lua FILE.md...: runs the Lua blocks of documents and compares what they print.
--   ```lua            a program: ends with status 0; prints what the ```text block after it says, if one follows
--   ```lua fragment   only has to compile
--   ```text unordered  as ```text, but the lines may come in any order
--   ```text shortened  as ```text, but "..." stands for anything
-- Appends "total PASSED FAILED SKIPPED" to the file that MPLUA_REPORT names.
local mplua = assert(os.getenv "MPLUA", "set MPLUA to the program to run the blocks with")
local LIMIT = 60   -- seconds a block may take

-- The fenced blocks of a document: language, further words, first line's number, text.
local function blocks(path)
  local list, open, n = {}, nil, 0
  for line in io.lines(path) do
    n = n + 1
    local lang, rest = line:match "^```(%w*)%s*(.-)%s*$"
    if open and lang then
      open.text = table.concat(open, "\n") .. "\n"
      list[#list + 1], open = open, nil
    elseif open then
      open[#open + 1] = line
    elseif lang then
      open = {lang = lang, rest = rest, line = n + 1}
    end
  end
  assert(not open, path .. ": a block is not closed")
  return list
end

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

local function write(path, text)
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
end

local function sorted(text)
  local lines = {}
  for line in text:gmatch "[^\n]*\n" do lines[#lines + 1] = line end
  table.sort(lines)
  return table.concat(lines)
end

local function like(text, shortened)
  local pattern = shortened:gsub("%p", "%%%0"):gsub("%%%.%%%.%%%.", ".-")
  return text:match("^" .. pattern .. "$") ~= nil
end

-- Runs the block in a process of its own: true, or false and what is wrong.
local function run(path, block, expected)
  local source, out = os.tmpname(), os.tmpname()
  write(source, ("\n"):rep(block.line - 1) .. block.text)   -- so that messages name the document's lines
  local command = "timeout --foreground -k 2 %d '%s' %s >%s 2>&1 </dev/null"
  local ok, how, status = os.execute(command:format(LIMIT, mplua, source, out))
  local printed = read(out)
  os.remove(source)
  os.remove(out)
  if not ok then
    if status == 124 or status == 137 then how = "not ready after " .. LIMIT .. " s, status" end
    return false, ("%s %d\n%s"):format(how, status, printed:gsub(source:gsub("%p", "%%%0"), path))
  end
  if not expected then return true end
  local same = printed == expected.text
  if expected.rest == "unordered" then same = sorted(printed) == sorted(expected.text) end
  if expected.rest == "shortened" then same = like(printed, expected.text) end
  return same, "it printed\n" .. printed .. "instead of\n" .. expected.text
end

local function check(path, block, following)
  if block.rest == "fragment" then
    local chunk, message = load(("\n"):rep(block.line - 1) .. block.text, "=" .. path, "t")
    return chunk ~= nil, message
  end
  return run(path, block, following and following.lang == "text" and following or nil)
end

local passed, failed = 0, 0
for _, path in ipairs(arg) do
  local list = blocks(path)
  for i, block in ipairs(list) do
    if block.lang == "lua" then
      local ok, message = check(path, block, list[i + 1])
      if ok then
        passed = passed + 1
      else
        failed = failed + 1
        print(("FAILED %s:%d: %s"):format(path, block.line, message))
      end
    end
  end
end

local report = os.getenv "MPLUA_REPORT"
if report then write(report, ("total %d %d 0\n"):format(passed, failed)) end
os.exit(failed == 0)
