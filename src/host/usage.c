// Written by ./dev api from doc/api/command.lua: change it there.
#include "host/host.h"

// clang-format off
// What is between \1 and \2 is bold on a terminal.
const char host_usage[] = "[options] [script [args]]";
const char host_options_text[] =
    "  \1-e\2 stat   execute string 'stat'\n"
    "  \1-i\2        enter interactive mode after executing 'script'\n"
    "  \1-l\2 mod    require library 'mod' into global 'mod'\n"
    "  \1-l\2 g=mod  require library 'mod' into global 'g'\n"
    "  \1-v\2        show version information\n"
    "  \1-E\2        ignore environment variables\n"
    "  \1-W\2        turn warnings on\n"
    "  \1--\2        stop handling options\n"
    "  \1-\2         stop handling options and execute stdin\n"
    "  \1--help\2    show this text\n"
    "  \1--version\2 show version information\n";
const char host_more_text[] =
    "Environment variables are:\n"
    "  \1MPLUA_ARENA\2   how large the shared memory may become, such as 4G (K M G T, or\n"
    "                bytes; at least 2M); by default half of what the machine or the\n"
    "                control group has\n"
    "  \1LUA_INIT\2      what is run before all else: code, or the name of a file behind\n"
    "                @\n"
    "  \1LUA_PATH\2      where require looks for modules written in Lua\n"
    "  \1LUA_CPATH\2     where require looks for modules written in C\n"
    "  \1NO_COLOR\2      no colours, if it is not empty\n"
    "  \1FORCE_COLOR\2   colours also where no terminal is; 0: nowhere\n"
    "Signals are:\n"
    "  \1SIGINT\2        (Ctrl-C) interrupts the first process; when that ends, all end,\n"
    "                with one line and status 130. A second one kills\n"
    "  \1SIGQUIT\2       prints who waits for what, and where, and then ends it, unless\n"
    "                it was started with SIGQUIT ignored\n";
const struct host_long_option host_long_options[] = {
    {"--help", host_show_help},
    {"--version", host_show_version},
    {NULL, NULL},
};
