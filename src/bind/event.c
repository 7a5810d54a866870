#include "core/event.h"

#include "bind/classes.h"
#include "bind/lmp.h"
#include "core/output.h"
#include "core/slot.h"

static struct mp_event *checkevent(lua_State *L)
{
    return (struct mp_event *)lmp_checkobj(L, MP_EVENT);
}

// event:set()
static int levent_set(lua_State *L)
{
    struct mp_event *e = checkevent(L);
    mp_output_settle();
    mp_enter(MP_OP_EVENT);
    mp_event_set(e);
    mp_leave();
    return 0;
}

// event:clear()
static int levent_clear(lua_State *L)
{
    struct mp_event *e = checkevent(L);
    mp_output_settle();
    mp_enter(MP_OP_EVENT);
    mp_event_clear(e);
    mp_leave();
    return 0;
}

// event:is_set() -> boolean
static int levent_is_set(lua_State *L)
{
    lua_pushboolean(L, mp_event_is_set(checkevent(L)));
    return 1;
}

// event:wait([timeout]) -> true | false, "timeout"
static int levent_wait(lua_State *L)
{
    struct mp_event *e = checkevent(L);
    int64_t deadline = lmp_deadline(L, 2);
    mp_output_settle();
    mp_enter(MP_OP_EVENT);
    int err = mp_event_wait(e, deadline);
    mp_leave();
    if (err) return lmp_refuse(L, err, true);
    lua_pushboolean(L, 1);
    return 1;
}

// mp.Event() | mp.Event{name =}
int levent_new(lua_State *L)
{
    static const char *const options[] = {"name", NULL};
    lmp_options(L, "Event", options);
    size_t length = 0;
    const char *name = lmp_optname(L, 1, &length);
    struct mp_event *e;
    uint32_t handle;
    lmp_newref(L, "event");
    mp_enter(MP_OP_OBJECT);
    int err = mp_event_new(name, length, &e, &handle);
    mp_leave();
    if (err) return lmp_arena_full(L);
    lmp_setref(L, handle);
    return 1;
}

static const luaL_Reg methods[] = {
    {"set", levent_set}, {"clear", levent_clear}, {"is_set", levent_is_set}, {"wait", levent_wait}, {NULL, NULL}};
static const luaL_Reg fields[] = {{"name", lmp_ref_name}, {NULL, NULL}};

const struct lmp_class levent_class = {.name = "event", .kind = MP_EVENT, .methods = methods, .fields = fields};
