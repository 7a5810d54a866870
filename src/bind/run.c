#include "bind/run.h"

#include "bind/parcel.h"

enum { STAR = 1, ALL = 2 };   // as in lua/mp/pool/shared.lua
enum { COPIES = 8 };          // of the results: each Lua function on the way to the queue has them on the stack

// What runs the tasks has these as its arguments.
enum { FUNCTION = 1, ITEMS, STEP, RUNNING };

struct running {
    const struct lrun *of;
    lua_Integer position, last;
    lua_Integer number, step;   // of a range of integers: its first, as everything is counted
    bool integers;
};

// Integers wrap around, as in Lua.
static void push_number(lua_State *L, const struct running *r, lua_Integer i)
{
    if (r->integers) {
        lua_pushinteger(L, (lua_Integer)((lua_Unsigned)r->number + (lua_Unsigned)(i - 1) * (lua_Unsigned)r->step));
        return;
    }
    lua_pushvalue(L, ITEMS);
    lua_pushinteger(L, i - 1);
    lua_pushvalue(L, STEP);
    lua_arith(L, LUA_OPMUL);
    lua_arith(L, LUA_OPADD);
}

static void push_item(lua_State *L, const struct running *r)
{
    lua_Integer i = r->position - r->of->offset;
    if (r->of->single)
        lua_pushvalue(L, ITEMS);
    else if (r->of->range)
        push_number(L, r, i);
    else
        lua_rawgeti(L, ITEMS, i);
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

static int leave_results(lua_State *L, const struct running *r, int n)
{
    if (lua_checkstack(L, COPIES * n + LUA_MINSTACK)) return lrun_leave(L, "results", r->position, n);
    lua_settop(L, RUNNING);
    lua_pushliteral(L, "too many results");
    return lrun_leave(L, "failed", r->position, 1);
}

// Pushes the task's arguments and returns how many.
static int push_arguments(lua_State *L, const struct running *r)
{
    if (!r->of->star) return push_item(L, r), 1;
    int top = lua_gettop(L);
    lua_pushcfunction(L, spread);
    push_item(L, r);
    lua_call(L, 1, LUA_MULTRET);
    return lua_gettop(L) - top;
}

// What is to be done about the task, which is on the stack. 0: its result is noted.
static int run_one(lua_State *L, const struct running *r)
{
    const struct lrun *of = r->of;
    lua_settop(L, RUNNING);
    atomic_store_explicit(&of->j->begun, r->position, memory_order_release);
    lua_pushvalue(L, FUNCTION);
    lua_call(L, push_arguments(L, r), of->results);
    int n = of->results == 1 ? 1 : lua_gettop(L) - RUNNING;
    return n == 1 && ljournal_note(L, of->j, r->position) ? 0 : leave_results(L, r, n);
}

// (f, items, step, running) -> nothing, or what lrun_leave returns
static int run_tasks(lua_State *L)
{
    struct running *r = lua_touserdata(L, RUNNING);
    for (; r->position <= r->last; r->position++) {
        if (LJOURNAL_SIZE - r->of->j->used < LJOURNAL_LONGEST) return lrun_leave(L, "full", r->position, 0);
        int n = run_one(L, r);
        if (n > 0) return n;
    }
    return 0;
}

// Behind the last one, whose result is noted: it is nobody's error.
static int end_interrupted(lua_State *L, const struct lrun *of)
{
    if (lmp_interrupted(L)) lmp_interrupt_soon();
    lua_settop(L, of->top);
    return 0;
}

// They are called protected together, until one fails.
int lrun_some(lua_State *L, const struct lrun *of, lua_Integer first, lua_Integer last)
{
    struct running r = {.of = of, .position = first, .last = last};
    r.integers = of->range && lua_isinteger(L, of->items) && lua_isinteger(L, of->step);
    if (r.integers) r.number = lua_tointeger(L, of->items), r.step = lua_tointeger(L, of->step);
    lua_settop(L, of->top);
    lua_pushcfunction(L, run_tasks);
    lua_pushvalue(L, of->f);
    lua_pushvalue(L, of->items);
    lua_pushvalue(L, of->step);
    lua_pushlightuserdata(L, &r);
    int status = lua_pcall(L, 4, LUA_MULTRET, of->handler);
    if (status != LUA_OK && r.position > last) return end_interrupted(L, of);
    if (status != LUA_OK) return lrun_leave(L, "failed", r.position, 1);
    luaL_checkstack(L, LUA_MINSTACK, NULL);   // behind many results
    return lua_gettop(L) - of->top;
}
