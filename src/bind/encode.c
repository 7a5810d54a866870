// Values to bytes: tables, and functions as values.
#include "bind/codec_state.h"

enum {
    BATCH = 8,   // elements of a list that are on the stack at a time
    LEVELS = 8   // depths for which stack space is made at a time
};

struct sizes {
    lua_Unsigned list;   // elements 1 to `list`
    size_t pairs_at;     // offset of the byte that says how many pairs follow
};

static bool put_other(struct lmp_encoder *e, int idx, int type, int depth);

static bool room(struct lmp_encoder *e, size_t n)
{
    return lmp_codec_room(e->b, n) == 0 || lmp_enc_full(e);
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

static bool put_number(struct lmp_encoder *e, int idx)
{
    lua_State *L = e->L;
    if (!room(e, LMP_WORD_MAX)) return false;
    uint8_t *p = e->b->data + e->b->len;
    uint8_t *after = lua_isinteger(L, idx) ? lmp_put_integer(p, lua_tointegerx(L, idx, NULL))
                                           : lmp_put_float(p, lua_tonumberx(L, idx, NULL));
    e->b->len += (size_t)(after - p);
    return true;
}

static bool put_string(struct lmp_encoder *e, int idx)
{
    size_t len;
    const char *s = lua_tolstring(e->L, idx, &len);
    return len > LMP_SHORT_MAX ? lmp_enc_text(e, idx) : lmp_enc_bytes(e, s, len);
}

static inline bool put_typed(struct lmp_encoder *e, int idx, int type, int depth)
{
    if (type == LUA_TNUMBER) return put_number(e, idx);
    if (type == LUA_TSTRING) return put_string(e, idx);
    return put_other(e, idx, type, depth);
}

static bool put_list(struct lmp_encoder *e, int t, lua_Unsigned n, int depth)
{
    if (n == 0) return true;
    lua_State *L = e->L;
    int first = lua_gettop(L) + 1, value = first;
    for (lua_Unsigned i = 1; i <= n; i++) {
        if (!put_typed(e, value, lua_rawgeti(L, t, (lua_Integer)i), depth + 1)) {
            lmp_enc_path(e, "[%llu]", (unsigned long long)i);
            return false;
        }
        if (++value < first + BATCH && i < n) continue;
        lua_settop(L, first - 1);
        value = first;
    }
    return true;
}

static bool in_list(lua_State *L, int key, lua_Unsigned n)
{
    return n > 0 && lua_isinteger(L, key) && (lua_Unsigned)lua_tointeger(L, key) - 1 < n;
}

static bool put_key(struct lmp_encoder *e, int key, int depth)
{
    int type = lua_type(e->L, key);
    if (type != LUA_TSTRING || depth == 0) return put_typed(e, key, type, depth + 1) || lmp_enc_fail_key(e);
    size_t len;
    const char *s = lua_tolstring(e->L, key, &len);
    return len > LMP_SHORT_MAX ? lmp_enc_text(e, key) : lmp_enc_field(e, s, len);
}

static bool put_pair(struct lmp_encoder *e, int key, int depth)
{
    lua_State *L = e->L;
    if (!put_key(e, key, depth)) return false;
    if (put_typed(e, key + 1, lua_type(L, key + 1), depth + 1)) return true;
    lmp_enc_path_key(e, key);
    return false;
}

// Lua has no function that tells how much of a table lies in its array, and without that the traversal of a long
// list for what else is in the table costs more than the list itself. So the first words of Lua's table are read,
// as lobject.h of Lua 5.4 has them; whether they mean what they should is tried out once in each state, and if not,
// all is traversed. The array has at least `limit` elements.
struct table {
    void *next;
    uint8_t type, mark, flags, log_nodes;
    uint32_t limit;
};

static uint32_t limit_of(lua_State *L, int t)
{
    struct table head;
    memcpy(&head, lua_topointer(L, t), sizeof head);
    return head.limit;
}

bool lmp_knows_arrays(lua_State *L)
{
    bool right = true;
    for (int n = 1; n < 100; n += 7) {
        lua_createtable(L, n, n % 2);
        right &= limit_of(L, -1) == (uint32_t)n;
        lua_pop(L, 1);
    }
    return right;
}

// Elements 1 to this one are traversed before all else, in order.
static lua_Unsigned array_of(struct lmp_encoder *e, int t)
{
    lua_State *L = e->L;
    if (!e->asked_arrays) {
        e->asked_arrays = true;
        lua_rawgeti(L, e->base + LMP_SLOT_NAMES, 1);
        e->knows_arrays = lua_toboolean(L, -1);
        lua_pop(L, 1);
    }
    return e->knows_arrays ? limit_of(L, t) : 0;
}

// Pushes the key after which the pairs that are not in the list are met, as few as possible of it before them:
// a traversal begins with what lies in the table's array.
static void push_start(struct lmp_encoder *e, int t, lua_Unsigned n)
{
    if (n >= 4 && array_of(e, t) >= n)
        lua_pushinteger(e->L, (lua_Integer)n);
    else
        lua_pushnil(e->L);
}

// Nothing here runs the user's code, so the traversal is safe.
static bool put_pairs(struct lmp_encoder *e, int t, const struct sizes *s, int depth)
{
    lua_State *L = e->L;
    int key = lua_gettop(L) + 1;
    uint64_t count = 0;
    push_start(e, t, s->list);
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
        e->later = lmp_codec_grow(e->L, e->base + LMP_SLOT_LATER, e->latercap * sizeof *e->later);
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

// The metatable on the top, which stays there.
static bool is_registered(struct lmp_encoder *e)
{
    lua_State *L = e->L;
    lmp_push_classes(L);
    lua_pushvalue(L, -2);
    bool registered = lua_rawget(L, -2) == LUA_TSTRING;
    lua_pop(L, 2);
    return registered || lmp_enc_fail_table(e);
}

static bool put_table(struct lmp_encoder *e, int t, int depth)
{
    bool has_metatable = lua_getmetatable(e->L, t);
    if (has_metatable && !is_registered(e)) return false;
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
    return lmp_enc_has_name(e, idx) ? lmp_enc_name(e, idx) : put_table(e, idx, depth);
}

static bool enc_function(struct lmp_encoder *e, int idx, int depth)
{
    lua_State *L = e->L;
    const struct lmp_seen *s = lmp_enc_find(e, lua_topointer(L, idx));
    if (s) return lmp_enc_again(e, s);
    if (lmp_enc_has_name(e, idx)) return lmp_enc_name(e, idx);
    if (lua_iscfunction(L, idx)) {
        lmp_enc_look_again(e);
        return lmp_enc_has_name(e, idx) ? lmp_enc_name(e, idx)
                                        : lmp_enc_fail(e, "a C function that no loaded module has");
    }
    uint32_t position = e->nseen;
    int tag = LMP_FUNCTION | (depth >= LMP_DEPTH ? LMP_LATER : 0);
    if (!begin(e, idx, tag) || !lmp_enc_code(e, idx)) return false;
    return tag & LMP_LATER ? put_off(e, position) : lmp_enc_upvalues(e, idx, depth);
}

// A depth keeps at most BATCH + 4 slots; on top of the deepest, 24 come and go.
void lmp_enc_stack(struct lmp_encoder *e)
{
    luaL_checkstack(e->L, LEVELS * (BATCH + 4) + 24, NULL);
}

static bool put_other(struct lmp_encoder *e, int idx, int type, int depth)
{
    if (depth % LEVELS == 0) lmp_enc_stack(e);
    switch (type) {
    case LUA_TTABLE: return enc_table(e, idx, depth);
    case LUA_TFUNCTION: return enc_function(e, idx, depth);
    case LUA_TUSERDATA: return lmp_enc_userdata(e, idx, depth);
    case LUA_TTHREAD: return lmp_enc_fail(e, "a coroutine");
    case LUA_TLIGHTUSERDATA: return lmp_enc_fail(e, "a light userdata");
    default: return lmp_put_simple(e->L, idx, lua_type(e->L, idx), e->b) || lmp_enc_full(e);
    }
}

bool lmp_enc_value(struct lmp_encoder *e, int idx, int depth)
{
    return put_typed(e, idx, lua_type(e->L, idx), depth);
}
