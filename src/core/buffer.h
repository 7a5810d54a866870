// A buffer: bytes that processes share.
#pragma once
#include "object.h"

struct mp_buffer {
    struct mp_obj obj;
    uint64_t n;
    uint64_t block;   // ref; 0 for no bytes
};

// All bytes are 0. 0, ENOMEM
int mp_buffer_new(uint64_t n, const char *name, size_t length, struct mp_buffer **made, uint32_t *handle);

// From 0 on. What several processes write at once is a mixture.
static inline char *mp_buffer_at(const struct mp_buffer *b, uint64_t index)
{
    return (char *)mp_ptr(b->block) + index;
}
