// What a new process runs: one function, on a Lua thread and a C stack of its own.
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "bind/codec.h"
#include "bind/lmp.h"
#include "core/process.h"
#include "core/syscall.h"

static const char RANDOMSEED = 0;   // registry: math.randomseed
static const char TRACEBACK = 0;   // registry: of the error that ended the function
enum { SHALLOW = 64 * 1024 };

static jmp_buf bottom;
static const char *bottom_frame;
// Beside what the C library keeps of a thread: a new process writes to that page anyway.
static _Thread_local lua_State *thread;
static _Thread_local int nargs, ended_with;

static int note_traceback(lua_State *L)
{
    luaL_traceback(L, L, NULL, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &TRACEBACK);
    return 1;
}

void lmp_note_randomseed(lua_State *L)
{
    lua_getglobal(L, LUA_MATHLIBNAME);
    lua_getfield(L, -1, "randomseed");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &RANDOMSEED);
    lua_pop(L, 1);
}

// Two processes must not draw the same numbers.
static void seed(lua_State *L)
{
    lua_Integer numbers[2] = {0, 0};
    long got = mp_syscall3(SYS_getrandom, (long)numbers, sizeof numbers, GRND_NONBLOCK);
    if (got < 0) numbers[0] = (lua_Integer)mp_now();
    lua_rawgetp(L, LUA_REGISTRYINDEX, &RANDOMSEED);
    lua_pushinteger(L, numbers[0]);
    lua_pushinteger(L, numbers[1]);
    lua_pcall(L, 2, 0, 0);
}

static const char *process_name(lua_State *L)
{
    lmp_pushobj(L, &mp_process_self()->obj);
    return luaL_getmetafield(L, -1, "__name") ? (lua_getfield(L, -2, "name"), lua_tostring(L, -1)) : "?";
}

// One write, so that it stays together.
static int print_error(lua_State *L)
{
    const char *text = lmp_text(L, 1);
    bool brief = (lua_pushvalue(L, 1), lmp_interrupted(L));
    const char *trace = lua_rawgetp(L, LUA_REGISTRYINDEX, &TRACEBACK) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    const char *name = process_name(L);
    if (brief) trace = "";
    fprintf(stderr, "Process %s:%s%s%s%s\n", name, brief ? " " : "\n", text, *trace ? "\n" : "", trace);
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
static void leave_error(lua_State *L)
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

static int run_function(lua_State *L)
{
    lua_pushcfunction(L, note_traceback);
    lua_insert(L, 1);
    lmp_watch_signals(L, false);   // not before: an interruption is raised in the function
    int status = lua_pcall(L, nargs, LUA_MULTRET, 1);
    if (mp_self.stranger) return end_stranger(L, status);
    if (status == LUA_OK) {
        if (lua_gettop(L) == 1) return 0;   // no outcome says the same
        lua_pushboolean(L, 1);
        if (try_leave(L, 2)) return 0;
        lua_pushliteral(L, "");
        lua_rawsetp(L, LUA_REGISTRYINDEX, &TRACEBACK);
    }
    leave_error(L);
    return 1;
}

// A collection would touch, and so copy, all the memory that we have of our maker: not for a child that needs little.
enum { CHILD_KIB = 256 };

// Stack: the function and its arguments.
static int live(lua_State *L)
{
    int top = lua_gettop(L);
    lmp_be_child(L);
    seed(L);
    lua_settop(L, top);
    ended_with = lmp_finish(L, run_function(L));
    return 0;
}

// Protected as a whole: an error that nobody catches would be caught by a function of our maker, which is no more.
static int run_child(void)
{
    lua_State *L = thread;
    ended_with = 1;
    lua_gc(L, LUA_GCSTEP, -CHILD_KIB);   // that much later than it would begin
    lua_pushcfunction(L, live);
    lua_insert(L, 1);
    if (lua_pcall(L, nargs + 1, 0, 0) != LUA_OK) fprintf(stderr, "mplua: %s\n", lmp_text(L, -1));
    return ended_with;
}

void lmp_child(lua_State *L, int n)
{
    thread = L;
    nargs = n;
    // Only who makes a child that makes a child and so on would run out of stack.
    if (bottom_frame - (const char *)__builtin_frame_address(0) < SHALLOW) lmp_end(run_child());
    longjmp(bottom, 1);
}

int lmp_run(int (*body)(int, char **), int argc, char **argv)
{
    bottom_frame = __builtin_frame_address(0);
    return setjmp(bottom) == 0 ? body(argc, argv) : run_child();
}
