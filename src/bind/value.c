// A cell is changed by one instruction, so there is nothing that would have to be between mp_enter and mp_leave.
#include "core/value.h"

#include <string.h>

#include "bind/cell.h"
#include "bind/classes.h"
#include "bind/lmp.h"
#include "core/output.h"
#include "core/slot.h"

static struct mp_value *checkvalue(lua_State *L)
{
    return (struct mp_value *)lmp_checkobj(L, MP_VALUE);
}

static int set(lua_State *L, struct mp_value *v, int idx)
{
    union mp_number n = lcell_check(L, idx, &v->cells);
    mp_output_settle();
    mp_cell_set(mp_cells_type(&v->cells), &v->cell, n);
    return 0;
}

// value:get() -> what it holds
static int lvalue_get(lua_State *L)
{
    const struct mp_value *v = checkvalue(L);
    return lcell_get(L, &v->cells, &v->cell);
}

// value:set(x)
static int lvalue_set(lua_State *L)
{
    return set(L, checkvalue(L), 2);
}

// value:add(n) -> the sum
static int lvalue_add(lua_State *L)
{
    struct mp_value *v = checkvalue(L);
    return lcell_add(L, &v->cells, &v->cell, 2);
}

// value:exchange(x) -> what it held
static int lvalue_exchange(lua_State *L)
{
    struct mp_value *v = checkvalue(L);
    return lcell_exchange(L, &v->cells, &v->cell, 2);
}

// value:compare_exchange(old, new) -> boolean
static int lvalue_compare_exchange(lua_State *L)
{
    struct mp_value *v = checkvalue(L);
    return lcell_compare_exchange(L, &v->cells, &v->cell, 2);
}

// value:update(f, ...) -> what f(held, ...) gave
static int lvalue_update(lua_State *L)
{
    struct mp_value *v = checkvalue(L);
    return lcell_update(L, &v->cells, &v->cell, 2);
}

// value:get_lock() -> rlock
static int lvalue_get_lock(lua_State *L)
{
    return lcell_get_lock(L, &checkvalue(L)->cells);
}

// value:with(f, ...) -> what f returns
static int lvalue_with(lua_State *L)
{
    return lcell_with(L, &checkvalue(L)->cells);
}

// ---- fields ----

static int lvalue_type(lua_State *L)
{
    return lcell_type(L, &checkvalue(L)->cells);
}

static bool is_value(lua_State *L)
{
    size_t length;
    const char *key = lua_tolstring(L, 2, &length);
    return key && length == 5 && memcmp(key, "value", 5) == 0;   // which the compiler does without a call
}

// value.value and the others
static int lvalue_index(lua_State *L)
{
    if (!is_value(L)) return lmp_index(L);
    const struct mp_value *v = (const struct mp_value *)lmp_indexed(L, MP_VALUE);
    return lcell_get(L, &v->cells, &v->cell);
}

// value.value = x
static int lvalue_newindex(lua_State *L)
{
    return is_value(L) ? set(L, checkvalue(L), 3) : lmp_newindex(L);
}

// ---- mp.Value ----

// mp.Value(5): the type follows from what is given.
static void infer_type(lua_State *L)
{
    if (lua_type(L, 1) == LUA_TSTRING) return;
    if (!lua_isnil(L, 1)) {
        luaL_argcheck(L, lua_isnil(L, 2), 1, "a type expected before the initial value");
        lua_copy(L, 1, 2);
    }
    int type = lua_type(L, 2);
    luaL_argcheck(L, type == LUA_TNUMBER || type == LUA_TBOOLEAN, 1, "a type, a number or a boolean expected");
    lua_pushstring(L, type == LUA_TBOOLEAN ? "boolean" : lua_isinteger(L, 2) ? "q" : "d");
    lua_replace(L, 1);
}

// mp.Value(type, [init]) | mp.Value(init) | mp.Value{type =, init =, name =}
int lvalue_new(lua_State *L)
{
    static const char *const options[] = {"type", "init", "name", NULL};
    lmp_options(L, "Value", options);
    lua_settop(L, 3);
    infer_type(L);
    uint64_t type = lcell_checktype(L, 1);
    union mp_number init = {.i = 0};   // the bits of 0.0 too
    bool held = lua_isnil(L, 2) || lcell_to(L, 2, &mp_cell_types[type], &init);
    if (!held) return lcell_wrong(L, 2, &mp_cell_types[type], "mp.Value", 0);
    size_t length = 0;
    const char *name = lmp_optname(L, 3, &length);
    struct mp_value *v;
    uint32_t handle;
    lmp_newref(L, "value");
    mp_enter(MP_OP_OBJECT);
    int err = mp_value_new(type, init, name, length, &v, &handle);
    mp_leave();
    if (err) return lmp_arena_full(L);
    lmp_setref(L, handle);
    return 1;
}

static const luaL_Reg methods[] = {{"get", lvalue_get},
                                   {"set", lvalue_set},
                                   {"add", lvalue_add},
                                   {"exchange", lvalue_exchange},
                                   {"compare_exchange", lvalue_compare_exchange},
                                   {"update", lvalue_update},
                                   {"get_lock", lvalue_get_lock},
                                   {"with", lvalue_with},
                                   {NULL, NULL}};
static const luaL_Reg fields[] = {{"value", lvalue_get}, {"type", lvalue_type}, {"name", lmp_ref_name}, {NULL, NULL}};

const struct lmp_class lvalue_class = {.name = "value",
                                       .kind = MP_VALUE,
                                       .methods = methods,
                                       .fields = fields,
                                       .index = lvalue_index,
                                       .newindex = lvalue_newindex};
