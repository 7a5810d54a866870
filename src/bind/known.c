// The function that the last task brought is kept, for the next one that brings the same: to make it anew takes longer
// than all else that is done for a small task. Only one that nobody can tell from a new one: without upvalues, but for the
// globals.
#include "bind/known.h"

#include <stdlib.h>

#include "bind/codec_format.h"

enum { LENGTH_MAX = 1 << 16, COUNT_MAX = 200 };

static const char FUNCTION = 0;   // registry: the function of these bytes
static _Thread_local uint8_t *known;
static _Thread_local size_t length;

static const uint8_t *end_of_globals(const uint8_t *p, const uint8_t *end)
{
    if (end - p < 2 || (*p & ~LMP_SHARED) != LMP_NAMED || p[1] < LMP_SHORT || p[1] >= LMP_SMALL) return NULL;
    size_t n = p[1] - LMP_SHORT;
    return n < (size_t)(end - p) - 2 ? p + 2 + n : NULL;
}

// Where a function ends of which this may be true, so that more follows. NULL: it is another value.
static const uint8_t *end_of(const uint8_t *p, const uint8_t *end)
{
    uint32_t n;
    if (end - p < 7 || *p != LMP_FUNCTION) return NULL;
    memcpy(&n, p + 1, sizeof n);
    if (n > LENGTH_MAX || n > (size_t)(end - p) - 7) return NULL;
    p += 1 + sizeof n + n;
    int upvalues = *p++;
    return upvalues == 0 ? p : upvalues == 1 ? end_of_globals(p, end) : NULL;
}

// A function can change its upvalue, too.
static bool has_globals_at_most(lua_State *L, int f)
{
    if (!lua_getupvalue(L, f, 1)) return true;
    lua_pushglobaltable(L);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same && !lua_upvalueid(L, f, 2);
}

static bool begins_graph(struct mp_view view)
{
    return view.len > 2 && view.nrefs == 0 && view.data[0] == LMP_GRAPH && view.data[1] < COUNT_MAX;
}

bool lknown_push(lua_State *L, struct mp_view view)
{
    const uint8_t *p = view.data + 2, *end = view.data + view.len;
    if (length == 0 || !begins_graph(view)) return false;
    if ((size_t)(end - p) <= length || memcmp(p, known, length) != 0) return false;
    int top = lua_gettop(L), n = view.data[1] - 1;
    luaL_checkstack(L, n + 4, NULL);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &FUNCTION);
    p = has_globals_at_most(L, top + 1) ? p + length : NULL;
    for (; p && n > 0; n--) p = p < end ? lmp_get_simple(L, p, end) : NULL;
    if (p && end - p == 1 && *p == LMP_END) return true;
    lua_settop(L, top);
    return false;
}

void lknown_note(lua_State *L, struct mp_view view, int f)
{
    const uint8_t *p = view.data + 2;
    const uint8_t *end = begins_graph(view) ? end_of(p, view.data + view.len) : NULL;
    if (!end || !lua_isfunction(L, f) || !has_globals_at_most(L, f)) return;
    length = 0;
    uint8_t *bytes = realloc(known, (size_t)(end - p));
    if (!bytes) return;
    known = bytes;
    memcpy(known, p, (size_t)(end - p));
    lua_pushvalue(L, f);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &FUNCTION);
    length = (size_t)(end - p);
}
