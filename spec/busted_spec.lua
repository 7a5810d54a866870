-- Specs of users: busted runs under the program, and processes that a spec starts stay out of the suite.
local helper = require "spec.helper"

local busted = helper.line_of "command -v busted"

-- What busted says of the specs below this directory.
local function run(dir, options)
  local command = ("cd '%s' && timeout -k 1 50 '%s' %s %s 2>&1"):format(dir, helper.mplua, busted, options or "")
  local pipe = assert(io.popen(command))
  local out = pipe:read("a")
  local _, how, code = pipe:close()
  return {out = out, how = how, code = code}
end

-- "ok 1 - name" lines, sorted, as TAP has them.
local function results(out)
  local lines = {}
  for line in out:gmatch("[^\n]+") do
    if line:match("^ok ") or line:match("^not ok ") then lines[#lines + 1] = line end
  end
  table.sort(lines)
  return lines
end

-- A spec file of three tests, the second of which has this body.
local around = [[
  local mp = require "mp"
  describe("suite", function()
    local ended = {}
    after_each(function() ended[#ended + 1] = mp.current_process().name end)
    it("first", function() end)
    it("second", function()
      %s
    end)
    it("third", function() assert.same({"main", "main"}, ended) end)
  end)
]]

-- Ways of a process to end, and of a test that has started it.
local endings = {
  ["returns"] = "mp.spawn(function() return 1 end):join()",
  ["fails"] = "mp.spawn(function() error 'no' end):join()",
  ["fails by an assertion"] = "mp.spawn(function() assert.equal(1, 2) end):join()",
  ["calls error of busted's kind"] = "mp.spawn(function() pending 'later' end):join()",
  ["exits"] = "mp.spawn(function() os.exit(0) end):join()",
  ["exits and closes"] = "mp.spawn(function() os.exit(true, true) end):join()",
  ["is killed"] = "mp.spawn(function() mp.current_process():kill() end):join()",
  ["is interrupted"] = "mp.spawn(function() mp.current_process():interrupt() mp.sleep(9) end):join()",
  ["starts another one"] = "mp.spawn(function() mp.spawn(function() error 'no' end):join() end):join()",
  ["is started in a coroutine"] = "coroutine.wrap(function() mp.spawn(function() coroutine.yield() end):join() end)()",
  ["is one of a pool"] = "local pool <close> = mp.Pool(2) pool:map(function(x) return x end, {1, 2, 3})",
  ["is joined at the end only"] = "mp.spawn(function() mp.sleep(0.05) end)",
  ["is a daemon"] = "mp.spawn {target = function() mp.sleep(math.huge) end, daemon = true}",
}

describe("busted", function()
  local function it_(name, f)
    it(name, function()
      if not busted then return pending("busted is not installed as a command") end
      f()
    end)
  end

  it_("runs the example project by the line of its README", function()
    local readme <close> = assert(io.open("scripts/lab/busted_example/README.md"))
    local text = readme:read("a")
    assert.matches("\n```sh\nmplua /usr/bin/busted\n```\n", text, 1, true)
    local expected = text:match("\n```text\n(%d+ successes / 0 failures / 0 errors / 0 pending)\n```\n")
    local ran = run("scripts/lab/busted_example")
    assert.same({"exit", 0}, {ran.how, ran.code})
    local _, summaries = ran.out:gsub("successes", "")
    assert.equal(1, summaries)
    assert.matches(expected, ran.out, 1, true)
  end)

  for what, body in pairs(endings) do
    it_("runs each test once when a process that one starts " .. what, function()
      local file = helper.file("case_spec.lua", around:format(body))
      local ran = run(helper.path(""), "-o TAP " .. file)
      assert.same({"ok 1 - suite first", "ok 2 - suite second", "ok 3 - suite third"}, results(ran.out))
      assert.same({"exit", 0}, {ran.how, ran.code})
    end)
  end

  it_("counts a failure in a process as one of the test that asks for its result", function()
    local file = helper.file("case_spec.lua", around:format("mp.spawn(function() assert.equal(1, 2) end):result()"))
    local ran = run(helper.path(""), "-o TAP " .. file)
    assert.same({"not ok 2 - suite second", "ok 1 - suite first", "ok 3 - suite third"}, results(ran.out))
    assert.same({"exit", 1}, {ran.how, ran.code})
    assert.matches("Expected objects to be equal", ran.out, 1, true)
  end)
end)
