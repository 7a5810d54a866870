// The end of a process: its atexit functions, its threads, its children, its output.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bind/classes.h"
#include "bind/lmp.h"
#include "core/output.h"
#include "core/park.h"
#include "core/process.h"
#include "core/recover.h"
#include "core/slot.h"
#include "core/syscall.h"
#include "core/thread.h"

static const char CHILDREN = 0;   // registry: [process] = true: started here and not seen to have ended
static const char ATEXIT = 0;     // registry: list of functions
static void (*open_state)(lua_State *);
// Written to around each start of a process, so they are beside what is written to then anyway.
static _Thread_local lua_State *base;
static _Thread_local bool root, interrupted;
static _Thread_local bool has_list[2];     // CHILDREN, ATEXIT: made by this process, not inherited
static _Thread_local size_t noted, live;   // children in the list, and those of them that lived at the last look

// The lists are made when they are needed: most processes end without.
static void begin_life(lua_State *L)
{
    base = L;
    interrupted = false;
    noted = live = 0;
    has_list[0] = has_list[1] = false;
}

static void push_list(lua_State *L, const char *key)
{
    bool *has = &has_list[key == &ATEXIT];
    if (!*has) {
        lua_newtable(L);
        lua_rawsetp(L, LUA_REGISTRYINDEX, key);
        *has = true;
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, key);
}

void lmp_be_root(lua_State *L, void (*open)(lua_State *))
{
    root = true;
    open_state = open;
    mp_where = lmp_where;
    begin_life(L);
    lmp_watch_signals(L, true);
}

bool lmp_is_base(const lua_State *L)
{
    return L == base;
}

void lmp_be_child(lua_State *L)
{
    root = false;
    begin_life(L);
}

void lmp_be_thread(lua_State *L)
{
    begin_life(L);
    lmp_set_running(L);
    open_state(L);
}

// ---- children ----

static int forget_ended(lua_State *L)
{
    lmp_active_children(L);
    live = noted = (size_t)lua_rawlen(L, -1);
    return 0;
}

// Those that have ended are forgotten when they may be half of all.
void lmp_add_child(lua_State *L, int idx)
{
    lua_pushvalue(L, idx);
    push_list(L, &CHILDREN);
    lua_insert(L, -2);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_pop(L, 1);
    if (++noted < 2 * live + 16) return;
    lua_pushcfunction(L, forget_ended);
    lua_call(L, 0, 0);
}

void lmp_remove_child(lua_State *L, int idx)
{
    lua_pushvalue(L, idx);
    push_list(L, &CHILDREN);
    lua_insert(L, -2);
    lua_pushnil(L);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

// mp.active_children() -> list of the processes that this one started and that have not ended
int lmp_active_children(lua_State *L)
{
    if (mp_is_thread()) return lthread_children(L);
    lua_settop(L, 0);
    lua_newtable(L);
    push_list(L, &CHILDREN);
    lua_Integer n = 0;
    lua_pushnil(L);
    while (lua_next(L, 2)) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        struct mp_process *p = (struct mp_process *)lmp_toobj(L, -1);
        if (!p || mp_process_ended(p)) {
            lua_pushnil(L);
            lua_rawset(L, 2);   // an existing field may be cleared while traversing
        } else {
            lua_rawseti(L, 1, ++n);
        }
    }
    lua_settop(L, 1);
    return 1;
}

static bool join(struct mp_process *p)
{
    mp_enter(MP_OP_JOIN);
    int err = mp_process_join(p, MP_FOREVER);
    mp_leave();
    return err == 0;
}

static struct mp_process *child(lua_State *L, lua_Integer i)
{
    lua_rawgeti(L, 1, i);
    struct mp_process *p = (struct mp_process *)lmp_toobj(L, -1);
    lua_pop(L, 1);
    return p;
}

// Protected: called with nothing on the stack.
static int end_children(lua_State *L)
{
    lmp_active_children(L);
    lua_Integer n = luaL_len(L, 1);
    for (lua_Integer i = 1; i <= n; i++) {
        if (child(L, i)->daemon) mp_process_signal(child(L, i), SIGTERM);
    }
    for (lua_Integer i = 1; i <= n; i++) {
        if (!child(L, i)->daemon && !join(child(L, i))) return 0;
    }
    return 0;
}

static void call_end_children(lua_State *L)
{
    lua_pushcfunction(L, end_children);
    if (lua_pcall(L, 0, 0, 0) == LUA_OK) return;
    fprintf(stderr, "mplua: %s\n", lmp_text(L, -1));
    lua_pop(L, 2);
}

static void close_handle(uint32_t handle)
{
    mp_enter(MP_OP_OBJECT);
    mp_handle_close(handle);
    mp_leave();
}

static void join_all(struct mp_process *(*next)(uint32_t *handle))
{
    bool joined = true;
    while (joined) {
        uint32_t handle;
        mp_enter(MP_OP_OBJECT);
        struct mp_process *p = next(&handle);
        mp_leave();
        if (!p) return;
        joined = join(p);
        close_handle(handle);
    }
}

// ---- atexit ----

// mp.atexit(f)
int lmp_atexit(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    push_list(L, &ATEXIT);
    lua_pushvalue(L, 1);
    lua_rawseti(L, 2, (lua_Integer)lua_rawlen(L, 2) + 1);
    return 0;
}

static int traceback(lua_State *L)
{
    luaL_traceback(L, L, lmp_text(L, 1), 1);
    return 1;
}

bool lmp_run_atexit(lua_State *L)
{
    bool good = true;
    if (!has_list[1]) return true;
    push_list(L, &ATEXIT);
    int list = lua_gettop(L);
    for (lua_Integer n; (n = (lua_Integer)lua_rawlen(L, list)) > 0;) {
        lua_pushcfunction(L, traceback);
        lua_rawgeti(L, list, n);
        lua_pushnil(L);
        lua_rawseti(L, list, n);   // a function may register another
        if (lua_pcall(L, 0, 0, -2) != LUA_OK) {
            fprintf(mp_stderr, "mplua: in a function given to mp.atexit: %s\n", lua_tostring(L, -1));
            good = false;
        }
        lua_settop(L, list);
    }
    lua_pop(L, 1);
    return good;
}

// ---- the end ----

int lmp_finish(lua_State *L, int status)
{
    interrupted = lua_gettop(L) > 0 && lmp_interrupted(L);
    lmp_ending();
    if (mp_self.stranger) return status;   // exit functions, threads and children are its maker's
    if (!lmp_run_atexit(L) && status == 0) status = 1;
    if (interrupted) return status;   // whoever is left is ended by the monitor
    join_all(mp_thread_straggler);
    if (has_list[0]) call_end_children(L);
    if (root) join_all(mp_process_straggler);   // descendants whose own makers have ended before them
    return status;
}

void lmp_end(int status)
{
    mp_output_end();
    if (interrupted || (root && status == 128 + SIGINT)) {
        signal(SIGINT, SIG_DFL);
        raise(SIGINT);
    }
    if (!root && !mp_self.stranger) mp_retire();
    if (root && !mp_threads_running()) exit(status);
    mp_syscall3(SYS_exit_group, status, 0, 0);
    _exit(status);
}

static void close_variables(lua_State *L)
{
    if (lua_resetthread(L) == LUA_OK) return;
    fprintf(stderr, "mplua: %s\n", lmp_text(L, -1));
    lua_settop(L, 0);
}

static int exit_status(lua_State *L)
{
    if (lua_isboolean(L, 1)) return lua_toboolean(L, 1) ? EXIT_SUCCESS : EXIT_FAILURE;
    return (int)luaL_optinteger(L, 1, EXIT_SUCCESS);
}

static int finish(lua_State *L)
{
    int *status = lua_touserdata(L, 1);
    lua_settop(L, 0);
    *status = lmp_finish(L, *status);
    return 0;
}

// os.exit([code, [close]]): nothing of it returns, so the stacks can be unwound under our feet. Those of other threads can
// not.
int lmp_os_exit(lua_State *L)
{
    if (mp_is_thread())
        return luaL_error(L, "os.exit: a thread cannot end its process; return from it, or raise an error");
    int status = exit_status(L);
    bool close = lua_toboolean(L, 2);
    close_variables(L);
    if (L != base) close_variables(base);
    lua_pushcfunction(base, finish);
    lua_pushlightuserdata(base, &status);
    if (lua_pcall(base, 1, 0, 0) != LUA_OK) fprintf(stderr, "mplua: %s\n", lmp_text(base, -1));
    if (close && root) lua_close(base);
    lmp_end(status);
}
