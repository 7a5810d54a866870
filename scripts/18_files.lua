-- 18. Processes read files in parallel; their content is merged into one file, in the order of the files.
-- mplua scripts/18_files.lua [OUTPUT FILE...]. Without arguments it makes files of its own in a temporary directory.
-- Each is larger than what a pipe holds: a program that joins its readers before it takes their content would hang.
local mp = require "mp"

local SAMPLES <const>, SIZE <const> = 3, 1 << 20

local function make_samples()
  local pipe <close> = assert(io.popen("mktemp -d"))
  local dir, files = pipe:read(), {}
  for i = 1, SAMPLES do
    files[i] = ("%s/file%d.txt"):format(dir, i)
    local line = ("This is a line of file %d.\n"):format(i)
    local file <close> = assert(io.open(files[i], "w"))
    assert(file:write(line:rep(SIZE // #line)))
  end
  return dir .. "/output.txt", files
end

local function read_file(i, name, contents)
  local file <close> = assert(io.open(name, "rb"))
  contents:put({i, file:read("a")})
end

local output, files = arg[1], table.move(arg, 2, #arg, 1, {})
if not output then output, files = make_samples() end
local contents = mp.Queue()
local processes = {}
for i, name in ipairs(files) do processes[i] = mp.spawn(read_file, i, name, contents) end
for _, process in ipairs(processes) do
  process:join()
  process:result()   -- raises its error, if it had one
end

local parts = {}
for _ = 1, #files do
  local i, content = table.unpack(contents:get())
  parts[i] = content
end
local file <close> = assert(io.open(output, "wb"))
assert(file:write(table.concat(parts)))
print(("%d files are merged in %s"):format(#files, output))
