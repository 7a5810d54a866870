// The functions of mp, and what a state is given when it begins.
#include <errno.h>

#include "bind/classes.h"
#include "bind/codec.h"
#include "bind/lmp.h"
#include "core/clock.h"
#include "core/cycles.h"
#include "core/handle.h"
#include "core/output.h"
#include "core/park.h"
#include "core/process.h"
#include "core/slot.h"

// mp.time() -> seconds, of one clock for all processes that only goes forward
static int core_time(lua_State *L)
{
    lua_pushnumber(L, (lua_Number)mp_now() / 1e9);
    return 1;
}

// mp.sleep(seconds)
static int core_sleep(lua_State *L)
{
    luaL_checknumber(L, 1);
    int64_t deadline = lmp_deadline(L, 1);
    mp_output_settle();
    mp_enter(MP_OP_WAIT);
    int err = mp_sleep(deadline);
    mp_leave();
    return err ? lmp_refuse(L, err, false) : 0;
}

// mp.cpu_count() -> CPUs that this process may use
static int core_cpu_count(lua_State *L)
{
    lua_pushinteger(L, mp_cpu_count());
    return 1;
}

// mp.current_process() -> process
static int core_current_process(lua_State *L)
{
    lmp_pushobj(L, &mp_process_self()->obj);
    return 1;
}

// pid(): that of this process, without its object
static int core_pid(lua_State *L)
{
    lua_pushinteger(L, mp_process_pid(mp_process_self()));
    return 1;
}

// mp.parent_process() -> process | nil
static int core_parent_process(lua_State *L)
{
    struct mp_process *maker = mp_process_maker();
    if (!maker) return lua_pushnil(L), 1;
    lmp_pushobj(L, &maker->obj);
    return 1;
}

// ---- mp.wait ----

// The object at the top, which is the i-th given.
static struct mp_obj *checkwaitable(lua_State *L, lua_Integer i)
{
    struct mp_obj *obj = lmp_toobj(L, -1);
    if (!obj || !mp_kind_of(obj)->list) {
        const char *kind = obj ? mp_kind_of(obj)->name : lmp_push_kind(L, -1);
        lmp_error(L, "mp.wait: objects[%I] is %s %s, which cannot be waited for", (LUAI_UACINT)i, lmp_article(kind),
                  kind);
        return NULL;
    }
    lmp_checkopen(L, obj);
    if (!mp_kind_of(obj)->list(obj)) lmp_raise(L, obj, "gives nothing to wait for");
    bool member = obj->kind == MP_PROCESS || obj->kind == MP_THREAD;
    bool unborn = member && ((struct mp_process *)obj)->state == MP_PROCESS_NEW;
    if (unborn) lmp_raise(L, obj, "was not started: call its start() first");
    return obj;
}

// Pushes a table that keeps them while we wait, whatever the list at 1 does.
static void keep_objects(lua_State *L, struct mp_watched *watched, lua_Integer n)
{
    lua_createtable(L, (int)n, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_geti(L, 1, i);
        struct mp_obj *obj = checkwaitable(L, i);
        const struct mp_handle *mine = mp_handle_at(mp_self.slot, lmp_toref(L, -1)->handle);
        watched[i - 1] = (struct mp_watched){.obj = obj, .mine = mine};
        lua_rawseti(L, -2, i);
    }
}

static void push_ready(lua_State *L, int kept, const struct mp_watched *watched, lua_Integer n)
{
    lua_Integer found = 0;
    lua_newtable(L);
    for (lua_Integer i = 1; i <= n; i++) {
        if (!watched[i - 1].ready) continue;
        lua_rawgeti(L, kept, i);
        lua_rawseti(L, -2, ++found);
    }
}

// mp.wait(objects, [timeout]) -> list of those that are ready
static int core_wait(lua_State *L)
{
    int64_t deadline = lmp_deadline(L, 2);
    lua_Integer n = lmp_checklist(L, 1);
    lua_settop(L, 1);
    if (n <= 0) return lua_newtable(L), 1;
    luaL_argcheck(L, n <= INT32_MAX, 1, "too many objects");
    struct mp_watched *watched = lua_newuserdatauv(L, (size_t)n * sizeof *watched, 0);
    keep_objects(L, watched, n);
    mp_output_settle();
    mp_enter(MP_OP_WAIT);
    int err = mp_wait_any(watched, (size_t)n, deadline);
    mp_leave();
    for (lua_Integer i = 0; err == ECANCELED && i < n; i++) lmp_checkopen(L, watched[i].obj);
    if (err && err != ETIMEDOUT) return lmp_refuse(L, err, false);
    push_ready(L, 3, watched, n);
    return 1;
}

// mp.collect() -> how many objects were freed that only kept each other | nil, "busy"
static int core_collect(lua_State *L)
{
    lua_Integer n = 0;
    uint64_t freed;
    int err;
    do {
        mp_enter(MP_OP_OBJECT);
        err = mp_cycles_collect(&freed);
        mp_leave();
        n += (lua_Integer)freed;
    } while (!err && freed > 0);
    if (err == ENOMEM) return lmp_error(L, "not enough memory");
    if (err) return lua_pushnil(L), lua_pushliteral(L, "busy"), 2;
    lua_pushinteger(L, n);
    return 1;
}

// ---- opening ----

// is_interruption(error) -> boolean: it came from Ctrl-C or p:interrupt()
static int core_is_interruption(lua_State *L)
{
    lua_settop(L, 1);
    lua_pushboolean(L, lmp_interrupted(L));
    return 1;
}

static const luaL_Reg functions[] = {{"time", core_time},
                                     {"sleep", core_sleep},
                                     {"cpu_count", core_cpu_count},
                                     {"current_process", core_current_process},
                                     {"parent_process", core_parent_process},
                                     {"active_children", lmp_active_children},
                                     {"atexit", lmp_atexit},
                                     {"wait", core_wait},
                                     {"collect", core_collect},
                                     {"type", lmp_type},
                                     {"register", lmp_register},
                                     {"Process", lprocess_new},
                                     {"spawn", lprocess_spawn},
                                     {"Thread", lthread_new},
                                     {"current_thread", lthread_current},
                                     {"Queue", lqueue_new},
                                     {"Event", levent_new},
                                     {"Lock", llock_new},
                                     {"RLock", lrlock_new},
                                     {"Manager", lmanager_new},
                                     {"Value", lvalue_new},
                                     {"Array", larray_new},
                                     {"Buffer", lbuffer_new},
                                     {"Condition", lcondition_new},
                                     {"Semaphore", lsemaphore_new},
                                     {"Barrier", lbarrier_new},
                                     {"BoundedSemaphore", lbounded_new},
                                     {"Pipe", lpipe_new},
                                     {NULL, NULL}};

// users(): a table of what is for users
static int core_users(lua_State *L)
{
    luaL_newlib(L, functions);
    ldebug_functions(L);
    lua_setfield(L, -2, "debug");
    return 1;
}

// What the library's own Lua part has besides.
static const luaL_Reg own[] = {{"users", core_users},
                               {"pid", core_pid},
                               {"unknown", lmp_core_unknown},
                               {"raise", lmp_core_raise},
                               {"terminal_width", lterminal_width},
                               {"class", lmp_class_of_tables},
                               {"is_interruption", core_is_interruption},
                               {NULL, NULL}};

static void make_core(lua_State *L)
{
    core_users(L);
    luaL_setfuncs(L, own, 0);
    ltable_functions(L);
    lua_setfield(L, -2, "Table");
    lparcel_functions(L);
    lua_setfield(L, -2, "parcel");
    ljournal_functions(L);
    lua_setfield(L, -2, "journal");
    ltask_functions(L);
    lua_setfield(L, -2, "task");
    lhold_functions(L);
    lua_setfield(L, -2, "hold");
}

// The same one each time: what is hidden from Lua's messages is asked for again by what is loaded later.
int lcore_open(lua_State *L)
{
    static const char CORE = 0;   // registry
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &CORE) == LUA_TTABLE) return 1;
    make_core(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &CORE);
    return 1;
}

const struct lmp_class *const lmp_classes[] = {&lprocess_class,
                                               &lthread_class,
                                               &lqueue_class,
                                               &llease_class,
                                               &lpipe_class,
                                               &levent_class,
                                               &llock_class,
                                               &lrlock_class,
                                               &lsemaphore_class,
                                               &lcondition_class,
                                               &lbarrier_class,
                                               &lguard_class,
                                               &lvalue_class,
                                               &larray_class,
                                               &lbuffer_class,
                                               &ltable_class,
                                               &lmanager_class,
                                               &lhttp_session_class,
                                               NULL};

void lmp_openlibs(lua_State *L)
{
    lmp_openrefs(L);
    lcoroutine_open(L);
    lrequire_open(L);
    lua_getglobal(L, "os");
    lua_pushcfunction(L, lmp_os_exit);
    lua_setfield(L, -2, "exit");
    lua_pop(L, 1);
    lmp_open_random(L);
}
