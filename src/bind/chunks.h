// The Lua part of the library, compiled in: lua/embed.cmake writes it at build time.
#pragma once
#include <stddef.h>

struct lmp_chunk {
    const char *name;        // "mp.pool": what require asks for
    const char *chunkname;   // "=mp/pool.lua": what messages and tracebacks show
    const char *source;      // followed by a zero byte
    size_t size;
};

extern const struct lmp_chunk lmp_chunks[];   // the last row's name is NULL
