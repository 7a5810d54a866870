// What others cannot come in between of: functions of mp.Table about one key, the one at 2.
#include <errno.h>

#include "bind/classes.h"
#include "bind/table.h"
#include "core/output.h"
#include "core/slot.h"

static int refuse_sum(lua_State *L, const struct mp_table *t, int err)
{
    const char *key = luaL_tolstring(L, 2, NULL);
    if (err == EDOM) return lmp_raise(L, &t->obj, lua_pushfstring(L, "has no number at '%s'", key));
    return lmp_raise(L, &t->obj, lua_pushfstring(L, "would exceed an integer at '%s'", key));
}

// add(table, key, n) -> the new value; what is missing counts as 0
int ltable_add(lua_State *L)
{
    struct mp_table *t = lmp_checktable(L, 1);
    struct mp_key key;
    struct mp_datum sum;
    lmp_table_checkkey(L, 2, &key);
    luaL_checktype(L, 3, LUA_TNUMBER);
    struct mp_datum n = lua_isinteger(L, 3) ? mp_integer(lua_tointeger(L, 3)) : mp_float(lua_tonumber(L, 3));
    mp_output_settle();
    mp_enter(MP_OP_TABLE);
    int err = mp_table_add(t, &key, n, &sum);
    mp_leave();
    if (err == EDOM || err == ERANGE) return refuse_sum(L, t, err);
    if (err) return lmp_table_refuse(L, t, err);
    struct mp_got got = {.datum = sum, .place = -1};
    lmp_pushgot(L, t, &key, &got);
    return 1;
}

// exchange(table, key, value) -> what was there
int ltable_exchange(lua_State *L)
{
    struct mp_table *t = lmp_checktable(L, 1);
    struct mp_got old;
    lua_settop(L, 3);
    lmp_table_set(L, 3, NULL, &old);
    lmp_pushgot(L, t, NULL, &old);
    return 1;
}

// Pushes the value of the key at 2. Its words tell later whether it is still the same one.
static struct mp_datum push_value(lua_State *L)
{
    struct mp_table *t = lmp_checktable(L, 1);
    struct mp_key key;
    struct mp_got got;
    lmp_table_checkkey(L, 2, &key);
    mp_enter(MP_OP_TABLE);
    int err = mp_table_get(t, &key, true, &got);
    mp_leave();
    if (err) lmp_table_refuse(L, t, err);
    lmp_pushgot(L, t, &key, &got);
    return got.datum;
}

// compare_exchange(table, key, old, new) -> boolean
int ltable_compare_exchange(lua_State *L)
{
    bool done = false, equal = true;
    lua_settop(L, 4);
    while (equal && !done) {
        struct mp_datum was = push_value(L);
        equal = lua_compare(L, 3, 5, LUA_OPEQ);
        if (equal) done = lmp_table_set(L, 4, &was, NULL);
        lua_settop(L, 4);
    }
    lua_pushboolean(L, done);
    return 1;
}

// update(table, key, f, ...) -> the new value, f(old value, ...); f may run more than once
int ltable_update(lua_State *L)
{
    int n = lua_gettop(L);
    lmp_checktable(L, 1);
    lmp_checkcallable(L, 3);
    luaL_checkstack(L, n + 4, "too many arguments");
    struct mp_datum was;
    do {
        lua_settop(L, n);
        was = push_value(L);
        lua_pushvalue(L, 3);
        lua_insert(L, n + 1);
        for (int i = 4; i <= n; i++) lua_pushvalue(L, i);
        lua_call(L, n - 2, 1);
    } while (!lmp_table_set(L, n + 1, &was, NULL));
    return 1;
}

// wait(table, key, [timeout]) -> the value once there is one | nil, "timeout"
int ltable_wait(lua_State *L)
{
    struct mp_table *t = lmp_checktable(L, 1);
    int64_t deadline = lmp_deadline(L, 3);
    struct mp_key key;
    struct mp_got got;
    lmp_table_checkkey(L, 2, &key);
    mp_output_settle();
    mp_enter(MP_OP_TABLE);
    int err = mp_table_wait(t, &key, deadline, true, &got);
    mp_leave();
    if (err) return lmp_table_refuse(L, t, err);
    lmp_pushgot(L, t, &key, &got);
    return 1;
}
