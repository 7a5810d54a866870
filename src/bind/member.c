// What processes and threads have in common, as seen by others: waiting for the end of one, and what it left.
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "bind/message.h"
#include "bind/outcome.h"
#include "core/output.h"

struct mp_process *lmp_checkmember(lua_State *L)
{
    const struct lmp_ref *ref = lmp_toref(L, 1);
    return (struct mp_process *)lmp_checkobj(L, ref && ref->kind == MP_THREAD ? MP_THREAD : MP_PROCESS);
}

// ---- waiting ----

struct mp_process *lmp_checkstarted(lua_State *L)
{
    struct mp_process *p = lmp_checkmember(L);
    if (p->state == MP_PROCESS_NEW) lmp_raise(L, &p->obj, "was not started: call its start() first");
    return p;
}

int lmp_join_member(struct mp_process *p, int64_t deadline)
{
    mp_output_settle();
    mp_enter(MP_OP_JOIN);
    int err = mp_process_join(p, deadline);
    mp_leave();
    return err;
}

static struct mp_process *checkother(lua_State *L)
{
    struct mp_process *p = lmp_checkstarted(L);
    if (p == mp_process_self() || p == mp_process_member()) lmp_raise(L, &p->obj, "cannot wait for itself");
    return p;
}

// Its start may have failed in another process while we waited.
static int refuse_join(lua_State *L, const struct mp_process *p, int err, bool failure)
{
    if (err == EINVAL) lmp_raise(L, &p->obj, "was not started: call its start() first");
    return lmp_refuse(L, err, failure);
}

// member:join([timeout]) -> true | false, "timeout"
int lmember_join(lua_State *L)
{
    struct mp_process *p = checkother(L);
    int err = lmp_join_member(p, lmp_deadline(L, 2));
    if (err) return refuse_join(L, p, err, true);
    lmp_remove_child(L, 1);
    lua_pushboolean(L, 1);
    return 1;
}

// Pushes what it left: true and results, or false, error, traceback; returns how many. 0: nothing.
static int push_outcome(lua_State *L, const struct mp_process *p)
{
    const struct mp_msg *outcome = mp_process_ended(p) ? mp_process_outcome(p) : NULL;
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
    if (!mp_process_ended(p) || !p->arena_full) {
        lua_pushnil(L);
        return;
    }
    const char *full = lmp_push_full(L, p->arena_full >> 32, (uint32_t)p->arena_full);
    const char *who = mp_object_describe(&p->obj, text, sizeof text);
    lua_pushfstring(L, "%s; there was no room for the result or error of %s", full, who);
    lua_remove(L, -2);
}

// Pushes the error value that it ended with: a string has the traceback appended. Or nil.
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

// Pushes why it ended without telling: "was killed by ...".
static void push_end(lua_State *L, const struct mp_process *p)
{
    char text[128];
    const struct mp_process *host = mp_process_host(p);
    int code = mp_process_exitcode(p);
    const char *how = code < 0 ? lua_pushfstring(L, "was killed by signal %d (SIG%s)", -code, sigabbrev_np(-code))
                               : lua_pushfstring(L, "exited with status %d", code);
    if (!host) return;
    lua_pushfstring(L, "died with its process: %s %s", mp_process_describe(host, text, sizeof text), how);
    lua_remove(L, -2);
}

static int raise_end(lua_State *L, const struct mp_process *p)
{
    push_end(L, p);
    return lmp_raise(L, &p->obj, lua_tostring(L, -1));
}

// What a function has returned does not count then.
static bool was_killed(const struct mp_process *p)
{
    return mp_process_exitcode(p) < 0 || mp_process_host(p);
}

// member:result([timeout]) -> what the function returned | nil, "timeout"; raises its error
int lmember_result(lua_State *L)
{
    struct mp_process *p = checkother(L);
    int err = lmp_join_member(p, lmp_deadline(L, 2));
    if (err) return refuse_join(L, p, err, false);
    lmp_remove_child(L, 1);
    if (was_killed(p)) {
        push_error(L, p);
        return lua_isnil(L, -1) ? raise_end(L, p) : lua_error(L);
    }
    int top = lua_gettop(L), n = push_outcome(L, p);
    if (n > 0 && lua_toboolean(L, top + 1)) return n - 1;
    if (n == 0 && mp_process_exitcode(p) == 0) return 0;
    lua_settop(L, top);
    push_error(L, p);
    return n == 0 && lua_isnil(L, -1) ? raise_end(L, p) : lua_error(L);
}

// member:is_alive() -> boolean
int lmember_is_alive(lua_State *L)
{
    const struct mp_process *p = lmp_checkmember(L);
    lua_pushboolean(L, p->state != MP_PROCESS_NEW && !mp_process_ended(p));
    return 1;
}

// ---- fields ----

int lmember_daemon(lua_State *L)
{
    lua_pushboolean(L, lmp_checkmember(L)->daemon != 0);
    return 1;
}

// Who was killed has none, but a thread tells with whom it died.
int lmember_error(lua_State *L)
{
    char text[128];
    const struct mp_process *p = lmp_checkmember(L);
    push_error(L, p);
    if (!lua_isnil(L, -1) || !mp_process_ended(p) || !mp_process_host(p)) return 1;
    push_end(L, p);
    lua_pushfstring(L, "%s %s", mp_object_describe(&p->obj, text, sizeof text), lua_tostring(L, -1));
    return 1;
}

int lmember_traceback(lua_State *L)
{
    const struct mp_process *p = lmp_checkmember(L);
    int top = lua_gettop(L), n = push_outcome(L, p);
    bool failed = n >= 3 && !lua_toboolean(L, top + 1);
    lua_settop(L, failed ? top + 3 : top);
    if (!failed) lua_pushnil(L);
    return 1;
}
