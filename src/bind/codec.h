// Lua values to bytes and back. The bytes are described in codec_format.h.
//
// nil, booleans, numbers and strings travel as they are; tables, Lua functions and the library's objects
// as graphs, in which what is shared stays shared. By name travel: tables of package.loaded and _G; C
// functions, and what is in the library's own modules; the standard files. Metatables travel when registered:
// one that the receiver has under that name is used, otherwise it is made from the message.
//
// Functions run with the receiver's globals. Those that they name go with them, and are set where there are
// none; one that cannot travel is left out. An _ENV with a metatable (a test runner's, say) counts as the globals.
//
// A foreign userdata travels when its metatable has two functions: __mp_pack(userdata) returns any value that
// can travel, and the receiver gets what __mp_unpack(value) returns, a function that travels as others do. Each
// is called once for a userdata, however often the message has it, and never while a table is traversed.
#pragma once
#include "bind/codec_format.h"

// Appends the n values from stack index `first` on. Raises what cannot travel, naming the path from
// `what`, in which "%d" stands for the number of the value: "cannot send argument 2.handlers[2]: a coroutine",
// and a full arena. "the function|argument %d" has a name for the first value, and counts from the second on. Whoever calls it drops `b` when it raises, and seals it before Lua can collect garbage.
void lmp_encode(lua_State *L, int first, int n, const char *what, struct mp_build *b);

// Pushes the values of a message and returns how many. Raises on bytes that are no message, and what the
// modules and __mp_unpack functions raise that it calls.
int lmp_decode(lua_State *L, const struct mp_view *msg);

// Appends one value, of this type, and returns true when it is a nil, boolean, number or string that there is room
// for; otherwise lmp_encode is to be called.
static inline bool lmp_encode_simple(lua_State *L, int idx, int type, struct mp_build *b)
{
    return lmp_put_simple(L, idx, type, b);
}

// Pushes the one value of a message when it is such a value; otherwise pushes nothing: lmp_decode is to be called.
static inline bool lmp_decode_simple(lua_State *L, const struct mp_view *msg)
{
    const uint8_t *end = msg->data + msg->len;
    const uint8_t *p = msg->len ? lmp_get_simple(L, msg->data, end) : NULL;
    if (p && p == end) return true;
    if (p) lua_pop(L, 1);
    return false;
}

// mp.register(name, metatable) -> metatable. The last one registered under a name is what receivers use.
int lmp_register(lua_State *L);
