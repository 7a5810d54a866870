// A call of a pool that its maker waits for, and nothing else: what has to be fast. All that is not usual is left to
// lua/mp/pool.
#include <errno.h>

#include "bind/classes.h"
#include "bind/parcel.h"
#include "core/clock.h"
#include "core/heap.h"
#include "core/output.h"
#include "core/slot.h"

enum { RESULTS = 2 };   // as in lua/mp/pool/shared.lua
enum { TASKS = 1, REPLIES, ID, CALL, FIRST, LAST, FLAGS, TIMEOUT, RETRIES, PAYLOAD };
enum { TASK_HEAD = PAYLOAD - ID, REPLY_HEAD = 4 };

enum { PATIENCE = 10000000 };   // ns: then somebody has to look after the pool

// Pushes true and the results. False: it is another parcel, or an error.
static bool push_results(lua_State *L, struct mp_view view)
{
    int top = lua_gettop(L);
    struct mp_view rest = lparcel_push_head(L, view, REPLY_HEAD);
    bool ours = lua_rawequal(L, top + 1, ID) && lua_tointeger(L, top + 2) == RESULTS;
    lua_settop(L, top);
    if (!ours) return false;
    lparcel_push_rest(L, rest);
    return lua_toboolean(L, top + 1);
}

static void drop(struct mp_item *item)
{
    if (!item->block) return;
    mp_enter(MP_OP_OBJECT);
    mp_item_drop(item);
    mp_leave();
}

// What is taken that we cannot deal with goes back to the head of the queue. For that there is room.
static bool take_results(lua_State *L, struct mp_queue *q, int room)
{
    struct mp_item item;
    mp_enter(MP_OP_GET);
    int err = mp_queue_get(q, &item, mp_now() + PATIENCE);
    mp_leave();
    bool done = !err && push_results(L, item.view), back = !err && !done;
    if (done) drop(&item);
    if (back && lmp_interrupted(L)) lmp_interrupt_soon();
    bool inlined = back && !item.block;
    mp_enter(MP_OP_GET);
    if (back) mp_item_back(q, &item, room);
    if (!inlined) mp_inflight_free(room);
    mp_leave();
    if (err == EINTR) lmp_interrupt_soon();
    return done;
}

// apply(tasks, results, id, call, first, last, flags, timeout, retries, f, ...): puts this task, and waits a while for what
// comes back first -> true, its results | false: it is still to be waited for
int lparcel_apply(lua_State *L)
{
    struct mp_queue *tasks = lparcel_checkqueue(L, TASKS), *replies = lparcel_checkqueue(L, REPLIES);
    int n = lua_gettop(L) - ID + 1, room;
    lparcel_put(L, tasks, ID, n, TASK_HEAD, "argument %d", NULL);
    mp_enter(MP_OP_GET);
    int err = mp_item_room(&room);
    mp_leave();
    lua_settop(L, ID);
    if (!err && take_results(L, replies, room)) return lua_gettop(L) - ID;
    lua_pushboolean(L, 0);
    return 1;
}
