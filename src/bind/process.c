#include "core/process.h"

#include <signal.h>
#include <string.h>

#include "bind/classes.h"
#include "bind/lmp.h"
#include "bind/message.h"
#include "core/output.h"
#include "core/slot.h"

static struct mp_process *checkprocess(lua_State *L)
{
    return (struct mp_process *)lmp_checkobj(L, MP_PROCESS);
}

static bool ended(const struct mp_process *p)
{
    return mp_process_ended(p);
}

// ---- waiting ----

static struct mp_process *checkstarted(lua_State *L)
{
    struct mp_process *p = checkprocess(L);
    if (p->state == MP_PROCESS_NEW) lmp_raise(L, &p->obj, "was not started");
    return p;
}

static int join(struct mp_process *p, int64_t deadline)
{
    mp_output_settle();
    mp_enter(MP_OP_JOIN);
    int err = mp_process_join(p, deadline);
    mp_leave();
    return err;
}

static struct mp_process *checkother(lua_State *L)
{
    struct mp_process *p = checkstarted(L);
    if (p == mp_process_self()) lmp_raise(L, &p->obj, "cannot wait for itself");
    return p;
}

// process:join([timeout]) -> true | false, "timeout"
static int lprocess_join(lua_State *L)
{
    struct mp_process *p = checkother(L);
    int err = join(p, lmp_deadline(L, 2));
    if (err) return lmp_refuse(L, err, true);
    lmp_remove_child(L, 1);
    lua_pushboolean(L, 1);
    return 1;
}

// Pushes what the process left: true and results, or false, error, traceback; returns how many. 0: nothing.
static int push_outcome(lua_State *L, const struct mp_process *p)
{
    const struct mp_msg *outcome = ended(p) ? mp_process_outcome(p) : NULL;
    if (!outcome) return 0;
    struct mp_view view = mp_message_view(outcome);
    int n = lmp_push_view(L, &view);
    lua_insert(L, -n);   // the boolean comes last, so that results have their numbers when one cannot be sent
    return n;
}

// Pushes why there is no outcome, if it is for lack of memory, or nil.
static void push_lack(lua_State *L, const struct mp_process *p)
{
    char text[128];
    if (!ended(p) || !p->arena_full) {
        lua_pushnil(L);
        return;
    }
    const char *full = lmp_push_full(L, p->arena_full >> 32, (uint32_t)p->arena_full);
    const char *who = mp_object_describe(&p->obj, text, sizeof text);
    lua_pushfstring(L, "%s; there was no room for the result or error of %s", full, who);
    lua_remove(L, -2);
}

// Pushes the error value that the process ended with: a string has the traceback appended. Or nil.
static void push_error(lua_State *L, const struct mp_process *p)
{
    int top = lua_gettop(L), n = push_outcome(L, p);
    if (n < 2 || lua_toboolean(L, top + 1)) {
        lua_settop(L, top);
        push_lack(L, p);
        return;
    }
    if (lua_type(L, top + 2) == LUA_TSTRING) {
        lua_pushvalue(L, top + 2);
        if (n >= 3 && lua_rawlen(L, top + 3) > 0) {
            lua_pushliteral(L, "\n");
            lua_pushvalue(L, top + 3);
            lua_concat(L, 3);
        }
    } else {
        lua_pushvalue(L, top + 2);
    }
    lua_replace(L, top + 1);
    lua_settop(L, top + 1);
}

static int raise_exit(lua_State *L, const struct mp_process *p)
{
    int code = mp_process_exitcode(p);
    const char *why = code < 0 ? lua_pushfstring(L, "was killed by signal %d (SIG%s)", -code, sigabbrev_np(-code))
                               : lua_pushfstring(L, "exited with status %d", code);
    return lmp_raise(L, &p->obj, why);
}

// process:result([timeout]) -> what the function returned | nil, "timeout"; raises its error
static int lprocess_result(lua_State *L)
{
    struct mp_process *p = checkother(L);
    int err = join(p, lmp_deadline(L, 2));
    if (err) return lmp_refuse(L, err, false);
    lmp_remove_child(L, 1);
    if (mp_process_exitcode(p) < 0) {
        push_error(L, p);
        return lua_isnil(L, -1) ? raise_exit(L, p) : lua_error(L);
    }
    int top = lua_gettop(L), n = push_outcome(L, p);
    if (n > 0 && lua_toboolean(L, top + 1)) return n - 1;
    if (n == 0 && mp_process_exitcode(p) == 0) return 0;
    lua_settop(L, top);
    push_error(L, p);
    return n == 0 && lua_isnil(L, -1) ? raise_exit(L, p) : lua_error(L);
}

// process:is_alive() -> boolean
static int lprocess_is_alive(lua_State *L)
{
    const struct mp_process *p = checkprocess(L);
    lua_pushboolean(L, p->state != MP_PROCESS_NEW && !ended(p));
    return 1;
}

// ---- signals ----

static int send(lua_State *L, int signo)
{
    struct mp_process *p = checkstarted(L);
    mp_output_settle();
    int err = mp_process_signal(p, signo);
    return err ? lmp_raise(L, &p->obj, lua_pushfstring(L, "could not be signalled: %s", strerror(err))) : 0;
}

// process:terminate(): SIGTERM
static int lprocess_terminate(lua_State *L)
{
    return send(L, SIGTERM);
}

// process:kill(): SIGKILL
static int lprocess_kill(lua_State *L)
{
    return send(L, SIGKILL);
}

// process:interrupt(): raises "interrupted" in it
static int lprocess_interrupt(lua_State *L)
{
    return send(L, SIGINT);
}

// process:signal(n)
static int lprocess_signal(lua_State *L)
{
    lua_Integer signo = lmp_checkinteger(L, 2);
    luaL_argcheck(L, signo > 0 && signo <= SIGRTMAX, 2, "not a signal's number");
    return send(L, (int)signo);
}

// ---- the end of a scope ----

// __close: joins it, or terminates it first when the scope ends by an error
static int lprocess_close(lua_State *L)
{
    struct mp_process *p = checkprocess(L);
    if (p->state == MP_PROCESS_NEW || p == mp_process_self() || mp_self.stranger) return 0;
    if (!lua_isnoneornil(L, 2)) mp_process_signal(p, SIGTERM);
    int err = join(p, MP_FOREVER);
    return err ? lmp_refuse(L, err, false) : 0;
}

// ---- fields ----

static int lprocess_pid(lua_State *L)
{
    int pid = mp_process_pid(checkprocess(L));
    if (pid > 0) {
        lua_pushinteger(L, pid);
    } else {
        lua_pushnil(L);
    }
    return 1;
}

static int lprocess_daemon(lua_State *L)
{
    lua_pushboolean(L, checkprocess(L)->daemon != 0);
    return 1;
}

// nil while it is alive, 0, n after os.exit(n), 1 after an error, -n after signal n
static int lprocess_exitcode(lua_State *L)
{
    const struct mp_process *p = checkprocess(L);
    if (ended(p)) {
        lua_pushinteger(L, mp_process_exitcode(p));
    } else {
        lua_pushnil(L);
    }
    return 1;
}

static int lprocess_error(lua_State *L)
{
    push_error(L, checkprocess(L));
    return 1;
}

static int lprocess_traceback(lua_State *L)
{
    const struct mp_process *p = checkprocess(L);
    int top = lua_gettop(L), n = push_outcome(L, p);
    bool failed = n >= 3 && !lua_toboolean(L, top + 1);
    lua_settop(L, failed ? top + 3 : top);
    if (!failed) lua_pushnil(L);
    return 1;
}

static const luaL_Reg methods[] = {
    {"start", lprocess_start},         {"join", lprocess_join},           {"result", lprocess_result},
    {"is_alive", lprocess_is_alive},   {"terminate", lprocess_terminate}, {"kill", lprocess_kill},
    {"interrupt", lprocess_interrupt}, {"signal", lprocess_signal},       {NULL, NULL}};
static const luaL_Reg fields[] = {{"pid", lprocess_pid},
                                  {"name", lmp_ref_name},
                                  {"daemon", lprocess_daemon},
                                  {"exitcode", lprocess_exitcode},
                                  {"error", lprocess_error},
                                  {"traceback", lprocess_traceback},
                                  {NULL, NULL}};
static const luaL_Reg meta[] = {{"__close", lprocess_close}, {NULL, NULL}};

void lprocess_open(lua_State *L)
{
    static const struct lmp_class class = {
        .name = "process", .kind = MP_PROCESS, .methods = methods, .fields = fields, .meta = meta};
    lmp_newclass(L, &class);
}
