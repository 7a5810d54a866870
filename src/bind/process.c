#include "core/process.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "bind/classes.h"
#include "bind/outcome.h"
#include "core/output.h"
#include "core/slot.h"

static struct mp_process *checkprocess(lua_State *L)
{
    return (struct mp_process *)lmp_checkobj(L, MP_PROCESS);
}

// ---- signals ----

static int send(lua_State *L, int signo)
{
    struct mp_process *p = lmp_checkstarted(L);
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
    int err = lmp_join_member(p, MP_FOREVER);
    return err && err != EINVAL ? lmp_refuse(L, err, false) : 0;
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

// nil while it is alive, 0, n after os.exit(n), 1 after an error, -n after signal n
static int lprocess_exitcode(lua_State *L)
{
    const struct mp_process *p = checkprocess(L);
    if (mp_process_ended(p)) {
        lua_pushinteger(L, mp_process_exitcode(p));
    } else {
        lua_pushnil(L);
    }
    return 1;
}

static const luaL_Reg methods[] = {{"start", lprocess_start},
                                   {"join", lmember_join},
                                   {"result", lmember_result},
                                   {"is_alive", lmember_is_alive},
                                   {"terminate", lprocess_terminate},
                                   {"kill", lprocess_kill},
                                   {"interrupt", lprocess_interrupt},
                                   {"signal", lprocess_signal},
                                   {NULL, NULL}};
static const luaL_Reg fields[] = {{"pid", lprocess_pid},
                                  {"name", lmp_ref_name},
                                  {"daemon", lmember_daemon},
                                  {"exitcode", lprocess_exitcode},
                                  {"error", lmember_error},
                                  {"traceback", lmember_traceback},
                                  {NULL, NULL}};
static const luaL_Reg meta[] = {{"__close", lprocess_close}, {NULL, NULL}};

const struct lmp_class lprocess_class = {
    .name = "process", .kind = MP_PROCESS, .methods = methods, .fields = fields, .meta = meta};
