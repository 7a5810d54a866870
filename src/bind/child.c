// What a new process runs: one function, on a Lua thread and a C stack of its own.
#include <setjmp.h>
#include <stdio.h>
#include <sys/random.h>

#include "bind/outcome.h"
#include "core/clock.h"
#include "core/syscall.h"

static const char RANDOMSEED = 0;   // registry: math.randomseed
enum { SHALLOW = 64 * 1024 };

static jmp_buf bottom;
static const char *bottom_frame;
// Beside what the C library keeps of a thread: a new process writes to that page anyway.
static _Thread_local lua_State *thread;
static _Thread_local int nargs, ended_with;

void lmp_note_randomseed(lua_State *L)
{
    lua_getglobal(L, LUA_MATHLIBNAME);
    lua_getfield(L, -1, "randomseed");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &RANDOMSEED);
    lua_pop(L, 1);
}

// Two processes or threads must not draw the same numbers.
void lmp_seed(lua_State *L)
{
    lua_Integer numbers[2] = {0, 0};
    long got = mp_syscall3(SYS_getrandom, (long)numbers, sizeof numbers, GRND_NONBLOCK);
    if (got < 0) numbers[0] = (lua_Integer)mp_now();
    lua_rawgetp(L, LUA_REGISTRYINDEX, &RANDOMSEED);
    lua_pushinteger(L, numbers[0]);
    lua_pushinteger(L, numbers[1]);
    lua_pcall(L, 2, 0, 0);
}

// A collection would touch, and so copy, all the memory that we have of our maker: not for a child that needs little.
enum { CHILD_KIB = 256 };

// Stack: the function and its arguments.
static int live(lua_State *L)
{
    int top = lua_gettop(L);
    lmp_be_child(L);
    lmp_seed(L);
    lua_settop(L, top);
    lmp_watch_signals(L, false);   // not before: an interruption is raised in the function
    ended_with = lmp_finish(L, lmp_run_target(L));
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
