-- time limit: 120 s
-- Hostile arguments and environments for the command. spec/fuzz.lua says how to have more of them, or the same again.
local fuzz = require "spec.fuzz"
local helper = require "spec.helper"

local function quoted(text)
  return "'" .. text:gsub("\0", "0"):gsub("'", "'\\''") .. "'"
end

local pieces = {
  "", "-", "--", "---", "-e", "-l", "-i", "-v", "-E", "-W", "-x", "-ev", "-ie", "-vv", "-EW", "--help",
  "--version", "--hlep", "--versio", "--e", "-e=1", "-e ", "-e\n", "-l=", "-lg=", "-lg=string", "-l string",
  "string", "g=string",
  "print(1)", "return 5", "x = 1", "error()", "error({})", "os.exit(3)", "os.exit(true, true)", "x = = 1", "'", "%s%n",
  "io.write(tostring(...))", "s.lua", "./s.lua", "s", ".", "/", "/dev/null", "nofile", "\27Lua", "\27LuaT\0\25\147",
  "=",
  "for k in pairs(arg) do io.write(k, ' ') end", "warn('@on', 'x')",
  "local _ <close> = setmetatable({}, {__close = print})",
  "\255", "\226\130\172", "\r\n", "\t", "*", "$HOME", "`id`", "@s.lua", "#!",
}

local makers = {
  function() return fuzz.pick(pieces) end,
  function() return fuzz.pick(pieces) .. fuzz.pick(pieces) end,
  function() return fuzz.mutate(fuzz.pick(pieces), math.random(3), pieces) end,
  function() return fuzz.bytes(math.random(0, 40)) end,
  function() return "-" .. fuzz.bytes(math.random(0, 3)) end,
  function() return "--" .. fuzz.bytes(math.random(1, 12)) end,
}

local function argument()
  local text = fuzz.pick(makers)()
  if math.random(200) == 1 then text = text:rep(1 << math.random(10, 17)) end
  return text:sub(1, 100000)   -- Linux takes 128 KiB
end

local names = {"LUA_INIT", "LUA_INIT_5_4", "LUA_PATH", "LUA_PATH_5_4", "LUA_CPATH", "MPLUA_ARENA"}
local sizes = {"64M", "0", "", "-1", "1K", "2M", "3M", "18446744073709551615", "99999999999T",
               "16777216T", "0x10", "1e9"}

-- name=value as words of a shell. Half of them have none.
local function environment()
  local words = {}
  for _ = 1, math.random(-2, 2) do
    local name = fuzz.pick(names)
    local value = name == "MPLUA_ARENA" and math.random(4) > 1 and fuzz.pick(sizes) or argument()
    words[#words + 1] = quoted(name .. "=" .. value)
  end
  return words
end

-- The words of a shell command that starts `program`, and whether lua(1) does the same with them.
local function case(seed)
  math.randomseed(seed)
  local env, args, same = environment(), {}, true
  local n = math.random(50) == 1 and math.random(100, 2000) or math.random(0, 6)
  for i = 1, n do
    local text = argument()
    if n > 50 then text = text:sub(1, 100) end
    args[i] = quoted(text)
    same = same and not text:find "^%-%-[hv]"
  end
  for _, word in ipairs(env) do same = same and not word:find "MPLUA_ARENA" end
  return function(program)
    return ("env %s %s %s"):format(table.concat(env, " "), program, table.concat(args, " "))
  end, same
end

-- Runs them, one after the other; their exit statuses, and what they wrote to stdout.
local function run_all(program, cases, name)
  local script = {}
  for i, command in ipairs(cases) do
    script[i] = ("timeout -k 1 20 %s </dev/null >%s.out%d 2>%s.err%d\necho $? >>%s.codes")
      :format(command(program), name, i, name, i, name)
  end
  local path = helper.file(name .. ".sh", table.concat(script, "\n") .. "\n")
  os.execute(("mkdir -p '%s' && cd '%s' && : >%s.codes && FAMILY=%s sh '%s' 2>%s.log")
    :format(helper.path "w", helper.path "w", name, helper.path "", path, name))
  local codes, outs = {}, {}
  for code in io.lines(helper.path("w/" .. name .. ".codes")) do codes[#codes + 1] = tonumber(code) end
  for i = 1, #cases do
    local file <close> = assert(io.open(helper.path(("w/%s.out%d"):format(name, i)), "rb"))
    outs[i] = file:read "a":gsub("0x%x+", "0x"):gsub("^mplua [%d.]+  Lua ", "Lua ")
  end
  return codes, outs
end

describe("the command", function()
  setup(function()
    os.execute(("mkdir -p '%s'"):format(helper.path "w"))
    helper.file("w/s.lua", "io.write('script ', #arg, ' ', select('#', ...), ' ', tostring((...)))")
  end)

  local mplua = os.getenv "MPLUA"
  local pipe <close> = assert(io.popen "command -v lua5.4")
  local lua = pipe:read "l"

  local function try(first, n)
    local cases, comparable = {}, {}
    for i = 1, n do cases[i], comparable[i] = case(first + i - 1) end
    local codes, outs = run_all(quoted(mplua), cases, "ours")
    local theirs, their_outs = {}, {}
    if lua then theirs, their_outs = run_all("lua5.4", cases, "theirs") end
    for i = 1, n do
      local code, again = codes[i], fuzz.again(first + i - 1)
      assert.is_true(code and code < 124, ("status %s, %s"):format(code, again))
      if lua and comparable[i] then
        assert.equal(theirs[i], code, again)
        assert.is_true(their_outs[i] == outs[i], ("not what lua(1) prints, %s"):format(again))
      end
    end
  end

  it("ends with a status, and as lua(1) does, whatever its arguments and environment are", function()
    local left, first = fuzz.count(150), fuzz.seed
    while left > 0 do
      local n = math.min(left, 50)
      try(first, n)
      first, left = first + n, left - n
    end
    assert.is_true(helper.marked(helper.path ""):gone(10))
  end)
end)
