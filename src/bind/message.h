// Messages: what the bindings send, and what they get.
#pragma once
#include "bind/codec.h"
#include "core/queue.h"

// The n values from `first` on as a message that is ready to be put; raises at the caller. See lmp_encode.
void lmp_build(lua_State *L, int first, int n, const char *what, struct mp_build *b);

// The same behind some simple values, which are in b already.
void lmp_build_more(lua_State *L, int first, int n, const char *what, struct mp_build *b);

// The same for one value of this type.
static inline void lmp_build_value(lua_State *L, int idx, int type, const char *what, struct mp_build *b)
{
    mp_build_init(b);
    if (type == LUA_TSTRING || !lmp_encode_simple(L, idx, type, b)) lmp_build(L, idx, 1, what, b);
}

// Raises the error on the top, with the place of the Lua code that called us. One of the user's own keeps its place.
int lmp_raise_at_caller(lua_State *L);

// Pushes the values of a message and returns how many; the second gives back what was taken from a queue.
int lmp_push_view(lua_State *L, const struct mp_view *view);
int lmp_push_item_slowly(lua_State *L, struct mp_item *item);
bool lmp_push_view_safely(lua_State *L, const struct mp_view *view);   // false: pushes the error instead

static inline int lmp_push_item(lua_State *L, struct mp_item *item)
{
    return !item->block && lmp_decode_simple(L, &item->view) ? 1 : lmp_push_item_slowly(L, item);
}
