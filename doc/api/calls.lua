return {
  title = "Options of calls",
  setup = [[local pool = mp.Pool {n = 1, name = "crew"}]],
  text = [[
Of the calls of [a pool](#pools), and of `pool:options {...}`. An option of a call goes before the same one of
`pool:options`.
]],
  record = {
    id = "calloptions",
    fields = {
      {"chunksize", "integer?", "how many tasks a worker takes at once",
        default = "count / (4 n); 1 where the count is not known, and for imap"},
      {"timeout", "seconds?", "for one task. One that runs longer fails; its worker is killed and replaced"},
      {"retries", "integer?", "how often a task is tried again after an error, a timeout or the death of its worker",
        default = "0"},
      {"progress", "boolean | fun(done: integer, total: integer?) | nil", "`true`: a bar on standard error, if "
        .. "that is a "
        .. "terminal; a function: is called with how many tasks are done and how many there are, or nil"},
      {"buffersize", "integer?", "of `imap`: how many items may be taken before their results are",
        default = "32 for a worker"},
    },
  },
  errors = {
    {"pool:map: chunksize must be an integer of at least 1, not 0", "it is none; likewise `buffersize`",
      try = [[pool:map(print, {}, {chunksize = 0})]]},
    {"pool:map: retries must be an integer of at least 0, not -1", "it is none",
      try = [[pool:map(print, {}, {retries = -1})]]},
    {"pool:map: timeout must be a number of at least 0, not -1", "it is none",
      try = [[pool:map(print, {}, {timeout = -1})]]},
    {"pool:map: progress must be true or a function, not a number", "it is neither",
      try = [[pool:map(print, {}, {progress = 1})]]},
  },
}
