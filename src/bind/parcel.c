// Parcels: what a pool and its workers send. Some simple values come first, and can be read even when what follows them
// cannot: so a task or a result that cannot be decoded fails alone.
#include <errno.h>

#include "bind/classes.h"
#include "bind/lmp.h"
#include "bind/message.h"
#include "core/output.h"
#include "core/queue.h"
#include "core/slot.h"

static struct mp_queue *checkqueue(lua_State *L)
{
    return (struct mp_queue *)lmp_checkobj(L, MP_QUEUE);
}

// put(queue, what, ...): `what` names the values when one cannot be sent, see lmp_encode
static int parcel_put(lua_State *L)
{
    struct mp_queue *q = checkqueue(L);
    const char *what = luaL_checkstring(L, 2);
    struct mp_build b;
    lmp_build(L, 3, lua_gettop(L) - 2, what, &b);
    mp_output_settle();
    mp_enter(MP_OP_PUT);
    int err = mp_queue_put(q, &b, MP_FOREVER);
    if (err) mp_build_drop(&b);
    mp_leave();
    return err ? lqueue_refuse(L, q, err, true) : 0;
}

// Pushes n simple values, then true and the others, or false and why they cannot be read.
static int push_parcel(lua_State *L, struct mp_view view, lua_Integer n)
{
    int top = lua_gettop(L);
    const uint8_t *p = view.data, *end = view.data + view.len;
    for (; n > 0; n--) {
        const uint8_t *next = p < end ? lmp_get_simple(L, p, end) : NULL;
        if (next)
            p = next;
        else
            lua_pushnil(L);
    }
    lua_pushboolean(L, 1);
    if (p == end) return lua_gettop(L) - top;
    int at = lua_gettop(L);
    struct mp_view rest = {.data = p, .len = (size_t)(end - p), .refs = view.refs, .nrefs = view.nrefs};
    if (!lmp_push_view_safely(L, &rest)) {
        lua_pushboolean(L, 0);
        lua_replace(L, at);
    }
    return lua_gettop(L) - top;
}

// get(queue, n, [timeout]) -> n values, true, others | n values, false, error | nil, reason
static int parcel_get(lua_State *L)
{
    struct mp_queue *q = checkqueue(L);
    lua_Integer n = luaL_checkinteger(L, 2);   // a few
    int64_t deadline = lmp_deadline(L, 3);
    struct mp_item item;
    mp_output_settle();
    mp_enter(MP_OP_GET);
    int err = mp_queue_get(q, &item, deadline);
    mp_leave();
    if (err) return lqueue_refuse(L, q, err, false);
    int results = push_parcel(L, item.view, n);
    if (!item.block) return results;
    mp_enter(MP_OP_OBJECT);
    mp_item_drop(&item);
    mp_leave();
    return results;
}

// lease(queue, n, [timeout]) -> lease, n values, true, others | lease, n values, false, error | nil, reason
static int parcel_lease(lua_State *L)
{
    struct mp_queue *q = checkqueue(L);
    lua_Integer n = luaL_checkinteger(L, 2);   // a few
    int64_t deadline = lmp_deadline(L, 3);
    struct mp_msg **msg = llease_new(L);
    mp_output_settle();
    mp_enter(MP_OP_GET);
    int err = mp_queue_lease(q, msg, deadline);
    mp_leave();
    if (err) return lqueue_refuse(L, q, err, false);
    return 1 + push_parcel(L, mp_message_view(*msg), n);
}

void lparcel_functions(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"put", parcel_put}, {"get", parcel_get}, {"lease", parcel_lease}, {NULL, NULL}};
    luaL_newlib(L, functions);
}
