// What string.dump wrote: the names of the globals that a function uses.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LMP_UPVALUES = 256 };   // a Lua function has fewer

// Calls visit for every global name of the function and those inside it; `env` says which of its upvalues are the
// globals table. A name may come more than once. False: not the bytecode of this Lua, or cut off.
bool lmp_bytecode_globals(const uint8_t *code, size_t len, const bool env[LMP_UPVALUES],
                          void (*visit)(void *arg, const char *name, size_t len), void *arg);
