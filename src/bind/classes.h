// The classes, and what one needs of another.
#pragma once
#include "bind/lmp.h"

extern const struct lmp_class lqueue_class;
int lqueue_new(lua_State *L);
int lqueue_put_many(lua_State *L);   // queue_many.c
int lqueue_get_many(lua_State *L);   // queue_many.c
struct mp_queue;
// What an operation on a queue cannot do: closed raises for those who put.
int lqueue_refuse(lua_State *L, const struct mp_queue *q, int err, bool putting);

extern const struct lmp_class levent_class;
int levent_new(lua_State *L);

// How a thing that can be held is acquired and released; idx is where it is on the stack.
struct lmp_holding {
    int (*acquire)(lua_State *L, int idx, int64_t deadline);   // 0, or what lmp_refuse takes
    int (*release)(lua_State *L, int idx);   // 0, or an error that a guard passes over; never raises
};

// For a class's own methods, of the object at 1: guard([timeout]) and with(f, ...).
int lguard_guard(lua_State *L, const struct lmp_holding *of);
int lguard_with(lua_State *L, const struct lmp_holding *of);
extern const struct lmp_class lguard_class;

extern const struct lmp_class llock_class, lrlock_class;
int llock_new(lua_State *L);
int lrlock_new(lua_State *L);
int llock_with(lua_State *L);   // the method

extern const struct lmp_class lvalue_class;
int lvalue_new(lua_State *L);

extern const struct lmp_class larray_class;
int larray_new(lua_State *L);

extern const struct lmp_class lbuffer_class;
int lbuffer_new(lua_State *L);

extern const struct lmp_class lmanager_class;
int lmanager_new(lua_State *L);

extern const struct lmp_class ltable_class;
int ltable_make(lua_State *L, struct mp_obj *manager);   // ([init], [name]) -> a table of this manager or of none
int ltable_functions(lua_State *L);   // pushes them, for lua/mp/table.lua
struct mp_lock;
struct mp_lock *llock_check(lua_State *L, int idx);   // raises
int llock_raise_not_ours(lua_State *L, const struct mp_obj *obj, const struct mp_lock *l);   // of which obj tells
int llock_push_holder(lua_State *L, const struct mp_lock *l);   // the process that holds it; 0 results: nobody
const char *llock_push_holder_name(lua_State *L, const struct mp_lock *l);   // "process worker-2"; NULL: nobody

extern const struct lmp_class lcondition_class;
int lcondition_new(lua_State *L);

extern const struct lmp_class lsemaphore_class;
int lsemaphore_new(lua_State *L);
int lbounded_new(lua_State *L);

extern const struct lmp_class lbarrier_class;
int lbarrier_new(lua_State *L);

extern const struct lmp_class lpipe_class;
int lpipe_new(lua_State *L);

extern const struct lmp_class llease_class;
struct mp_msg **llease_new(lua_State *L);
int llease_open(lua_State *L);

void lparcel_functions(lua_State *L);    // pushes them, for lua/mp/pool
void ljournal_functions(lua_State *L);   // likewise
void ltask_functions(lua_State *L);      // likewise
void lhold_functions(lua_State *L);      // likewise

void lrequire_open(lua_State *L);
int lterminal_width(lua_State *L);

extern const struct lmp_class lprocess_class;
int lprocess_new(lua_State *L);   // start.c
int lprocess_start(lua_State *L);   // start.c
int lprocess_spawn(lua_State *L);   // start.c

extern const struct lmp_class lthread_class;
int lthread_new(lua_State *L);      // start.c
int lthread_start(lua_State *L);    // start.c
int lthread_run(void);              // what a new thread does. The exit status
int lthread_current(lua_State *L);
int lthread_children(lua_State *L);   // mp.active_children in a thread

void lcoroutine_open(lua_State *L);
int ldebug_functions(lua_State *L);   // pushes mp.debug

extern const struct lmp_class lhttp_session_class;
int lcore_open(lua_State *L);   // for require, as the next
int lhttp_open(lua_State *L);
int llog_open(lua_State *L);
void lhttp_end_lookups(lua_State *L);   // waits for threads that a transfer has left: no process can start meanwhile
