// The memory of a Lua state that does not live long: what it makes first lies in one block, one after the other, and is
// gone with it. To open Lua's libraries makes some hundred things that stay, for which malloc takes five times as long.
#pragma once
#include <stddef.h>

struct lmp_region {
    char *begin, *end;   // NULL: there is no block
    char *next;   // free from here on
    char *last;   // what was given last may grow and shrink
};

void lmp_region_open(struct lmp_region *r);   // without memory for a block malloc gives all
void lmp_region_close(struct lmp_region *r);   // once nothing in it is used any more

// A lua_Alloc, with a region as `ud`. What is freed within the block is lost until it is closed; what does not fit comes
// from malloc.
void *lmp_region_alloc(void *ud, void *ptr, size_t osize, size_t nsize);
