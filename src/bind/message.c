// Values to messages and back. The codec raises; here nothing that is in flight is left behind by that.
#include <string.h>

#include "bind/message.h"
#include "core/slot.h"

struct job {
    int first, n;
    const char *what;
    struct mp_build *b;
    const struct mp_view *view;
};

static int encode(lua_State *L)
{
    const struct job *job = lua_touserdata(L, lua_gettop(L));
    lua_pop(L, 1);
    lmp_encode(L, 1, job->n, job->what, job->b);
    return 0;
}

int lmp_raise_at_caller(lua_State *L)
{
    if (lua_type(L, -1) == LUA_TSTRING) {
        lmp_place(L);
        const char *text = lua_tostring(L, -2);
        bool ours = strncmp(text, "cannot send ", 12) == 0 || strncmp(text, "arena is full", 13) == 0;
        if (ours) {
            lua_insert(L, -2);
            lua_concat(L, 2);
        } else {
            lua_pop(L, 1);
        }
    }
    return lua_error(L);
}

static void encode_safely(lua_State *L, struct job *job)
{
    luaL_checkstack(L, job->n + 4, "too many values");
    lua_pushcfunction(L, encode);
    for (int i = 0; i < job->n; i++) lua_pushvalue(L, job->first + i);
    lua_pushlightuserdata(L, job);
    if (lua_pcall(L, job->n + 1, 0, 0) == LUA_OK) return;
    mp_enter(MP_OP_OBJECT);
    mp_build_drop(job->b);
    mp_leave();
    lmp_raise_at_caller(L);
}

void lmp_build(lua_State *L, int first, int n, const char *what, struct mp_build *b)
{
    mp_build_init(b);
    lmp_build_more(L, first, n, what, b);
}

void lmp_build_more(lua_State *L, int first, int n, const char *what, struct mp_build *b)
{
    if (n != 1 || !lmp_encode_simple(L, first, lua_type(L, first), b)) {
        struct job job = {.first = first, .n = n, .what = what, .b = b};
        encode_safely(L, &job);
    }
    if (!b->block && b->nrefs == 0) return;   // small bytes are ready as they are
    mp_enter(MP_OP_OBJECT);
    int err = mp_build_seal(b);
    if (err) mp_build_drop(b);
    mp_leave();
    if (err) lmp_arena_full(L);
}

static int decode(lua_State *L)
{
    const struct job *job = lua_touserdata(L, 1);
    lua_settop(L, 0);
    return lmp_decode(L, job->view);
}

// Pushes the values or the error; returns the Lua status.
static int decode_safely(lua_State *L, const struct mp_view *view)
{
    struct job job = {.view = view};
    lua_pushcfunction(L, decode);
    lua_pushlightuserdata(L, &job);
    return lua_pcall(L, 1, LUA_MULTRET, 0);
}

int lmp_push_view(lua_State *L, const struct mp_view *view)
{
    int top = lua_gettop(L);
    if (lmp_decode_simple(L, view)) return 1;
    if (decode_safely(L, view) != LUA_OK) lua_error(L);
    return lua_gettop(L) - top;
}

bool lmp_push_view_safely(lua_State *L, const struct mp_view *view)
{
    return lmp_decode_simple(L, view) || decode_safely(L, view) == LUA_OK;
}

int lmp_push_item_slowly(lua_State *L, struct mp_item *item)
{
    if (!item->block) return lmp_push_view(L, &item->view);
    int top = lua_gettop(L), status = LUA_OK;
    if (!lmp_decode_simple(L, &item->view)) status = decode_safely(L, &item->view);
    mp_enter(MP_OP_OBJECT);
    mp_item_drop(item);
    mp_leave();
    if (status != LUA_OK) lua_error(L);
    return lua_gettop(L) - top;
}
