// A C module for mplua: run(value, n) encodes and decodes a value n times, as a queue's put and get do.
#include "bind/message.h"
#include "core/slot.h"

static int run(lua_State *L)
{
    lua_Integer n = luaL_checkinteger(L, 2);
    lua_settop(L, 1);
    for (lua_Integer i = 0; i < n; i++) {
        struct mp_build b;
        lmp_build_value(L, 1, lua_type(L, 1), "value", &b);
        struct mp_view view = {.data = b.data, .len = b.len};
        if (b.block || !lmp_decode_simple(L, &view)) lmp_push_view(L, &view);
        mp_enter(MP_OP_OBJECT);
        mp_build_drop(&b);
        mp_leave();
        lua_settop(L, 1);
    }
    return 0;
}

static const luaL_Reg functions[] = {{"run", run}, {NULL, NULL}};

int luaopen_codec_module(lua_State *L);
int luaopen_codec_module(lua_State *L)
{
    luaL_newlib(L, functions);
    return 1;
}
