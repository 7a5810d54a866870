// What a process or thread leaves: its results, or its error.
#pragma once
#include "bind/lmp.h"
#include "core/process.h"

// By who ends. Stack: the function and its arguments; calls it, and tells its error. The exit status: 0, or 1 after one.
int lmp_run_target(lua_State *L);
void lmp_leave_error(lua_State *L);   // the one on the top; tells it too

// By others.
int lmp_join_member(struct mp_process *p, int64_t deadline);   // as mp_process_join
struct mp_process *lmp_checkmember(lua_State *L);   // argument 1, a process or thread
struct mp_process *lmp_checkstarted(lua_State *L);

// Methods and fields of both classes.
int lmember_join(lua_State *L);
int lmember_result(lua_State *L);
int lmember_is_alive(lua_State *L);
int lmember_daemon(lua_State *L);
int lmember_error(lua_State *L);
int lmember_traceback(lua_State *L);
