// A C module for mplua: run(value, n) encodes and decodes a value n times, as a queue's put and get do; copy(value, n)
// does what any codec must ask Lua for: it walks the value and makes the same anew, without bytes in between.
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

static void push_copy(lua_State *L, int idx);

static lua_Integer pairs(lua_State *L, int idx)
{
    lua_Integer n = 0;
    for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) n++;
    return n;
}

static void push_table(lua_State *L, int idx)
{
    lua_Integer elements = (lua_Integer)lua_rawlen(L, idx);
    lua_createtable(L, (int)elements, (int)(pairs(L, idx) - elements));
    int made = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, idx); lua_settop(L, made + 1)) {
        push_copy(L, made + 1);
        push_copy(L, made + 2);
        lua_rawset(L, made);
    }
}

static void push_copy(lua_State *L, int idx)
{
    size_t length;
    const char *text;
    switch (lua_type(L, idx)) {
    case LUA_TSTRING:
        text = lua_tolstring(L, idx, &length);
        lua_pushlstring(L, text, length);
        break;
    case LUA_TTABLE: push_table(L, idx); break;
    default: lua_pushvalue(L, idx);
    }
}

static int copy(lua_State *L)
{
    lua_Integer n = luaL_checkinteger(L, 2);
    lua_settop(L, 1);
    for (lua_Integer i = 0; i < n; i++) {
        push_copy(L, 1);
        lua_settop(L, 1);
    }
    return 0;
}

static const luaL_Reg functions[] = {{"run", run}, {"copy", copy}, {NULL, NULL}};

int luaopen_codec_module(lua_State *L);
int luaopen_codec_module(lua_State *L)
{
    luaL_newlib(L, functions);
    return 1;
}
