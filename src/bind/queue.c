#include "core/queue.h"

#include <errno.h>

#include "bind/classes.h"
#include "bind/lmp.h"
#include "bind/message.h"
#include "core/output.h"
#include "core/slot.h"

static struct mp_queue *checkqueue(lua_State *L)
{
    return (struct mp_queue *)lmp_checkobj(L, MP_QUEUE);
}

int lqueue_refuse(lua_State *L, const struct mp_queue *q, int err, bool putting)
{
    if (err != EPIPE) return lmp_refuse(L, err, putting);
    if (putting) return lmp_raise(L, &q->obj, "is closed");
    lua_pushnil(L);
    lua_pushliteral(L, "closed");
    return 2;
}

static int put(lua_State *L, struct mp_queue *q, int idx, int type, int64_t deadline)
{
    struct mp_build b;
    lmp_build_value(L, idx, type, "value", &b);
    mp_output_settle();
    mp_enter(MP_OP_PUT);
    int err = mp_queue_put(q, &b, deadline);
    if (err) mp_build_drop(&b);
    mp_leave();
    return err;
}

// queue:put(value, [timeout]) -> true | false, "timeout"
static int lqueue_put(lua_State *L)
{
    struct mp_queue *q = checkqueue(L);
    int type = lua_type(L, 2);
    if (type == LUA_TNONE) luaL_checkany(L, 2);
    int err = put(L, q, 2, type, lmp_deadline(L, 3));
    if (err) return lqueue_refuse(L, q, err, true);
    lua_pushboolean(L, 1);
    return 1;
}

// queue:get([timeout]) -> value | nil, "timeout" | nil, "closed"
static int lqueue_get(lua_State *L)
{
    struct mp_queue *q = checkqueue(L);
    int64_t deadline = lmp_deadline(L, 2);
    struct mp_item item;
    mp_output_settle();
    mp_enter(MP_OP_GET);
    int err = mp_queue_get(q, &item, deadline);
    mp_leave();
    return err ? lqueue_refuse(L, q, err, false) : lmp_push_item(L, &item);
}

// Upvalue: the queue.
static int next_item(lua_State *L)
{
    lua_settop(L, 0);
    lua_pushvalue(L, lua_upvalueindex(1));
    return lqueue_get(L);
}

// queue:items() -> an iterator that ends when the queue is closed and empty, or at a nil
static int lqueue_items(lua_State *L)
{
    checkqueue(L);
    lua_settop(L, 1);
    lua_pushcclosure(L, next_item, 1);
    return 1;
}

// queue:lease([timeout]) -> lease | nil, "timeout" | nil, "closed"
static int lqueue_lease(lua_State *L)
{
    struct mp_queue *q = checkqueue(L);
    int64_t deadline = lmp_deadline(L, 2);
    struct mp_msg **msg = llease_new(L);
    mp_output_settle();
    mp_enter(MP_OP_GET);
    int err = mp_queue_lease(q, msg, deadline);
    mp_leave();
    if (err) return lqueue_refuse(L, q, err, false);
    return llease_open(L);
}

// queue:size(), #queue -> integer
static int lqueue_size(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)mp_queue_size(checkqueue(L)));
    return 1;
}

// queue:empty() -> boolean
static int lqueue_empty(lua_State *L)
{
    lua_pushboolean(L, mp_queue_size(checkqueue(L)) == 0);
    return 1;
}

// queue:full() -> boolean
static int lqueue_full(lua_State *L)
{
    const struct mp_queue *q = checkqueue(L);
    lua_pushboolean(L, mp_queue_full(q));
    return 1;
}

// queue:clear()
static int lqueue_clear(lua_State *L)
{
    struct mp_queue *q = checkqueue(L);
    mp_output_settle();
    mp_enter(MP_OP_QUEUE);
    mp_queue_clear(q);
    mp_leave();
    return 0;
}

// queue:close()
static int lqueue_close(lua_State *L)
{
    struct mp_queue *q = checkqueue(L);
    mp_output_settle();
    mp_enter(MP_OP_QUEUE);
    mp_queue_close(q);
    mp_leave();
    return 0;
}

// queue:task_done()
static int lqueue_task_done(lua_State *L)
{
    struct mp_queue *q = checkqueue(L);
    mp_output_settle();
    mp_enter(MP_OP_QUEUE);
    int err = mp_queue_task_done(q);
    mp_leave();
    return err ? lmp_raise(L, &q->obj, "has no task left: task_done() was called more often than put()") : 0;
}

// queue:join([timeout]) -> true | false, "timeout"
static int lqueue_join(lua_State *L)
{
    struct mp_queue *q = checkqueue(L);
    int64_t deadline = lmp_deadline(L, 2);
    mp_output_settle();
    mp_enter(MP_OP_QUEUE);
    int err = mp_queue_join(q, deadline);
    mp_leave();
    if (err) return lmp_refuse(L, err, true);
    lua_pushboolean(L, 1);
    return 1;
}

// mp.Queue([maxsize]) | mp.Queue{maxsize =, name =}
int lqueue_new(lua_State *L)
{
    static const char *const options[] = {"maxsize", "name", NULL};
    lmp_options(L, "Queue", options);
    lua_Integer maxsize = lmp_optinteger(L, 1, 0);
    luaL_argcheck(L, maxsize >= 0 && maxsize <= INT32_MAX, 1, "maxsize must be from 0 (no limit) to 2147483647");
    size_t length = 0;
    const char *name = lmp_optname(L, 2, &length);
    struct mp_queue *q;
    uint32_t handle;
    lmp_newref(L, "queue");
    mp_enter(MP_OP_OBJECT);
    int err = mp_queue_new((uint64_t)maxsize, name, length, &q, &handle);
    mp_leave();
    if (err) return lmp_arena_full(L);
    lmp_setref(L, handle);
    return 1;
}

static int lqueue_maxsize(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)checkqueue(L)->maxsize);
    return 1;
}

static int lqueue_closed(lua_State *L)
{
    lua_pushboolean(L, atomic_load(&checkqueue(L)->closed) != 0);
    return 1;
}

static const luaL_Reg methods[] = {{"put", lqueue_put},           {"get", lqueue_get},
                                   {"put_many", lqueue_put_many}, {"get_many", lqueue_get_many},
                                   {"items", lqueue_items},       {"lease", lqueue_lease},
                                   {"size", lqueue_size},         {"empty", lqueue_empty},
                                   {"full", lqueue_full},         {"clear", lqueue_clear},
                                   {"close", lqueue_close},       {"task_done", lqueue_task_done},
                                   {"join", lqueue_join},         {NULL, NULL}};
static const luaL_Reg fields[] = {
    {"name", lmp_ref_name}, {"maxsize", lqueue_maxsize}, {"closed", lqueue_closed}, {NULL, NULL}};
static const luaL_Reg meta[] = {{"__len", lqueue_size}, {NULL, NULL}};

const struct lmp_class lqueue_class = {
    .name = "queue", .kind = MP_QUEUE, .methods = methods, .fields = fields, .meta = meta};
