// What require says at the end of its list of places, when the module that was not found is one of ours by another name.
#include <string.h>

#include "bind/classes.h"
#include "bind/distance.h"
#include "bind/lmp.h"

// NULL: nothing is known.
static const char *meant(const char *name)
{
    if (strcmp(name, "multiprocessing") == 0 || strcmp(name, "mplua") == 0) return "mp";
    if (strcmp(name, "http") == 0) return "mp.http";
    if (strncmp(name, "mp.", 3) != 0) return NULL;
    if (lmp_distance(name, "mp.http") <= 2) return "mp.http";
    return lmp_distance(name, "mp.log") <= 2 ? "mp.log" : "mp";
}

// searcher(name) -> "did you mean ...", which require appends to its error, or nothing
static int search(lua_State *L)
{
    const char *module = meant(luaL_checkstring(L, 1));
    if (!module) return 0;
    lua_pushfstring(L, "did you mean '%s'?", module);
    return 1;
}

void lsearch_open(lua_State *L)
{
    int top = lua_gettop(L);
    lua_getglobal(L, LUA_LOADLIBNAME);
    lua_getfield(L, -1, "searchers");
    lua_pushcfunction(L, search);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_settop(L, top);
}
