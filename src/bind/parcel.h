// Parcels: what a pool and its workers send. Some simple values come first, and can be read even when what follows them
// cannot: so a task or a result that cannot be decoded fails alone.
#pragma once
#include "bind/message.h"

enum { LPARCEL_SINGLE = 8 };   // a flag of a chunk, see lua/mp/pool/shared.lua

struct mp_queue *lparcel_checkqueue(lua_State *L, int idx);   // raises
// Pushes n simple values, then true and the others, or false and why they cannot be read; returns how many.
int lparcel_push(lua_State *L, struct mp_view view, lua_Integer n);
struct mp_view lparcel_push_head(lua_State *L, struct mp_view view, lua_Integer n);   // the same in two steps
void lparcel_push_rest(lua_State *L, struct mp_view rest);
// The same of what was got from a queue. 0: it was interrupted; the error is on the top, and the item in the queue.
int lparcel_take(lua_State *L, struct mp_queue *q, struct mp_item *item, lua_Integer n);
// Puts the n values from `first` on, of which the first `head` are simple; raises. `what` names one of the others that
// cannot be sent, see lmp_encode. `also`, if there is one, is stored with it.
void lparcel_put(lua_State *L, struct mp_queue *q, int first, int n, int head, const char *what,
                 const struct mp_also *also);

int lparcel_apply(lua_State *L);
int lparcel_gather(lua_State *L);
