// References: one userdata per object and Lua state, so that equal objects are equal values.
#include <errno.h>
#include <stdio.h>

#include "bind/lmp.h"
#include "core/handle.h"
#include "core/object.h"
#include "core/process.h"
#include "core/thread.h"

const char lmp_ref_tag = 0;
#define REFS lmp_ref_tag         // registry: [ref of the object] = userdata, weak
static const char KEPT = 0;   // registry: [ref] = handle that nobody stands for, but that still holds, say, a lock
static _Thread_local struct {
    uint32_t now, most;   // most: when there are so many, it is time to look who need not be kept
} nkept;
enum { HOT = 200 };   // method calls; below that a metatable of its own costs more than it saves

void lmp_openrefs(lua_State *L)
{
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &REFS);
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &KEPT);
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
        lmp_wrong_self(L, mp_kind_of(&(struct mp_obj){.kind = (uint16_t)kind})->name);
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

void lmp_newref(lua_State *L, const char *class)
{
    struct lmp_ref *ref = lua_newuserdatauv(L, sizeof *ref, 1);
    *ref = (struct lmp_ref){.tag = &REFS};
    lmp_setclass(L, class);
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

// The handle that is kept of the object, and from now on is not. False: there is none.
static bool take_kept(lua_State *L, const struct mp_obj *obj, uint32_t *handle)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &KEPT);
    bool kept = lua_rawgeti(L, -1, mp_refof(obj)) != LUA_TNIL;
    *handle = (uint32_t)lua_tointeger(L, -1);
    if (kept) {
        lua_pushnil(L);
        lua_rawseti(L, -3, mp_refof(obj));
        nkept.now--;
    }
    lua_pop(L, 2);
    return kept;
}

void lmp_pushobj(lua_State *L, struct mp_obj *obj)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &REFS);
    if (lua_rawgeti(L, -1, mp_refof(obj)) == LUA_TUSERDATA) {
        lua_remove(L, -2);
        return;
    }
    uint32_t handle;
    lua_pop(L, 2);
    lmp_newref(L, mp_kind_of(obj)->name);
    if (!take_kept(L, obj, &handle)) {
        mp_enter(MP_OP_OBJECT);
        int err = mp_handle_open(obj, &handle);
        mp_leave();
        if (err) lmp_arena_full(L);
    }
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

static void close_handle(uint32_t handle)
{
    mp_enter(MP_OP_OBJECT);
    mp_handle_close(handle);
    mp_leave();
}

// Nobody else can reach it, so nobody misses what we hold of it.
static bool only_ours(const struct mp_obj *obj)
{
    return __atomic_load_n(&obj->refs, __ATOMIC_RELAXED) == 1;
}

// Closes those kept that have become ours alone. Their table is on the top.
static void tidy_kept(lua_State *L)
{
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        uint32_t handle = (uint32_t)lua_tointeger(L, -1);
        lua_pop(L, 1);
        if (!only_ours(mp_handle_object(handle))) continue;
        close_handle(handle);
        nkept.now--;
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, -4);
    }
    nkept.most = 2 * nkept.now + 16;
}

// Who forgets a lock holds it on: until it meets the lock again, or ends.
static void keep(lua_State *L, const struct lmp_ref *ref)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &KEPT);
    if (nkept.now >= nkept.most) tidy_kept(L);
    lua_pushinteger(L, ref->handle);
    lua_rawseti(L, -2, mp_refof(ref->obj));
    nkept.now++;
    lua_pop(L, 1);
}

// A start that was forgotten shows by nothing else than what does not happen. At the end of a program all are collected.
static void warn_unborn(lua_State *L, const struct mp_obj *obj)
{
    char text[128];
    bool member = obj->kind == MP_PROCESS || obj->kind == MP_THREAD;
    if (!member || ((const struct mp_process *)obj)->state != MP_PROCESS_NEW) return;
    lua_warning(L, mp_object_describe(obj, text, sizeof text), 1);
    lua_warning(L, " was never started", 0);
}

int lmp_ref_gc(lua_State *L)
{
    struct lmp_ref *ref = lmp_toref(L, 1);
    if (!ref || !ref->obj || mp_self.stranger) return 0;
    bool holds = mp_handle_at(mp_self.slot, ref->handle)->held != 0;
    bool wanted = !only_ours(ref->obj) && !mp_object_closed(ref->obj);
    if (only_ours(ref->obj)) warn_unborn(L, ref->obj);
    if (holds && !mp_kind_of(ref->obj)->lent && wanted) {
        keep(L, ref);
    } else {
        close_handle(ref->handle);
    }
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

const char *lmp_us(void)
{
    return mp_is_thread() || mp_threads_running() ? "thread" : "process";
}

int lmp_raise(lua_State *L, const struct mp_obj *obj, const char *why)
{
    char text[128];
    return lmp_error(L, "%s %s", mp_object_describe(obj, text, sizeof text), why);
}
