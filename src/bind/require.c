// What require finds of ours, and what it says at the end of its list of places when it was asked by another name.
#include <string.h>

#include "bind/chunks.h"
#include "bind/classes.h"
#include "bind/distance.h"
#include "bind/lmp.h"

// ---- our modules ----

static const struct lmp_chunk *find_chunk(const char *name)
{
    const struct lmp_chunk *chunk = lmp_chunks;
    while (chunk->name && strcmp(chunk->name, name) != 0) chunk++;
    return chunk;
}

// (name): called by require
static int open_chunk(lua_State *L)
{
    const struct lmp_chunk *chunk = find_chunk(luaL_checkstring(L, 1));
    if (!chunk->name) return luaL_error(L, "'%s' is no module of mplua", lua_tostring(L, 1));
    if (luaL_loadbuffer(L, chunk->source, chunk->size, chunk->chunkname) != LUA_OK) return lua_error(L);
    lua_pushstring(L, chunk->name);
    lua_call(L, 1, 1);
    return 1;
}

// (package.preload, name) -> what opens a module of ours | nil. Most states need few of them.
static int find_loader(lua_State *L)
{
    static const luaL_Reg in_c[] = {
        {"mp.core", lcore_open}, {"mp.http.core", lhttp_open}, {"mp.log.core", llog_open}, {NULL, NULL}};
    const char *name = lua_tostring(L, 2);
    const luaL_Reg *module = in_c;
    if (!name) return 0;
    while (module->name && strcmp(module->name, name) != 0) module++;
    lua_CFunction loader = module->func;
    if (!loader && find_chunk(name)->name) loader = open_chunk;
    return loader ? lua_pushcfunction(L, loader), 1 : 0;
}

// ---- other names ----

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

void lrequire_open(lua_State *L)
{
    int top = lua_gettop(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, find_loader);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_getglobal(L, LUA_LOADLIBNAME);
    lua_getfield(L, -1, "searchers");
    lua_pushcfunction(L, search);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_settop(L, top);
}
