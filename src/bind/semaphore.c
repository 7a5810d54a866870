// Permits are held by a process or thread, as locks are.
#include "core/semaphore.h"

#include <errno.h>

#include "bind/classes.h"
#include "bind/lmp.h"
#include "core/output.h"
#include "core/slot.h"

static struct mp_semaphore *checksemaphore(lua_State *L)
{
    return (struct mp_semaphore *)lmp_checkobj(L, MP_SEMAPHORE);
}

static struct mp_handle *handle_of(const struct lmp_ref *ref)
{
    return mp_handle_at(mp_self.slot, ref->handle);
}

static inline int acquire(const struct lmp_ref *ref, int64_t deadline)
{
    mp_output_settle();
    mp_enter(MP_OP_SEMAPHORE);
    int err = mp_semaphore_acquire((struct mp_semaphore *)ref->obj, handle_of(ref), deadline);
    mp_leave();
    return err;
}

static inline int release(const struct lmp_ref *ref, lua_Integer permits)
{
    mp_output_settle();
    mp_enter(MP_OP_SEMAPHORE);
    int err = mp_semaphore_release((struct mp_semaphore *)ref->obj, handle_of(ref), (uint64_t)permits);
    mp_leave();
    return err;
}

static int acquire_at(lua_State *L, int idx, int64_t deadline)
{
    return acquire(lmp_toref(L, idx), deadline);
}

static int release_at(lua_State *L, int idx)
{
    return release(lmp_toref(L, idx), 1);
}

static const struct lmp_holding holding = {acquire_at, release_at};

// ---- methods ----

// semaphore:acquire([timeout]) -> true | false, "timeout"
static int lsemaphore_acquire(lua_State *L)
{
    const struct lmp_ref *ref = lmp_checkref(L, MP_SEMAPHORE);
    int err = acquire(ref, lmp_deadline(L, 2));
    if (err) return lmp_refuse(L, err, true);
    lua_pushboolean(L, 1);
    return 1;
}

// semaphore:release([k])
static int lsemaphore_release(lua_State *L)
{
    const struct lmp_ref *ref = lmp_checkref(L, MP_SEMAPHORE);
    lua_Integer permits = lmp_optinteger(L, 2, 1), held = (lua_Integer)handle_of(ref)->held;
    luaL_argcheck(L, permits >= 1 && permits <= MP_SEMAPHORE_MAX, 2, "must be from 1 to 2147483647");
    int err = release(ref, permits);
    if (!err) return 0;
    if (err == EOVERFLOW) return lmp_raise(L, ref->obj, "would have more than 2147483647 permits");
    if (held == 0) return lmp_raise(L, ref->obj, lua_pushfstring(L, "is not held by this %s", lmp_us()));
    const char *why = "cannot take back %I permits: this %s holds %I";
    return lmp_raise(L, ref->obj, lua_pushfstring(L, why, (LUAI_UACINT)permits, lmp_us(), (LUAI_UACINT)held));
}

// semaphore:guard([timeout]) -> guard | nil, "timeout"
static int lsemaphore_guard(lua_State *L)
{
    checksemaphore(L);
    return lguard_guard(L, &holding);
}

// semaphore:with(f, ...) -> what f returns
static int lsemaphore_with(lua_State *L)
{
    checksemaphore(L);
    return lguard_with(L, &holding);
}

static int lsemaphore_value(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)mp_semaphore_value(checksemaphore(L)));
    return 1;
}

// ---- making one ----

static int new_semaphore(lua_State *L, lua_Integer value, bool signal, int nameidx)
{
    size_t length = 0;
    const char *name = lmp_optname(L, nameidx, &length);
    struct mp_semaphore *s;
    uint32_t handle;
    lmp_newref(L, "semaphore");
    mp_enter(MP_OP_OBJECT);
    int err = mp_semaphore_new((uint64_t)value, signal, name, length, &s, &handle);
    mp_leave();
    if (err) return lmp_arena_full(L);
    lmp_setref(L, handle);
    return 1;
}

static lua_Integer optvalue(lua_State *L, bool signal)
{
    lua_Integer value = lmp_optinteger(L, 1, 1);
    luaL_argcheck(L, value >= 0 && value <= MP_SEMAPHORE_MAX, 1, "permits must be from 0 to 2147483647");
    luaL_argcheck(L, value > 0 || signal, 1,
                  "nobody could ever take one of 0 permits, since only who holds one gives one back; "
                  "for signalling, use mp.Semaphore{value = 0, signal = true}");
    return value;
}

// mp.Semaphore([n]) | mp.Semaphore{value =, signal =, name =}
int lsemaphore_new(lua_State *L)
{
    static const char *const options[] = {"value", "signal", "name", NULL};
    lmp_options(L, "Semaphore", options);
    if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TBOOLEAN);
    bool signal = lua_toboolean(L, 2);
    return new_semaphore(L, optvalue(L, signal), signal, 3);
}

// mp.BoundedSemaphore([n]) | mp.BoundedSemaphore{value =, name =}
int lbounded_new(lua_State *L)
{
    static const char *const options[] = {"value", "name", NULL};
    lmp_options(L, "BoundedSemaphore", options);
    return new_semaphore(L, optvalue(L, false), false, 2);
}

static const luaL_Reg methods[] = {{"acquire", lsemaphore_acquire},
                                   {"release", lsemaphore_release},
                                   {"guard", lsemaphore_guard},
                                   {"with", lsemaphore_with},
                                   {NULL, NULL}};
static const luaL_Reg fields[] = {{"name", lmp_ref_name}, {"value", lsemaphore_value}, {NULL, NULL}};

const struct lmp_class lsemaphore_class = {
    .name = "semaphore", .kind = MP_SEMAPHORE, .methods = methods, .fields = fields};
