// As in value.c, nothing here has to be between mp_enter and mp_leave.
#include "core/array.h"

#include "bind/cell.h"
#include "bind/classes.h"
#include "bind/lmp.h"
#include "core/output.h"
#include "core/slot.h"

static struct mp_array *checkarray(lua_State *L)
{
    return (struct mp_array *)lmp_checkobj(L, MP_ARRAY);
}

// The index is at idx, as the user gave it.
static int out_of_range(lua_State *L, const struct mp_array *a, int idx)
{
    const char *i = luaL_tolstring(L, idx, NULL);
    return lmp_raise(L, &a->cells.obj, lua_pushfstring(L, "has no [%s]: its length is %I", i, (LUAI_UACINT)a->n));
}

static void *checkcell(lua_State *L, const struct mp_array *a, int idx)
{
    lua_Integer i = lua_isinteger(L, idx) ? lua_tointeger(L, idx) : lmp_checkinteger(L, idx);
    if ((lua_Unsigned)i - 1 >= a->n) out_of_range(L, a, idx);
    return mp_array_at(a, (uint64_t)i - 1);
}

// array:add(i, n) -> the sum
static int larray_add(lua_State *L)
{
    struct mp_array *a = checkarray(L);
    return lcell_add(L, &a->cells, checkcell(L, a, 2), 3);
}

// array:exchange(i, x) -> what was there
static int larray_exchange(lua_State *L)
{
    struct mp_array *a = checkarray(L);
    return lcell_exchange(L, &a->cells, checkcell(L, a, 2), 3);
}

// array:compare_exchange(i, old, new) -> boolean
static int larray_compare_exchange(lua_State *L)
{
    struct mp_array *a = checkarray(L);
    return lcell_compare_exchange(L, &a->cells, checkcell(L, a, 2), 3);
}

// array:update(i, f, ...) -> what f(held, ...) gave
static int larray_update(lua_State *L)
{
    struct mp_array *a = checkarray(L);
    return lcell_update(L, &a->cells, checkcell(L, a, 2), 3);
}

// array:get_lock() -> rlock
static int larray_get_lock(lua_State *L)
{
    return lcell_get_lock(L, &checkarray(L)->cells);
}

// array:with(f, ...) -> what f returns
static int larray_with(lua_State *L)
{
    return lcell_with(L, &checkarray(L)->cells);
}

// ---- many elements ----

struct range {
    uint64_t first, n;   // from 0 on
};

// The arguments i, j at idx and behind it; absent they are the first and the last.
static struct range checkrange(lua_State *L, const struct mp_array *a, int idx)
{
    lua_Integer i = lmp_optinteger(L, idx, 1), j = lmp_optinteger(L, idx + 1, (lua_Integer)a->n);
    if (i < 1 || (uint64_t)i > a->n + 1) out_of_range(L, a, idx);
    if (j < i) return (struct range){0, 0};
    if ((uint64_t)j > a->n) out_of_range(L, a, idx + 1);
    return (struct range){(uint64_t)i - 1, (uint64_t)(j - i) + 1};
}

// array:fill(x, [i, j])
static int larray_fill(lua_State *L)
{
    struct mp_array *a = checkarray(L);
    union mp_number x = lcell_check(L, 2, &a->cells);
    struct range r = checkrange(L, a, 3);
    mp_output_settle();
    if (r.n > 0) mp_cell_fill(mp_cells_type(&a->cells), mp_array_at(a, r.first), r.n, x);
    return 0;
}

// array:totable([i, j]) -> list
static int larray_totable(lua_State *L)
{
    const struct mp_array *a = checkarray(L);
    const struct mp_cell_type *t = mp_cells_type(&a->cells);
    struct range r = checkrange(L, a, 2);
    lua_createtable(L, r.n < INT32_MAX ? (int)r.n : 0, 0);
    for (uint64_t k = 0; k < r.n; k++) {
        lcell_push(L, t, mp_cell_get(t, mp_array_at(a, r.first + k)));
        lua_rawseti(L, -2, (lua_Integer)k + 1);
    }
    return 1;
}

// From an array of the same type. False: it is none.
static bool copy_cells(lua_State *L, int idx, const struct mp_cell_type *t, char *cells, uint64_t n)
{
    const struct mp_array *from = (const struct mp_array *)lmp_toobj(L, idx);
    if (!from || from->cells.obj.kind != MP_ARRAY || mp_cells_type(&from->cells) != t) return false;
    for (uint64_t k = 0; k < n; k++, cells += t->size) {
        mp_cell_put(t->size, cells, mp_cell_bits(t, mp_array_at(from, k)));
    }
    return true;
}

// The elements of the list at idx, as cells; raises for the first that the type does not hold.
static void to_cells(lua_State *L, int idx, const struct mp_cell_type *t, const char *who, char *cells, uint64_t n)
{
    if (copy_cells(L, idx, t, cells, n)) return;
    bool plain = lua_istable(L, idx) && !lmp_hasmeta(L, idx, "__index");
    for (uint64_t k = 0; k < n; k++, cells += t->size) {
        union mp_number x;
        if (plain) {
            lua_rawgeti(L, idx, (lua_Integer)k + 1);
        } else {
            lua_geti(L, idx, (lua_Integer)k + 1);
        }
        if (!lcell_to(L, -1, t, &x)) lcell_wrong(L, -1, t, who, (lua_Integer)k + 1);
        lua_pop(L, 1);
        mp_cell_put(t->size, cells, mp_cell_encode(t, x));
    }
}

static uint64_t checklist(lua_State *L, int idx)
{
    lua_Integer n = lmp_checklist(L, idx);
    return n > 0 ? (uint64_t)n : 0;
}

// array:set(list, [i])
static int larray_set(lua_State *L)
{
    char who[128];
    struct mp_array *a = checkarray(L);
    const struct mp_cell_type *t = mp_cells_type(&a->cells);
    lua_Integer i = lmp_optinteger(L, 3, 1);
    uint64_t n = checklist(L, 2);
    if (n == 0) return 0;
    if (i < 1) return out_of_range(L, a, 3);
    if (n > a->n || (uint64_t)i - 1 > a->n - n) {
        lua_pushinteger(L, (lua_Integer)((lua_Unsigned)i + n - 1));
        return out_of_range(L, a, -1);
    }
    char *cells = lua_newuserdatauv(L, n * t->size, 0);
    to_cells(L, 2, t, mp_object_describe(&a->cells.obj, who, sizeof who), cells, n);
    mp_output_settle();
    mp_cell_copy(t, mp_array_at(a, (uint64_t)i - 1), cells, n);
    return 0;
}

// ---- indexing ----

// Of a key that is a number. False: there is none.
static bool to_index(lua_State *L, const struct mp_array *a, uint64_t *index)
{
    int whole;
    *index = (lua_Unsigned)lua_tointegerx(L, 2, &whole) - 1;
    return whole && *index < a->n;
}

// array[i]; nil where there is none
static int larray_index(lua_State *L)
{
    uint64_t index;
    if (lua_type(L, 2) != LUA_TNUMBER) return lmp_index(L);
    const struct mp_array *a = (const struct mp_array *)lmp_indexed(L, MP_ARRAY);
    return to_index(L, a, &index) ? lcell_get(L, &a->cells, mp_array_at(a, index)) : 0;
}

// array[i] = x
static int larray_newindex(lua_State *L)
{
    uint64_t index;
    if (lua_type(L, 2) != LUA_TNUMBER) return lmp_newindex(L);
    struct mp_array *a = checkarray(L);
    if (!to_index(L, a, &index)) return out_of_range(L, a, 2);
    union mp_number x = lcell_check(L, 3, &a->cells);
    mp_output_settle();
    mp_cell_set(mp_cells_type(&a->cells), mp_array_at(a, index), x);
    return 0;
}

// #array
static int larray_len(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)checkarray(L)->n);
    return 1;
}

static int larray_type(lua_State *L)
{
    return lcell_type(L, &checkarray(L)->cells);
}

// ---- mp.Array ----

// How many elements; those of a list are still to be set.
static uint64_t checklength(lua_State *L, bool list)
{
    if (lua_isnil(L, 2)) luaL_typeerror(L, 2, "number or list");
    if (list) return checklist(L, 2);
    lua_Integer n = lmp_checkinteger(L, 2);
    luaL_argcheck(L, n >= 0, 2, "a length must not be negative");
    return (uint64_t)n;
}

// mp.Array(type, n | list) | mp.Array{type =, n = | list =, name =}
int larray_new(lua_State *L)
{
    static const char *const options[] = {"type", "n", "name", "list", NULL};
    lmp_options(L, "Array", options);
    lua_settop(L, 4);
    uint64_t type = lcell_checktype(L, 1);
    if (!lua_isnil(L, 4)) {
        luaL_argcheck(L, lua_isnil(L, 2), 2, "n or list, not both");
        lua_copy(L, 4, 2);
    }
    bool list = lua_type(L, 2) != LUA_TNUMBER;
    uint64_t n = checklength(L, list);
    size_t length = 0;
    const char *name = lmp_optname(L, 3, &length);
    struct mp_array *a;
    uint32_t handle;
    lmp_newref(L, "array");
    mp_enter(MP_OP_OBJECT);
    int err = mp_array_new(type, n, name, length, &a, &handle);
    mp_leave();
    if (err) return lmp_arena_full(L);
    lmp_setref(L, handle);
    if (list && n > 0) to_cells(L, 2, &mp_cell_types[type], "mp.Array", mp_array_at(a, 0), n);   // nobody else sees it
    return 1;
}

static const luaL_Reg methods[] = {{"add", larray_add},
                                   {"exchange", larray_exchange},
                                   {"compare_exchange", larray_compare_exchange},
                                   {"update", larray_update},
                                   {"fill", larray_fill},
                                   {"totable", larray_totable},
                                   {"set", larray_set},
                                   {"get_lock", larray_get_lock},
                                   {"with", larray_with},
                                   {NULL, NULL}};
static const luaL_Reg fields[] = {{"type", larray_type}, {"name", lmp_ref_name}, {NULL, NULL}};
static const luaL_Reg meta[] = {{"__len", larray_len}, {NULL, NULL}};

const struct lmp_class larray_class = {.name = "array",
                                       .kind = MP_ARRAY,
                                       .methods = methods,
                                       .fields = fields,
                                       .meta = meta,
                                       .index = larray_index,
                                       .newindex = larray_newindex};
