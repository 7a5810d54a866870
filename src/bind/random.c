// math.random and math.randomseed are Lua's own, but a process or thread that has not drawn a number yet has its maker's
// state, or one that is made of addresses. It gets one of its own when it draws the first: most never do, and for a new
// process that would be a page to copy.
#include <sys/random.h>

#include "bind/lmp.h"
#include "core/clock.h"
#include "core/syscall.h"

static lua_CFunction draw, sow;   // Lua's own; their upvalue is the state
static _Thread_local bool due;

void lmp_seed_when_drawing(void)
{
    due = true;
}

// Two processes or threads must not draw the same numbers.
static void seed(lua_State *L)
{
    lua_Integer numbers[2] = {0, 0};
    long got = mp_syscall3(SYS_getrandom, (long)numbers, sizeof numbers, GRND_NONBLOCK);
    if (got < 0) numbers[0] = (lua_Integer)mp_now();
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, sow, 1);
    lua_pushinteger(L, numbers[0]);
    lua_pushinteger(L, numbers[1]);
    lua_call(L, 2, 0);
    due = false;   // not if that failed
}

static int random(lua_State *L)
{
    if (due) seed(L);
    return draw(L);
}

static int randomseed(lua_State *L)
{
    due = false;
    return sow(L);
}

// Of the library on the top; with the same upvalue.
static lua_CFunction replace(lua_State *L, const char *name, lua_CFunction ours)
{
    lua_getfield(L, -1, name);
    lua_CFunction theirs = lua_tocfunction(L, -1);
    lua_getupvalue(L, -1, 1);
    lua_pushcclosure(L, ours, 1);
    lua_setfield(L, -3, name);
    lua_pop(L, 1);
    return theirs;
}

void lmp_open_random(lua_State *L)
{
    lua_getglobal(L, LUA_MATHLIBNAME);
    lua_CFunction theirs[2] = {replace(L, "random", random), replace(L, "randomseed", randomseed)};
    if (!draw) draw = theirs[0], sow = theirs[1];   // later there may be threads
    lua_pop(L, 1);
}
