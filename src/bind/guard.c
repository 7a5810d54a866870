// Guards and `with`: what is acquired is given back whatever happens.
#include "bind/classes.h"
#include "bind/lmp.h"
#include "core/slot.h"

struct lguard {
    const struct lmp_holding *of;   // NULL once it was given back
};

// Its user value is the object.
static int lguard_close(lua_State *L)
{
    struct lguard *guard = lmp_check(L);
    const struct lmp_holding *of = guard->of;
    lua_settop(L, 1);
    if (!of || mp_self.stranger) return 0;   // of a process that fork made: it is its maker's
    guard->of = NULL;
    lua_getiuservalue(L, 1, 1);
    // Somebody may have done so by hand, or have closed its manager: the error that ends a scope is not to be masked.
    if (lmp_toobj(L, 2)) of->release(L, 2);
    return 0;
}

// Pushes a guard of the object at 1, which the caller acquires before it can be closed.
static struct lguard *push_guard(lua_State *L)
{
    struct lguard *guard = lua_newuserdatauv(L, sizeof *guard, 1);
    guard->of = NULL;
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    lmp_setclass(L, "guard");
    return guard;
}

int lguard_guard(lua_State *L, const struct lmp_holding *of)
{
    int64_t deadline = lmp_deadline(L, 2);
    lua_settop(L, 1);
    struct lguard *guard = push_guard(L);
    int err = of->acquire(L, 1, deadline);
    if (err) return lmp_refuse(L, err, false);
    guard->of = of;
    return 1;
}

static int finish_with(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    return lua_gettop(L) - (int)context;
}

int lguard_with(lua_State *L, const struct lmp_holding *of)
{
    lmp_checkcallable(L, 2);
    int n = lua_gettop(L) - 2;
    struct lguard *guard = push_guard(L);
    lua_insert(L, 2);
    lua_toclose(L, 2);
    int err = of->acquire(L, 1, INT64_MAX);
    if (err) return lmp_refuse(L, err, true);
    guard->of = of;
    lua_callk(L, n, LUA_MULTRET, 2, finish_with);
    return finish_with(L, LUA_OK, 2);
}

static const luaL_Reg meta[] = {{"__close", lguard_close}, {"__gc", lguard_close}, {NULL, NULL}};

const struct lmp_class lguard_class = {.name = "guard", .meta = meta};
