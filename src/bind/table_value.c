// Lua values to what tables keep and back.
#include <math.h>
#include <string.h>

#include "bind/message.h"
#include "bind/table.h"
#include "core/layout.h"
#include "core/slot.h"

// ---- keys ----

static void text_key(struct mp_key *key, const char *text, size_t length)
{
    if (length <= MP_SHORT_MAX) {
        key->datum = mp_short_text(text, length);
        return;
    }
    key->datum = (struct mp_datum){MP_LONG_TEXT, 0};
    key->text = text;
    key->length = length;
}

// A float with the value of an integer is that integer, as in Lua's tables.
static bool number_key(lua_State *L, int idx, struct mp_key *key)
{
    int integral;
    lua_Integer n = lua_tointegerx(L, idx, &integral);
    lua_Number x = integral ? 0 : lua_tonumber(L, idx);
    key->datum = integral ? mp_integer(n) : mp_float(x);
    return !isnan(x);
}

static void hash_key(struct mp_key *key)
{
    bool is_long = mp_datum_kind(&key->datum) == MP_LONG_TEXT;
    key->hash = is_long ? mp_text_hash(key->text, key->length, mp_arena->hash_seed)
                        : mp_datum_hash(&key->datum, mp_arena->hash_seed);
}

bool lmp_tokey(lua_State *L, int idx, struct mp_key *key)
{
    size_t length;
    const char *text;
    switch (lua_type(L, idx)) {
    case LUA_TSTRING:
        text = lua_tolstring(L, idx, &length);
        text_key(key, text, length);
        break;
    case LUA_TNUMBER:
        if (!number_key(L, idx, key)) return false;
        break;
    case LUA_TBOOLEAN: key->datum = (struct mp_datum){lua_toboolean(L, idx) ? MP_TRUE : MP_FALSE, 0}; break;
    default: return false;
    }
    hash_key(key);
    return true;
}

// ---- values ----

static void to_blob(lua_State *L, int idx, const char *what, struct mp_value *value)
{
    struct mp_build b;
    lmp_build_value(L, idx, lua_type(L, idx), what, &b);
    mp_enter(MP_OP_TABLE);
    bool ready = b.block != 0;
    int err = ready ? 0 : mp_build_to_block(&b);
    if (!ready && !err) err = mp_build_seal(&b);
    if (err) mp_build_drop(&b);
    mp_leave();
    if (err) lmp_arena_full(L);
    value->datum = (struct mp_datum){MP_BLOB, b.block};
    value->place = b.place;
}

static void to_reference(struct mp_obj *obj, struct mp_value *value)
{
    value->datum = (struct mp_datum){MP_REFERENCE, mp_refof(obj)};
    mp_enter(MP_OP_TABLE);
    mp_reference_take(obj, &value->place);
    mp_leave();
}

// Tables that have a name in each process travel by that: they are not shared ones.
static bool has_name(lua_State *L, int idx)
{
    int top = lua_gettop(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    bool found = lua_rawequal(L, -1, idx);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_pushnil(L);
    while (!found && lua_next(L, top + 2)) {
        found = lua_rawequal(L, -1, idx);
        lua_settop(L, top + 3);
    }
    lua_settop(L, top);
    return found;
}

bool lmp_isplain(lua_State *L, int idx)
{
    if (lua_type(L, idx) != LUA_TTABLE) return false;
    if (lua_getmetatable(L, idx)) return lua_pop(L, 1), false;
    return !has_name(L, idx);
}

void lmp_tovalue(lua_State *L, int idx, const char *what, struct mp_obj *manager, struct mp_value *value)
{
    size_t length;
    const char *text;
    idx = lua_absindex(L, idx);
    value->place = -1;
    switch (lua_type(L, idx)) {
    case LUA_TNIL: value->datum = (struct mp_datum){MP_NIL, 0}; return;
    case LUA_TBOOLEAN: value->datum = (struct mp_datum){lua_toboolean(L, idx) ? MP_TRUE : MP_FALSE, 0}; return;
    case LUA_TNUMBER:
        value->datum = lua_isinteger(L, idx) ? mp_integer(lua_tointeger(L, idx)) : mp_float(lua_tonumber(L, idx));
        return;
    case LUA_TSTRING:
        text = lua_tolstring(L, idx, &length);
        if (length > MP_SHORT_MAX) break;
        value->datum = mp_short_text(text, length);
        return;
    case LUA_TTABLE:
        if (!lmp_isplain(L, idx)) break;
        lmp_newtable(L, idx, NULL, 0, manager);
        lua_replace(L, idx);
        break;
    default: break;
    }
    struct mp_obj *obj = lmp_toobj(L, idx);
    if (obj) {
        to_reference(obj, value);
    } else {
        to_blob(L, idx, what, value);
    }
}

// ---- reading ----

// The object was replaced in the meantime, or we do not know it yet: now it is counted before we look.
static void push_reference(lua_State *L, struct mp_table *t, const struct mp_key *key, struct mp_got *got)
{
    if (got->place < 0) {
        if (lmp_pushknown(L, (mp_ref)got->datum.word)) return;
        mp_enter(MP_OP_TABLE);
        int err = mp_table_get(t, key, true, got);
        mp_leave();
        if (err) lmp_arena_full(L);
        lmp_pushgot(L, t, key, got);
        return;
    }
    int status = lmp_pushobj_safely(L, mp_ptr(got->datum.word));
    mp_enter(MP_OP_TABLE);
    mp_inflight_drop(got->place);
    mp_leave();
    if (status != LUA_OK) lua_error(L);
}

void lmp_pushgot(lua_State *L, struct mp_table *t, const struct mp_key *key, struct mp_got *got)
{
    size_t length;
    const char *text;
    switch (mp_datum_kind(&got->datum)) {
    case MP_FALSE: lua_pushboolean(L, 0); break;
    case MP_TRUE: lua_pushboolean(L, 1); break;
    case MP_INTEGER: lua_pushinteger(L, (lua_Integer)got->datum.word); break;
    case MP_FLOAT: lua_pushnumber(L, mp_datum_float(&got->datum)); break;
    case MP_SHORT_TEXT:
        text = mp_datum_text(&got->datum, &length);
        lua_pushlstring(L, text, length);
        break;
    case MP_BLOB: lmp_push_item(L, &got->item); break;
    case MP_REFERENCE: push_reference(L, t, key, got); break;
    default: lua_pushnil(L);
    }
}
