#include "bind/journal.h"

#include "bind/classes.h"
#include "bind/message.h"
#include "core/buffer.h"

struct ljournal *ljournal_check(lua_State *L, int idx)
{
    struct mp_obj *obj = lmp_toobj(L, idx);
    const struct mp_buffer *b = (struct mp_buffer *)obj;
    luaL_argcheck(L, obj && obj->kind == MP_BUFFER, idx, "buffer expected");
    if (b->n != sizeof(struct ljournal) + LJOURNAL_SIZE) lmp_raise(L, obj, "is no journal");
    return (struct ljournal *)mp_buffer_at(b, 0);
}

// new() -> journal
static int journal_new(lua_State *L)
{
    lua_settop(L, 0);
    lua_pushinteger(L, (lua_Integer)sizeof(struct ljournal) + LJOURNAL_SIZE);
    return lbuffer_new(L);
}

// While this is written there is no chunk. Others see it before anything that follows.
void ljournal_begin(struct ljournal *j, int64_t chunk, int64_t first, int64_t tries)
{
    atomic_store_explicit(&j->chunk, 0, memory_order_release);
    atomic_store_explicit(&j->progress, ljournal_both(first - 1, 0), memory_order_release);
    j->used = 0;
    atomic_store_explicit(&j->begun, first - 1, memory_order_release);
    atomic_store_explicit(&j->tried, ljournal_both(first, tries), memory_order_release);
    atomic_store_explicit(&j->deadline, 0, memory_order_release);
    atomic_store(&j->chunk, chunk);
}

// begin(journal, chunk, first, tries): the task at `first` is the next one
static int journal_begin(lua_State *L)
{
    ljournal_begin(ljournal_check(L, 1), luaL_checkinteger(L, 2), luaL_checkinteger(L, 3), luaL_checkinteger(L, 4));
    return 0;
}

// finish(journal): there is no chunk
static int journal_finish(lua_State *L)
{
    atomic_store_explicit(&ljournal_check(L, 1)->chunk, 0, memory_order_release);
    return 0;
}

// set_state(journal, number)
static int journal_set_state(lua_State *L)
{
    atomic_store(&ljournal_check(L, 1)->state, luaL_checkinteger(L, 2));
    return 0;
}

// set_deadline(journal, time): of the task that is begun next. Others see it before anything that follows.
static int journal_set_deadline(lua_State *L)
{
    atomic_store(&ljournal_check(L, 1)->deadline, luaL_checknumber(L, 2));
    return 0;
}

// set_tries(journal, position, tries)
static int journal_set_tries(lua_State *L)
{
    atomic_store(&ljournal_check(L, 1)->tried, ljournal_both(luaL_checkinteger(L, 2), luaL_checkinteger(L, 3)));
    return 0;
}

// read(journal) -> state, chunk, begun, done, tries of the task that was begun, deadline
static int journal_read(lua_State *L)
{
    const struct ljournal *j = ljournal_check(L, 1);
    atomic_thread_fence(memory_order_seq_cst);   // see lua/mp/pool/recall.lua
    int64_t begun = atomic_load(&j->begun), tried = atomic_load(&j->tried);
    lua_pushinteger(L, atomic_load(&j->state));
    lua_pushinteger(L, atomic_load(&j->chunk));
    lua_pushinteger(L, begun);
    lua_pushinteger(L, ljournal_position(atomic_load(&j->progress)));
    lua_pushinteger(L, ljournal_position(tried) == begun ? ljournal_count(tried) : 0);
    lua_pushnumber(L, atomic_load(&j->deadline));
    return 6;
}

// results(journal) -> position of the first one, how many, bytes
static int journal_results(lua_State *L)
{
    const struct ljournal *j = ljournal_check(L, 1);
    int64_t progress = atomic_load(&j->progress), n = ljournal_count(progress);
    lua_pushinteger(L, ljournal_position(progress) - n + 1);
    lua_pushinteger(L, n);
    if (n == 0) return 2;
    lua_pushlstring(L, (const char *)j->bytes, j->used <= LJOURNAL_SIZE ? j->used : 0);
    return 3;
}

static size_t put_string(lua_State *L, uint8_t *at)
{
    struct mp_build b;
    b.data = at;
    b.len = 0;
    b.cap = LJOURNAL_LONGEST;
    size_t length;
    const char *s = lua_tolstring(L, -1, &length);
    return length <= LJOURNAL_LONGEST - LMP_WORD_MAX && lmp_put_string(&b, s, length) ? b.len : 0;
}

// The result on the top, of the task at this position, which is done then. False: it has to be sent alone.
bool ljournal_note(lua_State *L, struct ljournal *j, int64_t position)
{
    uint8_t *at = j->bytes + j->used;
    int type = lua_type(L, -1);
    const uint8_t *end = lmp_put_plain(L, -1, type, at);
    size_t length = end ? (size_t)(end - at) : type == LUA_TSTRING ? put_string(L, at) : 0;
    if (length == 0) return false;
    j->used += length;
    int64_t noted = ljournal_count(atomic_load_explicit(&j->progress, memory_order_relaxed));
    atomic_store_explicit(&j->progress, ljournal_both(position, noted + 1), memory_order_release);
    return true;
}

// list(n) -> a table with room for so many
static int journal_list(lua_State *L)
{
    lua_createtable(L, (int)luaL_checkinteger(L, 1), 1);
    return 1;
}

// unpack(bytes, n, list, first): the results of n tasks become list[first]...
static int journal_unpack(lua_State *L)
{
    size_t length;
    const uint8_t *p = (const uint8_t *)luaL_checklstring(L, 1, &length), *end = p + length;
    lua_Integer n = luaL_checkinteger(L, 2), first = luaL_checkinteger(L, 4);
    luaL_checktype(L, 3, LUA_TTABLE);
    for (lua_Integer i = 0; i < n; i++) {
        p = p < end ? lmp_get_simple(L, p, end) : NULL;
        if (!p) return luaL_error(L, "these are no results");
        lua_rawseti(L, 3, first + i);
    }
    return 0;
}

void ljournal_functions(lua_State *L)
{
    static const luaL_Reg functions[] = {{"new", journal_new},
                                         {"begin", journal_begin},
                                         {"finish", journal_finish},
                                         {"set_state", journal_set_state},
                                         {"set_deadline", journal_set_deadline},
                                         {"set_tries", journal_set_tries},
                                         {"read", journal_read},
                                         {"results", journal_results},
                                         {"list", journal_list},
                                         {"unpack", journal_unpack},
                                         {NULL, NULL}};
    luaL_newlib(L, functions);
}
