#include "bind/cell.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "bind/classes.h"
#include "core/output.h"
#include "core/slot.h"

// ---- what a type does not hold ----

static bool is_whole(lua_State *L, int idx)
{
    lua_Number x = lua_tonumber(L, idx);
    return isfinite(x) && floor(x) == x;
}

// Only numbers too large for single precision are refused.
static const char *push_float_range(lua_State *L)
{
    return lua_pushfstring(L, "numbers from %f to %f", -(lua_Number)FLT_MAX, (lua_Number)FLT_MAX);
}

// Pushes what may be stored, as an answer to the value at idx.
static const char *push_held(lua_State *L, int idx, const struct mp_cell_type *t)
{
    if (t->kind == MP_CELL_BOOLEAN) return lua_pushliteral(L, "booleans");
    if (mp_cell_is_float(t) && lua_type(L, idx) == LUA_TNUMBER) return push_float_range(L);
    if (mp_cell_is_float(t)) return lua_pushliteral(L, "numbers");
    if (lua_type(L, idx) != LUA_TNUMBER || !is_whole(L, idx)) return lua_pushliteral(L, "integers");
    return lua_pushfstring(L, "%I..%I", (LUAI_UACINT)t->min, (LUAI_UACINT)t->max);
}

static const char *push_given(lua_State *L, int idx)
{
    if (lua_isnoneornil(L, idx)) return lua_pushliteral(L, "nil");
    if (lua_type(L, idx) == LUA_TNUMBER) return luaL_tolstring(L, idx, NULL);
    return lua_pushfstring(L, "a %s", luaL_typename(L, idx));
}

int lcell_wrong(lua_State *L, int idx, const struct mp_cell_type *t, const char *who, lua_Integer at)
{
    idx = lua_absindex(L, idx);
    if (lua_isnone(L, idx)) lua_settop(L, idx);
    const char *held = push_held(L, idx, t), *given = push_given(L, idx);
    if (at == 0) return lmp_error(L, "%s (type %s) holds %s, not %s", who, t->name, held, given);
    return lmp_error(L, "%s (type %s) holds %s, not %s at [%I]", who, t->name, held, given, (LUAI_UACINT)at);
}

int lcell_wrong_for(lua_State *L, int idx, const struct mp_cells *cells)
{
    char who[128];
    return lcell_wrong(L, idx, mp_cells_type(cells), mp_object_describe(&cells->obj, who, sizeof who), 0);
}

static int wrong_sum(lua_State *L, const struct mp_cells *of, union mp_number old, union mp_number n)
{
    char who[128];
    const struct mp_cell_type *t = mp_cells_type(of);
    mp_object_describe(&of->obj, who, sizeof who);
    if (mp_cell_is_float(t)) {
        return lmp_error(L, "%s (type %s) holds %s, not %f + %f", who, t->name, push_float_range(L), old.d, n.d);
    }
    return lmp_error(L, "%s (type %s) holds %I..%I, not %I + %I", who, t->name, (LUAI_UACINT)t->min,
                     (LUAI_UACINT)t->max, (LUAI_UACINT)old.i, (LUAI_UACINT)n.i);
}

uint64_t lcell_checktype(lua_State *L, int idx)
{
    luaL_Buffer b;
    const char *name = luaL_checkstring(L, idx);
    for (uint64_t i = 0; i < MP_CELL_TYPES; i++) {
        if (strcmp(mp_cell_types[i].name, name) == 0) return i;
    }
    luaL_buffinit(L, &b);
    for (uint64_t i = 0; i < MP_CELL_TYPES; i++) {
        luaL_addchar(&b, ' ');
        luaL_addstring(&b, mp_cell_types[i].name);
    }
    luaL_pushresult(&b);
    luaL_argerror(L, idx, lua_pushfstring(L, "no type '%s'; there are%s", name, lua_tostring(L, -1)));
    return 0;
}

// ---- one cell ----

// A summand may be larger than the type; only the sum may not.
static union mp_number checksummand(lua_State *L, int idx, const struct mp_cells *of)
{
    union mp_number n;
    int whole;
    const struct mp_cell_type *t = mp_cells_type(of);
    if (t->kind == MP_CELL_BOOLEAN) lmp_raise(L, &of->obj, "(type boolean) cannot be added to");
    if (mp_cell_is_float(t) && lua_type(L, idx) == LUA_TNUMBER) return (union mp_number){.d = lua_tonumber(L, idx)};
    n.i = lua_tointegerx(L, idx, &whole);
    if (!whole || lua_type(L, idx) != LUA_TNUMBER) lcell_wrong_for(L, idx, of);
    return n;
}

int lcell_add(lua_State *L, struct mp_cells *of, void *cell, int idx)
{
    const struct mp_cell_type *t = mp_cells_type(of);
    union mp_number n = checksummand(L, idx, of), sum = n;
    mp_output_settle();
    if (mp_cell_add(t, cell, &sum) != 0) return wrong_sum(L, of, sum, n);
    return lcell_push(L, t, sum);
}

int lcell_exchange(lua_State *L, struct mp_cells *of, void *cell, int idx)
{
    const struct mp_cell_type *t = mp_cells_type(of);
    union mp_number n = lcell_check(L, idx, of);
    mp_output_settle();
    return lcell_push(L, t, mp_cell_exchange(t, cell, n));
}

// An integer that no double is equal to is equal to no cell.
static bool is_exact(lua_State *L, int idx, double d)
{
    lua_Integer back;
    return !lua_isinteger(L, idx) || (lua_numbertointeger(d, &back) && back == lua_tointeger(L, idx));
}

// What a cell is compared with. False: no cell of the type is equal to it, as == has it.
static bool to_compared(lua_State *L, int idx, const struct mp_cells *of, union mp_number *n)
{
    const struct mp_cell_type *t = mp_cells_type(of);
    bool held = lcell_to(L, idx, t, n);
    if (!held && (t->kind == MP_CELL_BOOLEAN || lua_type(L, idx) != LUA_TNUMBER)) lcell_wrong_for(L, idx, of);
    return held && (!mp_cell_is_float(t) || is_exact(L, idx, n->d));
}

int lcell_compare_exchange(lua_State *L, struct mp_cells *of, void *cell, int idx)
{
    union mp_number old, n = lcell_check(L, idx + 1, of);
    bool comparable = to_compared(L, idx, of, &old);
    mp_output_settle();
    lua_pushboolean(L, comparable && mp_cell_compare_exchange(mp_cells_type(of), cell, old, n));
    return 1;
}

// Calls the function at f for what the cell shall hold after `bits`, with the arguments above it up to `top`.
static union mp_number call(lua_State *L, const struct mp_cells *of, uint64_t bits, int f, int top)
{
    const struct mp_cell_type *t = mp_cells_type(of);
    luaL_checkstack(L, top - f + 2, "too many arguments");
    lua_pushvalue(L, f);
    lcell_push(L, t, mp_cell_decode(t, bits));
    for (int i = f + 1; i <= top; i++) lua_pushvalue(L, i);
    lua_call(L, top - f + 1, 1);
    union mp_number n = lcell_check(L, -1, of);
    lua_settop(L, top);
    return n;
}

int lcell_update(lua_State *L, struct mp_cells *of, void *cell, int idx)
{
    const struct mp_cell_type *t = mp_cells_type(of);
    lmp_checkcallable(L, idx);
    int top = lua_gettop(L);
    uint64_t bits = mp_cell_bits(t, cell);
    union mp_number n;
    do {
        n = call(L, of, bits, idx, top);
        mp_output_settle();
    } while (!mp_cell_replace(t, cell, &bits, n));
    return lcell_push(L, t, mp_cell_decode(t, mp_cell_encode(t, n)));
}

// ---- the object ----

// Pushes the lock, which is the user value of the object at 1 from then on.
static void push_lock(lua_State *L, struct mp_cells *cells)
{
    if (lua_getiuservalue(L, 1, 1) == LUA_TUSERDATA) return;
    lua_pop(L, 1);
    size_t length;
    struct mp_obj *lock;
    lmp_ref_name(L);
    const char *name = lua_tolstring(L, -1, &length);   // it is seen where somebody waits for it
    mp_enter(MP_OP_OBJECT);
    int err = mp_cells_lock(cells, name, length, &lock);
    mp_leave();
    if (err) lmp_arena_full(L);
    lua_pop(L, 1);
    lmp_pushobj(L, lock);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, 1);
}

int lcell_get_lock(lua_State *L, struct mp_cells *cells)
{
    push_lock(L, cells);
    return 1;
}

int lcell_with(lua_State *L, struct mp_cells *cells)
{
    lmp_checkcallable(L, 2);
    push_lock(L, cells);
    lua_replace(L, 1);
    return llock_with(L);
}

int lcell_type(lua_State *L, const struct mp_cells *cells)
{
    lua_pushstring(L, mp_cells_type(cells)->name);
    return 1;
}
