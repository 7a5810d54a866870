// A C module for Lua. start(n, at_once) -> seconds: n times, so many processes that end at once, and their ends.
#include <lauxlib.h>
#include <lua.h>

#include "clock.h"

enum { MOST = 1000 };

static int start(lua_State *L)
{
    lua_Integer n = luaL_checkinteger(L, 1), at_once = luaL_checkinteger(L, 2);
    pid_t pids[MOST];
    luaL_argcheck(L, at_once <= MOST, 2, "too many");
    double begin = clock_seconds();
    for (lua_Integer i = 0; i < n; i++) {
        for (lua_Integer k = 0; k < at_once; k++) {
            pids[k] = clock_fork();
            if (pids[k] == 0) _exit(0);
        }
        for (lua_Integer k = 0; k < at_once; k++) clock_wait(pids[k]);
    }
    lua_pushnumber(L, clock_seconds() - begin);
    return 1;
}

static const luaL_Reg functions[] = {{"start", start}, {NULL, NULL}};

int luaopen_fork_module(lua_State *L);
int luaopen_fork_module(lua_State *L)
{
    luaL_newlib(L, functions);
    return 1;
}
