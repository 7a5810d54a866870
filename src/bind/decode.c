// Values from bytes. Every length is compared with what is left before anything is made of it.
#include "bind/codec_state.h"

struct sizes {
    int list, pairs;   // for how many to make room
    uint64_t count;    // of the list
    bool has_pairs;
};

void lmp_dec_bad(struct lmp_decoder *d)
{
    lmp_error(d->L, "these bytes are no message");
    __builtin_unreachable();
}

const uint8_t *lmp_dec_bytes(struct lmp_decoder *d, uint64_t len)
{
    if (len > (size_t)(d->end - d->p)) lmp_dec_bad(d);
    const uint8_t *p = d->p;
    d->p += len;
    return p;
}

uint8_t lmp_dec_byte(struct lmp_decoder *d)
{
    return *lmp_dec_bytes(d, 1);
}

static uint64_t get_word(struct lmp_decoder *d, int width)
{
    uint64_t v;
    const uint8_t *p = lmp_get_word(d->p, d->end, width, &v);
    if (!p) lmp_dec_bad(d);
    d->p = p;
    return v;
}

uint64_t lmp_dec_size(struct lmp_decoder *d)
{
    uint8_t first = lmp_dec_byte(d);
    return first < 248 ? first : get_word(d, first - 247);
}

// What is shared is kept in the order of its offsets. A nil keeps the place of what is not made yet.
uint32_t lmp_dec_reserve(struct lmp_decoder *d, int tag, uint64_t at)
{
    lua_State *L = d->L;
    if (!(tag & LMP_SHARED)) return 0;
    if (d->nshared == d->sharedcap) {
        d->sharedcap = d->sharedcap ? d->sharedcap * 2 : 16;
        d->offsets = lmp_codec_grow(L, d->base + LMP_SLOT_OFFSETS, d->sharedcap * sizeof *d->offsets);
    }
    if (d->nshared == 0) {
        lua_newtable(L);
        lua_replace(L, d->base + LMP_SLOT_SHARED);
    }
    d->offsets[d->nshared++] = at;
    return d->nshared;
}

void lmp_dec_share(struct lmp_decoder *d, uint32_t reserved, int idx)
{
    if (reserved == 0) return;
    lua_pushvalue(d->L, idx);
    lua_rawseti(d->L, d->base + LMP_SLOT_SHARED, reserved);
}

static uint32_t find_shared(const struct lmp_decoder *d, uint64_t at)
{
    uint32_t low = 0, high = d->nshared;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (d->offsets[middle] < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low < d->nshared && d->offsets[low] == at ? low + 1 : 0;
}

void lmp_dec_ref(struct lmp_decoder *d)
{
    int tag = lmp_dec_byte(d);
    if ((tag & ~7) != LMP_REF) lmp_dec_bad(d);
    uint32_t n = find_shared(d, get_word(d, (tag & 7) + 1));
    if (n == 0 || lua_rawgeti(d->L, d->base + LMP_SLOT_SHARED, n) == LUA_TNIL) lmp_dec_bad(d);
}

static void dec_text(struct lmp_decoder *d, int tag, uint64_t at)
{
    uint32_t n = lmp_dec_reserve(d, tag, at);
    uint64_t len = lmp_dec_size(d);
    const uint8_t *p = lmp_dec_bytes(d, len);
    lua_pushlstring(d->L, (const char *)p, len);
    lmp_dec_share(d, n, lua_gettop(d->L));
}

static bool dec_simple(struct lmp_decoder *d)
{
    const uint8_t *p = d->p < d->end ? lmp_get_simple(d->L, d->p, d->end) : NULL;
    if (p) d->p = p;
    return p;
}

void lmp_dec_string(struct lmp_decoder *d)
{
    if (!dec_simple(d)) {
        uint64_t at = (uint64_t)(d->p - d->start);
        int tag = d->p < d->end ? *d->p : LMP_END;
        if ((tag & ~LMP_SHARED) == LMP_TEXT) {
            d->p++;
            dec_text(d, tag, at);
        } else {
            lmp_dec_ref(d);
        }
    }
    if (lua_type(d->L, -1) != LUA_TSTRING) lmp_dec_bad(d);
}

static void dec_numbered(struct lmp_decoder *d)
{
    lua_State *L = d->L;
    int slot = lmp_dec_byte(d), repeats = d->base + LMP_SLOT_REPEATS;
    if (d->p == d->end || *d->p < LMP_SHORT || *d->p >= LMP_SMALL) lmp_dec_bad(d);
    if (lua_isnil(L, repeats)) {
        lua_newtable(L);
        lua_replace(L, repeats);
    }
    lmp_dec_string(d);
    lua_pushvalue(L, -1);
    lua_rawseti(L, repeats, slot);
}

static void dec_again(struct lmp_decoder *d)
{
    int slot = lmp_dec_byte(d), repeats = d->base + LMP_SLOT_REPEATS;
    if (!lua_istable(d->L, repeats) || lua_rawgeti(d->L, repeats, slot) != LUA_TSTRING) lmp_dec_bad(d);
}

// Room is made beforehand for no more entries than the message has bytes, however its tables are nested.
static int make_room(struct lmp_decoder *d, uint64_t n)
{
    if (n > d->budget) n = d->budget;
    d->budget -= n;
    return n > INT32_MAX ? INT32_MAX : (int)n;
}

static struct sizes get_sizes(struct lmp_decoder *d)
{
    struct sizes s = {.count = lmp_dec_size(d)};
    int log = lmp_dec_byte(d);
    if (s.count > (size_t)(d->end - d->p) || log > 63) lmp_dec_bad(d);
    s.has_pairs = log > 0;
    s.list = make_room(d, s.count);
    s.pairs = log > 0 ? make_room(d, UINT64_C(1) << (log - 1)) : 0;
    return s;
}

static void dec_pair(struct lmp_decoder *d, int t, int depth)
{
    lua_State *L = d->L;
    lmp_dec_value(d, depth + 1);
    int type = lua_type(L, -1);
    if (type == LUA_TNIL || (type == LUA_TNUMBER && !lua_rawequal(L, -1, -1))) lmp_dec_bad(d);   // nil, NaN
    lmp_dec_value(d, depth + 1);
    lua_rawset(L, t);
}

static void dec_items(struct lmp_decoder *d, int t, const struct sizes *s, int depth)
{
    for (uint64_t i = 1; i <= s->count; i++) {
        lmp_dec_value(d, depth + 1);
        lua_rawseti(d->L, t, (lua_Integer)i);
    }
    if (!s->has_pairs) return;
    while (d->p < d->end && *d->p != LMP_END) dec_pair(d, t, depth);
    lmp_dec_byte(d);
}

void lmp_dec_items(struct lmp_decoder *d, int t, int depth)
{
    struct sizes s = get_sizes(d);
    dec_items(d, t, &s, depth);
}

static void dec_metatable(struct lmp_decoder *d, int t, int depth)
{
    lua_State *L = d->L;
    int fresh = d->base + LMP_SLOT_FRESH, instances = d->base + LMP_SLOT_INSTANCES;
    lmp_dec_value(d, depth + 1);
    if (!lua_istable(L, -1)) lmp_dec_bad(d);
    if (lua_istable(L, fresh)) {
        lua_pushvalue(L, -1);
        if (lua_rawget(L, fresh) != LUA_TNIL) {
            if (lua_isnil(L, instances)) {
                lua_newtable(L);
                lua_replace(L, instances);
            }
            lua_pushvalue(L, t);
            lua_rawseti(L, instances, ++d->ninstances);
        }
        lua_pop(L, 1);
    }
    lua_setmetatable(L, t);
}

void lmp_dec_put_off(struct lmp_decoder *d, int idx)
{
    lua_State *L = d->L;
    int later = d->base + LMP_SLOT_PUT_OFF;
    if (lua_isnil(L, later)) {
        lua_newtable(L);
        lua_replace(L, later);
    }
    lua_pushvalue(L, idx);
    lua_rawseti(L, later, ++d->nlater);
}

static void dec_table(struct lmp_decoder *d, int tag, uint64_t at, int depth)
{
    lua_State *L = d->L;
    bool later = tag & LMP_LATER;
    struct sizes s = {0};
    if (!later) s = get_sizes(d);
    lua_createtable(L, s.list, s.pairs);
    int t = lua_gettop(L);
    if (tag & LMP_SHARED) lmp_dec_share(d, lmp_dec_reserve(d, tag, at), t);
    if (tag & LMP_META) dec_metatable(d, t, depth);
    if (later)
        lmp_dec_put_off(d, t);
    else
        dec_items(d, t, &s, depth);
}

// What only a graph has.
static void dec_other(struct lmp_decoder *d, int depth)
{
    uint64_t at = (uint64_t)(d->p - d->start);
    int tag = lmp_dec_byte(d);
    if (depth > LMP_PACK_DEPTH + 1) lmp_dec_bad(d);
    luaL_checkstack(d->L, 16, NULL);
    switch (tag < LMP_TABLE ? tag : tag & ~LMP_SHARED) {
    case LMP_TABLE:
    case LMP_TABLE | LMP_META:
    case LMP_TABLE | LMP_LATER:
    case LMP_TABLE | LMP_META | LMP_LATER: dec_table(d, tag, at, depth); break;
    case LMP_FUNCTION:
    case LMP_FUNCTION | LMP_LATER: lmp_dec_function(d, tag, at, depth); break;
    case LMP_AGAIN_LATER: dec_numbered(d); break;
    case LMP_TEXT: dec_text(d, tag, at); break;
    case LMP_NAMED:
    case LMP_MODULE: lmp_dec_named(d, tag, at); break;
    case LMP_CLASS:
    case LMP_CLASS_MODULE: lmp_dec_class(d, tag, at); break;
    case LMP_OBJECT: lmp_dec_object(d); break;
    case LMP_PACKED: lmp_dec_packed(d, tag, at, depth); break;
    default: d->p--; lmp_dec_ref(d);
    }
}

void lmp_dec_value(struct lmp_decoder *d, int depth)
{
    if (d->p < d->end && *d->p == LMP_AGAIN) {
        d->p++;
        dec_again(d);
    } else if (!dec_simple(d)) {
        dec_other(d, depth);
    }
}

void lmp_dec_bodies(struct lmp_decoder *d, uint32_t from, int depth)
{
    lua_State *L = d->L;
    int idx = lua_gettop(L) + 1;
    for (uint32_t i = from + 1; i <= d->nlater; i++) {
        lua_rawgeti(L, d->base + LMP_SLOT_PUT_OFF, i);
        if (lua_istable(L, idx))
            lmp_dec_items(d, idx, depth);
        else
            lmp_dec_upvalues(d, idx, depth);
        lua_settop(L, idx - 1);
    }
    d->nlater = from;
}

void lmp_dec_unit(struct lmp_decoder *d, int depth)
{
    uint32_t from = d->nlater;
    lmp_dec_value(d, depth);
    if (d->nlater > from) lmp_dec_bodies(d, from, depth);
}
