// The user value of a barrier's userdata is its action: in the process that made it, and those that this one makes, the
// function itself; elsewhere what was decoded when it was needed first.
#include "core/barrier.h"

#include <errno.h>

#include "bind/classes.h"
#include "bind/lmp.h"
#include "bind/message.h"
#include "core/output.h"
#include "core/slot.h"

static struct mp_barrier *checkbarrier(lua_State *L)
{
    return (struct mp_barrier *)lmp_checkobj(L, MP_BARRIER);
}

// What a wait has come to if it is no index.
static int refuse(lua_State *L, struct mp_barrier *b, int err)
{
    char why[MP_BARRIER_WHY];
    if (err == EDEADLK) return lmp_raise(L, &b->obj, "is waited for by its own action");
    if (err != EPIPE) return lmp_refuse(L, err, false);
    mp_enter(MP_OP_BARRIER);
    mp_barrier_why(b, why);
    mp_leave();
    return lmp_raise(L, &b->obj, why);
}

// ---- the action ----

// Pushes that of the barrier at 1.
static void push_action(lua_State *L, const struct mp_barrier *b)
{
    if (lua_getiuservalue(L, 1, 1) == LUA_TFUNCTION) return;
    lua_pop(L, 1);
    struct mp_view view = mp_message_view(mp_ptr(b->action));
    lmp_push_view(L, &view);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, 1);
}

static int call_action(lua_State *L)
{
    push_action(L, checkbarrier(L));
    lua_call(L, 0, 0);
    return 0;
}

// 0, or what refuse takes; raises the action's error.
static int act(lua_State *L, struct mp_barrier *b)
{
    lua_pushcfunction(L, call_action);
    lua_pushvalue(L, 1);
    bool done = lua_pcall(L, 1, 0, 0) == LUA_OK;
    const char *error = done ? NULL : lmp_text(L, -1);
    mp_output_settle();
    mp_enter(MP_OP_BARRIER);
    int err = done ? mp_barrier_pass(b) : (mp_barrier_fail(b, error), 0);
    mp_leave();
    if (done) return err;
    lua_settop(L, 2);
    return lua_error(L);
}

// ---- methods ----

// A timeout, ns.
static int64_t optduration(lua_State *L, int idx)
{
    int64_t deadline = lmp_deadline(L, idx);
    if (deadline == MP_FOREVER || deadline == MP_NOW) return deadline;
    return (int64_t)(lua_tonumber(L, idx) * 1e9);
}

// barrier:wait([timeout]) -> as which of them it came, from 1 on
static int lbarrier_wait(lua_State *L)
{
    struct mp_barrier *b = checkbarrier(L);
    int64_t timeout = lua_isnoneornil(L, 2) ? b->timeout : optduration(L, 2);
    struct mp_handle *held = mp_handle_at(mp_self.slot, lmp_toref(L, 1)->handle);
    uint64_t index;
    lua_settop(L, 1);
    mp_output_settle();
    mp_enter(MP_OP_BARRIER);
    int err = mp_barrier_wait(b, held, timeout, &index);
    mp_leave();
    if (err == EINPROGRESS) err = act(L, b);
    if (err) return refuse(L, b, err);
    lua_pushinteger(L, (lua_Integer)index);
    return 1;
}

// barrier:abort()
static int lbarrier_abort(lua_State *L)
{
    struct mp_barrier *b = checkbarrier(L);
    mp_output_settle();
    mp_enter(MP_OP_BARRIER);
    mp_barrier_abort(b);
    mp_leave();
    return 0;
}

// barrier:reset()
static int lbarrier_reset(lua_State *L)
{
    struct mp_barrier *b = checkbarrier(L);
    mp_output_settle();
    mp_enter(MP_OP_BARRIER);
    mp_barrier_reset(b);
    mp_leave();
    return 0;
}

// ---- fields ----

static int lbarrier_parties(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)checkbarrier(L)->parties);
    return 1;
}

static int lbarrier_n_waiting(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)__atomic_load_n(&checkbarrier(L)->arrived, __ATOMIC_RELAXED));
    return 1;
}

static int lbarrier_broken(lua_State *L)
{
    lua_pushboolean(L, mp_barrier_broken(checkbarrier(L)));
    return 1;
}

// ---- making one ----

// The function at 2 as a message in a block.
static void build_action(lua_State *L, struct mp_build *b)
{
    lmp_build(L, 2, 1, "action", b);
    if (b->block) return;
    mp_enter(MP_OP_OBJECT);
    int err = mp_build_to_block(b);
    if (!err) err = mp_build_seal(b);
    if (err) mp_build_drop(b);
    mp_leave();
    if (err) lmp_arena_full(L);
}

// mp.Barrier(parties, [action], [timeout]) | mp.Barrier{parties =, action =, timeout =, name =}
int lbarrier_new(lua_State *L)
{
    static const char *const options[] = {"parties", "action", "timeout", "name", NULL};
    lmp_options(L, "Barrier", options);
    lua_Integer parties = lmp_checkinteger(L, 1);
    lua_settop(L, 4);
    luaL_argcheck(L, parties >= 1 && parties <= INT32_MAX, 1, "parties must be from 1 to 2147483647");
    bool acts = !lua_isnil(L, 2);
    if (acts) luaL_checktype(L, 2, LUA_TFUNCTION);
    int64_t timeout = optduration(L, 3);
    size_t length = 0;
    const char *name = lmp_optname(L, 4, &length);
    struct mp_barrier *b;
    uint32_t handle;
    struct mp_build action;
    lmp_newref(L, "barrier");
    mp_build_init(&action);
    if (acts) build_action(L, &action);
    mp_enter(MP_OP_OBJECT);
    int err = mp_barrier_new((uint64_t)parties, acts ? &action : NULL, timeout, name, length, &b, &handle);
    mp_build_drop(&action);
    mp_leave();
    if (err) return lmp_arena_full(L);
    lmp_setref(L, handle);
    lua_pushvalue(L, 2);
    lua_setiuservalue(L, -2, 1);
    return 1;
}

static const luaL_Reg methods[] = {
    {"wait", lbarrier_wait}, {"abort", lbarrier_abort}, {"reset", lbarrier_reset}, {NULL, NULL}};
static const luaL_Reg fields[] = {{"name", lmp_ref_name},
                                  {"parties", lbarrier_parties},
                                  {"n_waiting", lbarrier_n_waiting},
                                  {"broken", lbarrier_broken},
                                  {NULL, NULL}};

const struct lmp_class lbarrier_class = {.name = "barrier", .kind = MP_BARRIER, .methods = methods, .fields = fields};
