-- Events: what those who wait and those who set rely on.
local helper = require "spec.helper"
local mp = require "mp"

local message_of = helper.message_of

describe("an event", function()
  it("is set and cleared", function()
    local e = mp.Event()
    assert.is_false(e:is_set())
    e:set()
    e:set()
    assert.is_true(e:is_set())
    assert.is_true(e:wait())
    e:clear()
    e:clear()
    assert.is_false(e:is_set())
    assert.same({false, "timeout"}, {e:wait(0)})
  end)

  it("waits no longer than asked", function()
    local e, begin = mp.Event(), mp.time()
    assert.same({false, "timeout"}, {e:wait(0.05)})
    assert.is_true(mp.time() - begin >= 0.05)
    assert.same({false, "timeout"}, {e:wait(-1)})
  end)

  it("is seen by every process, whoever sets it", function()
    local e, seen = mp.Event(), mp.Queue()
    local p = mp.spawn(function()
      seen:put(e:is_set())
      e:wait()
      seen:put(e:is_set())
      e:clear()
    end)
    assert.is_false(seen:get())
    e:set()
    assert.is_true(seen:get())
    p:join()
    assert.is_false(e:is_set())
  end)

  it("lets all go on that wait, also when it is cleared at once", function()
    local e, here, gone = mp.Event(), mp.Queue(), mp.Queue()
    local processes = {}
    for i = 1, 20 do
      processes[i] = mp.spawn(function()
        here:put(i)
        gone:put(e:wait())
      end)
    end
    for _ = 1, 20 do here:get() end
    for _, p in ipairs(processes) do helper.asleep(p) end
    e:set()
    e:clear()
    for _ = 1, 20 do assert.is_true(gone:get()) end
    for _, p in ipairs(processes) do p:join() end
    assert.is_false(e:is_set())
  end)

  it("lets those go on that wait for it with others, also when it is cleared at once", function()
    local e, never = mp.Event(), mp.Queue()
    local p = mp.spawn(function() return mp.wait({never, e}, 5)[1] end)
    helper.asleep(p)
    e:set()
    e:clear()
    assert.equal(e, p:result())
    assert.same({}, mp.wait({never, e}, 0))   -- one that begins now has missed it
  end)

  it("goes back and forth between two processes", function()
    local ping, pong = mp.Event(), mp.Event()
    local p = mp.spawn(function()
      for _ = 1, 1000 do
        ping:wait()
        ping:clear()
        pong:set()
      end
    end)
    for _ = 1, 1000 do
      ping:set()
      pong:wait()
      pong:clear()
    end
    p:join()
    assert.equal(0, p.exitcode)
  end)

  it("is what mp.wait waits for", function()
    local e, q = mp.Event(), mp.Queue()
    assert.same({}, mp.wait({e, q}, 0))
    local p = mp.spawn(function() e:set() end)
    assert.same({e}, mp.wait {e, q})
    q:put(1)
    assert.same({q, e}, mp.wait {q, e})
    p:join()
  end)

  it("does not mind that one who waits is killed", function()
    local e = mp.Event()
    local victim = mp.spawn(function() e:wait() end)
    local other = mp.spawn(function() return e:wait() end)
    helper.asleep(victim)
    helper.asleep(other)
    victim:kill()
    victim:join()
    e:set()
    assert.is_true(other:result())
  end)

  it("travels", function()
    local q, e = mp.Queue(), mp.Event()
    local p = mp.spawn(function() q:get().event:set() end)
    q:put {event = e}
    assert.is_true(e:wait())
    p:join()
  end)

  it("raises what cannot be", function()
    local e = mp.Event {name = "go"}
    assert.equal("event 'go'", tostring(e))
    assert.equal("go", e.name)
    assert.equal("event", mp.type(e))
    assert.equal("an event has no 'sett' (did you mean 'set'?)", message_of(function() e:sett() end))
    assert.matches("number of seconds expected, got string", message_of(function() e:wait("1") end))
    assert.matches("not a number", message_of(function() e:wait(0 / 0) end))
    assert.matches("mp.Event has no 'nam'", message_of(function() mp.Event {nam = "x"} end))
    assert.matches("event expected, got table", message_of(function() e.set({}) end))
  end)
end)
