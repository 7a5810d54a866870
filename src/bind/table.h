// What the files of the table share.
#pragma once
#include "bind/lmp.h"
#include "core/table.h"

struct mp_table *lmp_checktable(lua_State *L, int idx);

// The key at idx; its bytes stay Lua's. False: nil, NaN or another value that is no key.
bool lmp_tokey(lua_State *L, int idx, struct mp_key *key);

// The value at idx, which may be replaced: a plain table by a shared one of that manager, or of none, with the same
// content. Raises for what cannot travel, with the path from `what` to it. What is in flight is the caller's, who calls
// nothing of Lua before it is stored or dropped.
void lmp_tovalue(lua_State *L, int idx, const char *what, struct mp_obj *manager, struct mp_value *value);
bool lmp_isplain(lua_State *L, int idx);   // does the table at idx become a shared one?

// Functions of mp.Table: the key at 2, or raises; the value at idx for it, false: it was not as expected.
void lmp_table_checkkey(lua_State *L, int idx, struct mp_key *key);
bool lmp_table_set(lua_State *L, int idx, const struct mp_datum *expected, struct mp_got *old);

// Pushes what was read of this key and gives back what is borrowed.
void lmp_pushgot(lua_State *L, struct mp_table *t, const struct mp_key *key, struct mp_got *got);

int lmp_table_refuse(lua_State *L, const struct mp_table *t, int err);   // raises

// Pushes a shared table with the content of the plain one at idx.
void lmp_newtable(lua_State *L, int idx, const char *name, size_t length, struct mp_obj *manager);
void lmp_checkcontent(lua_State *L, int idx);   // there is a plain table at idx, or one is put in place of a shared one

static inline struct mp_obj *lmp_manager_of(const struct mp_table *t)
{
    return t->obj.scope ? mp_ptr(t->obj.scope) : NULL;
}

int ltable_new(lua_State *L);
int ltable_add(lua_State *L);
int ltable_exchange(lua_State *L);
int ltable_compare_exchange(lua_State *L);
int ltable_update(lua_State *L);
int ltable_wait(lua_State *L);
int ltable_pairs(lua_State *L);
int ltable_snapshot(lua_State *L);   // snapshot(t) -> a plain table with what is in t, one level deep
int ltable_sort_by(lua_State *L);
