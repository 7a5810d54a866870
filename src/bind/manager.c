// A manager makes objects that belong to it: m.Queue(), m.Table(). When it is closed, all of them raise.
#include "core/manager.h"

#include "bind/classes.h"
#include "bind/lmp.h"
#include "bind/table.h"
#include "core/output.h"
#include "core/slot.h"

// What it can make. Tables have no constructor of this form, see make.
static const luaL_Reg makers[] = {{"Table", NULL},
                                  {"Queue", lqueue_new},
                                  {"SimpleQueue", lqueue_new},
                                  {"JoinableQueue", lqueue_new},
                                  {"Pipe", lpipe_new},
                                  {"Event", levent_new},
                                  {"Lock", llock_new},
                                  {"RLock", lrlock_new},
                                  {"Semaphore", lsemaphore_new},
                                  {"BoundedSemaphore", lbounded_new},
                                  {"Condition", lcondition_new},
                                  {"Barrier", lbarrier_new},
                                  {"Value", lvalue_new},
                                  {"Array", larray_new},
                                  {"Buffer", lbuffer_new},
                                  {NULL, NULL}};

static void adopt(lua_State *L, struct mp_manager *m, int idx)
{
    struct mp_obj *obj = lmp_toobj(L, idx);
    mp_enter(MP_OP_OBJECT);
    mp_manager_adopt(m, obj);
    mp_leave();
}

static int raise_colon(lua_State *L, const struct mp_manager *m, const char *name)
{
    return lmp_raise(L, &m->obj, lua_pushfstring(L, "is no argument: write m.%s(...) with a dot, not a colon", name));
}

// Upvalues: the manager, the row of makers.
static int make(lua_State *L)
{
    struct mp_manager *m = (struct mp_manager *)lmp_toobj(L, lua_upvalueindex(1));
    const luaL_Reg *maker = lua_touserdata(L, lua_upvalueindex(2));
    if (mp_object_closed(&m->obj)) return lmp_raise_closed(L, &m->obj);
    if (lua_rawequal(L, 1, lua_upvalueindex(1))) return raise_colon(L, m, maker->name);
    if (!maker->func) return ltable_make(L, &m->obj);
    bool own_lock = maker->func == lcondition_new && lmp_nooption(L, 1, "lock");
    int n = maker->func(L);
    for (int i = 1; i <= n; i++) adopt(L, m, -i);
    if (own_lock) {
        lua_getiuservalue(L, -1, 1);
        adopt(L, m, -1);
        lua_pop(L, 1);
    }
    return n;
}

// Also one that is closed.
static struct mp_obj *checkmanager(lua_State *L)
{
    const struct lmp_ref *ref = lmp_toref(L, 1);
    if (!ref || ref->kind != MP_MANAGER || !ref->obj) {
        lmp_wrong_self(L, "manager");
        __builtin_unreachable();
    }
    return ref->obj;
}

// manager:close(): from now on all raise that it made
static int lmanager_close(lua_State *L)
{
    struct mp_obj *m = checkmanager(L);
    mp_output_settle();
    mp_enter(MP_OP_OBJECT);
    mp_manager_close((struct mp_manager *)m);
    mp_leave();
    return 0;
}

// __close
static int end_of_scope(lua_State *L)
{
    return mp_self.stranger ? 0 : lmanager_close(L);
}

static int lmanager_closed(lua_State *L)
{
    lua_pushboolean(L, mp_object_closed(checkmanager(L)));
    return 1;
}

// manager.Queue, ...: a field that makes one. Upvalue: the row of makers.
static int lmanager_maker(lua_State *L)
{
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, make, 2);
    return 1;
}

// mp.Manager() | mp.Manager{name =}
int lmanager_new(lua_State *L)
{
    static const char *const options[] = {"name", NULL};
    lmp_options(L, "Manager", options);
    size_t length = 0;
    const char *name = lmp_optname(L, 1, &length);
    struct mp_manager *m;
    uint32_t handle;
    lmp_newref(L, "manager");
    mp_enter(MP_OP_OBJECT);
    int err = mp_manager_new(name, length, &m, &handle);
    mp_leave();
    if (err) return lmp_arena_full(L);
    lmp_setref(L, handle);
    return 1;
}

static const luaL_Reg methods[] = {{"close", lmanager_close}, {NULL, NULL}};
static const luaL_Reg fields[] = {{"name", lmp_ref_name}, {"closed", lmanager_closed}, {NULL, NULL}};
static const luaL_Reg meta[] = {{"__close", end_of_scope}, {NULL, NULL}};

// To the fields of the class.
static void add_makers(lua_State *L)
{
    lua_getfield(L, -1, "__index");
    lua_getupvalue(L, -1, 2);
    for (const luaL_Reg *maker = makers; maker->name; maker++) {
        lua_pushlightuserdata(L, (void *)maker);
        lua_pushcclosure(L, lmanager_maker, 1);
        lua_setfield(L, -2, maker->name);
    }
    lua_pop(L, 2);
}

const struct lmp_class lmanager_class = {
    .name = "manager", .kind = MP_MANAGER, .methods = methods, .fields = fields, .meta = meta, .complete = add_makers};
