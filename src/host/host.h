// The command around the library: lua(1)'s options, scripts and prompt, and the programs a script starts.
#pragma once
#include "bind/lmp.h"

enum { HOST_INTERRUPTED = 130 };   // exit status after Ctrl-C

enum {
    HOST_INTERACTIVE = 1,   // -i
    HOST_VERSION = 2,       // -v
    HOST_STATEMENT = 4,     // -e
    HOST_NOENV = 8,         // -E
};

// What stands before the script.
struct host_options {
    unsigned flags;
    int script;             // where argv has the script; argc when there is none
    int (*instead)(void);   // what a long option does instead of running Lua; gives the exit status
};

// The whole command, in the process that runs Lua first. Returns the exit status.
int host_main(int argc, char **argv);

// options.c
int host_parse(int argc, char **argv, struct host_options *o);   // 0, or 1 after a message on stderr
void host_print_version(void);
int host_show_help(void);      // these give an exit status
int host_show_version(void);

// usage.c: what doc/api/command.lua says of the command
struct host_long_option {
    const char *name;
    int (*instead)(void);   // what it does instead of running Lua
};
extern const char host_usage[], host_options_text[], host_more_text[];
extern const struct host_long_option host_long_options[];   // the last has no name

// run.c
void host_set_name(const char *argv0);
const char *host_name(void);                                   // as messages begin: "mplua"
void host_message(const char *who, const char *text);          // on stderr; who may be NULL
int host_report(lua_State *L, const char *who, int status);    // tells the error on the top; the exit status for it
int host_call(lua_State *L, int nargs, int nresults);          // a Lua status; errors have a traceback
// These give 0, or 1 after a message. They raise what Ctrl-C raised.
int host_run_string(lua_State *L, const char *code, const char *chunkname);
int host_run_file(lua_State *L, const char *path);             // NULL is stdin
int host_run_library(lua_State *L, char *spec);                // "mod" or "global=mod"
int host_run_script(lua_State *L, const char *path);           // NULL is stdin; with the arguments of `arg`

// repl.c: returns at the end of input, raises after Ctrl-C at the prompt
void host_repl(lua_State *L);

// readline.c: a line without its end, to be freed; NULL with errno 0 at the end of input, EINTR when interrupted
char *host_readline(const char *prompt);
void host_remember(const char *line);
bool host_wait_key(int fd);   // until there is something to read; false: a signal came, or Ctrl-C is to be noticed

// exec.c: os.execute and io.popen of this state start programs that die with their process
int host_open_exec(lua_State *L);
