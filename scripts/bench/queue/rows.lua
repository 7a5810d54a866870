-- What goes through a queue, and what sending costs without one.
local function flow(name, title, item, target, more)
  local row = {name = name, title = title, args = {"flow", item, 1, 1}, unit = "1/s", target = target}
  for key, value in pairs(more or {}) do row[key] = value end
  return row
end

-- Between so many processes.
local function crowd(producers, consumers, target)
  return flow(("queue_%d_%d"):format(producers, consumers), ("integers, %d to %d"):format(producers, consumers), "int",
              target, {args = {"flow", "int", producers, consumers},
                       limit = {"queue/kinds.lua", "flow", "int", 1, 1}, limit_is = "mplua, 1 to 1"})
end

local function text(name, title, size, target)
  return flow(name, title, size, target,
              {limit = {"queue", size}, limit_is = "copied into a ring and out of it"})
end

local function codec(item, title)
  return {
    name = "codec_" .. item, title = "packed and unpacked, no queue: " .. title,
    mplua = {"queue/codec.lua", "run", item}, python = {"queue/codec.py", item}, python_is = "pickle",
    limit = {"queue/codec.lua", "copy", item}, limit_is = "walked and made anew through Lua's C API",
  }
end

return {
  title = "Queues",
  rows = {
    flow("queue_int", "integers, 1 to 1", "int", {python = 60},
         {limit = {"queue", "8"}, limit_is = "a ring of one writer and one reader"}),
    crowd(2, 2),
    crowd(1, 4, {limit = 1.1}),   -- it does not fall: but for what two measurements differ by
    crowd(4, 1),
    flow("queue_record", "nested records of ten fields", "record", {python = 12}),
    text("queue_1k", "strings of 1 KiB", 1 << 10),
    text("queue_64k", "strings of 64 KiB", 1 << 16),
    text("queue_1m", "strings of 1 MiB", 1 << 20, {python = 5}),
    text("queue_64m", "strings of 64 MiB", 1 << 26),
    flow("queue_bounded", "integers, at most 10 waiting", "int", nil, {args = {"flow", "int", 1, 1, 10}}),
    flow("queue_batch", "integers, put_many and get_many of 100", "int", nil,
         {args = {"batch", 100}, python_is = "lists of 100 by put and get"}),
    flow("queue_lease", "integers, lease and done", "int", nil,
         {args = {"lease"}, python_is = "JoinableQueue, get and task_done"}),
    codec("int", "an integer"),
    codec("record", "a nested record"),
    codec("text", "a string of 1 KiB"),
  },
}
