// Tables as a whole: snapshots, and sorting.
#include <errno.h>

#include "bind/classes.h"
#include "bind/table.h"
#include "core/handle.h"
#include "core/output.h"
#include "core/slot.h"

enum { TRIES = 2, BUFFER = 1024 };   // snapshots in vain, before others have to wait for one

// ---- freezing ----

static int freeze(lua_State *L, int idx, int64_t deadline)
{
    struct mp_table *t = lmp_checktable(L, idx);
    (void)deadline;
    mp_enter(MP_OP_TABLE);
    int err = mp_table_freeze(t, mp_handle_at(mp_self.slot, lmp_toref(L, idx)->handle));
    mp_leave();
    return err;
}

// Also when it was closed meanwhile.
static int thaw(lua_State *L, int idx)
{
    const struct lmp_ref *ref = lmp_toref(L, idx);
    mp_enter(MP_OP_TABLE);
    mp_table_thaw((struct mp_table *)ref->obj, mp_handle_at(mp_self.slot, ref->handle));
    mp_leave();
    return 0;
}

// Calls f with the table at 1 and what lies above it, while nobody else can change the table. Returns how many results.
static int call_frozen(lua_State *L, lua_CFunction f)
{
    static const struct lmp_holding freezing = {freeze, thaw};
    lmp_checktable(L, 1);
    lua_pushcfunction(L, f);
    lua_insert(L, 2);
    lua_pushvalue(L, 1);
    lua_insert(L, 3);
    return lguard_with(L, &freezing);
}

// ---- snapshots ----

// Raises what is not to be had twice; the buffer for long keys is the userdata at `buffer`, replaced by a larger one.
static int scan(lua_State *L, struct mp_table *t, struct mp_scan *s, int buffer)
{
    for (;;) {
        s->buffer = lua_touserdata(L, buffer);
        s->size = lua_rawlen(L, buffer);
        mp_enter(MP_OP_TABLE);
        int err = mp_table_scan(t, s);
        mp_leave();
        if (err != ENOBUFS) return err;
        lua_newuserdatauv(L, s->entries[0].length, 0);
        lua_replace(L, buffer);
    }
}

static void push_key(lua_State *L, const struct mp_scan *s, const struct mp_entry *entry)
{
    struct mp_got got = {.datum = entry->key};
    if (mp_datum_kind(&entry->key) == MP_LONG_TEXT) {
        lua_pushlstring(L, s->buffer + entry->text, entry->length);
    } else {
        lmp_pushgot(L, NULL, NULL, &got);
    }
}

// The key is on the top. False: the value has changed.
static bool push_value(lua_State *L, struct mp_table *t, const struct mp_entry *entry)
{
    struct mp_got got = {.datum = entry->value};
    struct mp_key key;
    if (mp_datum_kind(&entry->value) < MP_LONG_TEXT) return lmp_pushgot(L, NULL, NULL, &got), true;
    lmp_tokey(L, -1, &key);
    mp_enter(MP_OP_TABLE);
    int err = mp_table_get(t, &key, true, &got);
    mp_leave();
    if (err) lmp_table_refuse(L, t, err);
    lmp_pushgot(L, t, &key, &got);
    return mp_datum_same(&got.datum, &entry->value);
}

// As many tables with room for its content; what that is may change before we look.
static void push_tables(lua_State *L, struct mp_table *t, int n, bool as_lists)
{
    mp_enter(MP_OP_TABLE);
    uint64_t elements = mp_table_length(t), pairs = t->npairs;
    mp_leave();
    if (as_lists) elements += pairs, pairs = 0;
    if (elements + pairs > INT_MAX) elements = pairs = 0;
    while (n-- > 0) lua_createtable(L, (int)elements, (int)pairs);
}

// Sets in the table at `to`; or appends the key as i to the list there, the value to the one above it.
static void keep(lua_State *L, int to, bool as_lists, lua_Integer i)
{
    if (!as_lists) return lua_rawset(L, to);
    lua_rawseti(L, to + 1, i);
    lua_rawseti(L, to, i);
}

// (table, as lists) -> the snapshot, or nothing when the table changed meanwhile.
static int collect(lua_State *L)
{
    struct mp_table *t = lmp_checktable(L, 1);
    bool as_lists = lua_toboolean(L, 2);
    struct mp_scan *s = lua_newuserdatauv(L, sizeof *s, 0);
    *s = (struct mp_scan){.element = 0};
    lua_newuserdatauv(L, BUFFER, 0);
    int buffer = lua_gettop(L), ntables = as_lists ? 2 : 1;
    lua_Integer n = 0;
    push_tables(L, t, ntables, as_lists);
    do {
        if (scan(L, t, s, buffer) != 0) return 0;
        for (int i = 0; i < s->n; i++) {
            push_key(L, s, &s->entries[i]);
            if (!push_value(L, t, &s->entries[i])) return 0;
            keep(L, buffer + 1, as_lists, ++n);
        }
    } while (s->n > 0);
    return ntables;
}

static int collect_frozen(lua_State *L)
{
    return call_frozen(L, collect);
}

static int snapshot(lua_State *L, bool as_lists)
{
    struct mp_table *t = lmp_checktable(L, 1);
    lua_settop(L, 1);
    for (int i = 0; i <= TRIES; i++) {
        lua_pushcfunction(L, i < TRIES ? collect : collect_frozen);   // in a frame of its own, which thaws it
        lua_pushvalue(L, 1);
        lua_pushboolean(L, as_lists);
        lua_call(L, 2, LUA_MULTRET);
        if (lua_gettop(L) > 1) return lua_gettop(L) - 1;
    }
    return lmp_raise(L, &t->obj, "changes whenever it is read");
}

int ltable_snapshot(lua_State *L)
{
    return snapshot(L, false);
}

// Upvalues: the lists of keys and of values, how many were given.
static int next_pair(lua_State *L)
{
    lua_Integer i = lua_tointeger(L, lua_upvalueindex(3)) + 1;
    lua_pushinteger(L, i);
    lua_replace(L, lua_upvalueindex(3));
    if (lua_rawgeti(L, lua_upvalueindex(1), i) == LUA_TNIL) return 1;
    lua_rawgeti(L, lua_upvalueindex(2), i);
    return 2;
}

// pairs(table): of what it has now. Lists are walked faster than the hash of a plain table is filled and walked.
int ltable_pairs(lua_State *L)
{
    snapshot(L, true);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_pair, 3);
    return 1;
}

// ---- sorting ----

// (table, order_of) -> 0, errno: puts the elements into the order that order_of(snapshot, n) tells.
static int sort_frozen(lua_State *L)
{
    struct mp_table *t = lmp_checktable(L, 1);
    uint64_t n = t->length, version = atomic_load(&t->version);
    lua_pushcfunction(L, collect);
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    if (lua_isnil(L, -1)) return lua_pushinteger(L, EAGAIN), 1;
    lua_pushinteger(L, (lua_Integer)n);
    lua_call(L, 2, 1);
    uint32_t *order = lua_newuserdatauv(L, (size_t)n * sizeof *order, 0);
    for (uint64_t i = 0; i < n; i++) {
        lua_rawgeti(L, -2, (lua_Integer)i + 1);
        lua_Integer at = lua_tointeger(L, -1);
        if (at < 1 || (uint64_t)at > n) return luaL_error(L, "not an order of %I elements", (LUAI_UACINT)n);
        order[i] = (uint32_t)at;
        lua_pop(L, 1);
    }
    mp_output_settle();
    mp_enter(MP_OP_TABLE);
    int err = mp_table_permute(t, order, n, version);
    mp_leave();
    lua_pushinteger(L, err);
    return 1;
}

// sort_by(table, order_of), see lua/mp/table.lua
int ltable_sort_by(lua_State *L)
{
    struct mp_table *t = lmp_checktable(L, 1);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    call_frozen(L, sort_frozen);
    int err = (int)lua_tointeger(L, -1);
    return err ? lmp_table_refuse(L, t, err) : 0;
}
