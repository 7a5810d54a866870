// The prompt: reads a line, or as many as a statement needs, runs it and prints what it gives.
#include "host/host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/park.h"

enum { NO_INPUT = -1 };   // no Lua status

// Leaves one value on the stack that keeps the text alive.
static const char *push_prompt(lua_State *L, bool first)
{
    if (lua_getglobal(L, first ? "_PROMPT" : "_PROMPT2") == LUA_TNIL) return first ? "> " : ">> ";
    const char *prompt = luaL_tolstring(L, -1, NULL);
    lua_remove(L, -2);
    return prompt;
}

static char *ask(lua_State *L, bool first)
{
    const char *prompt = push_prompt(L, first);
    char *line;
    do {
        line = host_readline(prompt);
    } while (line == NULL && errno == EINTR && !mp_interrupted());
    if (line == NULL && errno == EINTR) {
        putchar('\n');   // what was typed stays a line of its own
        lmp_interrupt(L);
    }
    lua_pop(L, 1);
    return line;
}

static bool push_line(lua_State *L, bool first)
{
    char *line = ask(L, first);
    if (line == NULL) return false;
    if (first && line[0] == '=')
        lua_pushfstring(L, "return %s", line + 1);
    else
        lua_pushstring(L, line);
    free(line);
    return true;
}

// line -> chunk, or nothing when the line is no expression
static bool load_expression(lua_State *L)
{
    const char *line = lua_tostring(L, 1);
    const char *code = lua_pushfstring(L, "return %s;", line);
    int status = luaL_loadbuffer(L, code, strlen(code), "=stdin");
    if (status != LUA_OK) {
        lua_settop(L, 1);
        return false;
    }
    lua_remove(L, 2);
    if (line[0] != '\0') host_remember(line);
    return true;
}

static bool incomplete(lua_State *L, int status)
{
    if (status != LUA_ERRSYNTAX) return false;
    static const char mark[] = "<eof>";
    size_t len, marklen = sizeof mark - 1;
    const char *message = lua_tolstring(L, -1, &len);
    return len >= marklen && strcmp(message + len - marklen, mark) == 0;
}

// line -> line, chunk or message; takes more lines while the statement is open
static int load_statement(lua_State *L)
{
    for (;;) {
        size_t len;
        const char *code = lua_tolstring(L, 1, &len);
        int status = luaL_loadbuffer(L, code, len, "=stdin");
        if (!incomplete(L, status) || !push_line(L, false)) {
            host_remember(code);
            return status;
        }
        lua_pushliteral(L, "\n");
        lua_replace(L, 2);   // line, "\n", next line
        lua_concat(L, 3);
    }
}

// -> chunk or message; a Lua status, or NO_INPUT
static int load_input(lua_State *L)
{
    lua_settop(L, 0);
    if (!push_line(L, true)) return NO_INPUT;
    int status = load_expression(L) ? LUA_OK : load_statement(L);
    lua_remove(L, 1);
    return status;
}

static void print_results(lua_State *L)
{
    int n = lua_gettop(L);
    if (n == 0) return;
    luaL_checkstack(L, LUA_MINSTACK, "too many results to print");
    lua_getglobal(L, "print");
    lua_insert(L, 1);
    int status = lua_pcall(L, n, 0, 0);
    if (status == LUA_OK) return;
    lua_pushfstring(L, "error calling 'print' (%s)", lua_tostring(L, -1));
    host_report(L, NULL, status);
}

void host_repl(lua_State *L)
{
    int status;
    while ((status = load_input(L)) != NO_INPUT) {
        if (status == LUA_OK) status = host_call(L, 0, LUA_MULTRET);
        if (status == LUA_OK)
            print_results(L);
        else
            host_report(L, NULL, status);   // its lines begin with "stdin:1:"
    }
    lua_settop(L, 0);
    putchar('\n');
    fflush(stdout);
}
