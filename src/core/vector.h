// A vector in the arena that grows without moving what it holds: segments of a page, and a directory of them.
// A small one is a single block. Its word, {ref, elements << 32}, is in the object that owns it, which guards it.
#pragma once
#include "arena.h"

enum { MP_PAGE = 4096 };

static inline uint64_t mp_vector_room(uint64_t vector)
{
    return vector >> 32;
}

// Element i of `size` bytes, a power of two; i is less than the room.
static inline void *mp_vector_at(uint64_t vector, size_t size, uint64_t i)
{
    uint64_t per = MP_PAGE / size;
    char *base = mp_ptr((uint32_t)vector);
    if (mp_vector_room(vector) <= per) return base + i * size;
    const uint64_t *directory = (const uint64_t *)base;
    return (char *)mp_ptr(directory[i / per]) + i % per * size;
}

// Each a transaction of its own or two, with the owner's latch held.
int mp_vector_grow(uint64_t *vector, size_t size);       // by one step; what is new is zeroed. 0, ENOMEM
void mp_vector_shrink(uint64_t *vector, size_t size);    // by one step, what was in there is forgotten

struct mp_fsck;
void mp_fsck_vector(struct mp_fsck *f, uint64_t vector, size_t size, const char *place);
