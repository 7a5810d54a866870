return {
  title = "This process",
  functions = {
    {"mp.current_process", "The process that asks.", returns = {{"process"}}},
    {"mp.parent_process", "Its maker.", returns = {{"process"}, {"nil", text = "in the first process"}}},
    {"mp.active_children", "Those that this process has started and that have not ended.",
      returns = {{"process[]"}}},
    {"mp.cpu_count", "How many CPUs it may use.", returns = {{"integer"}}},
    {"mp.atexit", "Calls a function at the end of this process, or of this thread. The one set last is called "
      .. "first. An "
      .. "error in it is printed, and the exit status is 1 if it would be 0. After a signal none is called.",
      params = {{"f", "fun()", "what is called"}},
      errors = {{"bad argument #1 to 'atexit' (function expected, got nil)", "`f` is no function",
        try = [[mp.atexit(nil)]]}}},
    {"mp.sleep", "Waits.",
      params = {{"seconds", "seconds", "how long; `math.huge` is for ever, 0 or less not at all"}},
      errors = {{"bad argument #1 to 'sleep' (number expected, got nil)", "`seconds` is no number",
        try = [[mp.sleep(nil)]]}}},
    {"mp.time", "What the time is, of one clock for all processes that only goes forward.", returns = {{"seconds"}}},
  },
}
