// Interruptions are held while the library does what belongs together, such as taking a result and noting it: what
// comes meanwhile stays pending, and is raised when that is done. The user's functions in it may be interrupted as ever.
#include "bind/hold.h"

#include "bind/classes.h"
#include "core/park.h"
#include "core/slot.h"

bool lmp_hold(void)
{
    bool before = mp_self.deaf;
    mp_self.deaf = true;
    return before;
}

void lmp_release(bool before)
{
    mp_self.deaf = before;
    if (!before && mp_interrupt_pending()) lmp_interrupt_soon();
}

bool lmp_lift(void)
{
    bool before = mp_self.deaf;
    mp_self.deaf = false;
    return before;
}

void lmp_unlift(bool before)
{
    mp_self.deaf = before;
}

int lmp_pcall_lifted(lua_State *L, int nargs, int nresults)
{
    bool before = lmp_lift();
    int status = lua_pcall(L, nargs, nresults, 0);
    lmp_unlift(before);
    return status;
}

// An error keeps its traceback where nothing is held.
void lmp_call_lifted(lua_State *L, int nargs, int nresults)
{
    if (!mp_self.deaf)
        lua_call(L, nargs, nresults);
    else if (lmp_pcall_lifted(L, nargs, nresults) != LUA_OK)
        lua_error(L);
}

// The context is what it was before.
static int over(lua_State *L, int status, lua_KContext before)
{
    lmp_release(before);
    return status == LUA_OK || status == LUA_YIELD ? lua_gettop(L) : lua_error(L);
}

// call(f, ...) -> its results, or its error. In a tail call an interruption that came meanwhile is raised behind what is
// returned, in whoever gets that.
static int hold_call(lua_State *L)
{
    bool before = lmp_hold();
    return over(L, lua_pcallk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, before, over), before);
}

static int push_status(lua_State *L, int status)
{
    lua_pushboolean(L, status == LUA_OK || status == LUA_YIELD);
    lua_insert(L, 1);
    return lua_gettop(L);
}

static int over_protected(lua_State *L, int status, lua_KContext before)
{
    lmp_release(before);
    return push_status(L, status);
}

// pcall(f, ...) -> true, its results | false, its error
static int hold_pcall(lua_State *L)
{
    bool before = lmp_hold();
    return over_protected(L, lua_pcallk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, before, over_protected), before);
}

static int over_lifted(lua_State *L, int status, lua_KContext before)
{
    lmp_unlift(before);
    return push_status(L, status);
}

// lift(f, ...) -> true, its results | false, its error: a user's function, which can be interrupted
static int hold_lift(lua_State *L)
{
    bool before = lmp_lift();
    return over_lifted(L, lua_pcallk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, before, over_lifted), before);
}

// pending() -> boolean: an interruption is to be raised
static int hold_pending(lua_State *L)
{
    lua_pushboolean(L, mp_interrupt_pending());
    return 1;
}

// again(): an interruption that was caught is raised when nothing is held
static int hold_again(lua_State *L)
{
    (void)L;
    lmp_interrupt_soon();
    return 0;
}

void lhold_functions(lua_State *L)
{
    static const luaL_Reg functions[] = {{"call", hold_call},   {"pcall", hold_pcall},     {"lift", hold_lift},
                                         {"again", hold_again}, {"pending", hold_pending}, {NULL, NULL}};
    luaL_newlib(L, functions);
}
