#include "bind/parcel.h"

#include <errno.h>

#include "bind/classes.h"
#include "core/output.h"
#include "core/slot.h"

struct mp_queue *lparcel_checkqueue(lua_State *L, int idx)
{
    struct mp_obj *obj = lmp_toobj(L, idx);
    luaL_argcheck(L, obj && obj->kind == MP_QUEUE, idx, "queue expected");
    return (struct mp_queue *)obj;
}

void lparcel_put(lua_State *L, struct mp_queue *q, int first, int n, const char *what)
{
    struct mp_build b;
    lmp_build(L, first, n, what, &b);
    mp_output_settle();
    mp_enter(MP_OP_PUT);
    int err = mp_queue_put(q, &b, MP_FOREVER);
    if (err) mp_build_drop(&b);
    mp_leave();
    if (err) lqueue_refuse(L, q, err, true);
}

// put(queue, what, ...)
static int parcel_put(lua_State *L)
{
    lparcel_put(L, lparcel_checkqueue(L, 1), 3, lua_gettop(L) - 2, luaL_checkstring(L, 2));
    return 0;
}

int lparcel_push(lua_State *L, struct mp_view view, lua_Integer n)
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
    struct mp_queue *q = lparcel_checkqueue(L, 1);
    lua_Integer n = luaL_checkinteger(L, 2);   // a few
    int64_t deadline = lmp_deadline(L, 3);
    struct mp_item item;
    mp_output_settle();
    mp_enter(MP_OP_GET);
    int err = mp_queue_get(q, &item, deadline);
    mp_leave();
    if (err) return lqueue_refuse(L, q, err, false);
    int results = lparcel_push(L, item.view, n);
    if (!item.block) return results;
    mp_enter(MP_OP_OBJECT);
    mp_item_drop(&item);
    mp_leave();
    return results;
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

void lparcel_functions(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"put", parcel_put}, {"get", parcel_get}, {"lease", parcel_lease}, {NULL, NULL}};
    luaL_newlib(L, functions);
}
