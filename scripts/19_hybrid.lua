-- 19. Processes download files, and each has threads that work on what came.
-- mplua scripts/19_hybrid.lua [URL...]. Without arguments the URLs are those of files that it makes itself.
local mp = require "mp"
local http = require "mp.http"

local THREADS <const> = 3

local function make_samples()
  local pipe <close> = assert(io.popen("mktemp -d"))
  local dir, urls = pipe:read(), {}
  for i = 1, 3 do
    local name = ("%s/file%d.txt"):format(dir, i)
    local file <close> = assert(io.open(name, "w"))
    assert(file:write(("word "):rep(1000 * i)))
    urls[i] = "file://" .. name
  end
  return urls, {protocols = {"file"}}
end

local function count_words(text, from, to)
  local _, words = text:sub(from, to):gsub("%f[%w]%w+", "")
  return words
end

-- Where a part of the text ends that begins after `at` and is about a THREADS-th of it: not inside a word.
local function end_of_part(text, at)
  return text:find("%f[%W]", at + #text // THREADS) or #text
end

local function process_data(text)
  local threads, at = {}, 0
  while at < #text do
    local last = end_of_part(text, at)
    threads[#threads + 1] = mp.Thread(count_words, text, at + 1, last):start()
    at = last
  end
  local words = 0
  for _, thread in ipairs(threads) do words = words + thread:result() end
  return words, #threads
end

local function worker(url, options)
  print("Downloading " .. url)
  local response, reason, message = http.get(url, options)
  if not response then return print(("%s: %s (%s)"):format(url, reason, message)) end
  print(("%s: %d bytes"):format(url, #response.text))
  print(("%s: %d words, counted by %d threads"):format(url, process_data(response.text)))
end

local urls, options = arg, nil
if #arg == 0 then urls, options = make_samples() end
local processes = {}
for i, url in ipairs(urls) do processes[i] = mp.spawn(worker, url, options) end
for _, process in ipairs(processes) do process:join() end
