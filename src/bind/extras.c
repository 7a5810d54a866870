// What goes along with a graph: globals that its functions name, and how its classes are made.
// A receiver that has them passes over them, unless other values of the message are in them.
#include "bind/codec_state.h"

struct mark {
    size_t len;
    uint32_t nrefs, nseen, nlater, nunits;
    int nextras;
};

int lmp_enc_extras_list(struct lmp_encoder *e)
{
    int extras = e->base + LMP_SLOT_EXTRAS;
    if (lua_isnil(e->L, extras)) {
        lua_newtable(e->L);
        lua_replace(e->L, extras);
    }
    return extras;
}

static struct mark mark(const struct lmp_encoder *e)
{
    return (struct mark){.len = e->b->len,
                         .nrefs = e->b->nrefs,
                         .nseen = e->nseen,
                         .nlater = e->nlater,
                         .nunits = e->nunits,
                         .nextras = e->nextras};
}

static void forget_extras(struct lmp_encoder *e, int from)
{
    lua_State *L = e->L;
    int extras = lmp_enc_extras_list(e);
    while (e->nextras > from) {
        if (lua_rawgeti(L, extras, e->nextras) == LUA_TSTRING) {
            lua_pushnil(L);
            lua_rawset(L, extras);
        } else {
            lua_pop(L, 1);
        }
        e->nextras--;
    }
}

static void back_to(struct lmp_encoder *e, const struct mark *m)
{
    e->b->len = m->len;
    e->b->nrefs = m->nrefs;
    lmp_enc_forget(e, m->nseen);
    e->nlater = m->nlater;
    e->nunits = m->nunits;
    e->knows_repeats = false;
    forget_extras(e, m->nextras);
}

// Name, "needed" byte, room for the length.
static bool begin_unit(struct lmp_encoder *e, int tag, const char *name, size_t len)
{
    if (!lmp_enc_byte(e, tag) || !lmp_enc_bytes(e, name, len)) return false;
    if (lmp_codec_room(e->b, 9)) return lmp_enc_full(e);
    if (e->nunits == e->unitcap) {
        e->unitcap = e->unitcap ? e->unitcap * 2 : 16;
        e->units = lmp_codec_grow(e->L, e->base + LMP_SLOT_UNITS, e->unitcap * sizeof *e->units);
    }
    e->units[e->nunits++] = e->b->len;
    memset(e->b->data + e->b->len, 0, 9);
    e->b->len += 9;
    e->in_unit = true;
    e->knows_repeats = false;   // a unit that is passed over numbers nothing for others
    return true;
}

static bool end_unit(struct lmp_encoder *e, bool ok)
{
    e->in_unit = e->knows_repeats = false;
    if (!ok) return false;
    uint64_t at = e->units[e->nunits - 1] + 1, len = e->b->len - at - 8;
    memcpy(e->b->data + at, &len, sizeof len);
    return true;
}

static bool put_global(struct lmp_encoder *e, int name)
{
    lua_State *L = e->L;
    size_t len;
    const char *s = lua_tolstring(L, name, &len);
    lua_pushglobaltable(L);
    lua_pushvalue(L, name);
    lua_rawget(L, -2);
    return begin_unit(e, LMP_GLOBAL, s, len) && end_unit(e, lmp_enc_unit(e, lua_gettop(L), 0));
}

// The receiver often has such a global; so one that cannot travel is left out.
static bool enc_global(struct lmp_encoder *e, int name)
{
    struct mark m = mark(e);
    if (put_global(e, name)) return true;
    if (!e->why) return false;
    back_to(e, &m);
    return true;
}

// A class's own metatable is a part of it, so it need not be registered.
static bool put_class(struct lmp_encoder *e, int t)
{
    lua_State *L = e->L;
    uint32_t from = e->nlater;
    if (!lua_getmetatable(L, t)) lua_pushnil(L);
    return lmp_enc_value(e, lua_gettop(L), 0) && lmp_enc_items(e, t, 0) && lmp_enc_bodies(e, from, 0);
}

static bool put_no_definition(struct lmp_encoder *e, const char *name, size_t len)
{
    size_t pathlen = sizeof e->path - e->path_at;
    lua_pushlstring(e->L, e->path + e->path_at, pathlen);
    const char *why = lua_pushfstring(e->L, "%s%s: %s", name, lua_tostring(e->L, -1), e->why);
    return lmp_enc_byte(e, LMP_NO_DEFINITION) && lmp_enc_bytes(e, name, len) && lmp_enc_bytes(e, why, strlen(why));
}

static bool enc_class(struct lmp_encoder *e, int t)
{
    lua_State *L = e->L;
    struct mark m = mark(e);
    size_t len;
    lmp_push_classes(L);
    lua_pushvalue(L, t);
    lua_rawget(L, -2);
    const char *name = lua_tolstring(L, -1, &len);
    if (begin_unit(e, LMP_DEFINITION, name, len) && end_unit(e, put_class(e, t))) return true;
    if (!e->why) return false;
    back_to(e, &m);
    return put_no_definition(e, name, len);
}

// Extras may bring further extras.
bool lmp_enc_extras(struct lmp_encoder *e)
{
    lua_State *L = e->L;
    if (e->nextras == 0) return true;
    lmp_enc_stack(e);
    int top = lua_gettop(L), extras = lmp_enc_extras_list(e);
    for (int i = 1; i <= e->nextras; i++) {
        bool is_global = lua_rawgeti(L, extras, i) == LUA_TSTRING;
        if (!(is_global ? enc_global(e, top + 1) : enc_class(e, top + 1))) return false;
        lua_settop(L, top);
    }
    return true;
}

static bool has_global(lua_State *L, int name)
{
    lua_pushglobaltable(L);
    lua_pushvalue(L, name);
    bool has = lua_rawget(L, -2) != LUA_TNIL;
    lua_pop(L, 2);
    return has;
}

static void set_global(lua_State *L, int name, int value)
{
    lua_pushglobaltable(L);
    lua_pushvalue(L, name);
    lua_pushvalue(L, value);
    lua_rawset(L, -3);
}

// Reads "needed" and the length; returns where the unit ends.
static const uint8_t *get_unit(struct lmp_decoder *d, bool *needed)
{
    uint64_t len;
    *needed = lmp_dec_byte(d) != 0;
    memcpy(&len, lmp_dec_bytes(d, sizeof len), sizeof len);
    if (len > (size_t)(d->end - d->p)) lmp_dec_bad(d);
    return d->p + len;
}

static void dec_global(struct lmp_decoder *d, int name)
{
    bool needed, has = has_global(d->L, name);
    const uint8_t *end = get_unit(d, &needed);
    if (has && !needed) {
        d->p = end;
        return;
    }
    lmp_dec_unit(d, 0);
    if (d->p != end) lmp_dec_bad(d);
    if (!has) set_global(d->L, name, lua_gettop(d->L));
}

// Pushes the empty class that this message has made under the name, or a table for nothing.
static bool push_unfilled(struct lmp_decoder *d, int name)
{
    lua_State *L = d->L;
    int fresh = d->base + LMP_SLOT_FRESH;
    if (lua_istable(L, fresh)) {
        lua_pushvalue(L, name);
        if (lua_rawget(L, fresh) == LUA_TTABLE) {
            lua_pushvalue(L, -1);
            lua_pushboolean(L, true);
            lua_rawset(L, fresh);
            return true;
        }
        lua_pop(L, 1);
    }
    lua_newtable(L);
    return false;
}

static void dec_class(struct lmp_decoder *d, int name)
{
    lua_State *L = d->L;
    bool needed;
    const uint8_t *end = get_unit(d, &needed);
    if (!push_unfilled(d, name) && !needed) {
        d->p = end;
        return;
    }
    int t = lua_gettop(L);
    uint32_t from = d->nlater;
    lmp_dec_value(d, 0);
    lmp_dec_items(d, t, 0);
    lmp_dec_bodies(d, from, 0);
    if (d->p != end || !(lua_istable(L, t + 1) || lua_isnil(L, t + 1))) lmp_dec_bad(d);
    lua_setmetatable(L, t);
}

static void dec_no_definition(struct lmp_decoder *d, int name)
{
    lmp_dec_string(d);
    if (push_unfilled(d, name))
        lmp_error(d->L, "no metatable is registered here as '%s', and it could not travel: %s",
                  lua_tostring(d->L, name), lua_tostring(d->L, name + 1));
}

static void dec_extra(struct lmp_decoder *d, int tag)
{
    int name = lua_gettop(d->L) + 1;
    lmp_dec_string(d);
    switch (tag) {
    case LMP_GLOBAL: dec_global(d, name); break;
    case LMP_DEFINITION: dec_class(d, name); break;
    case LMP_NO_DEFINITION: dec_no_definition(d, name); break;
    default: lmp_dec_bad(d);
    }
    lua_settop(d->L, name - 1);
}

// Now that they are whole.
static void register_fresh(struct lmp_decoder *d)
{
    lua_State *L = d->L;
    int fresh = d->base + LMP_SLOT_FRESH, key = lua_gettop(L) + 1;
    for (lua_pushnil(L); lua_next(L, fresh); lua_settop(L, key)) {
        if (!lua_istable(L, key + 1)) continue;
        lua_pushvalue(L, key + 1);
        lua_rawget(L, fresh);
        if (!lua_toboolean(L, -1)) lmp_dec_bad(d);
        lmp_set_class(L, key, key + 1);
    }
}

// Only a metatable that has its __gc when it is set makes Lua call it.
static void set_again(struct lmp_decoder *d)
{
    lua_State *L = d->L;
    for (uint32_t i = 1; i <= d->ninstances; i++) {
        lua_rawgeti(L, d->base + LMP_SLOT_INSTANCES, i);
        if (lua_getmetatable(L, -1)) lua_setmetatable(L, -2);
        lua_pop(L, 1);
    }
}

void lmp_dec_extras(struct lmp_decoder *d)
{
    for (int tag = lmp_dec_byte(d); tag != LMP_END; tag = lmp_dec_byte(d)) dec_extra(d, tag);
    if (lua_istable(d->L, d->base + LMP_SLOT_FRESH)) register_fresh(d);
    if (d->ninstances > 0) set_again(d);
}
