-- What the specs that try hostile input share. MPLUA_FUZZ_COUNT is how many cases there are, MPLUA_FUZZ_SEED which come
-- first: case n of a run has the seed SEED + n - 1, so a failure is repeated with its seed and a count of 1.
local fuzz = {}

fuzz.seed = math.tointeger(tonumber(os.getenv "MPLUA_FUZZ_SEED")) or os.time()

function fuzz.count(default)
  return math.tointeger(tonumber(os.getenv "MPLUA_FUZZ_COUNT")) or default
end

function fuzz.again(seed)
  return ("MPLUA_FUZZ_SEED=%d MPLUA_FUZZ_COUNT=1"):format(seed)
end

function fuzz.pick(list)
  return list[math.random(#list)]
end

function fuzz.bytes(n)
  local list = {}
  for i = 1, n do list[i] = string.char(math.random(0, 255)) end
  return table.concat(list)
end

local function span(text)
  local i = math.random(1, #text + 1)
  return i, math.min(#text, i + math.random(0, 8))
end

local changes = {
  function(text) local i, j = span(text) return text:sub(1, i - 1) .. text:sub(j + 1) end,
  function(text) local i, j = span(text) return text:sub(1, j) .. text:sub(i) end,
  function(text) local i = span(text) return text:sub(1, i - 1) .. fuzz.bytes(math.random(1, 4)) .. text:sub(i) end,
  function(text) local i = span(text) return text:sub(1, i - 1) .. fuzz.bytes(1) .. text:sub(i + 1) end,
  function(text) return text:sub(1, (span(text))) end,
  function(text, tokens) local i = span(text) return text:sub(1, i - 1) .. fuzz.pick(tokens) .. text:sub(i) end,
  function(text) local i, j = span(text) return text:sub(1, i - 1) .. text:sub(i, j):rep(1 << math.random(0, 12))
    .. text:sub(j + 1) end,
}

-- The text with so many random changes; tokens are texts that may come into it.
function fuzz.mutate(text, n, tokens)
  for _ = 1, n do text = fuzz.pick(changes)(text, tokens) end
  return text
end

return fuzz
