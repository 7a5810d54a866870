// Holding interruptions, see hold.c. Each returns how it was before, for its counterpart.
#pragma once
#include "bind/lmp.h"

bool lmp_hold(void);
void lmp_release(bool before);   // one that came meanwhile is raised at the next instruction
bool lmp_lift(void);             // for a while, within
void lmp_unlift(bool before);
// Of a user's function, as lua_pcall and lua_call.
int lmp_pcall_lifted(lua_State *L, int nargs, int nresults);
void lmp_call_lifted(lua_State *L, int nargs, int nresults);
