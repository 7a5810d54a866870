-- The command: its options, its environment and what it exits with.
return {
  title = "The command",
  usage = "[options] [script [args]]",
  summary = "Lua 5.4 that runs Lua functions in real processes",
  text = [=[
`mplua [options] [script [args]]` takes what `lua` 5.4 takes, and runs what that runs. Options of its own have long
names only, so that short ones can never mean something else here than in `lua`.
]=],
  -- As lua(1) lists them.
  options = {
    {"-e", "execute string 'stat'", value = "stat"},
    {"-i", "enter interactive mode after executing 'script'"},
    {"-l", "require library 'mod' into global 'mod'", value = "mod"},
    {"-l", "require library 'mod' into global 'g'", value = "g=mod"},
    {"-v", "show version information"},
    {"-E", "ignore environment variables"},
    {"-W", "turn warnings on"},
    {"--", "stop handling options"},
    {"-", "stop handling options and execute stdin"},
    {"--help", "show this text", calls = "host_show_help"},
    {"--version", "show version information", calls = "host_show_version"},
  },
  environment = {
    {"MPLUA_ARENA", "how large the shared memory may become, such as `4G` (`K M G T`, or bytes; at least 2M); "
      .. "by default half of "
      .. "what the machine or the control group has"},
    {"LUA_INIT_5_4, LUA_INIT", "what is run before all else: code, or a file's name behind `@`"},
    {"LUA_PATH_5_4, LUA_PATH", "where `require` looks for modules written in Lua"},
    {"LUA_CPATH_5_4, LUA_CPATH", "where `require` looks for modules written in C"},
  },
  signals = {
    {"SIGINT", "Ctrl-C interrupts the first process; when that ends, all end, with one line and status 130. A "
      .. "second Ctrl-C kills"},
    {"SIGQUIT", "`kill -QUIT` of `mplua` prints who waits for what, and where, and then ends it, unless it was "
      .. "started with "
      .. "SIGQUIT ignored"},
  },
  exits = {
    {"0", "the script has ended well"},
    {"1", "an error that nobody caught, or wrong options"},
    {"130", "Ctrl-C"},
    {"n", "`os.exit(n)`; 128 + n, as a shell sees it, when signal n killed the first process"},
  },
}
