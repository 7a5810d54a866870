#include "bind/run.h"

#include "bind/parcel.h"

enum { STAR = 1, ALL = 2 };   // as in lua/mp/pool/shared.lua
enum { COPIES = 8 };          // of the results: each Lua function on the way to the queue has them on the stack

static void push_number(lua_State *L, const struct lrun *r, lua_Integer i)
{
    lua_pushvalue(L, r->items);
    lua_pushinteger(L, i - 1);
    lua_pushvalue(L, r->step);
    lua_arith(L, LUA_OPMUL);
    lua_arith(L, LUA_OPADD);
}

static void push_item(lua_State *L, const struct lrun *r, lua_Integer position)
{
    lua_Integer i = position - r->offset;
    if (r->single)
        lua_pushvalue(L, r->items);
    else if (r->range)
        push_number(L, r, i);
    else
        lua_rawgeti(L, r->items, i);
}

// spread(list) -> what is in it. Called by the task, since the list is the user's: its error is the task's.
static int spread(lua_State *L)
{
    bool plain = lua_istable(L, 1);
    if (!plain && !lua_isuserdata(L, 1)) {
        return luaL_error(L, "a list of arguments expected, not a %s", luaL_typename(L, 1));
    }
    if (plain) lua_getfield(L, 1, "n");
    lua_Integer n = plain && lua_isinteger(L, -1) ? lua_tointeger(L, -1) : luaL_len(L, 1);
    lua_settop(L, 1);
    luaL_checkstack(L, n < INT32_MAX ? (int)n : INT32_MAX, "too many arguments");
    for (lua_Integer k = 1; k <= n; k++) lua_geti(L, 1, k);
    return lua_gettop(L) - 1;
}

int lrun_leave(lua_State *L, const char *how, lua_Integer position, int n)
{
    lua_pushstring(L, how);
    lua_pushinteger(L, position);
    lua_rotate(L, -n - 2, 2);
    return n + 2;
}

void lrun_read_flags(lua_State *L, struct lrun *r, lua_Integer flags)
{
    r->single = flags & LPARCEL_SINGLE;
    r->range = !r->single && !lua_istable(L, r->items);
    r->star = flags & STAR;
    r->results = flags & ALL ? LUA_MULTRET : 1;
}

// Leaves the results above r->top, or an error on the top.
static int call(lua_State *L, const struct lrun *r, lua_Integer position)
{
    int status = LUA_OK;
    lua_pushvalue(L, r->f);
    if (r->star) lua_pushcfunction(L, spread);
    push_item(L, r, position);
    if (r->star) status = lua_pcall(L, 1, LUA_MULTRET, r->handler);
    return status != LUA_OK ? status : lua_pcall(L, lua_gettop(L) - r->top - 1, r->results, r->handler);
}

static int leave_results(lua_State *L, const struct lrun *r, lua_Integer position, int n)
{
    if (lua_checkstack(L, COPIES * n + LUA_MINSTACK)) return lrun_leave(L, "results", position, n);
    lua_settop(L, r->top);
    lua_pushliteral(L, "too many results");
    return lrun_leave(L, "failed", position, 1);
}

// What is to be done about the task, which is on the stack. 0: its result is noted.
static int run_one(lua_State *L, const struct lrun *r, lua_Integer position)
{
    lua_settop(L, r->top);
    atomic_store_explicit(&r->j->begun, position, memory_order_release);
    int status = call(L, r, position), n = lua_gettop(L) - r->top;
    if (status != LUA_OK) return lrun_leave(L, "failed", position, 1);
    return n == 1 && ljournal_note(L, r->j, position) ? 0 : leave_results(L, r, position, n);
}

int lrun_some(lua_State *L, const struct lrun *r, lua_Integer first, lua_Integer last)
{
    for (lua_Integer position = first; position <= last; position++) {
        if (LJOURNAL_SIZE - r->j->used < LJOURNAL_LONGEST) return lrun_leave(L, "full", position, 0);
        int n = run_one(L, r, position);
        if (n > 0) return n;
    }
    return 0;
}
