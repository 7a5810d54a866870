-- Locks and semaphores: free, and with two processes that want them all the time.
local function free(kind, title, target)
  return {
    name = kind .. "_pair", title = title .. ": acquire + release", args = {"pair", kind}, target = target,
    limit = {"calls.lua", "methods"}, limit_is = "two methods in C that do nothing",
  }
end

local function wanted(kind, title, target)
  return {
    name = kind .. "_add", title = ("increment under one %s, 2 processes"):format(title), args = {"add", kind},
    target = target,
    limit = {"lock", kind}, limit_is = kind == "semaphore" and "sem_t" or "a robust pthread_mutex_t",
  }
end

return {
  title = "Locks",
  rows = {
    free("lock", "lock", {limit = 1.6}), free("rlock", "RLock"), free("semaphore", "semaphore"),
    wanted("lock", "lock", {python = 5}), wanted("rlock", "RLock"), wanted("semaphore", "semaphore"),
  },
}
