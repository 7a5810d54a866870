// The results of a pool's call whose tasks are chunks of their own: what has to be fast for who waits for them. All that
// is not usual is left to lua/mp/pool/client.lua.
#include "bind/classes.h"
#include "bind/parcel.h"
#include "core/output.h"
#include "core/slot.h"

enum { RESULTS = 2 };   // as in lua/mp/pool/shared.lua

// The arguments, and what is in a parcel of the usual kind.
enum { QUEUE = 1, VALUES, CHUNKS, CALL, MAX, ID, KIND, POSITION, COUNT, VALUE };
enum { HEAD_SIZE = VALUE - ID };

// Reads a parcel with one simple result for a chunk of the call. False: it is another one.
static bool usual(lua_State *L, struct mp_view view)
{
    const uint8_t *p = view.data, *end = view.data + view.len;
    lua_settop(L, MAX);
    for (int i = ID; i <= VALUE; i++) {
        p = p < end ? lmp_get_simple(L, p, end) : NULL;
        if (!p) return false;
    }
    if (p != end || lua_tointeger(L, KIND) != RESULTS) return false;
    lua_pushvalue(L, ID);
    lua_rawget(L, CHUNKS);
    return lua_rawequal(L, -1, CALL);
}

static void keep(lua_State *L)
{
    lua_settop(L, VALUE);
    lua_rawseti(L, VALUES, lua_tointeger(L, POSITION));
    lua_pushvalue(L, ID);
    lua_pushnil(L);
    lua_rawset(L, CHUNKS);
}

// Pushes a parcel as parcel.get does. 0: it was interrupted, and is still in the queue.
static int pass_on(lua_State *L, struct mp_queue *q, struct mp_item *item)
{
    lua_settop(L, MAX);
    int n = lparcel_take(L, q, item, HEAD_SIZE);
    if (n > 0) return n;
    lua_settop(L, MAX);
    lmp_interrupt_soon();   // what is kept is to be told
    return 0;
}

// gather(results, values, chunks, call, max): takes results of the call that are there, `max` at most: each becomes
// values[position], and its chunk is no more in `chunks`
// -> how many, and the first parcel that is something else, see parcel.get
int lparcel_gather(lua_State *L)
{
    struct mp_queue *q = lparcel_checkqueue(L, QUEUE);
    lua_Integer n = 0, max = luaL_checkinteger(L, MAX);
    struct mp_item item;
    int others = 0;
    bool more = true;
    mp_output_settle();
    while (n < max && more) {
        mp_enter(MP_OP_GET);
        int err = mp_queue_get(q, &item, MP_NOW);
        mp_leave();
        if (err) break;
        if (item.block == 0 && usual(L, item.view)) {
            keep(L);
            n++;
        } else {
            others = pass_on(L, q, &item);
            more = false;
        }
    }
    lua_pushinteger(L, n);
    lua_insert(L, -others - 1);
    return others + 1;
}
