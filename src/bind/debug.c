// mp.debug: for tests, and for the curious.
#include "bind/classes.h"
#include "bind/lmp.h"
#include "core/clock.h"
#include "core/fsck.h"
#include "core/heap.h"
#include "core/park.h"
#include "core/slot.h"

// mp.debug.census() -> {blocks = , process = , queue = , ...}: what of the arena is in use
static int debug_census(lua_State *L)
{
    mp_enter(MP_OP_OBJECT);
    mp_magazines_flush(mp_self.slot);
    mp_leave();
    lua_newtable(L);
    lua_pushinteger(L, (lua_Integer)mp_heap_blocks());
    lua_setfield(L, -2, "blocks");
    for (uint32_t kind = MP_NONE + 1; kind < MP_KINDS; kind++) {
        lua_pushinteger(L, (lua_Integer)mp_object_count(kind));
        lua_setfield(L, -2, mp_kind_of(&(struct mp_obj){.kind = (uint16_t)kind})->name);
    }
    return 1;
}

enum { CHECK_AGAIN_NS = 1000 * 1000, CHECK_FOR_NS = 2000 * 1000 * 1000 };

// mp.debug.check() -> true | false, what is wrong | nil, "busy". The others stand still meanwhile
static int debug_check(lua_State *L)
{
    char why[256] = "";
    bool sound = false;
    int64_t end = mp_now() + CHECK_FOR_NS;
    int err, interrupted;
    do {
        mp_enter(MP_OP_OBJECT);
        err = mp_fsck_still(why, sizeof why, &sound);
        interrupted = err ? mp_sleep(mp_now() + CHECK_AGAIN_NS) : 0;
        mp_leave();
        if (interrupted) return lmp_refuse(L, interrupted, false);
    } while (err && mp_now() < end);
    if (err) return lua_pushnil(L), lua_pushliteral(L, "busy"), 2;
    lua_pushboolean(L, sound);
    if (sound) return 1;
    lua_pushstring(L, why);
    return 2;
}

int ldebug_functions(lua_State *L)
{
    static const luaL_Reg functions[] = {{"census", debug_census}, {"check", debug_check}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
