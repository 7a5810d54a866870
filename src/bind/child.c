// What a new process runs: one function, on a Lua thread and a C stack of its own.
#include <setjmp.h>
#include <stdio.h>

#include "bind/outcome.h"

enum { SHALLOW = 64 * 1024 };

static jmp_buf bottom;
static const char *bottom_frame;
// Beside what the C library keeps of a thread: a new process writes to that page anyway.
static _Thread_local lua_State *thread;
static _Thread_local int nargs, ended_with;

// Stack: the function and its arguments.
static int live(lua_State *L)
{
    lmp_be_child(L);
    lmp_seed_when_drawing();
    lmp_watch_signals(L, false);   // not before: an interruption is raised in the function
    ended_with = lmp_finish(L, lmp_run_target(L));
    return 0;
}

// Protected as a whole: an error that nobody catches would be caught by a function of our maker, which is no more.
static int run_child(void)
{
    lua_State *L = thread;
    ended_with = 1;
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
