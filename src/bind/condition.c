// A condition's userdata has that of its lock as user value, and the handle by which the process holds that.
#include "core/condition.h"

#include <errno.h>

#include "bind/classes.h"
#include "bind/lmp.h"
#include "core/output.h"
#include "core/slot.h"

static struct lmp_ref *checkref(lua_State *L)
{
    return lmp_checkref(L, MP_CONDITION);
}

static inline struct mp_lock *lock_of(const struct lmp_ref *ref)
{
    return mp_condition_lock((const struct mp_condition *)ref->obj);
}

// The userdata of the lock becomes the user value of the condition at idx.
static void keep_lock(lua_State *L, struct lmp_ref *ref, int idx)
{
    idx = lua_absindex(L, idx);
    lmp_pushobj(L, &lock_of(ref)->obj);
    ref->other = lmp_toref(L, -1)->handle + 1;
    lua_setiuservalue(L, idx, 1);
}

// What we hold of the lock of the condition at idx, which is there as long as the condition is.
static inline struct mp_handle *lock_held(lua_State *L, struct lmp_ref *ref, int idx)
{
    if (__builtin_expect(ref->other == 0, 0)) keep_lock(L, ref, idx);
    return mp_handle_at(mp_self.slot, ref->other - 1);
}

// 0: ours; EOWNERDEAD: ours, and it was abandoned; ETIMEDOUT. Others raise.
static int acquire(lua_State *L, struct lmp_ref *ref, int idx, int64_t deadline)
{
    struct mp_handle *held = lock_held(L, ref, idx);
    mp_output_settle();
    mp_enter(MP_OP_CONDITION);
    int err = mp_lock_acquire(lock_of(ref), held, deadline);
    mp_leave();
    if (err == EDEADLK) lmp_raise(L, ref->obj, lua_pushfstring(L, "is held by this %s already", lmp_us()));
    return err;
}

static int release(lua_State *L, struct lmp_ref *ref, int idx)
{
    struct mp_handle *held = lock_held(L, ref, idx);
    mp_output_settle();
    mp_enter(MP_OP_CONDITION);
    int err = mp_lock_release(lock_of(ref), held);
    mp_leave();
    return err;
}

static int acquire_at(lua_State *L, int idx, int64_t deadline)
{
    int err = acquire(L, lmp_toref(L, idx), idx, deadline);
    return err == EOWNERDEAD ? 0 : err;
}

static int release_at(lua_State *L, int idx)
{
    return release(L, lmp_toref(L, idx), idx);
}

static const struct lmp_holding holding = {acquire_at, release_at};

// ---- its lock ----

// condition:acquire([timeout]) -> true | true, "abandoned" | false, "timeout"
static int lcondition_acquire(lua_State *L)
{
    struct lmp_ref *ref = checkref(L);
    int err = acquire(L, ref, 1, lmp_deadline(L, 2));
    if (err && err != EOWNERDEAD) return lmp_refuse(L, err, true);
    lua_pushboolean(L, 1);
    if (!mp_lock_abandoned(lock_of(ref))) return 1;
    lua_pushliteral(L, "abandoned");
    return 2;
}

// condition:release()
static int lcondition_release(lua_State *L)
{
    struct lmp_ref *ref = checkref(L);
    if (release(L, ref, 1) == 0) return 0;
    return llock_raise_not_ours(L, ref->obj, lock_of(ref));
}

// condition:locked() -> boolean
static int lcondition_locked(lua_State *L)
{
    lua_pushboolean(L, mp_lock_taken(lock_of(checkref(L))));
    return 1;
}

// condition:guard([timeout]) -> guard | nil, "timeout"
static int lcondition_guard(lua_State *L)
{
    checkref(L);
    return lguard_guard(L, &holding);
}

// condition:with(f, ...) -> what f returns
static int lcondition_with(lua_State *L)
{
    checkref(L);
    return lguard_with(L, &holding);
}

// ---- waiting ----

static struct lmp_ref *checkheld(lua_State *L, const char *method)
{
    struct lmp_ref *ref = checkref(L);
    if (mp_lock_is_ours(lock_of(ref))) return ref;
    const char *holder = llock_push_holder_name(L, lock_of(ref));
    const char *but = holder ? lua_pushfstring(L, " but by %s", holder) : "";
    lmp_raise(L, ref->obj, lua_pushfstring(L, "is not held by this %s%s: %s needs that", lmp_us(), but, method));
    return ref;
}

// Of the condition at 1, which is held: 0, ETIMEDOUT; others raise.
static int wait(lua_State *L, struct lmp_ref *ref, int64_t deadline)
{
    struct mp_handle *held = mp_handle_at(mp_self.slot, ref->handle), *of_lock = lock_held(L, ref, 1);
    mp_output_settle();
    mp_enter(MP_OP_CONDITION);
    int err = mp_condition_wait((struct mp_condition *)ref->obj, held, of_lock, deadline);
    mp_leave();
    return err && err != ETIMEDOUT ? lmp_refuse(L, err, true) : err;
}

// condition:wait([timeout]) -> true | false, "timeout"
static int lcondition_wait(lua_State *L)
{
    struct lmp_ref *ref = checkheld(L, "wait()");
    int err = wait(L, ref, lmp_deadline(L, 2));
    if (err) return lmp_refuse(L, err, true);
    lua_pushboolean(L, 1);
    return 1;
}

// condition:wait_for(predicate, [timeout]) -> its value | its last value, "timeout"
static int lcondition_wait_for(lua_State *L)
{
    checkref(L);
    lmp_checkcallable(L, 2);
    int64_t deadline = lmp_deadline(L, 3);
    lua_settop(L, 2);
    for (int err = 0;;) {
        checkheld(L, "wait_for()");
        lua_pushvalue(L, 2);
        lua_call(L, 0, 1);
        if (lua_toboolean(L, 3)) return 1;
        if (err) return lua_pushliteral(L, "timeout"), 2;
        lua_settop(L, 2);
        err = wait(L, checkheld(L, "wait_for()"), deadline);
    }
}

static int notify(lua_State *L, uint64_t waiters, const char *method)
{
    struct lmp_ref *ref = checkheld(L, method);
    mp_output_settle();
    mp_enter(MP_OP_CONDITION);
    mp_condition_notify((struct mp_condition *)ref->obj, waiters);
    mp_leave();
    return 0;
}

// condition:notify([n])
static int lcondition_notify(lua_State *L)
{
    checkref(L);
    lua_Integer n = lmp_optinteger(L, 2, 1);
    luaL_argcheck(L, n >= 0, 2, "must not be negative");
    return notify(L, (uint64_t)n, "notify()");
}

// condition:notify_all()
static int lcondition_notify_all(lua_State *L)
{
    return notify(L, UINT64_MAX, "notify_all()");
}

// As argument 1: a lock that bears the name of the condition, the option 2, so that it is known in a report.
static void make_lock(lua_State *L)
{
    lua_pushcfunction(L, lrlock_new);
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, 2);
    lua_setfield(L, -2, "name");
    lua_call(L, 1, 1);
    lua_replace(L, 1);
}

// mp.Condition([lock]) | mp.Condition{lock =, name =}
int lcondition_new(lua_State *L)
{
    static const char *const options[] = {"lock", "name", NULL};
    lmp_options(L, "Condition", options);
    lua_settop(L, 2);
    size_t length = 0;
    const char *name = lmp_optname(L, 2, &length);
    if (lua_isnil(L, 1)) make_lock(L);
    struct mp_lock *lock = llock_check(L, 1);
    struct mp_condition *c;
    uint32_t handle;
    lmp_newref(L, "condition");
    mp_enter(MP_OP_OBJECT);
    int err = mp_condition_new(lock, name, length, &c, &handle);
    mp_leave();
    if (err) return lmp_arena_full(L);
    lmp_setref(L, handle);
    keep_lock(L, lmp_toref(L, -1), -1);
    return 1;
}

static const luaL_Reg methods[] = {{"acquire", lcondition_acquire}, {"release", lcondition_release},
                                   {"guard", lcondition_guard},     {"with", lcondition_with},
                                   {"wait", lcondition_wait},       {"wait_for", lcondition_wait_for},
                                   {"notify", lcondition_notify},   {"notify_all", lcondition_notify_all},
                                   {"locked", lcondition_locked},   {NULL, NULL}};
// Fields of its lock.
static int lcondition_holder(lua_State *L)
{
    return llock_push_holder(L, lock_of(checkref(L)));
}

static int lcondition_abandoned(lua_State *L)
{
    lua_pushboolean(L, mp_lock_abandoned(lock_of(checkref(L))));
    return 1;
}

static const luaL_Reg fields[] = {
    {"name", lmp_ref_name}, {"holder", lcondition_holder}, {"abandoned", lcondition_abandoned}, {NULL, NULL}};

const struct lmp_class lcondition_class = {
    .name = "condition", .kind = MP_CONDITION, .methods = methods, .fields = fields};
