// A lock's holder is a process or thread.
#include "core/lock.h"

#include <errno.h>

#include "bind/classes.h"
#include "bind/lmp.h"
#include "core/output.h"
#include "core/process.h"
#include "core/slot.h"

// Of the argument at idx, which is a lock.
static inline const struct lmp_ref *checkref(lua_State *L, int idx)
{
    const struct lmp_ref *ref = lmp_toref(L, idx);
    if (!ref || (ref->kind != MP_LOCK && ref->kind != MP_RLOCK) || !ref->obj) {
        idx == 1 ? lmp_wrong_self(L, "lock") : luaL_typeerror(L, idx, "lock");
        __builtin_unreachable();
    }
    lmp_checkopen(L, ref->obj);
    return ref;
}

struct mp_lock *llock_check(lua_State *L, int idx)
{
    return (struct mp_lock *)checkref(L, idx)->obj;
}

// 0: ours; EOWNERDEAD: ours, and it was abandoned; ETIMEDOUT. Others raise.
static inline int acquire(lua_State *L, const struct lmp_ref *ref, int64_t deadline)
{
    mp_output_settle();
    mp_enter(MP_OP_LOCK);
    int err = mp_lock_acquire((struct mp_lock *)ref->obj, mp_handle_at(mp_self.slot, ref->handle), deadline);
    mp_leave();
    if (__builtin_expect(err == EDEADLK, 0))
        lmp_raise(L, ref->obj, lua_pushfstring(L, "is held by this %s already", lmp_us()));
    return err;
}

static inline int release(const struct lmp_ref *ref)
{
    mp_output_settle();
    mp_enter(MP_OP_LOCK);
    int err = mp_lock_release((struct mp_lock *)ref->obj, mp_handle_at(mp_self.slot, ref->handle));
    mp_leave();
    return err;
}

// lock:acquire([timeout]) -> true | true, "abandoned" | false, "timeout"
static int llock_acquire(lua_State *L)
{
    const struct lmp_ref *ref = checkref(L, 1);
    int err = acquire(L, ref, lmp_deadline(L, 2));
    if (__builtin_expect(err && err != EOWNERDEAD, 0)) return lmp_refuse(L, err, true);
    lua_pushboolean(L, 1);
    if (!mp_lock_abandoned((const struct mp_lock *)ref->obj)) return 1;
    lua_pushliteral(L, "abandoned");
    return 2;
}

int llock_raise_not_ours(lua_State *L, const struct mp_obj *obj, const struct mp_lock *l)
{
    const char *holder = llock_push_holder_name(L, l);
    return lmp_raise(L, obj, holder ? lua_pushfstring(L, "is held by %s", holder) : "is not held");
}

// lock:release()
static int llock_release(lua_State *L)
{
    const struct lmp_ref *ref = checkref(L, 1);
    if (__builtin_expect(release(ref) == 0, 1)) return 0;
    return llock_raise_not_ours(L, ref->obj, (const struct mp_lock *)ref->obj);
}

// lock:locked() -> boolean
static int llock_locked(lua_State *L)
{
    lua_pushboolean(L, mp_lock_taken(llock_check(L, 1)));
    return 1;
}

static int acquire_at(lua_State *L, int idx, int64_t deadline)
{
    int err = acquire(L, checkref(L, idx), deadline);
    return err == EOWNERDEAD ? 0 : err;
}

static int release_at(lua_State *L, int idx)
{
    return release(lmp_toref(L, idx));
}

static const struct lmp_holding holding = {acquire_at, release_at};

// lock:guard([timeout]) -> guard | nil, "timeout"
static int llock_guard(lua_State *L)
{
    llock_check(L, 1);
    return lguard_guard(L, &holding);
}

// lock:with(f, ...) -> what f returns
int llock_with(lua_State *L)
{
    llock_check(L, 1);
    return lguard_with(L, &holding);
}

// ---- fields ----

int llock_push_holder(lua_State *L, const struct mp_lock *l)
{
    uint32_t handle;
    uint64_t owner = atomic_load(&l->owner) & ~(uint64_t)MP_LOCK_ABANDONED;
    if (owner == 0) return 0;
    mp_enter(MP_OP_OBJECT);
    struct mp_process *p = mp_process_in_slot(owner - 1, &handle);
    mp_leave();
    if (!p) return 0;
    lmp_pushobj(L, &p->obj);
    mp_enter(MP_OP_OBJECT);
    mp_handle_close(handle);
    mp_leave();
    return (atomic_load(&l->owner) & ~(uint64_t)MP_LOCK_ABANDONED) == owner;
}

const char *llock_push_holder_name(lua_State *L, const struct mp_lock *l)
{
    if (llock_push_holder(L, l) == 0) return mp_lock_taken(l) ? lua_pushliteral(L, "another process") : NULL;
    char text[128];
    const struct mp_obj *p = lmp_toobj(L, -1);
    if (!p->name) return lua_pushstring(L, mp_object_describe(p, text, sizeof text));
    const struct mp_string *name = mp_ptr(p->name);
    lua_pushfstring(L, "%s ", mp_kind_of(p)->name);
    lua_pushlstring(L, name->bytes, name->length);
    lua_concat(L, 2);
    return lua_tostring(L, -1);
}

static int llock_holder(lua_State *L)
{
    return llock_push_holder(L, llock_check(L, 1));
}

static int llock_abandoned(lua_State *L)
{
    lua_pushboolean(L, mp_lock_abandoned(llock_check(L, 1)));
    return 1;
}

static int new_lock(lua_State *L, enum mp_object_kind kind, const char *who, const char *class)
{
    static const char *const options[] = {"name", NULL};
    lmp_options(L, who, options);
    size_t length = 0;
    const char *name = lmp_optname(L, 1, &length);
    struct mp_lock *l;
    uint32_t handle;
    lmp_newref(L, class);
    mp_enter(MP_OP_OBJECT);
    int err = mp_lock_new(kind, name, length, &l, &handle);
    mp_leave();
    if (err) return lmp_arena_full(L);
    lmp_setref(L, handle);
    return 1;
}

// mp.Lock() | mp.Lock{name =}
int llock_new(lua_State *L)
{
    return new_lock(L, MP_LOCK, "Lock", "lock");
}

// mp.RLock() | mp.RLock{name =}
int lrlock_new(lua_State *L)
{
    return new_lock(L, MP_RLOCK, "RLock", "rlock");
}

static const luaL_Reg methods[] = {{"acquire", llock_acquire}, {"release", llock_release}, {"locked", llock_locked},
                                   {"guard", llock_guard},     {"with", llock_with},       {NULL, NULL}};
static const luaL_Reg fields[] = {
    {"name", lmp_ref_name}, {"holder", llock_holder}, {"abandoned", llock_abandoned}, {NULL, NULL}};

const struct lmp_class llock_class = {.name = "lock", .kind = MP_LOCK, .methods = methods, .fields = fields};
const struct lmp_class lrlock_class = {.name = "rlock", .kind = MP_RLOCK, .methods = methods, .fields = fields};
