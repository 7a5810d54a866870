-- The command: its options, its environment and what it exits with. src/host/usage.c, the manual page and what shells
-- complete are made of it too.
return {
  title = "The command",
  usage = "[options] [script [args]]",
  summary = "Lua 5.4 that runs Lua functions in real processes",
  text = [=[
`mplua [options] [script [args]]` takes what `lua` 5.4 takes, and runs what that runs. Options of its own have long
names only, so that short ones can never mean something else here than in `lua`. Without a script it shows a prompt on
a terminal, and else runs what standard input says.

Colours, of `--help`, are for terminals only; `NO_COLOR` turns them off, and `FORCE_COLOR` on for all else.
]=],
  -- {OPTION, TEXT, value =, calls = the function in C that is called instead of running Lua}; as lua(1) lists its own.
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
    {"MPLUA_ARENA", "how large the shared memory may become, such as `4G` (`K M G T`, or bytes; at least 2M); by "
      .. "default half of what the machine or the control group has"},
    {"LUA_INIT", "what is run before all else: code, or the name of a file behind `@`"},
    {"LUA_PATH", "where `require` looks for modules written in Lua"},
    {"LUA_CPATH", "where `require` looks for modules written in C"},
    {"NO_COLOR", "no colours, if it is not empty"},
    {"FORCE_COLOR", "colours also where no terminal is; `0`: nowhere"},
  },
  signals = {
    {"SIGINT", "(Ctrl-C) interrupts the first process; when that ends, all end, with one line and status 130. A second "
      .. "one kills"},
    {"SIGQUIT", "prints who waits for what, and where, and then ends it, unless it was started with SIGQUIT ignored"},
  },
  exits = {
    {"0", "the script has ended well"},
    {"1", "an error that nobody caught, or wrong options"},
    {"130", "Ctrl-C"},
    {"n", "`os.exit(n)`; or, as a shell sees it, 128 and the number of the signal that killed the first process"},
  },
}
