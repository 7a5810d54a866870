// A lease: a message that is ours until it is done, and goes back when we cannot finish it.
#include <errno.h>

#include "bind/classes.h"
#include "bind/lmp.h"
#include "bind/message.h"
#include "core/output.h"
#include "core/queue.h"
#include "core/slot.h"

struct llease {
    struct mp_msg *msg;           // NULL: not leased, done or given back
    struct mp_slot *slot;         // whose it is: a child inherits the userdata, not the lease
    uint64_t generation;
};

enum { QUEUE = 1, VALUE = 2 };    // user values

static struct llease *checklease(lua_State *L)
{
    return lmp_check(L);
}

static bool ours(const struct llease *lease)
{
    return lease->msg && !mp_self.stranger && lease->slot == mp_self.slot &&
           lease->generation == mp_self.slot->generation;
}

// Pushes a lease of nothing of the queue at 1; what it leases is to be stored through the result.
struct mp_msg **llease_new(lua_State *L)
{
    struct llease *lease = lua_newuserdatauv(L, sizeof *lease, 2);
    *lease = (struct llease){.slot = mp_self.slot, .generation = mp_self.slot->generation};
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, QUEUE);
    lmp_setclass(L, "lease");
    return &lease->msg;
}

// The lease on the top has its message: reads the value.
int llease_open(lua_State *L)
{
    struct llease *lease = lua_touserdata(L, -1);
    int at = lua_gettop(L);
    struct mp_view view = mp_message_view(lease->msg);
    lmp_push_view(L, &view);
    lua_settop(L, at + 1);
    lua_setiuservalue(L, at, VALUE);
    return 1;
}

static int raise_over(lua_State *L)
{
    char text[128];
    lua_getiuservalue(L, 1, QUEUE);
    const char *queue = mp_object_describe(lmp_toobj(L, -1), text, sizeof text);
    return lmp_error(L, "this lease of %s is done or given back", queue);
}

static struct mp_msg *take(lua_State *L, struct llease *lease)
{
    struct mp_msg *msg = lease->msg;
    if (!ours(lease)) raise_over(L);
    lease->msg = NULL;
    return msg;
}

// lease:done()
static int llease_done(lua_State *L)
{
    struct mp_msg *msg = take(L, checklease(L));
    mp_output_settle();
    mp_enter(MP_OP_QUEUE);
    mp_lease_done(msg);
    mp_leave();
    return 0;
}

static void give_back(struct mp_msg *msg)
{
    mp_output_settle();
    mp_enter(MP_OP_QUEUE);
    mp_lease_back(mp_self.slot, msg);
    mp_leave();
}

// lease:back()
static int llease_back(lua_State *L)
{
    give_back(take(L, checklease(L)));
    return 0;
}

static int llease_close(lua_State *L)
{
    struct llease *lease = checklease(L);
    if (ours(lease)) give_back(lease->msg);
    lease->msg = NULL;
    return 0;
}

static int llease_value(lua_State *L)
{
    checklease(L);
    lua_getiuservalue(L, 1, VALUE);
    return 1;
}

// 1 the first time.
static int llease_deliveries(lua_State *L)
{
    struct llease *lease = checklease(L);
    if (!ours(lease)) return raise_over(L);
    lua_pushinteger(L, (lua_Integer)lease->msg->deliveries);
    return 1;
}

static const luaL_Reg methods[] = {{"done", llease_done}, {"back", llease_back}, {NULL, NULL}};
static const luaL_Reg fields[] = {{"value", llease_value}, {"deliveries", llease_deliveries}, {NULL, NULL}};
static const luaL_Reg meta[] = {{"__gc", llease_close}, {"__close", llease_close}, {NULL, NULL}};

const struct lmp_class llease_class = {.name = "lease", .methods = methods, .fields = fields, .meta = meta};
