// Between cells and Lua values: what the methods of Value and Array share.
#pragma once
#include "bind/lmp.h"
#include "core/cell.h"

// Raises: "WHO (type b) holds -128..127, not 200"; `at` is the position in a list, or 0.
int lcell_wrong(lua_State *L, int idx, const struct mp_cell_type *t, const char *who, lua_Integer at);
int lcell_wrong_for(lua_State *L, int idx, const struct mp_cells *cells);

uint64_t lcell_checktype(lua_State *L, int idx);   // the index of a type by its name

// Methods on one cell of an object; their arguments begin at idx.
int lcell_add(lua_State *L, struct mp_cells *of, void *cell, int idx);
int lcell_exchange(lua_State *L, struct mp_cells *of, void *cell, int idx);
int lcell_compare_exchange(lua_State *L, struct mp_cells *of, void *cell, int idx);
int lcell_update(lua_State *L, struct mp_cells *of, void *cell, int idx);

// Of the object at 1.
int lcell_get_lock(lua_State *L, struct mp_cells *cells);
int lcell_with(lua_State *L, struct mp_cells *cells);
int lcell_type(lua_State *L, const struct mp_cells *cells);

static inline int lcell_push(lua_State *L, const struct mp_cell_type *t, union mp_number n)
{
    if (mp_cell_is_float(t)) {
        lua_pushnumber(L, n.d);
    } else if (t->kind == MP_CELL_BOOLEAN) {
        lua_pushboolean(L, (int)n.i);
    } else {
        lua_pushinteger(L, n.i);
    }
    return 1;
}

// Pushes what the cell holds. Integers of 8 bytes are what is most used.
static inline int lcell_get(lua_State *L, const struct mp_cells *of, const void *cell)
{
    const struct mp_cell_type *t = mp_cells_type(of);
    if (t->size != 8 || mp_cell_is_float(t)) return lcell_push(L, t, mp_cell_get(t, cell));
    lua_pushinteger(L, (lua_Integer)mp_cell_bits(t, cell));
    return 1;
}

// False: the type does not hold the value at idx.
static inline bool lcell_to(lua_State *L, int idx, const struct mp_cell_type *t, union mp_number *n)
{
    int type = lua_type(L, idx), exact;
    n->i = 0;
    if (t->kind == MP_CELL_BOOLEAN) {
        n->i = lua_toboolean(L, idx);
        return type == LUA_TBOOLEAN;
    }
    if (type != LUA_TNUMBER) return false;
    if (mp_cell_is_float(t)) {
        n->d = lua_tonumber(L, idx);
        return mp_cell_reaches(t, n->d);
    }
    n->i = lua_tointegerx(L, idx, &exact);   // of floats too, if they are whole
    return exact && n->i >= t->min && n->i <= t->max;
}

static inline union mp_number lcell_check(lua_State *L, int idx, const struct mp_cells *of)
{
    union mp_number n;
    if (__builtin_expect(!lcell_to(L, idx, mp_cells_type(of), &n), 0)) lcell_wrong_for(L, idx, of);
    return n;
}
