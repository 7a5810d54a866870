// The command from its options to its exit status.
#include "host/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GLOBALS = 40, LIBRARIES = 16 };

struct command {
    int argc;
    char **argv;
    struct host_options options;
    bool opened;   // the libraries are there, so there is something to finish
};

// arg[0] is the script (or the command itself), options have negative indices.
static void set_arg(lua_State *L, const struct command *c)
{
    int origin = c->options.script < c->argc ? c->options.script : 0;
    int positive = c->argc - origin - 1;
    lua_createtable(L, positive > 0 ? positive : 0, origin + 1);
    for (int i = 0; i < c->argc; i++) {
        lua_pushstring(L, c->argv[i]);
        lua_rawseti(L, -2, i - origin);
    }
    lua_setglobal(L, "arg");
}

static void ignore_environment(lua_State *L)
{
    lua_pushboolean(L, true);
    lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");   // luaL_openlibs looks here
}

// Room for what the libraries put there.
static void make_room(lua_State *L)
{
    lua_createtable(L, 0, GLOBALS);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_createtable(L, 0, LIBRARIES);
    lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
}

// Of any state, also of one that a thread makes. Entering the generational mode is a full collection, so we do that while
// there is nothing; and the first one comes when as much again was made as the libraries are.
static void open_state(lua_State *L)
{
    lua_setwarnf(L, lmp_warn, NULL);
    lua_gc(L, LUA_GCSTOP);
    lua_gc(L, LUA_GCGEN, 0, 0);
    make_room(L);
    luaL_openlibs(L);
    host_open_exec(L);
    lmp_openlibs(L);
    lua_gc(L, LUA_GCRESTART);
    lua_gc(L, LUA_GCSTEP, -lua_gc(L, LUA_GCCOUNT));
}

static void open_libraries(lua_State *L, struct command *c)
{
    if (c->options.flags & HOST_NOENV) ignore_environment(L);
    open_state(L);
    lmp_be_root(L, open_state);
    c->opened = true;
    set_arg(L, c);
}

static int run_init(lua_State *L, const struct command *c)
{
    if (c->options.flags & HOST_NOENV) return 0;
    const char *name = "=LUA_INIT_5_4";
    const char *init = getenv(name + 1);
    if (init == NULL) init = getenv((name = "=LUA_INIT") + 1);
    if (init == NULL) return 0;
    return init[0] == '@' ? host_run_file(L, init + 1) : host_run_string(L, init, name);
}

static int run_option(lua_State *L, char option, char *value)
{
    return option == 'e' ? host_run_string(L, value, "=(command line)") : host_run_library(L, value);
}

// -e, -l and -W in their order; host_parse has checked that values are there.
static int run_options(lua_State *L, const struct command *c)
{
    for (int i = 1; i < c->options.script; i++) {
        char *arg = c->argv[i];
        if (arg[1] == 'W') lua_warning(L, "@on", 0);
        if (arg[1] != 'e' && arg[1] != 'l') continue;
        int status = run_option(L, arg[1], arg[2] ? arg + 2 : c->argv[++i]);
        if (status != 0) return status;
    }
    return 0;
}

static int run_script(lua_State *L, const struct command *c)
{
    const char *path = c->argv[c->options.script];
    bool after_dashes = strcmp(c->argv[c->options.script - 1], "--") == 0;
    return host_run_script(L, strcmp(path, "-") == 0 && !after_dashes ? NULL : path);
}

// No script and nothing else to do: the terminal gets a prompt, anything else is run.
// As in lua(1) the exit status is 0 then even after an error.
static void run_stdin(lua_State *L)
{
    if (!isatty(STDIN_FILENO)) {
        host_run_file(L, NULL);
        return;
    }
    host_print_version();
    host_repl(L);
}

static int run(lua_State *L, const struct command *c)
{
    unsigned flags = c->options.flags;
    bool script = c->options.script < c->argc;
    int status = run_init(L, c);
    if (status == 0) status = run_options(L, c);
    if (status == 0 && script) status = run_script(L, c);
    if (status != 0) return status;
    if (flags & HOST_INTERACTIVE)
        host_repl(L);
    else if (!script && !(flags & (HOST_STATEMENT | HOST_VERSION)))
        run_stdin(L);
    return 0;
}

// run(command) -> exit status
static int protected_run(lua_State *L)
{
    struct command *c = lua_touserdata(L, 1);
    luaL_checkversion(L);
    if (c->options.flags & HOST_VERSION) host_print_version();
    open_libraries(L, c);
    lua_pushinteger(L, run(L, c));
    return 1;
}

static int run_state(lua_State *L, struct command *c)
{
    lua_pushcfunction(L, protected_run);
    lua_pushlightuserdata(L, c);
    int status = lua_pcall(L, 1, 1, 0);
    int result = status == LUA_OK ? (int)lua_tointeger(L, -1) : host_report(L, host_name(), status);
    return c->opened ? lmp_finish(L, result) : result;   // it looks at an error on the top
}

int host_main(int argc, char **argv)
{
    struct command c = {.argc = argc, .argv = argv};
    host_set_name(argv[0]);
    int status = host_parse(argc, argv, &c.options);
    if (status != 0) return status;
    if (c.options.instead) return c.options.instead();
    lua_State *L = luaL_newstate();
    if (L == NULL) {
        host_message(host_name(), "cannot create state: not enough memory");
        return 1;
    }
    status = run_state(L, &c);
    lua_close(L);
    return status;
}
