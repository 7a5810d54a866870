// The arena: one mapping that every process of the family has at the same address.
// Everything shared is in it and is named by a reference: its distance from the start in units of 16 bytes.
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t mp_ref;   // 0 is none

enum {
    MP_SLOTS = 4096,              // processes and threads that can live at once
    MP_SLOT_BITS = 13,            // that hold any slot + 1
    MP_SPAN = 64 * 1024,          // unit in which the heap hands out memory
    MP_MAX_SPANS = 1024 * 1024,   // 64 GiB
    MP_LINE = 64
};

struct mp_latch {
    _Atomic uint32_t owner;   // 0 is free; else slot + 1, a ticket, and MP_LATCH_WAITED when somebody sleeps on it
};

struct mp_arena;
extern struct mp_arena *mp_arena;

int mp_arena_open(uint64_t quota);   // bytes; 0 chooses: half of what the machine or the cgroup has. 0, errno
uint64_t mp_arena_limit(void);       // the quota in force, bytes
uint64_t mp_arena_used(void);        // bytes handed out by the heap, in whole spans

int mp_cpu_count(void);              // CPUs that this process may use

static inline void *mp_ptr(uint64_t ref)
{
    return (char *)mp_arena + ref * 16;
}

static inline mp_ref mp_refof(const void *p)
{
    return (mp_ref)((size_t)((const char *)p - (const char *)mp_arena) / 16);
}

// Places inside a block that need not be a multiple of 16: latches, lists, nodes.
static inline void *mp_at(uint64_t offset)
{
    return (char *)mp_arena + offset;
}

static inline uint64_t mp_offset(const void *p)
{
    return (uint64_t)((const char *)p - (const char *)mp_arena);
}
