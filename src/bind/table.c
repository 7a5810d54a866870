// A shared table as Lua's own: its keys are the user's, so what can be done with it are functions of mp.Table.
#include "core/table.h"

#include <errno.h>
#include <limits.h>

#include "bind/classes.h"
#include "bind/table.h"
#include "core/handle.h"
#include "core/output.h"
#include "core/slot.h"

struct mp_table *lmp_checktable(lua_State *L, int idx)
{
    const struct lmp_ref *ref = lmp_toref(L, idx);
    if (!ref || ref->kind != MP_TABLE || !ref->obj) return luaL_typeerror(L, idx, "shared table"), NULL;
    lmp_checkopen(L, ref->obj);
    return (struct mp_table *)ref->obj;
}

int lmp_table_refuse(lua_State *L, const struct mp_table *t, int err)
{
    switch (err) {
    case EAGAIN: return lmp_raise(L, &t->obj, "was changed by the function that sorts it");
    default: return lmp_refuse(L, err, false);
    }
}

void lmp_table_checkkey(lua_State *L, int idx, struct mp_key *key)
{
    if (lmp_tokey(L, idx, key)) return;
    int type = lua_type(L, idx);
    const char *what = type == LUA_TNIL ? "nil" : type == LUA_TNUMBER ? "NaN" : NULL;
    if (!what) what = lua_pushfstring(L, "a %s", luaL_typename(L, idx));
    lmp_raise(L, &lmp_checktable(L, 1)->obj, lua_pushfstring(L, "cannot have %s as a key", what));
}

// table[key]
static int ltable_index(lua_State *L)
{
    struct mp_table *t = (struct mp_table *)lmp_checkobj(L, MP_TABLE);
    struct mp_key key;
    struct mp_got got;
    if (!lmp_tokey(L, 2, &key)) return lua_pushnil(L), 1;
    mp_enter(MP_OP_TABLE);
    int err = mp_table_get(t, &key, false, &got);
    mp_leave();
    if (err) return lmp_table_refuse(L, t, err);
    lmp_pushgot(L, t, &key, &got);
    return 1;
}

bool lmp_table_set(lua_State *L, int idx, const struct mp_datum *expected, struct mp_got *old)
{
    struct mp_table *t = lmp_checktable(L, 1);
    struct mp_key key;
    struct mp_value value;
    lmp_table_checkkey(L, 2, &key);
    lmp_tovalue(L, idx, "value", lmp_manager_of(t), &value);
    mp_output_settle();
    mp_enter(MP_OP_TABLE);
    int err = mp_table_set(t, &key, &value, expected, old);
    mp_value_drop(&value);
    mp_leave();
    if (err && err != EAGAIN) lmp_table_refuse(L, t, err);
    return err == 0;
}

// table[key] = value
static int ltable_newindex(lua_State *L)
{
    lmp_table_set(L, 3, NULL, NULL);
    return 0;
}

// #table, mp.Table.len(table) -> integer
static int ltable_len(lua_State *L)
{
    struct mp_table *t = lmp_checktable(L, 1);
    mp_enter(MP_OP_TABLE);
    uint64_t n = mp_table_length(t);
    mp_leave();
    lua_pushinteger(L, (lua_Integer)n);
    return 1;
}

// ---- functions of mp.Table ----

static void checkpresent(lua_State *L, int idx)
{
    luaL_argcheck(L, !lua_isnoneornil(L, idx), idx, "a value expected, got nothing");
}

static int refuse_position(lua_State *L, const struct mp_table *t, int err)
{
    if (err != ERANGE) return lmp_table_refuse(L, t, err);
    return lmp_raise(L, &t->obj, lua_pushfstring(L, "has no position %I", (LUAI_UACINT)lua_tointeger(L, 2)));
}

// insert(table, [pos], value)
static int ltable_insert(lua_State *L)
{
    struct mp_table *t = lmp_checktable(L, 1);
    int last = lua_gettop(L);
    luaL_argcheck(L, last <= 3, last, "too many values");
    uint64_t at = last < 3 ? 0 : (uint64_t)lmp_checkinteger(L, 2);
    struct mp_value value;
    checkpresent(L, last < 3 ? 2 : 3);
    lmp_tovalue(L, -1, "value", lmp_manager_of(t), &value);
    mp_output_settle();
    mp_enter(MP_OP_TABLE);
    int err = last < 3 ? mp_table_append(t, &value) : mp_table_insert(t, at, &value);
    mp_value_drop(&value);
    mp_leave();
    return err ? refuse_position(L, t, err) : 0;
}

// remove(table, [pos]) -> the value; nil when there is none behind the last
static int ltable_remove(lua_State *L)
{
    struct mp_table *t = lmp_checktable(L, 1);
    lua_Integer at = lmp_optinteger(L, 2, -1);
    struct mp_got got;
    if (at < 0 && !lua_isnoneornil(L, 2)) return refuse_position(L, t, ERANGE);
    mp_output_settle();
    mp_enter(MP_OP_TABLE);
    int err = mp_table_remove(t, at < 0 ? MP_LAST : (uint64_t)at, &got);
    mp_leave();
    if (err) return refuse_position(L, t, err);
    lmp_pushgot(L, t, NULL, &got);
    return 1;
}

// clear(table)
static int ltable_clear(lua_State *L)
{
    struct mp_table *t = lmp_checktable(L, 1);
    mp_output_settle();
    mp_enter(MP_OP_TABLE);
    int err = mp_table_clear(t);
    mp_leave();
    return err ? lmp_table_refuse(L, t, err) : 0;
}

// Pushes a list with the elements of the one at idx: in which that one may be itself.
static void push_elements(lua_State *L, int idx)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, idx);
    lua_createtable(L, n < INT_MAX ? (int)n : 0, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, idx, i);
        lua_rawseti(L, -2, i);
    }
}

// extend(table, list): appends the elements of a plain table or a shared one, all at once
static int ltable_extend(lua_State *L)
{
    struct mp_table *t = lmp_checktable(L, 1);
    lmp_checkcontent(L, 2);
    push_elements(L, 2);
    lmp_newtable(L, -1, NULL, 0, lmp_manager_of(t));
    mp_output_settle();
    mp_enter(MP_OP_TABLE);
    int err = mp_table_extend(t, lmp_checktable(L, -1));
    mp_leave();
    return err ? lmp_table_refuse(L, t, err) : 0;
}

static const luaL_Reg functions[] = {{"insert", ltable_insert},
                                     {"remove", ltable_remove},
                                     {"add", ltable_add},
                                     {"exchange", ltable_exchange},
                                     {"compare_exchange", ltable_compare_exchange},
                                     {"update", ltable_update},
                                     {"clear", ltable_clear},
                                     {"extend", ltable_extend},
                                     {"len", ltable_len},
                                     {"wait", ltable_wait},
                                     {"snapshot", ltable_snapshot},
                                     {"sort_by", ltable_sort_by},
                                     {"new", ltable_new},
                                     {NULL, NULL}};
static const luaL_Reg meta[] = {{"__len", ltable_len}, {"__pairs", ltable_pairs}, {NULL, NULL}};

// "table expected, got table" would puzzle.
static void set_shown_name(lua_State *L)
{
    lua_pushliteral(L, "shared table");
    lua_setfield(L, -2, "__name");
}

const struct lmp_class ltable_class = {.name = "table",
                                       .kind = MP_TABLE,
                                       .meta = meta,
                                       .index = ltable_index,
                                       .newindex = ltable_newindex,
                                       .complete = set_shown_name};

// Pushes the functions, for lua/mp/table.lua.
int ltable_functions(lua_State *L)
{
    luaL_newlib(L, functions);
    return 1;
}
