-- 20. Processes fetch web pages in parallel and put the beginning of each into a shared list.
-- mplua scripts/20_scraper.lua [URL...]. What cannot be fetched gives its reason.
local mp = require "mp"
local http = require "mp.http"

local function fetch_url(url, fetched)
  local response, reason, message = http.get(url)
  local text
  if not response then
    text = ("%s (%s)"):format(reason, message)
  elseif not response.ok then
    text = "status " .. response.status
  else
    text = response.text:sub(1, 100)
  end
  mp.Table.insert(fetched, {url = url, text = text})
end

local urls = #arg > 0 and arg or {"https://example.com", "https://example.org", "https://example.net"}
local manager <close> = mp.Manager()
local fetched = manager.Table()
local processes = {}
for i, url in ipairs(urls) do processes[i] = mp.spawn(fetch_url, url, fetched) end
for _, process in ipairs(processes) do process:join() end
for _, page in ipairs(fetched) do print(("%s: %s"):format(page.url, page.text)) end
