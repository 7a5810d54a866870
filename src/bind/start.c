// Making a process object, and starting it: the child runs a function that its maker has put aside.
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "bind/classes.h"
#include "bind/lmp.h"
#include "core/process.h"

static const char STARTING = 0;   // registry: the Lua thread that the child is to run

// Packs what is to run: {n =, target, arguments...} as the user value of the process on the top.
static void set_target(lua_State *L, int target, int first, int n, bool own_stdin)
{
    lua_createtable(L, n + 1, 2);
    lua_pushvalue(L, target);
    lua_rawseti(L, -2, 1);
    for (int i = 0; i < n; i++) {
        lua_pushvalue(L, first + i);
        lua_rawseti(L, -2, i + 2);
    }
    lua_pushinteger(L, n);
    lua_setfield(L, -2, "n");
    lua_pushboolean(L, own_stdin);
    lua_setfield(L, -2, "stdin");
    lua_setiuservalue(L, -2, 1);
}

static void make(lua_State *L, const char *name, size_t length, bool daemon)
{
    struct mp_process *p;
    uint32_t handle;
    lmp_newref(L);
    mp_enter(MP_OP_OBJECT);
    int err = mp_process_new(name, length, &p, &handle);
    mp_leave();
    if (err) lmp_arena_full(L);
    p->daemon = daemon;
    lmp_setclass(L, "process");
    lmp_setref(L, handle);
}

static int new_from_options(lua_State *L)
{
    static const char *const options[] = {"target", "args", "name", "daemon", "stdin", NULL};
    lmp_options(L, "Process", options);
    if (!lmp_callable(L, 1)) lmp_error(L, "mp.Process: target is not a function but %s", luaL_typename(L, 1));
    if (lua_isnil(L, 2)) lua_newtable(L), lua_replace(L, 2);
    luaL_argexpected(L, lua_istable(L, 2), 2, "table of arguments");
    size_t length = 0;
    const char *name = lmp_optname(L, 3, &length);
    bool daemon = lua_isnil(L, 4) ? mp_process_self()->daemon != 0 : lua_toboolean(L, 4) != 0;
    lua_getfield(L, 2, "n");
    lua_Integer count = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : luaL_len(L, 2);
    luaL_argcheck(L, count >= 0 && count <= INT_MAX - 16, 2, "too many arguments");
    int n = (int)count;
    luaL_checkstack(L, n + 8, "too many arguments");
    int first = lua_gettop(L) + 1;
    for (int i = 1; i <= n; i++) lua_geti(L, 2, i);
    make(L, name, length, daemon);
    set_target(L, 1, first, n, lua_toboolean(L, 5));
    return 1;
}

// mp.Process(f, ...) | mp.Process{target =, args =, name =, daemon =, stdin =}
int lprocess_new(lua_State *L)
{
    if (lua_gettop(L) == 1 && lua_istable(L, 1) && !lmp_callable(L, 1)) return new_from_options(L);
    if (!lmp_callable(L, 1)) {
        return lmp_error(L, "mp.Process needs a function, not %s; pass it without calling it: mp.Process(f, ...)",
                         lua_isnone(L, 1) ? "nothing" : luaL_typename(L, 1));
    }
    int n = lua_gettop(L) - 1;
    make(L, NULL, 0, mp_process_self()->daemon);
    set_target(L, 1, 2, n, false);
    return 1;
}

// Moves target and arguments, of the table on the top, to a Lua thread of their own; returns it.
static lua_State *push_thread(lua_State *L, int *nargs)
{
    int table = lua_gettop(L);
    lua_getfield(L, table, "n");
    *nargs = (int)lua_tointeger(L, -1);
    lua_State *co = lua_newthread(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &STARTING);
    luaL_checkstack(L, *nargs + 8, "too many arguments");
    if (!lua_checkstack(co, *nargs + 8)) lmp_error(L, "too many arguments");
    for (int i = 1; i <= *nargs + 1; i++) lua_rawgeti(L, table, i);
    lua_xmove(L, co, *nargs + 1);
    return co;
}

static int cannot_start(lua_State *L, const struct mp_process *p, int err)
{
    if (err == ENOMEM) return lmp_arena_full(L);
    if (err == EINVAL) return lmp_raise(L, &p->obj, "was started before");
    if (err == EBUSY) return lmp_error(L, "cannot start a process while %d threads run", mp_threads() - 1);
    char why[160];
    strcpy(why, "could not be started: ");
    strncat(why, err == EAGAIN ? "too many processes" : strerror(err), sizeof why - strlen(why) - 1);
    return lmp_raise(L, &p->obj, why);
}

// process:start() -> process
int lprocess_start(lua_State *L)
{
    struct mp_process *p = (struct mp_process *)lmp_checkobj(L, MP_PROCESS);
    int nargs;
    bool child = false;
    if (lua_gc(L, LUA_GCCOUNT) < 0) return lmp_error(L, "cannot start a process in a finalizer");
    if (p->state != MP_PROCESS_NEW) return lmp_raise(L, &p->obj, "was started before");
    if (lua_getiuservalue(L, 1, 1) != LUA_TTABLE) return lmp_raise(L, &p->obj, "can be started by its maker only");
    lua_getfield(L, -1, "stdin");
    bool own_stdin = lua_toboolean(L, -1);
    lua_pop(L, 1);
    lua_State *co = push_thread(L, &nargs);
    lua_settop(L, 1);
    lhttp_end_lookups(L);
    mp_enter(MP_OP_START);
    int err = mp_process_start(p, own_stdin, &child);
    mp_leave();
    if (child) lmp_child(co, nargs);
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &STARTING);
    if (err) return cannot_start(L, p, err);
    lmp_add_child(L, 1);
    lua_pushnil(L);
    lua_setiuservalue(L, 1, 1);
    return 1;
}

// mp.spawn(f, ...) | mp.spawn{target =, ...} -> process, started
int lprocess_spawn(lua_State *L)
{
    lprocess_new(L);
    lua_replace(L, 1);
    lua_settop(L, 1);
    return lprocess_start(L);
}
