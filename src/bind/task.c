// The tasks of a pool's worker: what has to be fast. A chunk is leased, run, its results are noted in the journal and
// sent; whatever is not usual is left to lua/mp/pool/worker.lua.
#include <errno.h>
#include <time.h>

#include "bind/classes.h"
#include "bind/journal.h"
#include "bind/known.h"
#include "bind/parcel.h"
#include "bind/run.h"
#include "bind/table.h"
#include "core/output.h"
#include "core/slot.h"

enum { LISTED = 1, RESULTS = 2, ASKED = 1, SKIPPED = 2, HELD = 3 };   // as in lua/mp/pool/shared.lua

// run(journal, handler, f, items, step, offset, first, last, flags): the tasks at first..last
// -> "end" | "full", next | "results", position, ... | "failed", position, error
static int task_run(lua_State *L)
{
    lua_settop(L, 9);
    struct lrun r = {.j = ljournal_check(L, 1), .top = 9, .handler = 2, .f = 3, .items = 4, .step = 5};
    r.offset = luaL_checkinteger(L, 6);
    lrun_read_flags(L, &r, luaL_checkinteger(L, 9));
    int n = lrun_some(L, &r, luaL_checkinteger(L, 7), luaL_checkinteger(L, 8));
    if (n > 0) return n;
    lua_pushliteral(L, "end");
    return 1;
}

// ---- the usual chunk ----

// The arguments of task_serve, and what it has of a parcel.
enum { TASKS = 1, JOURNAL, HANDLER, REPLIES, RECALLS, REACT, CALL, FUNCTION, HEAD };
enum { ID = HEAD, CALL_OF, FIRST, LAST, FLAGS, TIMEOUT, RETRIES, GOOD, PAYLOAD };
enum { HEAD_SIZE = GOOD - ID, CLIENT_MASK = (1 << 24) - 1 };

// Of the maker, the first time, without a timeout, and its function is the one that we have.
static bool usual(lua_State *L, const struct mp_msg *msg)
{
    lua_Integer call = lua_tointeger(L, CALL_OF);
    return !lua_isnil(L, CALL) && msg->deliveries == 1 && (lua_tointeger(L, ID) & CLIENT_MASK) == 0 &&
           lua_isnil(L, TIMEOUT) && lua_toboolean(L, GOOD) && (call == 0 || call == lua_tointeger(L, CALL));
}

enum recall { OURS, LEFT_OUT, UNDECIDED };

// Our journal names the chunk. Is it left out, since its client has asked for it? See lua/mp/pool/recall.lua.
static enum recall recalled(lua_State *L, struct mp_table *recalls, int id)
{
    struct mp_key key;
    const struct mp_datum asked = mp_integer(ASKED), held = mp_integer(HELD);
    struct mp_value skipped = {mp_integer(SKIPPED), -1};
    struct mp_got got = {.datum = skipped.datum};
    atomic_thread_fence(memory_order_seq_cst);
    if (__atomic_load_n(&recalls->npairs, __ATOMIC_RELAXED) == 0) return OURS;
    lmp_tokey(L, id, &key);
    mp_enter(MP_OP_TABLE);
    int err = mp_table_set(recalls, &key, &skipped, &asked, NULL);
    if (err == EAGAIN) err = mp_table_get(recalls, &key, false, &got);
    mp_leave();
    if (err) lmp_refuse(L, err, false);
    // "Asked" by now: it was held when we wanted to leave it out, so we want that again.
    if (mp_datum_same(&got.datum, &held) || mp_datum_same(&got.datum, &asked)) return UNDECIDED;
    return mp_datum_same(&got.datum, &skipped.datum) ? LEFT_OUT : OURS;
}

// recalled(recalls, chunk) -> boolean: a chunk that our journal names | nil: its client is about to decide
static int task_recalled(lua_State *L)
{
    enum recall r = recalled(L, lmp_checktable(L, 1), 2);
    if (r == UNDECIDED)
        lua_pushnil(L);
    else
        lua_pushboolean(L, r == LEFT_OUT);
    return 1;
}

// pause(): a moment, in which nobody can hold us up
static int task_pause(lua_State *L)
{
    (void)L;
    nanosleep(&(struct timespec){.tv_nsec = 500L * 1000}, NULL);
    return 0;
}

// Of the maker, with whom the pool ends: its decision is worth waiting for.
static bool left_out(lua_State *L, struct mp_table *recalls)
{
    enum recall r;
    while ((r = recalled(L, recalls, ID)) == UNDECIDED) nanosleep(&(struct timespec){.tv_nsec = 500L * 1000}, NULL);
    return r == LEFT_OUT;
}

// Stack: the payload of a call with its own function. Makes the arguments a list.
static void pack_arguments(lua_State *L)
{
    int n = lua_gettop(L) - PAYLOAD;
    lua_createtable(L, n, 1);
    lua_insert(L, PAYLOAD + 1);
    for (int i = n; i >= 1; i--) lua_rawseti(L, PAYLOAD + 1, i);
    lua_pushinteger(L, n);
    lua_setfield(L, PAYLOAD + 1, "n");
    lua_createtable(L, 1, 0);
    lua_insert(L, PAYLOAD + 1);
    lua_rawseti(L, PAYLOAD + 1, 1);
}

// send(chunk, journal, queue): the results that are noted
static int send(lua_State *L)
{
    const struct ljournal *j = lua_touserdata(L, 2);
    struct mp_queue *to = lua_touserdata(L, 3);
    int64_t progress = j->progress, n = ljournal_count(progress);
    lua_settop(L, 1);
    lua_pushinteger(L, n == 1 ? RESULTS : LISTED);
    lua_pushinteger(L, ljournal_position(progress) - n + 1);
    lua_pushinteger(L, n);
    if (n == 1)
        lmp_get_simple(L, j->bytes, j->bytes + j->used);
    else
        lua_pushlstring(L, (const char *)j->bytes, j->used);
    lparcel_put(L, to, 1, 5, 4, "results", NULL);
    return 0;
}

// False, and an error on the stack: there was no room.
static bool send_noted(lua_State *L, struct ljournal *j, struct mp_queue *to)
{
    if (ljournal_count(j->progress) == 0) return true;
    luaL_checkstack(L, 8, NULL);
    lua_pushcfunction(L, send);
    lua_pushvalue(L, ID);
    lua_pushlightuserdata(L, j);
    lua_pushlightuserdata(L, to);
    return lua_pcall(L, 3, 0, 0) == LUA_OK;
}

// What happened is on the stack, n values: Lua reacts and says where to go on.
static lua_Integer react(lua_State *L, const struct lrun *r, int n)
{
    int at = lua_gettop(L) - n + 1;
    lua_pushvalue(L, REACT);
    for (int i = ID; i <= RETRIES; i++) lua_pushvalue(L, i);
    lua_rotate(L, at, 1 + HEAD_SIZE);
    lua_call(L, HEAD_SIZE + n, 1);
    lua_Integer next = luaL_checkinteger(L, -1);
    lua_settop(L, r->top);
    return next;
}

static void run_chunk(lua_State *L, struct ljournal *j, struct mp_queue *to)
{
    bool own = lua_tointeger(L, CALL_OF) == 0;
    lua_Integer first = lua_tointeger(L, FIRST), last = lua_tointeger(L, LAST);
    if (own) pack_arguments(L);
    lua_settop(L, PAYLOAD + 1);
    struct lrun r = {.j = j, .top = PAYLOAD + 1, .handler = HANDLER, .step = PAYLOAD + 1};
    r.f = own ? PAYLOAD : FUNCTION;
    r.items = own ? PAYLOAD + 1 : PAYLOAD;
    r.offset = first - 1;
    lrun_read_flags(L, &r, lua_tointeger(L, FLAGS));
    while (first <= last) {
        int n = lrun_some(L, &r, first, last);
        first = n == 0 ? last + 1 : react(L, &r, n);
    }
    lua_settop(L, r.top);
    if (send_noted(L, j, to)) return;
    if (lmp_interrupted(L)) lua_error(L);
    lua_settop(L, r.top);
    react(L, &r, lrun_leave(L, "full", last + 1, 0));   // which waits for room
}

static void done(struct mp_msg *msg)
{
    mp_output_settle();
    mp_enter(MP_OP_QUEUE);
    mp_lease_done(msg);
    mp_leave();
}

// It is not ours to do: pushes a lease below the parcel.
static int pass_on(lua_State *L, struct mp_msg *msg)
{
    struct mp_msg **lease = llease_new(L);
    *lease = msg;
    lua_insert(L, HEAD);
    return lua_gettop(L) - HEAD + 1;
}

static void forget_recall(lua_State *L)
{
    lua_pushvalue(L, RECALLS);
    lua_pushvalue(L, ID);
    lua_pushnil(L);
    lua_settable(L, -3);
}

// A chunk that is left out is delivered again if we die before it is done: so its entry stays until then.
static void serve(lua_State *L, struct mp_msg *msg, struct ljournal *j, struct mp_queue *to, struct mp_table *recalls)
{
    ljournal_begin(j, lua_tointeger(L, ID), lua_tointeger(L, FIRST), 0);
    bool ours = !left_out(L, recalls);
    if (ours) run_chunk(L, j, to);
    done(msg);
    atomic_store_explicit(&j->chunk, 0, memory_order_release);
    if (!ours) forget_recall(L);
}

static void push_parcel(lua_State *L, struct mp_view view)
{
    struct mp_view rest = lparcel_push_head(L, view, HEAD_SIZE);
    bool own = lua_tointeger(L, CALL_OF) == 0;
    lua_pushboolean(L, 1);
    if (own && lknown_push(L, rest)) return;
    lua_pop(L, 1);
    lparcel_push_rest(L, rest);
    if (own && lua_toboolean(L, GOOD)) lknown_note(L, rest, PAYLOAD);
}

// serve(tasks, journal, handler, results, recalls, react, call, f): runs chunks of this call, and such as bring their
// function, until there is one to be looked at -> lease, its parcel | nil, "closed". Without a call every one is
static int task_serve(lua_State *L)
{
    lua_settop(L, HEAD - 1);
    struct mp_queue *tasks = lparcel_checkqueue(L, TASKS), *to = lparcel_checkqueue(L, REPLIES);
    struct ljournal *j = ljournal_check(L, JOURNAL);
    struct mp_table *recalls = lmp_checktable(L, RECALLS);
    for (;;) {
        struct mp_msg *msg = NULL;
        lua_settop(L, HEAD - 1);
        mp_output_settle();
        mp_enter(MP_OP_GET);
        int err = mp_queue_lease(tasks, &msg, MP_FOREVER);
        mp_leave();
        if (err) return lqueue_refuse(L, tasks, err, false);
        push_parcel(L, mp_message_view(msg));
        if (!usual(L, msg)) return pass_on(L, msg);
        serve(L, msg, j, to, recalls);
    }
}

void ltask_functions(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"run", task_run}, {"serve", task_serve}, {"recalled", task_recalled}, {"pause", task_pause}, {NULL, NULL}};
    luaL_newlib(L, functions);
}
