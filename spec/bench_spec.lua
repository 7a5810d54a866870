-- time limit: 300 s, alone
-- ./dev bench: every row of it runs. How fast is not asked here.
local dkjson = require "dkjson"
local helper = require "spec.helper"

-- What ./dev says, and how it ends.
local function dev(arguments)
  local out = helper.path "out"
  local _, _, status = os.execute(("./dev %s >%s 2>&1 </dev/null"):format(arguments, out))
  return helper.read(out), status
end

describe("./dev bench", function()
  it("measures all rows, and draws them", function()
    local said, status = dev "bench --quick"
    assert(status == 0, said)
    local run = dkjson.decode(helper.read "build/bench/quick.json")
    local seen = {}
    for _, result in ipairs(run.results) do
      assert(not seen[result.row], result.row)
      seen[result.row] = true
      assert.is_number(result.mplua.median)
      assert(said:find(result.title, 1, true), result.title)
    end
    for _, row in ipairs {"start_join", "queue_1_4", "turn_event_pinned", "table_get_10m", "pool_1ms_each", "http_many",
                          "exercise_20_scraper", "mem_family_1000", "idle_cpu"} do
      assert(seen[row], row)
    end
    local chart = helper.read "build/bench/quick.svg"
    assert(chart:find "^<svg .*</svg>\n$")
    local bars = 0
    for _, result in ipairs(run.results) do bars = bars + (result.times_python and 1 or 0) end
    assert.equal(bars, select(2, chart:gsub("<rect ", "")))
  end)

  it("writes the tables of a document, and its chart", function()
    local _, status = dev "bench --quick wait startup"
    assert.equal(0, status)
    assert(os.execute(("mkdir -p %s/doc && cp build/bench/quick.json %s/results.json"):format(helper.path "root",
                                                                                           helper.path "root")))
    local text = "a\n<!-- bench machine -->\nold\n<!-- end -->\nb\n<!-- bench process -->\n<!-- end -->\nc\n"
    local document = helper.file("root/doc/performance.md", text)
    local write = ("LUA_PATH='scripts/bench/?.lua;;' build/mplua scripts/bench/run.lua %s %s --write")
      :format(helper.path "root", helper.path "root")
    for _ = 1, 2 do   -- the second time finds the tables of the first
      assert(os.execute(write))
      local now = helper.read(document)
      assert(now:find("^a\n<!%-%- bench machine %-%->\n\nRun of "), now)
      assert(not now:find("old", 1, true))
      assert(now:find("\n| wait over 10, one ready | ", 1, true), now)
      assert.equal(5, select(2, now:gsub("\n| [wmt]", "")))
      assert(now:find "<!%-%- end %-%->\nc\n$", now)
    end
    assert(helper.read(helper.path "root/doc/performance.svg"):find "^<svg ")
  end)

  it("measures only what it is asked for, a theme, a row or several", function()
    local said, status = dev "bench --quick lock value_get table_set"
    assert(status == 0, said)
    local names = {}
    for i, result in ipairs(dkjson.decode(helper.read "build/bench/quick.json").results) do names[i] = result.row end
    assert.equal("lock_pair rlock_pair semaphore_pair lock_add rlock_add semaphore_add value_get table_set_100 "
      .. "table_set_100k table_set_10m table_set_spread", table.concat(names, " "))
  end)

  it("says which rows there are", function()
    local said, status = dev "bench quee"
    assert.equal(1, status)
    assert(said:find("there is no row or theme 'quee':", 1, true), said)
    assert(said:find("\nqueue: queue_int queue_2_2", 1, true), said)
    said, status = dev "bench --fast"
    assert.equal(1, status)
    assert(said:find("no option --fast", 1, true), said)
  end)
end)
