#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "bind/lmp.h"
#include "bind/table.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/park.h"

int lmp_caller(lua_State *L)
{
    lua_Debug ar;
    for (int level = 0; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline > 0 && strncmp(ar.source, "=mp/", 4) != 0) return level;
    }
    return 1;
}

void lmp_place(lua_State *L)
{
    luaL_where(L, lmp_caller(L));
}

int lmp_error(lua_State *L, const char *format, ...)
{
    va_list args;
    lmp_place(L);
    va_start(args, format);
    lua_pushvfstring(L, format, args);
    va_end(args);
    lua_concat(L, 2);
    return lua_error(L);
}

bool lmp_hasmeta(lua_State *L, int idx, const char *name)
{
    if (luaL_getmetafield(L, idx, name) == LUA_TNIL) return false;
    lua_pop(L, 1);
    return true;
}

bool lmp_callable(lua_State *L, int idx)
{
    return lua_isfunction(L, idx) || lmp_hasmeta(L, idx, "__call");
}

void lmp_checkcallable(lua_State *L, int idx)
{
    if (!lmp_callable(L, idx)) luaL_typeerror(L, idx, "function");
}

lua_Integer lmp_checkinteger(lua_State *L, int idx)
{
    luaL_checktype(L, idx, LUA_TNUMBER);
    return luaL_checkinteger(L, idx);
}

lua_Integer lmp_optinteger(lua_State *L, int idx, lua_Integer otherwise)
{
    return lua_isnoneornil(L, idx) ? otherwise : lmp_checkinteger(L, idx);
}

int64_t lmp_deadline_of(lua_State *L, int idx)
{
    if (lua_type(L, idx) != LUA_TNUMBER) luaL_typeerror(L, idx, "number of seconds");
    double seconds = lua_tonumber(L, idx);
    luaL_argcheck(L, !isnan(seconds), idx, "a timeout that is not a number");
    if (seconds <= 0) return MP_NOW;
    if (seconds > 9e8) return MP_FOREVER;   // 28 years
    return mp_now() + (int64_t)(seconds * 1e9);
}

lua_Integer lmp_checklist(lua_State *L, int idx)
{
    const struct lmp_ref *ref = lmp_toref(L, idx);
    if (ref && ref->kind == MP_TABLE) lmp_checkcontent(L, idx);
    bool other = lmp_hasmeta(L, idx, "__index") && lmp_hasmeta(L, idx, "__len");
    bool list = lua_istable(L, idx) || (ref ? ref->kind == MP_ARRAY : other);
    if (!list) luaL_typeerror(L, idx, "list");
    return luaL_len(L, idx);
}

static bool is_options(lua_State *L)
{
    return lua_gettop(L) == 1 && lua_type(L, 1) == LUA_TTABLE && !luaL_getmetafield(L, 1, "__name");
}

// Pushes a table whose keys are the names, for the suggestion.
static void push_set(lua_State *L, const char *const names[])
{
    lua_newtable(L);
    for (int i = 0; names[i]; i++) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, names[i]);
    }
}

static void check_options(lua_State *L, const char *who)
{
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        bool known = lua_rawget(L, 2) != LUA_TNIL;
        lua_pop(L, 1);
        if (known) continue;
        const char *key = luaL_tolstring(L, -1, NULL);
        lmp_unknown(L, lua_pushfstring(L, "mp.%s", who), key, 2, lmp_caller(L));
    }
}

// mp:Queue() gives the library itself as its first argument.
void lmp_check_dot(lua_State *L, const char *who)
{
    if (!lua_istable(L, 1)) return;
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, -1, "mp");
    if (lua_rawequal(L, 1, -1)) lmp_error(L, "mp.%s is called with a dot, not with a colon", who);
    lua_pop(L, 2);
}

void lmp_options(lua_State *L, const char *who, const char *const names[])
{
    lmp_check_dot(L, who);
    if (!is_options(L)) return;
    push_set(L, names);
    check_options(L, who);
    lua_settop(L, 1);
    int n = 0;
    for (; names[n]; n++) lua_getfield(L, 1, names[n]);
    lua_remove(L, 1);
}

bool lmp_nooption(lua_State *L, int idx, const char *name)
{
    if (!is_options(L)) return lua_isnoneornil(L, idx);
    bool none = lua_getfield(L, 1, name) == LUA_TNIL;
    lua_pop(L, 1);
    return none;
}

const char *lmp_optname(lua_State *L, int idx, size_t *length)
{
    if (lua_isnoneornil(L, idx)) return NULL;
    if (lua_type(L, idx) != LUA_TSTRING) luaL_typeerror(L, idx, "string as a name");
    return lua_tolstring(L, idx, length);
}

int lmp_refuse(lua_State *L, int err, bool failure)
{
    if (err == EINTR) return lmp_interrupt(L);
    if (err == ENOMEM) return lmp_arena_full(L);
    if (err == ECANCELED && lmp_toobj(L, 1)) return lmp_raise_closed(L, lmp_toobj(L, 1));
    if (err != ETIMEDOUT) return lmp_error(L, "%s", strerror(err));
    if (failure) {
        lua_pushboolean(L, 0);
    } else {
        lua_pushnil(L);
    }
    lua_pushliteral(L, "timeout");
    return 2;
}

static int to_text(lua_State *L)
{
    luaL_tolstring(L, 1, NULL);
    return 1;
}

// As lua(1) shows it.
const char *lmp_text(lua_State *L, int idx)
{
    const char *type = luaL_typename(L, idx);
    idx = lua_absindex(L, idx);
    if (!lua_isstring(L, idx)) {
        if (!luaL_getmetafield(L, idx, "__tostring")) return lua_pushfstring(L, "(error object is a %s value)", type);
        lua_pop(L, 1);
    }
    lua_pushcfunction(L, to_text);
    lua_pushvalue(L, idx);
    if (lua_pcall(L, 1, 1, 0) == LUA_OK) return lua_tostring(L, -1);
    lua_pop(L, 1);
    return lua_pushfstring(L, "(error object is a %s value that has no text)", type);
}

const char *lmp_push_full(lua_State *L, uint64_t used, uint64_t limit)
{
    const char *format = "arena is full: %I MiB of %I MiB; raise MPLUA_ARENA";
    return lua_pushfstring(L, format, (LUAI_UACINT)used, (LUAI_UACINT)limit);
}

int lmp_arena_full(lua_State *L)
{
    return lmp_error(L, "%s", lmp_push_full(L, mp_arena_used() >> 20, mp_arena_limit() >> 20));
}

// For the Lua part. unknown(who, key, names): raises at the user's place and suggests the name that was meant
int lmp_core_unknown(lua_State *L)
{
    return lmp_unknown(L, luaL_checkstring(L, 1), luaL_checkstring(L, 2), 3, lmp_caller(L));
}

// raise(message): there too
int lmp_core_raise(lua_State *L)
{
    luaL_checkstring(L, 1);
    lmp_place(L);
    lua_insert(L, 1);
    lua_settop(L, 2);
    lua_concat(L, 2);
    return lua_error(L);
}
