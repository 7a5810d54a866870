// Many items at once.
//
// put_many encodes every item once, before it puts any; what it has built is dropped when one cannot travel.
// get_many stops before an item that does not decode: it goes back to the head of the queue, and raises for who takes
// it first. So nothing is lost that was decoded before.
#include <errno.h>

#include "bind/classes.h"
#include "bind/lmp.h"
#include "bind/message.h"
#include "core/heap.h"
#include "core/output.h"
#include "core/slot.h"

static struct mp_queue *checkqueue(lua_State *L)
{
    return (struct mp_queue *)lmp_checkobj(L, MP_QUEUE);
}

// ---- putting ----

// The value at 3 is the i-th.
static void build(lua_State *L, lua_Integer i, struct mp_build *b)
{
    int type = lua_type(L, 3);
    bool travels = type <= LUA_TSTRING && type != LUA_TLIGHTUSERDATA;
    const char *what = travels ? "value" : lua_pushfstring(L, "value[%I]", (LUAI_UACINT)i);
    lmp_build_value(L, 3, type, what, b);
}

static void add(lua_State *L, struct mp_batch *batch, struct mp_build *b)
{
    mp_enter(MP_OP_PUT);
    int err = mp_batch_add(batch, b);
    if (err) mp_build_drop(b);
    mp_leave();
    if (err) lmp_error(L, "not enough memory");
}

// (list, batch)
static int collect(lua_State *L)
{
    struct mp_batch *batch = lua_touserdata(L, 2);
    lua_Integer n = luaL_len(L, 1);
    for (lua_Integer i = 1; i <= n; i++) {
        struct mp_build b;
        lua_geti(L, 1, i);
        build(L, i, &b);
        add(L, batch, &b);
        lua_settop(L, 2);
    }
    return 0;
}

static int collect_safely(lua_State *L, struct mp_batch *batch)
{
    lua_pushcfunction(L, collect);
    lua_pushvalue(L, 2);
    lua_pushlightuserdata(L, batch);
    return lua_pcall(L, 2, 0, 0);
}

static void drop(struct mp_batch *batch)
{
    mp_enter(MP_OP_PUT);
    mp_batch_drop(batch);
    mp_leave();
}

// queue:put_many(list, [timeout]) -> true | false, "timeout", how many were put
int lqueue_put_many(lua_State *L)
{
    struct mp_queue *q = checkqueue(L);
    lmp_checklist(L, 2);
    int64_t deadline = lmp_deadline(L, 3);
    struct mp_batch batch = {0};
    if (collect_safely(L, &batch) != LUA_OK) {
        drop(&batch);
        return lmp_raise_at_caller(L);
    }
    mp_output_settle();
    mp_enter(MP_OP_PUT);
    int err = mp_queue_put_batch(q, &batch, deadline);
    mp_leave();
    lua_Integer nput = (lua_Integer)batch.nput;
    drop(&batch);
    if (err) {
        lqueue_refuse(L, q, err, true);
        lua_pushinteger(L, nput);
        return 3;
    }
    lua_pushboolean(L, 1);
    return 1;
}

// ---- getting ----

enum { ROOM = 4096 };   // of a list, made at once

struct taking {
    struct mp_queue *q;
    struct mp_item item;
    bool held;          // the item was taken and is not decoded yet
    bool room;          // there is some for an item that has to go back
    int room_place, err;
    int64_t deadline;
    lua_Integer n, max;
};

// The first item needs no way back.
static int take(struct taking *t)
{
    int err = 0;
    mp_enter(MP_OP_GET);
    if (t->n == 1) err = mp_item_room(&t->room_place);
    if (t->n == 1) t->room = !err;
    if (!err) err = mp_queue_get(t->q, &t->item, t->n == 0 ? t->deadline : MP_NOW);
    mp_leave();
    t->held = !err;
    return err;
}

static void drop_item(struct taking *t)
{
    t->held = false;
    if (!t->item.block) return;
    mp_enter(MP_OP_OBJECT);
    mp_item_drop(&t->item);
    mp_leave();
}

// (list, taking)
static int take_many(lua_State *L)
{
    struct taking *t = lua_touserdata(L, 2);
    while (t->n < t->max && (t->err = take(t)) == 0) {
        if (!lmp_decode_simple(L, &t->item.view)) lmp_decode(L, &t->item.view);
        lua_rawseti(L, 1, t->n + 1);
        t->n++;
        drop_item(t);
    }
    return 0;
}

// After an error: what is decoded is in the list.
static void give_back(struct taking *t)
{
    if (!t->held) return;
    if (t->n == 0) {
        drop_item(t);
        return;
    }
    mp_enter(MP_OP_GET);
    mp_item_back(t->q, &t->item, t->room_place);
    mp_leave();
    if (!t->item.block) t->room = false;
}

static void free_room(const struct taking *t)
{
    if (!t->room) return;
    mp_enter(MP_OP_OBJECT);
    mp_inflight_free(t->room_place);
    mp_leave();
}

static int take_safely(lua_State *L, struct taking *t)
{
    lua_pushcfunction(L, take_many);
    lua_pushvalue(L, -2);
    lua_pushlightuserdata(L, t);
    int status = lua_pcall(L, 2, 0, 0);
    if (status != LUA_OK) give_back(t);
    free_room(t);
    return status;
}

// Pushes a list with room for what there seems to be, and for `n`. Others may take it before us, so not for too much.
static void push_list(lua_State *L, const struct taking *t)
{
    uint64_t there = mp_queue_size(t->q), most = (uint64_t)t->max < ROOM ? (uint64_t)t->max : ROOM;
    lua_createtable(L, (int)(there < most ? there : most), 1);
}

// queue:get_many(max, [timeout]) -> list with n | nil, "timeout" | nil, "closed"
int lqueue_get_many(lua_State *L)
{
    struct taking t = {.q = checkqueue(L), .max = lmp_checkinteger(L, 2)};
    luaL_argcheck(L, t.max >= 1, 2, "must be at least 1");
    t.deadline = lmp_deadline(L, 3);
    push_list(L, &t);
    mp_output_settle();
    if (take_safely(L, &t) != LUA_OK) {
        if (t.n == 0) return lua_error(L);
        if (lmp_interrupted(L)) lmp_interrupt_soon();
        lua_pop(L, 1);
    }
    if (t.n == 0) return lqueue_refuse(L, t.q, t.err, false);
    lua_pushinteger(L, t.n);
    lua_setfield(L, -2, "n");
    return 1;
}
