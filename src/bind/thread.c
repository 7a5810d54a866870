// Threads: what one runs, in a Lua state of its own, and how others see it.
#include "core/thread.h"

#include <errno.h>
#include <stdio.h>

#include "bind/classes.h"
#include "bind/message.h"
#include "bind/outcome.h"
#include "bind/region.h"
#include "core/output.h"

// ---- in the thread ----

// print(...): as Lua has it, but to the stream of this thread
static int print(lua_State *L)
{
    int n = lua_gettop(L);
    for (int i = 1; i <= n; i++) {
        size_t length;
        const char *text = luaL_tolstring(L, i, &length);
        if (i > 1) fputc('\t', mp_stdout);
        fwrite(text, 1, length, mp_stdout);
        lua_pop(L, 1);
    }
    fputc('\n', mp_stdout);
    fflush(mp_stdout);
    return 0;
}

// io.stdout or io.stderr, of the table on the top
static void set_stream(lua_State *L, const char *name, FILE *f)
{
    lua_getfield(L, -1, name);
    luaL_Stream *stream = luaL_checkudata(L, -1, LUA_FILEHANDLE);
    stream->f = f;
    lua_pop(L, 1);
}

// The lines of two threads would mix in one buffer.
static void use_own_output(lua_State *L)
{
    lua_getglobal(L, LUA_IOLIBNAME);
    set_stream(L, "stdout", mp_stdout);
    set_stream(L, "stderr", mp_stderr);
    lua_pop(L, 1);
    lua_pushcfunction(L, print);
    lua_setglobal(L, "print");
}

static int open_state(lua_State *L)
{
    lmp_be_thread(L);
    use_own_output(L);
    lmp_seed_when_drawing();
    lua_settop(L, 0);
    return 0;
}

// The search paths on the top become those of this state.
static void set_paths(lua_State *L)
{
    lua_getglobal(L, LUA_LOADLIBNAME);
    lua_insert(L, -3);
    lua_setfield(L, -3, "cpath");
    lua_setfield(L, -2, "path");
    lua_pop(L, 1);
}

// -> function, arguments
static int receive(lua_State *L)
{
    struct mp_view view = mp_message_view(mp_thread_input());
    lmp_push_view(L, &view);
    set_paths(L);
    return lua_gettop(L);
}

// Pushes what receive gives, or an error; returns the Lua status.
static int take_input(lua_State *L)
{
    lua_pushcfunction(L, receive);
    int status = lua_pcall(L, 0, LUA_MULTRET, 0);
    mp_enter(MP_OP_OBJECT);
    mp_thread_drop_input();
    mp_leave();
    return status;
}

// -> exit status
static int live(lua_State *L)
{
    int status = 1;
    open_state(L);
    if (take_input(L) == LUA_OK) {
        status = lmp_run_target(L);
    } else {
        lmp_leave_error(L);
    }
    if (!lmp_run_atexit(L)) status = 1;
    lua_pushinteger(L, status);
    return 1;
}

static int run_state(lua_State *L)
{
    lua_pushcfunction(L, live);
    int status = lua_pcall(L, 0, 1, 0) == LUA_OK ? (int)lua_tointeger(L, -1) : 1;
    if (lua_type(L, -1) != LUA_TNUMBER) fprintf(mp_stderr, "mplua: %s\n", lmp_text(L, -1));
    return status;
}

// Of who raises where nothing is called protected, as a C module may: then Lua aborts.
static int tell_panic(lua_State *L)
{
    fprintf(mp_stderr, "mplua: unprotected error in a thread: %s\n", lua_tostring(L, -1));
    fflush(mp_stderr);
    return 0;
}

static int run_in_region(void)
{
    struct lmp_region region;
    lmp_region_open(&region);
    lua_State *L = lua_newstate(lmp_region_alloc, &region);
    if (!L) fputs("mplua: not enough memory for a thread\n", mp_stderr);
    if (L) lua_atpanic(L, tell_panic);
    int status = L ? run_state(L) : 1;
    if (L) lua_close(L);
    lmp_region_close(&region);
    return status;
}

int lthread_run(void)
{
    if (!mp_output_begin()) return 1;
    int status = run_in_region();
    lmp_warn_leave();
    mp_output_leave();
    return status;
}

// mp.current_thread() -> thread | nil in the main thread
int lthread_current(lua_State *L)
{
    if (!mp_is_thread()) return lua_pushnil(L), 1;
    lmp_pushobj(L, &mp_process_member()->obj);
    return 1;
}

// The main thread has a list of those that it has started, but in its own Lua state.
int lthread_children(lua_State *L)
{
    uint32_t handle;
    lua_newtable(L);
    for (uint64_t slot = 0, n = 0;;) {
        mp_enter(MP_OP_OBJECT);
        struct mp_process *p = mp_process_child(&slot, &handle);
        mp_leave();
        if (!p) return 1;
        int status = lmp_pushobj_safely(L, &p->obj);
        mp_enter(MP_OP_OBJECT);
        mp_handle_close(handle);
        mp_leave();
        if (status != LUA_OK) return lua_error(L);
        lua_rawseti(L, -2, (lua_Integer)++n);
    }
}

// ---- as others see it ----

// __close: joins it
static int lthread_close(lua_State *L)
{
    struct mp_process *t = lmp_checkmember(L);
    if (t->state == MP_PROCESS_NEW || t == mp_process_member()) return 0;
    int err = lmp_join_member(t, MP_FOREVER);
    return err && err != EINVAL ? lmp_refuse(L, err, false) : 0;
}

static const luaL_Reg methods[] = {{"start", lthread_start},
                                   {"join", lmember_join},
                                   {"result", lmember_result},
                                   {"is_alive", lmember_is_alive},
                                   {NULL, NULL}};
static const luaL_Reg fields[] = {{"name", lmp_ref_name},
                                  {"daemon", lmember_daemon},
                                  {"error", lmember_error},
                                  {"traceback", lmember_traceback},
                                  {NULL, NULL}};
static const luaL_Reg meta[] = {{"__close", lthread_close}, {NULL, NULL}};

const struct lmp_class lthread_class = {
    .name = "thread", .kind = MP_THREAD, .methods = methods, .fields = fields, .meta = meta};
