// Journals: how far a worker of a pool has come with its chunk of tasks, in a buffer that outlives it.
//
// State:     which chunk, the task that was begun last, the last one that is done, the results that were not sent yet.
// Invariant: only the worker writes it, but for the state, which others write while the worker is stopped.
// Death:     who takes the chunk next reads here which tasks are done, and which one died with the worker.
#include <string.h>

#include "bind/classes.h"
#include "bind/lmp.h"
#include "bind/message.h"
#include "core/buffer.h"

struct journal {
    _Atomic int64_t state;      // a number, for lua/mp/pool
    _Atomic int64_t chunk;      // 0: none
    _Atomic int64_t progress;   // of the last task that is done: position << NOTED_BITS | results in `bytes`
    _Atomic int64_t begun;      // position of the last task that was begun
    _Atomic int64_t tried;      // position << NOTED_BITS | how often that one was begun before
    _Atomic double deadline;    // of the task that was begun, 0: none
    uint64_t used;              // of `bytes`
    uint8_t bytes[];            // simple values, see codec_format.h
};

// A result takes at least a byte, so no more than SIZE are noted. Longer strings are sent alone.
enum { SIZE = 32768, LONGEST = 1024, NOTED_BITS = 16 };

static struct journal *checkjournal(lua_State *L)
{
    const struct mp_buffer *b = (struct mp_buffer *)lmp_checkobj(L, MP_BUFFER);
    if (b->n != sizeof(struct journal) + SIZE) lmp_raise(L, &b->obj, "is no journal");
    return (struct journal *)mp_buffer_at(b, 0);
}

static int64_t position_of(int64_t word)
{
    return word >> NOTED_BITS;
}

static int64_t count_of(int64_t word)
{
    return word & ((1 << NOTED_BITS) - 1);
}

static int64_t both(int64_t position, int64_t count)
{
    return (int64_t)((uint64_t)position << NOTED_BITS) | count;
}

// new() -> journal
static int journal_new(lua_State *L)
{
    lua_settop(L, 0);
    lua_pushinteger(L, (lua_Integer)sizeof(struct journal) + SIZE);
    return lbuffer_new(L);
}

// begin(journal, chunk, first, tries): the task at `first` is the next one. While this is written there is no chunk.
static int journal_begin(lua_State *L)
{
    struct journal *j = checkjournal(L);
    lua_Integer chunk = luaL_checkinteger(L, 2), first = luaL_checkinteger(L, 3), tries = luaL_checkinteger(L, 4);
    atomic_store_explicit(&j->chunk, 0, memory_order_release);
    atomic_store_explicit(&j->progress, both(first - 1, 0), memory_order_release);
    j->used = 0;
    atomic_store_explicit(&j->begun, first - 1, memory_order_release);
    atomic_store_explicit(&j->tried, both(first, tries), memory_order_release);
    atomic_store_explicit(&j->deadline, 0, memory_order_release);
    atomic_store_explicit(&j->chunk, chunk, memory_order_release);
    return 0;
}

// finish(journal): there is no chunk
static int journal_finish(lua_State *L)
{
    atomic_store_explicit(&checkjournal(L)->chunk, 0, memory_order_release);
    return 0;
}

// set_state(journal, number)
static int journal_set_state(lua_State *L)
{
    atomic_store(&checkjournal(L)->state, luaL_checkinteger(L, 2));
    return 0;
}

// set_deadline(journal, time): of the task that is begun next. Others see it before anything that follows.
static int journal_set_deadline(lua_State *L)
{
    atomic_store(&checkjournal(L)->deadline, luaL_checknumber(L, 2));
    return 0;
}

// set_tries(journal, position, tries)
static int journal_set_tries(lua_State *L)
{
    atomic_store(&checkjournal(L)->tried, both(luaL_checkinteger(L, 2), luaL_checkinteger(L, 3)));
    return 0;
}

// mark(journal, [position]): the task there is done, and all results are sent; without a position none is done in addition
static int journal_mark(lua_State *L)
{
    struct journal *j = checkjournal(L);
    lua_Integer position = luaL_optinteger(L, 2, position_of(j->progress));
    atomic_store_explicit(&j->progress, both(position, 0), memory_order_release);
    j->used = 0;
    return 0;
}

// read(journal) -> state, chunk, begun, done, tries of the task that was begun, deadline
static int journal_read(lua_State *L)
{
    const struct journal *j = checkjournal(L);
    int64_t begun = atomic_load(&j->begun), tried = atomic_load(&j->tried);
    lua_pushinteger(L, atomic_load(&j->state));
    lua_pushinteger(L, atomic_load(&j->chunk));
    lua_pushinteger(L, begun);
    lua_pushinteger(L, position_of(atomic_load(&j->progress)));
    lua_pushinteger(L, position_of(tried) == begun ? count_of(tried) : 0);
    lua_pushnumber(L, atomic_load(&j->deadline));
    return 6;
}

// results(journal) -> position of the first one, how many, bytes
static int journal_results(lua_State *L)
{
    const struct journal *j = checkjournal(L);
    int64_t progress = atomic_load(&j->progress), n = count_of(progress);
    lua_pushinteger(L, position_of(progress) - n + 1);
    lua_pushinteger(L, n);
    if (n == 0) return 2;
    lua_pushlstring(L, (const char *)j->bytes, j->used <= SIZE ? j->used : 0);
    return 3;
}

// ---- running ----

struct run {
    struct journal *j;
    lua_Integer offset;    // the argument of the task at position p is items[p - offset], or is counted from it
    bool range, star;
    int results;           // how many are wanted, or LUA_MULTRET
};

enum { JOURNAL = 1, HANDLER, FUNCTION, ITEMS, STEP, OFFSET, FROM, LAST, STAR, ALL, ARGUMENTS };

// Pushes the function's arguments, returns how many.
static int push_arguments(lua_State *L, const struct run *r, lua_Integer position)
{
    lua_Integer i = position - r->offset;
    if (r->range) {
        lua_pushinteger(L, i - 1);
        lua_pushvalue(L, STEP);
        lua_arith(L, LUA_OPMUL);
        lua_pushvalue(L, ITEMS);
        lua_insert(L, -2);
        lua_arith(L, LUA_OPADD);
        return 1;
    }
    lua_rawgeti(L, ITEMS, i);
    if (!r->star) return 1;
    lua_getfield(L, -1, "n");
    lua_Integer n = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : luaL_len(L, -2);
    lua_pop(L, 1);
    int list = lua_gettop(L);
    luaL_checkstack(L, n < INT32_MAX ? (int)n + 8 : INT32_MAX, "too many arguments");
    for (lua_Integer k = 1; k <= n; k++) lua_geti(L, list, k);
    lua_remove(L, list);
    return (int)n;
}

// The result on the top, of the task at this position, which is done then. False: it has to be sent alone.
static bool note(lua_State *L, struct journal *j, lua_Integer position)
{
    struct mp_build b;
    mp_build_init(&b);
    int type = lua_type(L, -1);
    if (type == LUA_TSTRING && lua_rawlen(L, -1) > LONGEST - LMP_WORD_MAX) return false;
    b.data = j->bytes + j->used;
    b.cap = LONGEST;
    if (!lmp_put_simple(L, -1, type, &b)) return false;
    j->used += b.len;
    int64_t noted = count_of(atomic_load_explicit(&j->progress, memory_order_relaxed));
    atomic_store_explicit(&j->progress, both(position, noted + 1), memory_order_release);
    return true;
}

static int finish(lua_State *L, const char *how, lua_Integer position, int n)
{
    lua_pushstring(L, how);
    lua_pushinteger(L, position);
    lua_rotate(L, -n - 2, 2);
    return n + 2;
}

// One task. 0: its result is noted; otherwise how many values to return to Lua.
static int run_one(lua_State *L, const struct run *r, lua_Integer position)
{
    lua_settop(L, ARGUMENTS - 1);
    lua_pushvalue(L, FUNCTION);
    int nargs = push_arguments(L, r, position);
    atomic_store_explicit(&r->j->begun, position, memory_order_release);
    int status = lua_pcall(L, nargs, r->results, HANDLER);
    int n = lua_gettop(L) - ARGUMENTS + 1;
    if (status != LUA_OK) return finish(L, "failed", position, 1);
    return n == 1 && note(L, r->j, position) ? 0 : finish(L, "results", position, n);
}

// run(journal, handler, f, items, step, offset, from, last, star, all): the tasks from..last
// -> "end" | "full", next | "results", position, ... | "failed", position, error
static int journal_run(lua_State *L)
{
    lua_settop(L, ARGUMENTS - 1);
    struct run r = {.j = checkjournal(L)};
    r.offset = luaL_checkinteger(L, OFFSET);
    r.range = !lua_istable(L, ITEMS);
    r.star = lua_toboolean(L, STAR);
    r.results = lua_toboolean(L, ALL) ? LUA_MULTRET : 1;
    lua_Integer last = luaL_checkinteger(L, LAST);
    for (lua_Integer position = luaL_checkinteger(L, FROM); position <= last; position++) {
        if (SIZE - r.j->used < LONGEST) return finish(L, "full", position, 0);
        int n = run_one(L, &r, position);
        if (n > 0) return n;
    }
    lua_pushliteral(L, "end");
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
                                         {"mark", journal_mark},
                                         {"read", journal_read},
                                         {"results", journal_results},
                                         {"run", journal_run},
                                         {"unpack", journal_unpack},
                                         {NULL, NULL}};
    luaL_newlib(L, functions);
}
