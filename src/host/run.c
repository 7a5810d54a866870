// Runs strings, files and libraries, and tells stderr what went wrong.
#include "host/host.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/park.h"

static const char *progname = "mplua";

void host_set_name(const char *argv0)
{
    if (argv0 == NULL || argv0[0] == '\0') return;
    const char *slash = strrchr(argv0, '/');
    progname = slash && slash[1] ? slash + 1 : argv0;
}

const char *host_name(void)
{
    return progname;
}

void host_message(const char *who, const char *text)
{
    fprintf(stderr, "%s%s%s\n", who ? who : "", who ? ": " : "", text);   // one write
    fflush(stderr);
}

// The error at the top as text, without running Lua.
static const char *error_text(lua_State *L)
{
    const char *text = lua_tostring(L, -1);
    return text ? text : lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, -1));
}

int host_report(lua_State *L, const char *who, int status)
{
    if (status == LUA_OK) return 0;
    bool interrupted = lmp_interrupted(L);
    host_message(who, interrupted ? "interrupted" : error_text(L));
    return interrupted ? HOST_INTERRUPTED : 1;
}

// Ctrl-C ends all that was asked for, so it is told once, by host_main.
static int outcome(lua_State *L, int status)
{
    if (status != LUA_OK && lmp_interrupted(L)) lua_error(L);
    return host_report(L, progname, status);
}

// Lua has most libraries as globals, but not this one.
static const char *with_hint(lua_State *L, const char *text)
{
    if (!strstr(text, "a nil value (global 'mp')")) return text;
    return lua_pushfstring(L, "%s; is mp = require \"mp\" missing?", text);
}

// An object with a text of its own is shown by that alone; all else gets the traceback.
static int with_traceback(lua_State *L)
{
    const char *text = lua_tostring(L, 1);
    if (text == NULL) {
        if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING) return 1;
        text = lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
    }
    luaL_traceback(L, L, with_hint(L, text), 1);
    return 1;
}

int host_call(lua_State *L, int nargs, int nresults)
{
    int handler = lua_gettop(L) - nargs;
    lua_pushcfunction(L, with_traceback);
    lua_insert(L, handler);
    int status = lua_pcall(L, nargs, nresults, handler);
    lua_remove(L, handler);
    return status;
}

static int run_loaded(lua_State *L, int status)
{
    if (status == LUA_OK) status = host_call(L, 0, 0);
    return outcome(L, status);
}

// stdin as lua_load wants it. luaL_loadfile would read on after Ctrl-C.
struct input {
    bool begun, comment;   // comment: inside the #! line
    char piece[BUFSIZ];
};

static int read_failed(lua_State *L)
{
    int err = errno;
    if (mp_interrupted()) return lmp_interrupt(L);
    lua_pushfstring(L, "cannot read stdin: %s", strerror(err));
    return lua_error(L);
}

// Where the code in the piece begins. The end of the #! line stays, as line 1.
static char *skip_start(struct input *in, char *p, char *end)
{
    if (!in->begun) {
        if (end - p >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0) p += 3;
        in->comment = p < end && *p == '#';
        in->begun = true;
    }
    if (!in->comment) return p;
    char *newline = memchr(p, '\n', (size_t)(end - p));
    in->comment = newline == NULL;
    return newline ? newline : end;
}

// From a terminal a line: for more fread would wait on, deaf to a Ctrl-C that comes before it does.
static size_t read_piece(char *piece, size_t size)
{
    if (!isatty(STDIN_FILENO)) return fread(piece, 1, size, stdin);
    size_t n = 0;
    int c = 0;
    while (n < size && c != '\n' && (c = getc(stdin)) != EOF) piece[n++] = (char)c;
    return n;
}

static const char *next_piece(lua_State *L, void *arg, size_t *size)
{
    struct input *in = arg;
    char *start, *end;
    do {
        while (!host_wait_key(STDIN_FILENO)) {
            if (mp_interrupted()) lmp_interrupt(L);
        }
        size_t n = read_piece(in->piece, sizeof in->piece);
        if (ferror(stdin)) read_failed(L);
        end = in->piece + n;
        start = skip_start(in, in->piece, end);
    } while (start == end && !feof(stdin));
    *size = (size_t)(end - start);
    return start;
}

static int load_file(lua_State *L, const char *path)
{
    if (path) return luaL_loadfile(L, path);
    struct input in = {.begun = false};
    return lua_load(L, next_piece, &in, "=stdin", NULL);
}

int host_run_string(lua_State *L, const char *code, const char *chunkname)
{
    return run_loaded(L, luaL_loadbuffer(L, code, strlen(code), chunkname));
}

int host_run_file(lua_State *L, const char *path)
{
    return run_loaded(L, load_file(L, path));
}

int host_run_library(lua_State *L, char *spec)
{
    char *equals = strchr(spec, '=');
    const char *module = equals ? equals + 1 : spec;
    lua_getglobal(L, "require");
    lua_pushstring(L, module);
    int status = host_call(L, 1, 1);
    if (status != LUA_OK) return outcome(L, status);
    lua_pushlstring(L, spec, equals ? (size_t)(equals - spec) : strlen(spec));
    lua_insert(L, -2);
    lua_pushglobaltable(L);
    lua_insert(L, -3);
    lua_settable(L, -3);   // globals[name] = module
    lua_pop(L, 1);
    return 0;
}

// The script's `...`: what `arg` holds now, since LUA_INIT and -e may have changed it.
static int push_arguments(lua_State *L)
{
    if (lua_getglobal(L, "arg") != LUA_TTABLE) return luaL_error(L, "'arg' is not a table");
    int arg = lua_gettop(L);
    int n = (int)luaL_len(L, arg);
    luaL_checkstack(L, n + 3, "too many arguments to script");
    for (int i = 1; i <= n; i++) lua_rawgeti(L, arg, i);
    lua_remove(L, arg);
    return n;
}

int host_run_script(lua_State *L, const char *path)
{
    int status = load_file(L, path);
    if (status == LUA_OK) status = host_call(L, push_arguments(L), LUA_MULTRET);
    return outcome(L, status);
}
