#include "bind/parcel.h"

#include <errno.h>

#include "bind/classes.h"
#include "bind/hold.h"
#include "bind/journal.h"
#include "core/output.h"
#include "core/slot.h"

enum { MAX_HEAD = 8, RESULT_HEAD = 4 };   // the second as in lua/mp/pool/shared.lua

struct mp_queue *lparcel_checkqueue(lua_State *L, int idx)
{
    struct mp_obj *obj = lmp_toobj(L, idx);
    luaL_argcheck(L, obj && obj->kind == MP_QUEUE, idx, "queue expected");
    return (struct mp_queue *)obj;
}

// The head is short enough for what a build has room for at first.
static void build(lua_State *L, int first, int n, int head, const char *what, struct mp_build *b)
{
    mp_build_init(b);
    for (int i = 0; i < head; i++) lmp_put_simple(L, first + i, lua_type(L, first + i), b);
    lmp_build_more(L, first + head, n - head, what, b);
}

void lparcel_put(lua_State *L, struct mp_queue *q, int first, int n, int head, const char *what,
                 const struct mp_also *also)
{
    struct mp_build b;
    build(L, first, n, head, what, &b);
    mp_output_settle();
    mp_enter(MP_OP_PUT);
    int err = mp_queue_put_also(q, &b, also, MP_FOREVER);
    if (err) mp_build_drop(&b);
    mp_leave();
    if (err) lqueue_refuse(L, q, err, true);
}

// put(queue, head, what, ...): the first `head` values are simple
static int parcel_put(lua_State *L)
{
    lua_Integer head = luaL_checkinteger(L, 2);
    int n = lua_gettop(L) - 3;
    luaL_argcheck(L, head >= 0 && head <= n && head <= MAX_HEAD, 2, "no such head");
    lparcel_put(L, lparcel_checkqueue(L, 1), 4, n, (int)head, luaL_checkstring(L, 3), NULL);
    return 0;
}

// reply(queue, journal, position, what, ...): puts results, and the journal says that the task there is done and all
// is sent: both or neither, so that who takes over knows. Without a journal it just puts
static int parcel_reply(lua_State *L)
{
    struct mp_queue *q = lparcel_checkqueue(L, 1);
    struct ljournal *j = lua_isnil(L, 2) ? NULL : ljournal_check(L, 2);
    struct mp_also also = {NULL, 0};
    int n = lua_gettop(L) - 4;
    luaL_argcheck(L, n >= RESULT_HEAD, 5, "no such head");
    if (j) also = (struct mp_also){&j->progress, ljournal_both(luaL_checkinteger(L, 3), 0)};
    lparcel_put(L, q, 5, n, RESULT_HEAD, luaL_checkstring(L, 4), j ? &also : NULL);
    if (j) j->used = 0;
    return 0;
}

struct mp_view lparcel_push_head(lua_State *L, struct mp_view view, lua_Integer n)
{
    const uint8_t *p = view.data, *end = view.data + view.len;
    for (; n > 0; n--) {
        const uint8_t *next = p < end ? lmp_get_simple(L, p, end) : NULL;
        if (next)
            p = next;
        else
            lua_pushnil(L);
    }
    return (struct mp_view){.data = p, .len = (size_t)(end - p), .refs = view.refs, .nrefs = view.nrefs};
}

void lparcel_push_rest(lua_State *L, struct mp_view rest)
{
    lua_pushboolean(L, 1);
    int good = lua_gettop(L);
    if (rest.len == 0 || lmp_push_view_safely(L, &rest)) return;
    lua_pushboolean(L, 0);
    lua_replace(L, good);
}

int lparcel_push(lua_State *L, struct mp_view view, lua_Integer n)
{
    int top = lua_gettop(L);
    lparcel_push_rest(L, lparcel_push_head(L, view, n));
    return lua_gettop(L) - top;
}

static bool put_back(struct mp_queue *q, struct mp_item *item)
{
    int room = 0;
    mp_enter(MP_OP_GET);
    int err = item->block ? 0 : mp_item_room(&room);
    if (!err) mp_item_back(q, item, room);
    mp_leave();
    return !err;
}

// It was an interruption, of a function that the values need, that kept them from being decoded: then the error is on
// the top, and the parcel is where it was. Without room for that it has failed.
static bool came_to_nothing(lua_State *L, struct mp_queue *q, struct mp_item *item, int good)
{
    if (lua_toboolean(L, good) || !lmp_interrupted(L)) return false;
    if (put_back(q, item)) return true;
    lmp_interrupt_soon();
    return false;
}

int lparcel_take(lua_State *L, struct mp_queue *q, struct mp_item *item, lua_Integer n)
{
    int good = lua_gettop(L) + (int)n + 1, results = lparcel_push(L, item->view, n);
    if (came_to_nothing(L, q, item, good)) return 0;
    if (!item->block) return results;
    mp_enter(MP_OP_OBJECT);
    mp_item_drop(item);
    mp_leave();
    return results;
}

// Of who waits nothing is held: it has nothing yet.
static int wait_for_item(struct mp_queue *q, struct mp_item *item, int64_t deadline)
{
    bool before = lmp_lift();
    mp_enter(MP_OP_GET);
    int err = mp_queue_get(q, item, deadline);
    mp_leave();
    lmp_unlift(before);
    return err;
}

// get(queue, n, [timeout]) -> n values, true, others | n values, false, error | nil, reason
static int parcel_get(lua_State *L)
{
    struct mp_queue *q = lparcel_checkqueue(L, 1);
    lua_Integer n = luaL_checkinteger(L, 2);   // a few
    int64_t deadline = lmp_deadline(L, 3);
    struct mp_item item;
    mp_output_settle();
    int err = wait_for_item(q, &item, deadline);
    if (err) return lqueue_refuse(L, q, err, false);
    int results = lparcel_take(L, q, &item, n);
    return results > 0 ? results : lua_error(L);
}

// lease(queue, n) -> lease, n values, true, others | lease, n values, false, error | nil, "timeout" | nil, "closed".
// It does not wait
static int parcel_lease(lua_State *L)
{
    struct mp_queue *q = lparcel_checkqueue(L, 1);
    lua_Integer n = luaL_checkinteger(L, 2);   // a few
    struct mp_msg **msg = llease_new(L);
    mp_output_settle();
    mp_enter(MP_OP_GET);
    int err = mp_queue_lease(q, msg, MP_NOW);
    mp_leave();
    if (err) return lqueue_refuse(L, q, err, false);
    return 1 + lparcel_push(L, mp_message_view(*msg), n);
}

// ---- many chunks at once ----

// deal(queue, what, id, id_step, first, size, n, items, step, call, flags, timeout, retries): n items, a list or numbers
// counted from one on, as chunks of `size`, whose numbers begin at `id` -> how many chunks were put. If not all: one cannot be
// sent, or the arena is full
enum { QUEUE = 1, WHAT, ID, ID_STEP, FIRST, SIZE, N, ITEMS, STEP, CALL, FLAGS, TIMEOUT, RETRIES, BATCH };

// Pushes the n items after the first `done` ones: a single one, a list, or the first number and the step. Returns how
// many values.
static int push_items(lua_State *L, lua_Integer done, lua_Integer n, bool single)
{
    if (lua_istable(L, ITEMS)) {
        if (single) {
            lua_rawgeti(L, ITEMS, done + 1);
            return 1;
        }
        lua_createtable(L, (int)n, 0);
        for (lua_Integer i = 1; i <= n; i++) {
            lua_rawgeti(L, ITEMS, done + i);
            lua_rawseti(L, -2, i);
        }
        return 1;
    }
    lua_pushvalue(L, ITEMS);
    lua_pushinteger(L, done);
    lua_pushvalue(L, STEP);
    lua_arith(L, LUA_OPMUL);
    lua_arith(L, LUA_OPADD);
    if (single) return 1;
    lua_pushvalue(L, STEP);
    return 2;
}

static void add(lua_State *L, struct mp_batch *batch, int first, int n)
{
    struct mp_build b;
    build(L, first, n, 7, lua_tostring(L, WHAT), &b);
    mp_enter(MP_OP_PUT);
    int err = mp_batch_add(batch, &b);
    if (err) mp_build_drop(&b);
    mp_leave();
    if (err) luaL_error(L, "not enough memory");
}

static int collect(lua_State *L)
{
    struct mp_batch *batch = lua_touserdata(L, BATCH);
    lua_Integer size = lua_tointeger(L, SIZE), total = lua_tointeger(L, N), id = lua_tointeger(L, ID);
    lua_Integer first = lua_tointeger(L, FIRST);
    bool single = lua_tointeger(L, FLAGS) & LPARCEL_SINGLE;
    for (lua_Integer given = 0; given < total; given += size, id += lua_tointeger(L, ID_STEP)) {
        lua_Integer n = total - given < size ? total - given : size;
        lua_settop(L, BATCH);
        lua_pushinteger(L, id);
        lua_pushvalue(L, CALL);
        lua_pushinteger(L, first + given);
        lua_pushinteger(L, first + given + n - 1);
        for (int i = FLAGS; i <= RETRIES; i++) lua_pushvalue(L, i);
        int values = 7 + push_items(L, given, n, single);
        add(L, batch, BATCH + 1, values);
    }
    return 0;
}

static int parcel_deal(lua_State *L)
{
    struct mp_batch batch = {0};
    struct mp_queue *q = lparcel_checkqueue(L, QUEUE);
    luaL_checkinteger(L, SIZE);
    lua_settop(L, RETRIES);
    lua_pushcfunction(L, collect);
    lua_insert(L, 1);
    lua_pushlightuserdata(L, &batch);
    int err = 0, status = lua_pcall(L, BATCH, 0, 0);
    mp_output_settle();
    mp_enter(MP_OP_PUT);
    bool interrupted = status != LUA_OK && lmp_interrupted(L);
    if (!interrupted) err = mp_queue_put_batch(q, &batch, MP_FOREVER);
    lua_Integer put = (lua_Integer)batch.nput;
    mp_batch_drop(&batch);
    mp_leave();
    if (interrupted) return lua_error(L);
    if (err && err != ENOMEM && put == 0) return lqueue_refuse(L, q, err, true);
    if (err == EINTR) lmp_interrupt_soon();
    lua_pushinteger(L, put);
    return 1;
}

void lparcel_functions(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"put", parcel_put},     {"reply", parcel_reply},    {"deal", parcel_deal},    {"get", parcel_get},
        {"lease", parcel_lease}, {"gather", lparcel_gather}, {"apply", lparcel_apply}, {NULL, NULL}};
    luaL_newlib(L, functions);
}
