// What every binding file shares: the only header here that includes lua.h.
#pragma once
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/object.h"

// A class of userdata. Methods and getters of one that is no object of the arena get its metatable as upvalue too, for
// lmp_check.
struct lmp_class {
    const char *name;         // "queue": what mp.type() gives and messages say
    uint32_t kind;            // MP_QUEUE, ...: its instances are references to such objects; 0: they are not
    const luaL_Reg *methods;
    const luaL_Reg *fields;   // getters, called as getter(object)
    const luaL_Reg *meta;     // more metamethods, may be NULL
    lua_CFunction index, newindex;   // a class's own that end in lmp_index and lmp_newindex; may be NULL
    void (*complete)(lua_State *L);   // what else its metatable needs, which is on the top; may be NULL
};

// The one userdata that stands for an object in a Lua state. Its user value is free for the class.
struct lmp_ref {
    const void *tag;      // tells it from other userdata
    struct mp_obj *obj;   // NULL: not yet, or no more
    uint32_t handle, kind;
    uint32_t uses;        // methods that were looked up, see class.c
    uint32_t other;       // for the class: handle + 1 of an object that its user value keeps, 0: not asked for yet
};

// ---- classes: class.c ----

extern const struct lmp_class *const lmp_classes[];   // all of them; NULL ends them. module.c
void lmp_setclass(lua_State *L, const char *name);   // of the userdata on the top
// (object, key): a method, a field, or an error. Upvalues: methods, fields, the class's name. Those of an object that is
// used a lot are called with its methods instead of it: then it is upvalue 4.
int lmp_index(lua_State *L);
int lmp_newindex(lua_State *L);   // (object, key, value): an error. Upvalue: the class's name
// Argument 1 of a method, of the method's own class.
void *lmp_check(lua_State *L);
int lmp_wrong_self(lua_State *L, const char *class);   // raises: argument 1 is no object of the class
// Raises for a name that a class or module lacks: `names` is a table whose keys are the names it has.
int lmp_unknown(lua_State *L, const char *who, const char *key, int names, int level);
const char *lmp_article(const char *name);   // "a" or "an"
// Of a value that is no object: "pool", say, or its type. Leaves what it is told by on the stack.
const char *lmp_push_kind(lua_State *L, int idx);
// mp.type(x) -> "queue", ... or nil
int lmp_type(lua_State *L);
int lmp_class_of_tables(lua_State *L);   // see lua/mp/pool.lua

// ---- references: ref.c ----

void lmp_openrefs(lua_State *L);
extern const char lmp_ref_tag;

// By the tag and not by the metatable: this is on the way of every method.
static inline struct lmp_ref *lmp_toref(lua_State *L, int idx)
{
    struct lmp_ref *ref = lua_touserdata(L, idx);
    return ref && lua_rawlen(L, idx) == sizeof *ref && ref->tag == &lmp_ref_tag ? ref : NULL;
}

struct mp_obj *lmp_checkobj_slowly(lua_State *L, uint32_t kind);   // raises for what is wrong or closed
int lmp_raise_closed(lua_State *L, const struct mp_obj *obj);

// Argument 1 of a method.
static inline struct lmp_ref *lmp_checkref(lua_State *L, uint32_t kind)
{
    struct lmp_ref *ref = lmp_toref(L, 1);
    bool ordinary = ref && ref->kind == kind && ref->obj && !ref->obj->scope;
    if (__builtin_expect(!ordinary, 0)) lmp_checkobj_slowly(L, kind);
    return ref;
}

static inline struct mp_obj *lmp_checkobj(lua_State *L, uint32_t kind)
{
    struct lmp_ref *ref = lmp_toref(L, 1);
    if (__builtin_expect(ref && ref->kind == kind && ref->obj && !ref->obj->scope, 1)) return ref->obj;
    return lmp_checkobj_slowly(L, kind);
}

// For classes that check their argument 1 themselves.
static inline void lmp_checkopen(lua_State *L, const struct mp_obj *obj)
{
    if (__builtin_expect(obj->scope && mp_object_closed(obj), 0)) lmp_raise_closed(L, obj);
}

// For a class's own __index: whose is it?
static inline struct mp_obj *lmp_indexed(lua_State *L, uint32_t kind)
{
    const struct lmp_ref *ref = lmp_toref(L, 1);
    if (!ref) ref = lmp_toref(L, lua_upvalueindex(4));
    if (!ref || ref->kind != kind || !ref->obj) return lmp_checkobj_slowly(L, kind);
    lmp_checkopen(L, ref->obj);
    return ref->obj;
}

struct mp_obj *lmp_toobj(lua_State *L, int idx);   // NULL: the value is no object of this library
bool lmp_ref_used(lua_State *L, int idx);   // counts a use; true: it has become a hot one
void lmp_pushobj(lua_State *L, struct mp_obj *obj);   // raises when the arena is full
int lmp_pushobj_safely(lua_State *L, struct mp_obj *obj);   // the Lua status; else pushes the error
bool lmp_pushknown(lua_State *L, uint32_t ref);   // the userdata of an object, if we have one already
void lmp_newref(lua_State *L, const char *class);   // pushes one without an object, for a constructor
void lmp_setref(lua_State *L, uint32_t handle);   // the userdata on the top stands for that handle's object
int lmp_ref_gc(lua_State *L);
int lmp_ref_name(lua_State *L);   // getter of `name`
int lmp_ref_tostring(lua_State *L);
const char *lmp_us(void);   // "process", or "thread" where there are several
int lmp_raise(lua_State *L, const struct mp_obj *obj, const char *why);   // "FILE:LINE: queue 'jobs' WHY"

// ---- arguments, results, errors: args.c ----

// The level of the user's Lua code that called us, for luaL_where: there may be C functions and Lua of ours in between.
int lmp_caller(lua_State *L);
void lmp_place(lua_State *L);   // pushes "FILE:LINE: " of it, or ""
int lmp_error(lua_State *L, const char *format, ...);   // as luaL_error, with that place
bool lmp_callable(lua_State *L, int idx);
void lmp_checkcallable(lua_State *L, int idx);   // raises

// A number that a program has as text is a mistake in it more often than not, so a string is no number for us, be it a
// time, a count, an index or a value. Lua's own library would convert it.
lua_Integer lmp_checkinteger(lua_State *L, int idx);
lua_Integer lmp_optinteger(lua_State *L, int idx, lua_Integer otherwise);
int64_t lmp_deadline_of(lua_State *L, int idx);

// A timeout argument as a deadline: absent or math.huge is for ever, 0 and less is once; NaN and other types raise.
static inline int64_t lmp_deadline(lua_State *L, int idx)
{
    return lua_gettop(L) < idx || lua_isnil(L, idx) ? INT64_MAX : lmp_deadline_of(L, idx);
}

// A list is a table, or what can be indexed and has a length, such as an array. In place of a shared table comes what is
// in it at this moment. Returns its length.
lua_Integer lmp_checklist(lua_State *L, int idx);
bool lmp_hasmeta(lua_State *L, int idx, const char *name);

// Spreads one table of named fields at 1, if that is what was given, over positions 1..n in this order.
void lmp_options(lua_State *L, const char *who, const char *const names[]);
void lmp_check_dot(lua_State *L, const char *who);   // raises where a colon was written: mp:Queue()
// Is neither given at idx nor as a field of the one table there?
bool lmp_nooption(lua_State *L, int idx, const char *name);
const char *lmp_optname(lua_State *L, int idx, size_t *length);   // NULL: not given
// ETIMEDOUT: pushes `failure`, "timeout" and returns 2. EINTR, ENOMEM and others raise.
int lmp_refuse(lua_State *L, int err, bool failure);
int lmp_arena_full(lua_State *L);   // raises
const char *lmp_push_full(lua_State *L, uint64_t used, uint64_t limit);   // what that says, of so many MiB
const char *lmp_text(lua_State *L, int idx);   // pushes how an error value reads; raises nothing but a lack of memory
int lmp_interrupt(lua_State *L);   // raises
int lmp_core_unknown(lua_State *L);   // functions for the Lua part
int lmp_core_raise(lua_State *L);

// ---- this process or thread: child.c, life.c, interrupt.c ----

// require "mp" and its parts, and what os and coroutine do otherwise in a family.
void lmp_openlibs(lua_State *L);
void lmp_warn(void *ud, const char *piece, int more);   // a lua_WarnFunction. warn.c
void lmp_warn_leave(void);   // at the end of a thread
// Runs the root's Lua by body(argc, argv), or in its descendants what they are to run. Returns the exit status.
int lmp_run(int (*body)(int, char **), int argc, char **argv);
void lmp_open_random(lua_State *L);
void lmp_seed_when_drawing(void);   // random numbers unlike those of anybody else
_Noreturn void lmp_child(lua_State *L, int nargs);   // in a new process: runs the function and its arguments on L
// The end of this process: atexit functions, joins. Returns the status.
int lmp_finish(lua_State *L, int status);
_Noreturn void lmp_end(int status);   // flushes and exits

// Each once, before Lua code runs. `open` gives a new state its libraries, as this one has them.
void lmp_be_root(lua_State *L, void (*open)(lua_State *));
void lmp_be_child(lua_State *L);
bool lmp_is_base(const lua_State *L);   // what this process or thread began with runs on it
void lmp_be_thread(lua_State *L);   // opens the libraries too
bool lmp_run_atexit(lua_State *L);   // false: one of the functions failed
void lmp_add_child(lua_State *L, int idx);   // a process to be joined at the end
void lmp_remove_child(lua_State *L, int idx);
int lmp_active_children(lua_State *L);
int lmp_atexit(lua_State *L);
int lmp_os_exit(lua_State *L);
void lmp_where(char *text, size_t size);   // see mp_where

void lmp_watch_signals(lua_State *L, bool root);
lua_State *lmp_running(void);
lua_State *lmp_set_running(lua_State *co);   // where an interruption is to be raised; returns where it was before
bool lmp_interrupted(lua_State *L);   // is the error on the top that of Ctrl-C or p:interrupt()?
void lmp_interrupt_soon(void);   // one that was caught is raised again, at the next instruction
void lmp_ending(void);   // from here on Ctrl-C kills
