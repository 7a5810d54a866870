// A C module for Lua. methods() gives an object with two methods that do nothing, keys() one whose every key is looked
// up and set by functions that do nothing: as any object that is written in C does at least.
#include <lauxlib.h>
#include <lua.h>

static int nothing(lua_State *L)
{
    (void)L;
    return 0;
}

static int get(lua_State *L)
{
    lua_pushinteger(L, 1);
    return 1;
}

static int methods(lua_State *L)
{
    static const luaL_Reg both[] = {{"acquire", nothing}, {"release", nothing}, {NULL, NULL}};
    lua_newuserdatauv(L, 1, 0);
    lua_createtable(L, 0, 1);
    luaL_newlib(L, both);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    return 1;
}

static int keys(lua_State *L)
{
    static const luaL_Reg both[] = {{"__index", get}, {"__newindex", nothing}, {NULL, NULL}};
    lua_newuserdatauv(L, 1, 0);
    luaL_newlib(L, both);
    lua_setmetatable(L, -2);
    return 1;
}

static const luaL_Reg functions[] = {{"methods", methods}, {"keys", keys}, {NULL, NULL}};

int luaopen_calls_module(lua_State *L);
int luaopen_calls_module(lua_State *L)
{
    luaL_newlib(L, functions);
    return 1;
}
