---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp.Pool.CallOptions
---@field chunksize? integer how many tasks a worker takes at once; left out: `count / (4 n); 1 where the count is not known, and for imap`
---@field timeout? mp.seconds for one task. One that runs longer fails; its worker is killed and replaced
---@field retries? integer how often a task is tried again after an error, a timeout or the death of its worker; left out: `0`
---@field progress? boolean | fun(done: integer, total: integer?) `true`: a bar on standard error, if that is a terminal; a function: is called with how many tasks are done and how many there are, or nil
---@field buffersize? integer of `imap`: how many items may be taken before their results are; left out: `32 for a worker`
