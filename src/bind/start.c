// Making a process or thread object, and starting it: the child runs a function that its maker has put aside, a thread
// gets it as a message.
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "bind/classes.h"
#include "bind/lmp.h"
#include "bind/message.h"
#include "core/output.h"
#include "core/thread.h"

static const char STARTING = 0;   // registry: the Lua thread that a child is to run
enum { CALLS = 5 };               // within each other, until the child's function runs
enum { FEW_ARGS = 32 };
// A collection would touch, and so copy, all the memory that a child has of its maker: not for one that needs little.
enum { CHILD_KIB = 256 };
enum { PROCESS_KIB = 1 };   // for the collector: what a process object holds that Lua does not see

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

static void make(lua_State *L, uint32_t kind, const char *name, size_t length, bool daemon)
{
    struct mp_process *p = NULL;
    uint32_t handle = 0;
    lmp_newref(L, kind == MP_PROCESS ? "process" : "thread");
    mp_enter(MP_OP_OBJECT);
    int err = kind == MP_PROCESS ? mp_process_new(name, length, &p, &handle) : mp_thread_new(name, length, &p, &handle);
    mp_leave();
    if (err) lmp_arena_full(L);
    p->daemon = daemon;
    lmp_setref(L, handle);
}

// The arguments, a list at 2, come to the top of the stack.
static int push_arguments(lua_State *L, const char *who)
{
    if (lua_isnil(L, 2)) lua_newtable(L), lua_replace(L, 2);
    if (!lua_istable(L, 2)) lmp_error(L, "mp.%s: args must be a table, not a %s", who, luaL_typename(L, 2));
    lua_getfield(L, 2, "n");
    lua_Integer count = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : luaL_len(L, 2);
    luaL_argcheck(L, count >= 0 && count <= INT_MAX - 16, 2, "too many arguments");
    int n = (int)count;
    luaL_checkstack(L, n + 8, "too many arguments");
    for (int i = 1; i <= n; i++) lua_geti(L, 2, i);
    return n;
}

// Daemons make daemons, unless told otherwise. But what a daemon process does, it does with threads that are none.
static bool made_by_daemon(uint32_t kind)
{
    return kind == MP_PROCESS ? mp_process_self()->daemon : mp_is_thread() && mp_process_member()->daemon;
}

static int new_from_options(lua_State *L, uint32_t kind, const char *who, const char *const options[])
{
    lmp_options(L, who, options);
    if (!lmp_callable(L, 1)) lmp_error(L, "mp.%s: target is not a function but %s", who, luaL_typename(L, 1));
    size_t length = 0;
    const char *name = lmp_optname(L, 3, &length);
    bool daemon = lua_isnil(L, 4) ? made_by_daemon(kind) : lua_toboolean(L, 4) != 0;
    bool own_stdin = kind == MP_PROCESS && lua_toboolean(L, 5);
    int top = lua_gettop(L), n = push_arguments(L, who);
    make(L, kind, name, length, daemon);
    set_target(L, 1, lua_gettop(L) - n, n, own_stdin);
    lua_replace(L, top + 1);
    lua_settop(L, top + 1);
    return 1;
}

static int new_member(lua_State *L, uint32_t kind, const char *who, const char *const options[])
{
    if (lua_gettop(L) == 1 && lua_istable(L, 1) && !lmp_callable(L, 1)) return new_from_options(L, kind, who, options);
    if (!lmp_callable(L, 1)) {
        lmp_check_dot(L, who);
        const char *type = luaL_typename(L, 1);
        const char *given = lua_isnone(L, 1) ? "nothing" : lua_isnil(L, 1) ? type : lua_pushfstring(L, "a %s", type);
        return lmp_error(L, "mp.%s needs a function, not %s; pass it without calling it: mp.%s(f, ...)", who, given,
                         who);
    }
    int n = lua_gettop(L) - 1;
    make(L, kind, NULL, 0, made_by_daemon(kind));
    set_target(L, 1, 2, n, false);
    return 1;
}

static int new_process(lua_State *L, bool spawned)
{
    static const char *const options[] = {"target", "args", "name", "daemon", "stdin", NULL};
    if (!spawned) return new_member(L, MP_PROCESS, "Process", options);
    return new_member(L, MP_PROCESS, "spawn", options);
}

// mp.Process(f, ...) | mp.Process{target =, args =, name =, daemon =, stdin =}
int lprocess_new(lua_State *L)
{
    return new_process(L, false);
}

// mp.Thread(f, ...) | mp.Thread{target =, args =, name =, daemon =}
int lthread_new(lua_State *L)
{
    static const char *const options[] = {"target", "args", "name", "daemon", NULL};
    return new_member(L, MP_THREAD, "Thread", options);
}

// ---- starting ----

// Of the object at 1, pushes the table that says what is to run.
static void push_target(lua_State *L, const struct mp_process *p)
{
    if (lua_gc(L, LUA_GCCOUNT) < 0) lmp_error(L, "cannot start a %s in a finalizer", mp_kind_of(&p->obj)->name);
    if (p->state != MP_PROCESS_NEW) lmp_raise(L, &p->obj, "was started before");
    if (lua_getiuservalue(L, 1, 1) != LUA_TTABLE) lmp_raise(L, &p->obj, "can be started by its maker only");
}

// Pushes the function and its arguments, of the table on the top; returns how many there are of these.
static int push_call(lua_State *L)
{
    int table = lua_gettop(L);
    lua_getfield(L, table, "n");
    int n = (int)lua_tointeger(L, -1);
    luaL_checkstack(L, n + 8, "too many arguments");
    lua_pop(L, 1);
    for (int i = 1; i <= n + 1; i++) lua_rawgeti(L, table, i);
    return n;
}

static int go_down(lua_State *co)
{
    lua_Integer deeper = lua_tointeger(co, 1);
    if (deeper == 0) return 0;
    lua_pushcfunction(co, go_down);
    lua_pushinteger(co, deeper - 1);
    lua_call(co, 1, 0);
    return 0;
}

// The Lua thread that a child is to run. It is one for all children, as each has a copy of it; but who is one runs on it.
// What the child's first calls need is allocated before: each page that it writes to has to be copied.
static lua_State *push_thread(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &STARTING) == LUA_TNIL || lmp_is_base(lua_tothread(L, -1))) {
        lua_pop(L, 1);
        lua_newthread(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &STARTING);
    }
    lua_State *co = lua_tothread(L, -1);
    lua_settop(co, 0);
    lua_sethook(co, NULL, 0, 0);   // an interruption is not for these calls
    lua_pushcfunction(co, go_down);
    lua_pushinteger(co, CALLS);
    lua_pcall(co, 1, 0, 0);
    lua_settop(co, 0);
    lua_sethook(co, lua_gethook(L), lua_gethookmask(L), lua_gethookcount(L));   // as a new Lua thread has it
    return co;
}

// The next child gets another one after many arguments: their room would stay with it.
static void leave_thread(lua_State *L, lua_State *co, int nargs)
{
    lua_settop(co, 0);
    if (nargs <= FEW_ARGS) return;
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &STARTING);
}

// Moves target and arguments, of the table on the top, to it; returns how many there are of these.
static int give_call(lua_State *L, lua_State *co)
{
    int nargs = push_call(L);
    if (!lua_checkstack(co, nargs + 8)) lmp_error(L, "too many arguments");
    lua_xmove(L, co, nargs + 1);
    return nargs;
}

static int cannot_start(lua_State *L, const struct mp_process *p, int err)
{
    int threads = err == EBUSY ? mp_threads() - 1 : 0;
    if (err == ENOMEM) return lmp_arena_full(L);
    if (err == EINVAL) return lmp_raise(L, &p->obj, "was started before");
    if (err == EBUSY) {
        return lmp_error(L, "cannot start a process while %d %s: start processes first", threads,
                         threads == 1 ? "thread runs" : "threads run");
    }
    const char *why = err != EAGAIN ? strerror(err) : "too many processes and threads";
    return lmp_raise(L, &p->obj, lua_pushfstring(L, "could not be started: %s", why));
}

static int started(lua_State *L)
{
    lua_settop(L, 1);
    lua_pushnil(L);
    lua_setiuservalue(L, 1, 1);
    return 1;
}

// process:start() -> process
int lprocess_start(lua_State *L)
{
    struct mp_process *p = (struct mp_process *)lmp_checkobj(L, MP_PROCESS);
    bool child = false, collects = lua_gc(L, LUA_GCISRUNNING);
    lhttp_end_lookups(L);
    push_target(L, p);
    lua_getfield(L, -1, "stdin");
    bool own_stdin = lua_toboolean(L, -1);
    lua_pop(L, 1);
    lua_State *co = push_thread(L);
    lua_insert(L, -2);
    int nargs = give_call(L, co);
    lua_settop(L, 1);
    if (collects) lua_gc(L, LUA_GCSTEP, -CHILD_KIB);   // that much later than it would begin
    mp_enter(MP_OP_START);
    int err = mp_process_start(p, own_stdin, &child);
    mp_leave();
    if (child) lmp_child(co, nargs);
    leave_thread(L, co, nargs);
    if (!err) lmp_add_child(L, 1);
    if (collects) lua_gc(L, LUA_GCSTEP, CHILD_KIB + PROCESS_KIB);   // which may run finalizers
    return err ? cannot_start(L, p, err) : started(L);
}

// mp.spawn(f, ...) | mp.spawn{target =, ...} -> process, started
int lprocess_spawn(lua_State *L)
{
    new_process(L, true);
    lua_replace(L, 1);
    lua_settop(L, 1);
    return lprocess_start(L);
}

static void push_package_field(lua_State *L, const char *name)
{
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, -1, LUA_LOADLIBNAME);
    if (lua_istable(L, -1)) {
        lua_getfield(L, -1, name);
    } else {
        lua_pushnil(L);
    }
    lua_replace(L, -3);
    lua_pop(L, 1);
}

// What a thread gets: function, arguments, package.path, package.cpath.
static void build_input(lua_State *L, struct mp_build *b)
{
    int first = lua_gettop(L) + 1;
    push_call(L);
    push_package_field(L, "path");
    push_package_field(L, "cpath");
    lmp_build(L, first, lua_gettop(L) - first + 1, "the function|argument %d", b);
}

// thread:start() -> thread
int lthread_start(lua_State *L)
{
    struct mp_process *t = (struct mp_process *)lmp_checkobj(L, MP_THREAD);
    struct mp_build b;
    push_target(L, t);
    build_input(L, &b);
    mp_output_settle();
    mp_enter(MP_OP_START);
    bool sealed = b.block != 0;
    int err = mp_build_to_block(&b);
    if (!err && !sealed) err = mp_build_seal(&b);
    if (!err) err = mp_thread_start(t, &b, lthread_run);
    mp_build_drop(&b);
    mp_leave();
    return err ? cannot_start(L, t, err) : started(L);
}
