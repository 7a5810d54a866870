// References: one userdata per object and Lua state, so that equal objects are equal values.
#include <errno.h>
#include <stdio.h>

#include "bind/lmp.h"
#include "core/handle.h"
#include "core/object.h"

const char lmp_ref_tag = 0;
// registry: [ref of the object] = userdata, weak; [-ref] = handle that nobody stands for, but that still holds a lock
#define REFS lmp_ref_tag
enum { HOT = 200 };              // method calls; below that a metatable of its own costs more than it saves

void lmp_openrefs(lua_State *L)
{
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &REFS);
}

bool lmp_ref_used(lua_State *L, int idx)
{
    struct lmp_ref *ref = lmp_toref(L, idx);
    return ref && ++ref->uses == HOT;
}

struct mp_obj *lmp_toobj(lua_State *L, int idx)
{
    struct lmp_ref *ref = lmp_toref(L, idx);
    return ref ? ref->obj : NULL;
}

struct mp_obj *lmp_checkobj_slowly(lua_State *L, uint32_t kind)
{
    struct lmp_ref *ref = lmp_toref(L, 1);
    if (!ref || ref->kind != kind || !ref->obj) {
        luaL_typeerror(L, 1, mp_kind_of(&(struct mp_obj){.kind = (uint16_t)kind})->name);
        return NULL;
    }
    lmp_checkopen(L, ref->obj);
    return ref->obj;
}

int lmp_raise_closed(lua_State *L, const struct mp_obj *obj)
{
    char text[128];
    if (!obj->scope) return lmp_raise(L, obj, "is closed");
    const char *manager = mp_object_describe(mp_ptr(obj->scope), text, sizeof text);
    return lmp_raise(L, obj, lua_pushfstring(L, "is closed with its %s", manager));
}

struct lmp_ref *lmp_newref(lua_State *L)
{
    struct lmp_ref *ref = lua_newuserdatauv(L, sizeof *ref, 1);
    *ref = (struct lmp_ref){.tag = &REFS};
    return ref;
}

static void remember(lua_State *L, const struct mp_obj *obj)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &REFS);
    lua_pushvalue(L, -2);
    lua_rawseti(L, -2, mp_refof(obj));
    lua_pop(L, 1);
}

void lmp_setref(lua_State *L, uint32_t handle)
{
    struct lmp_ref *ref = lua_touserdata(L, -1);
    ref->handle = handle;
    ref->obj = mp_handle_object(handle);
    ref->kind = ref->obj->kind;
    remember(L, ref->obj);
}

static void forget_kept(lua_State *L, const struct mp_obj *obj)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &REFS);
    lua_pushnil(L);
    lua_rawseti(L, -2, -(lua_Integer)mp_refof(obj));
    lua_pop(L, 1);
}

void lmp_pushobj(lua_State *L, struct mp_obj *obj)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &REFS);
    if (lua_rawgeti(L, -1, mp_refof(obj)) == LUA_TUSERDATA) {
        lua_remove(L, -2);
        return;
    }
    uint32_t handle;
    bool kept = lua_rawgeti(L, -2, -(lua_Integer)mp_refof(obj)) != LUA_TNIL;
    handle = (uint32_t)lua_tointeger(L, -1);
    lua_pop(L, 3);
    lmp_newref(L);
    lmp_setclass(L, mp_kind_of(obj)->name);
    if (kept) {
        lmp_setref(L, handle);
        forget_kept(L, obj);
        return;
    }
    mp_enter(MP_OP_OBJECT);
    int err = mp_handle_open(obj, &handle);
    mp_leave();
    if (err) lmp_arena_full(L);
    lmp_setref(L, handle);
}

static int push_object(lua_State *L)
{
    lmp_pushobj(L, lua_touserdata(L, 1));
    return 1;
}

int lmp_pushobj_safely(lua_State *L, struct mp_obj *obj)
{
    if (lmp_pushknown(L, mp_refof(obj))) return LUA_OK;
    lua_pushcfunction(L, push_object);
    lua_pushlightuserdata(L, obj);
    return lua_pcall(L, 1, 1, 0);
}

bool lmp_pushknown(lua_State *L, uint32_t ref)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &REFS);
    bool known = lua_rawgeti(L, -1, ref) == LUA_TUSERDATA;
    lua_remove(L, -2);
    if (!known) lua_pop(L, 1);
    return known;
}

// Who forgets a lock holds it on: until it meets the lock again, or ends.
static int keep(lua_State *L, struct lmp_ref *ref)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &REFS);
    lua_pushinteger(L, ref->handle);
    lua_rawseti(L, -2, -(lua_Integer)mp_refof(ref->obj));
    ref->obj = NULL;
    return 0;
}

int lmp_ref_gc(lua_State *L)
{
    struct lmp_ref *ref = lmp_toref(L, 1);
    if (!ref || !ref->obj) return 0;
    bool holds = mp_handle_at(mp_self.slot, ref->handle)->held != 0;
    if (holds && !mp_kind_of(ref->obj)->lent && !mp_object_closed(ref->obj)) return keep(L, ref);
    mp_enter(MP_OP_OBJECT);
    mp_handle_close(ref->handle);
    mp_leave();
    ref->obj = NULL;
    return 0;
}

// As in messages, but for the quotes: "jobs", or "queue-3".
int lmp_ref_name(lua_State *L)
{
    const struct mp_obj *obj = lmp_toobj(L, 1);
    if (!obj) return luaL_typeerror(L, 1, "object of mp");
    if (obj->name) {
        const struct mp_string *name = mp_ptr(obj->name);
        lua_pushlstring(L, name->bytes, name->length);
    } else {
        lua_pushfstring(L, "%s-%I", mp_kind_of(obj)->name, (LUAI_UACINT)mp_object_serial(obj));
    }
    return 1;
}

int lmp_ref_tostring(lua_State *L)
{
    char text[128];
    const struct lmp_ref *ref = lmp_toref(L, 1);
    lua_pushstring(L, ref && ref->obj ? mp_object_describe(ref->obj, text, sizeof text) : "an object that is closed");
    return 1;
}

int lmp_raise(lua_State *L, const struct mp_obj *obj, const char *why)
{
    char text[128];
    return luaL_error(L, "%s %s", mp_object_describe(obj, text, sizeof text), why);
}
