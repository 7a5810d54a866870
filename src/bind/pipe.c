// The connections of a pipe.
#include "core/pipe.h"

#include <errno.h>

#include "bind/classes.h"
#include "bind/lmp.h"
#include "bind/message.h"
#include "core/handle.h"
#include "core/output.h"
#include "core/slot.h"

static struct mp_connection *checkconnection(lua_State *L)
{
    return (struct mp_connection *)lmp_checkobj(L, MP_CONNECTION);
}

static struct mp_handle *my_handle(lua_State *L)
{
    const struct lmp_ref *ref = lua_touserdata(L, 1);
    return mp_handle_at(mp_self.slot, ref->handle);
}

static struct mp_connection *checksender(lua_State *L)
{
    struct mp_connection *c = checkconnection(L);
    if (!c->out) lmp_raise(L, &c->obj, "only receives");
    return c;
}

static struct mp_connection *checkreceiver(lua_State *L)
{
    struct mp_connection *c = checkconnection(L);
    if (!c->in) lmp_raise(L, &c->obj, "only sends");
    return c;
}

// What an operation cannot do: a closed end raises.
static int refuse(lua_State *L, const struct mp_connection *c, int err, bool sending)
{
    if (err == EBADF) return lmp_raise(L, &c->obj, "is closed");
    if (err != EPIPE) return lmp_refuse(L, err, sending);
    if (sending) return lmp_raise(L, &c->obj, "is closed at its other end");
    lua_pushnil(L);
    lua_pushliteral(L, "closed");
    return 2;
}

// connection:send(value, [timeout]) -> true | false, "timeout"
static int lpipe_send(lua_State *L)
{
    struct mp_connection *c = checksender(L);
    int type = lua_type(L, 2);
    if (type == LUA_TNONE) luaL_checkany(L, 2);
    int64_t deadline = lmp_deadline(L, 3);
    struct mp_build b;
    lmp_build_value(L, 2, type, "value", &b);
    mp_output_settle();
    mp_enter(MP_OP_PUT);
    int err = mp_connection_send(c, my_handle(L), &b, deadline);
    if (err) mp_build_drop(&b);
    mp_leave();
    if (err) return refuse(L, c, err, true);
    lua_pushboolean(L, 1);
    return 1;
}

// connection:recv([timeout]) -> value | nil, "timeout" | nil, "closed"
static int lpipe_recv(lua_State *L)
{
    struct mp_connection *c = checkreceiver(L);
    int64_t deadline = lmp_deadline(L, 2);
    struct mp_item item;
    mp_output_settle();
    mp_enter(MP_OP_GET);
    int err = mp_connection_recv(c, my_handle(L), &item, deadline);
    mp_leave();
    return err ? refuse(L, c, err, false) : lmp_push_item(L, &item);
}

// connection:poll([timeout = 0]) -> boolean: would recv give something, or "closed", at once?
static int lpipe_poll(lua_State *L)
{
    struct mp_connection *c = checkreceiver(L);
    int64_t deadline = lua_isnoneornil(L, 2) ? MP_NOW : lmp_deadline(L, 2);
    mp_output_settle();
    mp_enter(MP_OP_PIPE);
    int err = mp_connection_poll(c, my_handle(L), deadline);
    mp_leave();
    if (err && err != ETIMEDOUT) return refuse(L, c, err, false);
    lua_pushboolean(L, !err);
    return 1;
}

// connection:close()
static int lpipe_close(lua_State *L)
{
    struct mp_connection *c = checkconnection(L);
    mp_output_settle();
    mp_enter(MP_OP_PIPE);
    mp_connection_close(c, my_handle(L));
    mp_leave();
    return 0;
}

// __close: as guards do, it says nothing when its manager was closed before
static int end_of_scope(lua_State *L)
{
    const struct mp_obj *obj = lmp_toobj(L, 1);
    return mp_self.stranger || (obj && mp_object_closed(obj)) ? 0 : lpipe_close(L);
}

static int lpipe_closed(lua_State *L)
{
    lua_pushboolean(L, mp_connection_closed(checkconnection(L)));
    return 1;
}

// mp.Pipe([duplex = true]) | mp.Pipe{duplex =, name =} -> connection, connection. Not duplex: the first receives, the
// second sends
int lpipe_new(lua_State *L)
{
    static const char *const options[] = {"duplex", "name", NULL};
    lmp_options(L, "Pipe", options);
    if (!lua_isnoneornil(L, 1)) luaL_checktype(L, 1, LUA_TBOOLEAN);
    bool duplex = lua_isnoneornil(L, 1) || lua_toboolean(L, 1);
    size_t length = 0;
    const char *name = lmp_optname(L, 2, &length);
    struct mp_connection *ends[2];
    uint32_t handles[2];
    lmp_newref(L, "connection");
    lmp_newref(L, "connection");
    mp_enter(MP_OP_OBJECT);
    int err = mp_pipe_new(duplex, name, length, ends, handles);
    mp_leave();
    if (err) return lmp_arena_full(L);
    lmp_setref(L, handles[1]);
    lua_insert(L, -2);
    lmp_setref(L, handles[0]);
    lua_insert(L, -2);
    return 2;
}

static const luaL_Reg methods[] = {
    {"send", lpipe_send}, {"recv", lpipe_recv}, {"poll", lpipe_poll}, {"close", lpipe_close}, {NULL, NULL}};
static const luaL_Reg fields[] = {{"name", lmp_ref_name}, {"closed", lpipe_closed}, {NULL, NULL}};
static const luaL_Reg meta[] = {{"__close", end_of_scope}, {NULL, NULL}};

const struct lmp_class lpipe_class = {
    .name = "connection", .kind = MP_CONNECTION, .methods = methods, .fields = fields, .meta = meta};
