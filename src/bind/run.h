// Running the tasks of a chunk, see task.c.
#pragma once

#include "bind/journal.h"
#include "bind/lmp.h"

// Where things are on the stack.
struct lrun {
    struct ljournal *j;
    int top;   // what is above it is free
    int handler, f, items, step;
    lua_Integer offset;   // the argument of the task at position p is items[p - offset], or is counted from it
    bool range, star, single;
    int results;   // how many are wanted, or LUA_MULTRET
};

// The flags of a chunk. The items are on the stack.
void lrun_read_flags(lua_State *L, struct lrun *r, lua_Integer flags);
// Says what is to be done, above which n values are on the stack. Returns how many there are then.
int lrun_leave(lua_State *L, const char *how, lua_Integer position, int n);
// The tasks first..last. 0: all are done; else what lrun_leave returned.
int lrun_some(lua_State *L, const struct lrun *of, lua_Integer first, lua_Integer last);
