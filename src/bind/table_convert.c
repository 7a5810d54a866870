// Shared tables with the content of plain ones, however deep and in whatever cycles.
#include <string.h>

#include "bind/classes.h"
#include "bind/codec_state.h"
#include "bind/table.h"
#include "core/manager.h"
#include "core/slot.h"

static void push_table(lua_State *L, const char *name, size_t length, struct mp_obj *manager)
{
    struct mp_table *t;
    uint32_t handle;
    lmp_newref(L, "table");
    mp_enter(MP_OP_OBJECT);
    int err = mp_table_new(name, length, &t, &handle);
    if (!err && manager) mp_manager_adopt((struct mp_manager *)manager, &t->obj);
    mp_leave();
    if (err) lmp_arena_full(L);
    lmp_setref(L, handle);
}

// What stands for plain tables while they are converted: memo[plain] = shared, work[i] = plain. Those at work[i] were
// met first in one before them; work[0] is the outermost one.
struct conversion {
    int memo, work;
    lua_Integer nwork, now;   // all of them, the one whose content is converted
    struct mp_obj *manager;
};

// Pushes the shared table for the plain one at idx; its content is put off.
static void push_shared(lua_State *L, struct conversion *c, int idx)
{
    lua_pushvalue(L, idx);
    if (lua_rawget(L, c->memo) == LUA_TUSERDATA) return;
    lua_pop(L, 1);
    push_table(L, NULL, 0, c->manager);
    lua_pushvalue(L, idx);
    lua_pushvalue(L, -2);
    lua_rawset(L, c->memo);
    lua_pushvalue(L, idx);
    lua_rawseti(L, c->work, ++c->nwork);
}

// ---- where a value is that cannot travel ----

// Pushes the key under which the table at `plain` has work[i]. False: it has not.
static bool find_key(lua_State *L, const struct conversion *c, int plain, lua_Integer i)
{
    lua_rawgeti(L, c->work, i);
    int wanted = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, plain)) {
        bool found = lua_rawequal(L, -1, wanted);
        lua_settop(L, wanted + 1);
        if (found) return true;
    }
    return false;
}

// Prepends the key of work[i], and returns which table has it; found last means met first.
static lua_Integer path_step(lua_State *L, const struct conversion *c, struct lmp_encoder *e, lua_Integer i)
{
    int top = lua_gettop(L);
    bool found = false;
    lua_Integer j = i;
    while (!found && j > 0) {
        lua_settop(L, top);
        lua_rawgeti(L, c->work, --j);
        found = find_key(L, c, top + 1, i);
    }
    if (found) lmp_enc_path_key(e, -1);
    lua_settop(L, top);
    return found ? j : 0;
}

// Pushes "value.handlers[2]": the way to the table whose content is converted, and to its key at `key`, 0: no key.
static const char *push_path(lua_State *L, const struct conversion *c, int key)
{
    struct lmp_encoder e = {.L = L};
    lmp_enc_fail(&e, NULL);
    if (key) lmp_enc_path_key(&e, key);
    for (lua_Integer i = c->now; i > 0 && !e.path_cut;) i = path_step(L, c, &e, i);
    lua_pushliteral(L, "value");
    lua_pushlstring(L, e.path + e.path_at, sizeof e.path - e.path_at);
    lua_concat(L, 2);
    return lua_tostring(L, -1);
}

// ---- content ----

// (value, manager, struct mp_value *)
static int try_value(lua_State *L)
{
    lmp_tovalue(L, 1, "value", lua_touserdata(L, 2), lua_touserdata(L, 3));
    return 0;
}

// What cannot travel is tried a second time, for an error that tells the way to it.
static void convert_other(lua_State *L, const struct conversion *c, int key, struct mp_value *value)
{
    lua_pushcfunction(L, try_value);
    lua_pushvalue(L, key + 1);
    lua_pushlightuserdata(L, c->manager);
    lua_pushlightuserdata(L, value);
    if (lua_pcall(L, 3, 0, 0) == LUA_OK) return;
    bool ours = lua_type(L, -1) == LUA_TSTRING && strstr(lua_tostring(L, -1), "cannot send ") != NULL;
    if (!ours) lua_error(L);
    lmp_tovalue(L, key + 1, push_path(L, c, key), c->manager, value);
}

static void convert_value(lua_State *L, struct conversion *c, int key, struct mp_value *value)
{
    int type = lua_type(L, key + 1);
    if (lmp_isplain(L, key + 1)) {
        push_shared(L, c, key + 1);
        lua_replace(L, key + 1);
    } else if (type != LUA_TBOOLEAN && type != LUA_TNUMBER && type != LUA_TSTRING && !lmp_toobj(L, key + 1)) {
        convert_other(L, c, key, value);
        return;
    }
    lmp_tovalue(L, key + 1, "value", c->manager, value);
}

// The key and value at `key` and above.
static void convert_pair(lua_State *L, struct conversion *c, struct mp_table *t, int key)
{
    struct mp_key k;
    struct mp_value value;
    if (!lmp_tokey(L, key, &k)) {
        const char *type = luaL_typename(L, key);
        luaL_error(L, "cannot send %s: a key that is a %s", push_path(L, c, 0), type);
    }
    convert_value(L, c, key, &value);
    mp_enter(MP_OP_TABLE);
    int err = mp_table_set(t, &k, &value, NULL, NULL);
    mp_value_drop(&value);
    mp_leave();
    if (err) lmp_table_refuse(L, t, err);
}

static void convert_content(lua_State *L, struct conversion *c, int plain, int shared)
{
    struct mp_table *t = (struct mp_table *)lmp_toobj(L, shared);
    lua_pushnil(L);
    int key = lua_gettop(L);
    while (lua_next(L, plain)) {
        convert_pair(L, c, t, key);
        lua_settop(L, key);
    }
}

void lmp_newtable(lua_State *L, int idx, const char *name, size_t length, struct mp_obj *manager)
{
    luaL_checkstack(L, 20, NULL);
    idx = lua_absindex(L, idx);
    push_table(L, name, length, manager);
    int result = lua_gettop(L);
    lua_newtable(L);
    lua_newtable(L);
    struct conversion c = {.memo = result + 1, .work = result + 2, .manager = manager};
    lua_pushvalue(L, idx);
    lua_pushvalue(L, result);
    lua_rawset(L, c.memo);
    lua_pushvalue(L, idx);
    lua_rawseti(L, c.work, 0);
    for (c.now = 0; c.now <= c.nwork; c.now++) {
        lua_rawgeti(L, c.work, c.now);
        lua_pushvalue(L, -1);
        lua_rawget(L, c.memo);
        convert_content(L, &c, result + 3, result + 4);
        lua_settop(L, result + 2);
    }
    lua_settop(L, result);
}

// ---- constructors ----

void lmp_checkcontent(lua_State *L, int idx)
{
    const struct lmp_ref *ref = lmp_toref(L, idx);
    if (!ref || ref->kind != MP_TABLE) {
        luaL_checktype(L, idx, LUA_TTABLE);
        return;
    }
    lua_pushcfunction(L, ltable_snapshot);
    lua_pushvalue(L, idx);
    lua_call(L, 1, 1);
    lua_replace(L, idx);
}

int ltable_make(lua_State *L, struct mp_obj *manager)
{
    size_t length = 0;
    lua_settop(L, 2);
    const char *name = lmp_optname(L, 2, &length);
    if (lua_isnil(L, 1)) {
        lua_newtable(L);
        lua_replace(L, 1);
    }
    lmp_checkcontent(L, 1);
    lmp_newtable(L, 1, name, length, manager);
    return 1;
}

// mp.Table([init], [name]), as the metamethod __call of mp.Table
int ltable_new(lua_State *L)
{
    lua_remove(L, 1);
    return ltable_make(L, NULL);
}
