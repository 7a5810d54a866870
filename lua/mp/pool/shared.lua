-- What the maker of a pool, its supervisor and its workers share, and how they number things.
local core = require "mp.core"

local shared = {
  STARTING = 0, READY = 1, DRAINED = 2, RETIRED = 3, FAILED = 4, LATE = 5, LATE_WITHIN = 6,   -- states of a journal
  LISTED = 1, RESULTS = 2, ERROR = 3,   -- what a parcel of results has; an error of chunk 0 breaks the pool
  STAR = 1, ALL = 2, STOP = 4, SINGLE = 8,   -- flags of a chunk: lists of arguments; all results; an error ends it;
                                             -- one item, without a list around it
  HEAD = 7, RESULT_HEAD = 4,   -- simple values that begin a parcel of tasks, of results
  ASKED = 1, SKIPPED = 2, HELD = 3,   -- of a chunk that is to be recalled: its client has asked; a worker has left it
                                      -- out; its client is about to decide
  CLIENT_BITS = 24,   -- of a chunk's number: who put it
  DEPTH_BITS = 8,     -- of a journal's key: how deep its worker's tasks are nested
}

function shared.new(name)
  return {
    name = name,
    tasks = core.Queue(0, name .. "-tasks"),
    results = core.Queue(0, name .. "-results"),   -- for the maker
    recalls = core.Table.new(nil, {}, name .. "-recalls"),   -- [chunk] = ASKED | SKIPPED | HELD
    calls = core.Table.new(nil, {}, name .. "-calls"),   -- [call] = function
    replies = core.Table.new(nil, {}, name .. "-replies"),   -- [worker] = queue: results of what it gave the pool
    processes = core.Table.new(nil, {}, name .. "-workers"),   -- [worker] = process
    journals = core.Table.new(nil, {}, name .. "-journals"),   -- [worker << DEPTH_BITS | depth] = journal
    last_worker = core.Value("q", 0),
    alarm = core.Value("d", math.huge),   -- when the supervisor looks next
    look = core.Event(),   -- it is to look now
    up = core.Event(),     -- its first workers were started
  }
end

-- An error value as a text.
function shared.text(err)
  local ok, text = pcall(tostring, err)
  return ok and text or ("an error that cannot be shown (a %s)"):format(type(err))
end

function shared.is_full(err) return type(err) == "string" and err:find("arena is full", 1, true) ~= nil end

-- An error of the library's own without its place there.
function shared.without_place(err) return type(err) == "string" and err:gsub("^mp/[^:]*:%d+: ", "") or err end

-- How a process ended: "was killed by signal 9 (SIGKILL)"
function shared.how_it_ended(process)
  local _, message = pcall(process.result, process)
  message = type(message) == "string" and message or ""
  return message:match("(was killed by signal .*)") or ("exited with status %s"):format(process.exitcode)
end

return shared
