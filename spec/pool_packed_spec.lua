-- Pools with objects that fail, exit or die while they are packed for sending, or made again from what was sent.
local mp = require "mp"

local class = debug.getmetatable(io.stdout)   -- files stand for a C module's userdata
local maker = mp.current_process().pid

local function error_of(f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok)
  return err
end

local function same(...) return ... end

local function place() return mp.current_process().pid == maker and "maker" or "worker" end

local function fail(how)
  if how == "error" then error("failed on its way", 0) end
  if how == "exit" then os.exit(3) end
  if how == "kill" then mp.current_process():kill() end
  if how == "hang" then mp.sleep(1000) end
end

-- An object to which that happens when it is packed or unpacked there: thing("error", "unpack", "worker").
local function thing(how, when, where)
  local file = io.tmpfile()
  file:write(how, " ", when, " ", where)
  return file
end

local function pack(file)
  file:seek("set")
  local how, when, where = file:read("a"):match("(%w+) (%w+) (%w+)")
  if when == "pack" and where == place() then fail(how) end
  return {how, when, where}
end

local function unpack(parts)
  if parts[2] == "unpack" and parts[3] == place() then fail(parts[1]) end
  return "thing"
end

local ENDS <const> = {
  error = "^failed on its way", exit = "exited with status 3$", kill = "was killed by signal 9 %(SIGKILL%)$"
}

-- The outcomes of imap by position: results, or "failed".
local function outcomes(pool, f, items, options)
  local list, iterator = {}, pool:imap(f, items, options)
  while true do
    local ok, position, value = pcall(iterator)
    if ok and position == nil then return list end
    list[#list + 1] = ok and value or "failed"
  end
end

describe("a pool, when an object fails on its way,", function()
  before_each(function() class.__mp_pack, class.__mp_unpack = pack, unpack end)
  after_each(function() class.__mp_pack, class.__mp_unpack = nil, nil end)

  it("raises when an argument, an item or what a function uses cannot be packed, and can be used then", function()
    local pool <close> = mp.Pool(2)
    local bad = thing("error", "pack", "maker")
    assert.equal("failed on its way", error_of(pool.apply, pool, same, bad))
    assert.equal("failed on its way", error_of(pool.submit, pool, same, bad))
    assert.equal("failed on its way", error_of(pool.map, pool, same, {1, bad, 3}))
    assert.equal("failed on its way", error_of(pool.map, pool, function() return bad end, {1, 2, 3}))
    assert.same({1, 2, n = 2}, pool:map(same, {1, 2}))
  end)

  it("closes well after a task that could not be sent", function()
    local pool = mp.Pool(2)
    error_of(pool.submit, pool, same, thing("error", "pack", "maker"))
    local future = pool:submit(same, 5)
    error_of(pool.submit, pool, same, coroutine.create(print))
    pool:close()
    assert.is_true(pool:join(10))
    assert.equal(5, future:get())
  end)

  for how, wanted in pairs(ENDS) do
    it("fails the task whose result comes to this while it is packed: " .. how, function()
      local pool <close> = mp.Pool(2)
      local function task(x)
        if x == 2 then return thing(how, "pack", "worker") end
        return x
      end
      assert.matches(wanted, error_of(pool.apply, pool, task, 2))
      assert.matches(wanted, error_of(pool.map, pool, task, {1, 2, 3}))
      for chunksize = 1, 3 do
        assert.same({1, "failed", 3}, outcomes(pool, task, {1, 2, 3}, {chunksize = chunksize}))
      end
      assert.same({1, n = 1}, pool:map(task, {1}))
    end)

    it("fails the task whose error value comes to this while it is packed: " .. how, function()
      local pool <close> = mp.Pool(2)
      local message = error_of(pool.apply, pool, function() error(thing(how, "pack", "worker")) end)
      assert.matches(how == "error" and "^file %(0x" or wanted, message)   -- that one becomes a text
      assert.equal(5, pool:apply(same, 5))
    end)
  end

  it("raises when a result, an item of it or an error cannot be unpacked by its maker", function()
    local pool <close> = mp.Pool(2)
    local function task(x)
      if x == 2 then return {thing("error", "unpack", "maker")} end
      return x
    end
    assert.matches("^failed on its way", error_of(pool.apply, pool, task, 2))
    assert.matches("^failed on its way", error_of(pool.map, pool, task, {1, 2, 3}))
    for chunksize = 1, 3 do
      assert.same({1, "failed", 3}, outcomes(pool, task, {1, 2, 3}, {chunksize = chunksize}))
    end
    local message = error_of(pool.apply, pool, function() error(thing("error", "unpack", "maker")) end)
    assert.matches("^failed on its way", message)
    assert.same({1, n = 1}, pool:map(task, {1}))
  end)

  it("raises when an argument, an item or a function cannot be unpacked by a worker, which stays", function()
    local pool <close> = mp.Pool(1)
    local function pid() return mp.current_process().pid end
    local worker, bad = pool:apply(pid), thing("error", "unpack", "worker")
    for _ = 1, 10 do
      assert.matches("^failed on its way", error_of(pool.apply, pool, same, bad))
      assert.matches("^failed on its way", error_of(pool.map, pool, same, {1, bad, 3}, {chunksize = 1}))
      assert.matches("^failed on its way", error_of(pool.map, pool, function() return bad end, {1, 2, 3}))
    end
    assert.same({1, "failed", 3}, outcomes(pool, same, {1, bad, 3}, {chunksize = 1}))
    assert.same({"failed", "failed", "failed", 4}, outcomes(pool, same, {1, bad, 3, 4}, {chunksize = 3}))
    assert.equal(worker, pool:apply(pid))
  end)
end)
