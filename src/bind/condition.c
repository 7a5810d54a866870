// A condition's userdata has that of its lock as user value: the process holds the lock by that one's handle.
#include "core/condition.h"

#include <errno.h>

#include "bind/classes.h"
#include "bind/lmp.h"
#include "core/output.h"
#include "core/slot.h"

static struct mp_condition *checkcondition(lua_State *L)
{
    return (struct mp_condition *)lmp_checkobj(L, MP_CONDITION);
}

static struct mp_condition *condition_at(lua_State *L, int idx)
{
    return (struct mp_condition *)lmp_toobj(L, idx);
}

// What we hold of the lock of the condition at idx, which is there as long as the condition is.
static struct mp_handle *lock_held(lua_State *L, int idx)
{
    if (lua_getiuservalue(L, idx, 1) != LUA_TUSERDATA) {
        lmp_pushobj(L, &mp_condition_lock(condition_at(L, idx))->obj);
        lua_pushvalue(L, -1);
        lua_setiuservalue(L, idx, 1);
        lua_replace(L, -2);
    }
    struct mp_handle *held = mp_handle_at(mp_self.slot, lmp_toref(L, -1)->handle);
    lua_pop(L, 1);
    return held;
}

static int acquire(lua_State *L, int idx, int64_t deadline)
{
    const struct mp_condition *c = condition_at(L, idx);
    struct mp_handle *held = lock_held(L, idx);
    mp_output_settle();
    mp_enter(MP_OP_CONDITION);
    int err = mp_lock_acquire(mp_condition_lock(c), held, deadline);
    mp_leave();
    if (err == EDEADLK) lmp_raise(L, &c->obj, "is held by this process already");
    return err == EOWNERDEAD ? 0 : err;
}

static int release(lua_State *L, int idx)
{
    const struct mp_condition *c = condition_at(L, idx);
    struct mp_handle *held = lock_held(L, idx);
    mp_output_settle();
    mp_enter(MP_OP_CONDITION);
    int err = mp_lock_release(mp_condition_lock(c), held);
    mp_leave();
    return err;
}

static const struct lmp_holding holding = {acquire, release};

// ---- its lock ----

// condition:acquire([timeout]) -> true | true, "abandoned" | false, "timeout"
static int lcondition_acquire(lua_State *L)
{
    const struct mp_condition *c = checkcondition(L);
    int err = acquire(L, 1, lmp_deadline(L, 2));
    if (err) return lmp_refuse(L, err, true);
    lua_pushboolean(L, 1);
    if (!mp_lock_abandoned(mp_condition_lock(c))) return 1;
    lua_pushliteral(L, "abandoned");
    return 2;
}

// condition:release()
static int lcondition_release(lua_State *L)
{
    const struct mp_condition *c = checkcondition(L);
    if (release(L, 1) == 0) return 0;
    bool taken = mp_lock_taken(mp_condition_lock(c));
    return lmp_raise(L, &c->obj, taken ? "is held by another process" : "is not held");
}

// condition:guard([timeout]) -> guard | nil, "timeout"
static int lcondition_guard(lua_State *L)
{
    checkcondition(L);
    return lguard_guard(L, &holding);
}

// condition:with(f, ...) -> what f returns
static int lcondition_with(lua_State *L)
{
    checkcondition(L);
    return lguard_with(L, &holding);
}

// ---- waiting ----

static void checkheld(lua_State *L, const char *method)
{
    const struct mp_condition *c = checkcondition(L);
    if (mp_lock_is_ours(mp_condition_lock(c))) return;
    lmp_raise(L, &c->obj, lua_pushfstring(L, "is not held by this process: %s needs that", method));
}

// Of the condition at 1, which is held: 0, ETIMEDOUT; others raise.
static int wait(lua_State *L, int64_t deadline)
{
    struct mp_handle *held = mp_handle_at(mp_self.slot, lmp_toref(L, 1)->handle), *of_lock = lock_held(L, 1);
    mp_output_settle();
    mp_enter(MP_OP_CONDITION);
    int err = mp_condition_wait(condition_at(L, 1), held, of_lock, deadline);
    mp_leave();
    return err && err != ETIMEDOUT ? lmp_refuse(L, err, true) : err;
}

// condition:wait([timeout]) -> true | false, "timeout"
static int lcondition_wait(lua_State *L)
{
    checkheld(L, "wait()");
    int err = wait(L, lmp_deadline(L, 2));
    if (err) return lmp_refuse(L, err, true);
    lua_pushboolean(L, 1);
    return 1;
}

// condition:wait_for(predicate, [timeout]) -> its value | its last value, "timeout"
static int lcondition_wait_for(lua_State *L)
{
    luaL_checkany(L, 2);
    int64_t deadline = lmp_deadline(L, 3);
    lua_settop(L, 2);
    for (int err = 0;;) {
        checkheld(L, "wait_for()");
        lua_pushvalue(L, 2);
        lua_call(L, 0, 1);
        if (lua_toboolean(L, 3)) return 1;
        if (err) return lua_pushliteral(L, "timeout"), 2;
        lua_settop(L, 2);
        checkheld(L, "wait_for()");
        err = wait(L, deadline);
    }
}

static int notify(lua_State *L, uint64_t waiters, const char *method)
{
    checkheld(L, method);
    mp_output_settle();
    mp_enter(MP_OP_CONDITION);
    mp_condition_notify(condition_at(L, 1), waiters);
    mp_leave();
    return 0;
}

// condition:notify([n])
static int lcondition_notify(lua_State *L)
{
    checkcondition(L);
    lua_Integer n = luaL_optinteger(L, 2, 1);
    luaL_argcheck(L, n >= 0, 2, "must not be negative");
    return notify(L, (uint64_t)n, "notify()");
}

// condition:notify_all()
static int lcondition_notify_all(lua_State *L)
{
    return notify(L, UINT64_MAX, "notify_all()");
}

// mp.Condition([lock]) | mp.Condition{lock =, name =}
int lcondition_new(lua_State *L)
{
    static const char *const options[] = {"lock", "name", NULL};
    lmp_options(L, "Condition", options);
    lua_settop(L, 2);
    size_t length = 0;
    const char *name = lmp_optname(L, 2, &length);
    if (lua_isnil(L, 1)) {
        lua_pushcfunction(L, lrlock_new);
        lua_call(L, 0, 1);
        lua_replace(L, 1);
    }
    struct mp_lock *lock = llock_check(L, 1);
    struct mp_condition *c;
    uint32_t handle;
    lmp_newref(L);
    mp_enter(MP_OP_OBJECT);
    int err = mp_condition_new(lock, name, length, &c, &handle);
    mp_leave();
    if (err) return lmp_arena_full(L);
    lmp_setclass(L, "condition");
    lmp_setref(L, handle);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    return 1;
}

static const luaL_Reg methods[] = {{"acquire", lcondition_acquire},
                                   {"release", lcondition_release},
                                   {"guard", lcondition_guard},
                                   {"with", lcondition_with},
                                   {"wait", lcondition_wait},
                                   {"wait_for", lcondition_wait_for},
                                   {"notify", lcondition_notify},
                                   {"notify_all", lcondition_notify_all},
                                   {NULL, NULL}};
static const luaL_Reg fields[] = {{"name", lmp_ref_name}, {NULL, NULL}};

void lcondition_open(lua_State *L)
{
    static const struct lmp_class class = {
        .name = "condition", .kind = MP_CONDITION, .methods = methods, .fields = fields};
    lmp_newclass(L, &class);
}
