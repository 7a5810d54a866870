-- imap and imap_unordered: results one after another, while the input is taken no further ahead than its bound.
local hold = require "mp.core".hold
local shared = require "mp.pool.shared"
local Future = require "mp.pool.future"

local stream = {}

-- The loop is left: what has not begun is dropped.
local function abandon(call)
  if call.settled then return end
  call.stopped = true
  call.client:drop(call)
end

-- The next results, which are not kept any longer.
local function take(call, next_position)
  local position = next_position()
  local how, value = call.how[position], call.values[position]
  call.how[position], call.values[position] = nil, nil
  call.taken = call.taken + 1
  if how == shared.ERROR then
    error(Future.message(value[1], value[2]), 0)
  end
  call.client:feed(call)
  if how == shared.LISTED then return position, value end
  return position, table.unpack(value, 1, value.n)
end

-- There are no more results. If not all came: raises why.
local function over(call)
  if not call.settled then return false end
  local broken = call.broken
  if not broken then return true end
  call.broken = false
  call.client:told(call)
  error(Future.message(broken[1], broken[2]), 0)
end

local function iterate(call, has_next, next_position)
  local closer = setmetatable({}, {__close = function() abandon(call) end})
  local function step()
    while true do
      if has_next() then return hold.call(take, call, next_position) end
      if over(call) then return nil end
      call.client:step(call)
    end
  end
  return step, nil, nil, closer
end

function stream.ordered(call)
  local last = 0
  return iterate(call, function() return call.how[last + 1] end, function()
    last = last + 1
    return last
  end)
end

function stream.unordered(call)
  local first = 1
  return iterate(call, function() return call.arrived[first] end, function()
    local position = call.arrived[first]
    call.arrived[first] = nil
    first = first + 1
    return position
  end)
end

return stream
