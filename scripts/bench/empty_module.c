// A C module for Lua: an object with two methods that do nothing.
#include <lauxlib.h>
#include <lua.h>

static int nothing(lua_State *L)
{
    (void)L;
    return 0;
}

static const luaL_Reg methods[] = {{"acquire", nothing}, {"release", nothing}, {NULL, NULL}};

int luaopen_empty_module(lua_State *L);
int luaopen_empty_module(lua_State *L)
{
    lua_newuserdatauv(L, 1, 0);
    lua_createtable(L, 0, 1);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    return 1;
}
