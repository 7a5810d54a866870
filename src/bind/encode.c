// Values to bytes: tables, and functions as values.
#include "bind/codec_state.h"

enum { LONG_STRING = 64 };   // from here on a string that is met again is not written again

struct sizes {
    lua_Unsigned list;   // elements 1 to `list`
    size_t pairs_at;     // offset of the byte that says how many pairs follow
};

static bool room(struct lmp_encoder *e, size_t n)
{
    return mp_build_room(e->b, n) == 0 || lmp_enc_full(e);
}

bool lmp_enc_byte(struct lmp_encoder *e, int byte)
{
    if (!room(e, 1)) return false;
    e->b->data[e->b->len++] = (uint8_t)byte;
    return true;
}

// One byte up to 247, else 247 + width and the bytes.
bool lmp_enc_size(struct lmp_encoder *e, uint64_t n)
{
    if (n < 248) return lmp_enc_byte(e, (int)n);
    if (!room(e, LMP_WORD_MAX)) return false;
    int width = lmp_width(n);
    lmp_put_word(e->b->data + e->b->len, 248, n, width);
    e->b->len += 1 + (size_t)width;
    return true;
}

bool lmp_enc_bytes(struct lmp_encoder *e, const char *s, size_t len)
{
    return lmp_put_string(e->b, s, len) || lmp_enc_full(e);
}

// A value that a REF may name: what it is begins here.
static bool begin(struct lmp_encoder *e, int idx, int tag)
{
    lmp_enc_add(e, idx, lua_topointer(e->L, idx), 0, e->b->len);
    return lmp_enc_byte(e, tag);
}

bool lmp_enc_text(struct lmp_encoder *e, int idx)
{
    const struct lmp_seen *s = lmp_enc_find(e, lua_topointer(e->L, idx));
    if (s) return lmp_enc_again(e, s);
    size_t len;
    const char *text = lua_tolstring(e->L, idx, &len);
    if (!begin(e, idx, LMP_TEXT) || !lmp_enc_size(e, len) || !room(e, len)) return false;
    memcpy(e->b->data + e->b->len, text, len);
    e->b->len += len;
    return true;
}

static bool put_sizes(struct lmp_encoder *e, int t, struct sizes *s)
{
    s->list = lua_rawlen(e->L, t);
    if (!lmp_enc_size(e, s->list)) return false;
    s->pairs_at = e->b->len;
    return lmp_enc_byte(e, 0);
}

static bool put_list(struct lmp_encoder *e, int t, lua_Unsigned n, int depth)
{
    lua_State *L = e->L;
    int value = lua_gettop(L) + 1;
    for (lua_Unsigned i = 1; i <= n; i++) {
        lua_rawgeti(L, t, (lua_Integer)i);
        if (!lmp_enc_value(e, value, depth + 1)) {
            lmp_enc_path(e, "[%llu]", (unsigned long long)i);
            return false;
        }
        lua_settop(L, value - 1);
    }
    return true;
}

static bool in_list(lua_State *L, int key, lua_Unsigned n)
{
    return n > 0 && lua_isinteger(L, key) && (lua_Unsigned)lua_tointeger(L, key) - 1 < n;
}

static bool put_pair(struct lmp_encoder *e, int key, int depth)
{
    if (!lmp_enc_value(e, key, depth + 1)) return lmp_enc_fail_key(e);
    if (lmp_enc_value(e, key + 1, depth + 1)) return true;
    lmp_enc_path_key(e, key);
    return false;
}

// Nothing here runs the user's code, so the traversal is safe.
static bool put_pairs(struct lmp_encoder *e, int t, const struct sizes *s, int depth)
{
    lua_State *L = e->L;
    int key = lua_gettop(L) + 1;
    uint64_t count = 0;
    lua_pushnil(L);
    while (lua_next(L, t)) {
        if (!in_list(L, key, s->list)) {
            if (!put_pair(e, key, depth)) return false;
            count++;
        }
        lua_settop(L, key);
    }
    if (count == 0) return true;
    e->b->data[s->pairs_at] = (uint8_t)(count == 1 ? 1 : 65 - __builtin_clzll(count - 1));   // 1 + log2, rounded up
    return lmp_enc_byte(e, LMP_END);
}

bool lmp_enc_items(struct lmp_encoder *e, int t, int depth)
{
    struct sizes s;
    return put_sizes(e, t, &s) && put_list(e, t, s.list, depth) && put_pairs(e, t, &s, depth);
}

static bool put_off(struct lmp_encoder *e, uint32_t position)
{
    if (e->nlater == e->latercap) {
        e->latercap = e->latercap ? e->latercap * 2 : 16;
        e->later = lmp_codec_grow(e->L, e->base + LMP_SLOT_LATER, e->later, e->nlater * sizeof *e->later,
                            e->latercap * sizeof *e->later);
    }
    e->later[e->nlater++] = position;
    return true;
}

// The metatable is on the top.
static bool put_metatable(struct lmp_encoder *e)
{
    int metatable = lua_gettop(e->L);
    bool ok = lmp_enc_value(e, metatable, LMP_DEPTH);
    lua_settop(e->L, metatable - 1);
    return ok;
}

static bool push_metatable(struct lmp_encoder *e, int t)
{
    lua_State *L = e->L;
    if (!lua_getmetatable(L, t)) return true;
    lmp_push_classes(L);
    lua_pushvalue(L, -2);
    bool registered = lua_rawget(L, -2) == LUA_TSTRING;
    lua_pop(L, 2);
    return registered || lmp_enc_fail(e, "a table with an unregistered metatable (see mp.register)");
}

static bool put_table(struct lmp_encoder *e, int t, int depth)
{
    int top = lua_gettop(e->L);
    if (!push_metatable(e, t)) return false;
    bool has_metatable = lua_gettop(e->L) > top;
    int tag = LMP_TABLE | (has_metatable ? LMP_META : 0) | (depth >= LMP_DEPTH ? LMP_LATER : 0);
    uint32_t position = e->nseen;
    if (!begin(e, t, tag)) return false;
    if (tag & LMP_LATER) return (!has_metatable || put_metatable(e)) && put_off(e, position);
    struct sizes s;
    return put_sizes(e, t, &s) && (!has_metatable || put_metatable(e)) && put_list(e, t, s.list, depth) &&
           put_pairs(e, t, &s, depth);
}

static bool enc_table(struct lmp_encoder *e, int idx, int depth)
{
    const struct lmp_seen *s = lmp_enc_find(e, lua_topointer(e->L, idx));
    if (s) return lmp_enc_again(e, s);
    luaL_checkstack(e->L, 16, NULL);
    return lmp_enc_has_name(e, idx) ? lmp_enc_name(e, idx) : put_table(e, idx, depth);
}

static bool enc_function(struct lmp_encoder *e, int idx, int depth)
{
    lua_State *L = e->L;
    const struct lmp_seen *s = lmp_enc_find(e, lua_topointer(L, idx));
    if (s) return lmp_enc_again(e, s);
    luaL_checkstack(L, 16, NULL);
    if (lmp_enc_has_name(e, idx)) return lmp_enc_name(e, idx);
    if (lua_iscfunction(L, idx)) {
        lmp_enc_look_again(e);
        return lmp_enc_has_name(e, idx) ? lmp_enc_name(e, idx) : lmp_enc_fail(e, "a C function that no loaded module has");
    }
    uint32_t position = e->nseen;
    int tag = LMP_FUNCTION | (depth >= LMP_DEPTH ? LMP_LATER : 0);
    if (!begin(e, idx, tag) || !lmp_enc_code(e, idx)) return false;
    return tag & LMP_LATER ? put_off(e, position) : lmp_enc_upvalues(e, idx, depth);
}

static bool enc_string(struct lmp_encoder *e, int idx)
{
    size_t len;
    const char *s = lua_tolstring(e->L, idx, &len);
    return len < LONG_STRING ? lmp_enc_bytes(e, s, len) : lmp_enc_text(e, idx);
}

bool lmp_enc_value(struct lmp_encoder *e, int idx, int depth)
{
    switch (lua_type(e->L, idx)) {
    case LUA_TSTRING: return enc_string(e, idx);
    case LUA_TTABLE: return enc_table(e, idx, depth);
    case LUA_TFUNCTION: return enc_function(e, idx, depth);
    case LUA_TUSERDATA: return lmp_enc_userdata(e, idx, depth);
    case LUA_TTHREAD: return lmp_enc_fail(e, "a coroutine");
    case LUA_TLIGHTUSERDATA: return lmp_enc_fail(e, "a light userdata");
    default: return lmp_put_simple(e->L, idx, e->b) || lmp_enc_full(e);
    }
}

static bool put_body(struct lmp_encoder *e, uint32_t position, int depth)
{
    lua_State *L = e->L;
    lmp_enc_push(e, position);
    int idx = lua_gettop(L);
    bool ok = lua_istable(L, idx) ? lmp_enc_items(e, idx, depth) : lmp_enc_upvalues(e, idx, depth);
    if (!ok) lmp_enc_path(e, "[...]");
    lua_settop(L, idx - 1);
    return ok;
}

bool lmp_enc_bodies(struct lmp_encoder *e, uint32_t from, int depth)
{
    for (uint32_t i = from; i < e->nlater; i++) {
        if (!put_body(e, e->later[i], depth)) return false;
    }
    e->nlater = from;
    return true;
}

bool lmp_enc_unit(struct lmp_encoder *e, int idx, int depth)
{
    uint32_t from = e->nlater;
    return lmp_enc_value(e, idx, depth) && lmp_enc_bodies(e, from, depth);
}
