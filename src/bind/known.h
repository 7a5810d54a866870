// The function that a task brings with it, see known.c. The view is what follows the head of its parcel.
#pragma once
#include "bind/message.h"

bool lknown_push(lua_State *L, struct mp_view view);   // false: nothing is pushed, and it has to be decoded
void lknown_note(lua_State *L, struct mp_view view, int f);   // it was decoded, and its first value is at f
