// The end of a process or thread: it leaves what its function returned, or the error, which it tells.
#include <stdio.h>

#include "bind/codec.h"
#include "bind/outcome.h"
#include "core/msg.h"
#include "core/output.h"
#include "core/slot.h"
#include "core/thread.h"

static const char TRACEBACK = 0;   // registry: of the error that ended the function

static int note_traceback(lua_State *L)
{
    luaL_traceback(L, L, NULL, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &TRACEBACK);
    return 1;
}

static const char *own_name(lua_State *L)
{
    lmp_pushobj(L, &mp_process_member()->obj);
    return luaL_getmetafield(L, -1, "__name") ? (lua_getfield(L, -2, "name"), lua_tostring(L, -1)) : "?";
}

// One write, so that it stays together.
static int print_error(lua_State *L)
{
    const char *text = lmp_text(L, 1);
    bool brief = (lua_pushvalue(L, 1), lmp_interrupted(L));
    const char *trace = lua_rawgetp(L, LUA_REGISTRYINDEX, &TRACEBACK) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    const char *name = own_name(L), *kind = mp_is_thread() ? "Thread" : "Process";
    if (brief) trace = "";
    fprintf(mp_stderr, "%s %s:%s%s%s%s\n", kind, name, brief ? " " : "\n", text, *trace ? "\n" : "", trace);
    return 0;
}

// Stack: the results and true, or the error, its traceback and false.
static int leave_outcome(lua_State *L)
{
    struct mp_build b;
    mp_build_init(&b);
    lmp_encode(L, 1, lua_gettop(L), lua_toboolean(L, -1) ? "result %d" : "the error", &b);
    mp_enter(MP_OP_OBJECT);
    int err = mp_build_to_block(&b);
    if (!err) err = mp_build_seal(&b);
    if (!err) mp_process_leave(&b);
    mp_build_drop(&b);
    mp_leave();
    if (err) lmp_arena_full(L);
    return 0;
}

// Calls leave_outcome with what is on the stack from `first` on; on failure its error is on the top instead.
static bool try_leave(lua_State *L, int first)
{
    int n = lua_gettop(L) - first + 1;
    lua_pushcfunction(L, leave_outcome);
    lua_insert(L, first);
    return lua_pcall(L, n, 0, 0) == LUA_OK;
}

static void leave_nothing(void)
{
    mp_enter(MP_OP_OBJECT);
    mp_process_leave_nothing();
    mp_leave();
}

// The error on the top. One that cannot travel goes as its text. Where there is no room for that, who joins is told so.
void lmp_leave_error(lua_State *L)
{
    int at = lua_gettop(L);
    lua_pushvalue(L, at);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &TRACEBACK);
    lua_pushboolean(L, 0);
    if (!try_leave(L, at + 1)) {
        lua_settop(L, at);
        lmp_text(L, at);
        lua_rawgetp(L, LUA_REGISTRYINDEX, &TRACEBACK);
        lua_pushboolean(L, 0);
        if (!try_leave(L, at + 1)) leave_nothing();
    }
    lua_settop(L, at);
    lua_pushcfunction(L, print_error);
    lua_pushvalue(L, at);
    lua_pcall(L, 1, 0, 0);
    lua_settop(L, at);
}

// One that fork made in the function: the outcome is its maker's to leave.
static int end_stranger(lua_State *L, int status)
{
    if (status == LUA_OK) return 0;
    fprintf(stderr, "mplua: %s\n", lmp_text(L, -1));
    return 1;
}

int lmp_run_target(lua_State *L)
{
    int nargs = lua_gettop(L) - 1;
    lua_pushcfunction(L, note_traceback);
    lua_insert(L, 1);
    int status = lua_pcall(L, nargs, LUA_MULTRET, 1);
    if (mp_self.stranger) return end_stranger(L, status);
    if (status == LUA_OK) {
        if (lua_gettop(L) == 1) return 0;   // no outcome says the same
        lua_pushboolean(L, 1);
        if (try_leave(L, 2)) return 0;
        lua_pushliteral(L, "");
        lua_rawsetp(L, LUA_REGISTRYINDEX, &TRACEBACK);
    }
    lmp_leave_error(L);
    return 1;
}
