// The arena as a whole. Only the files that keep a part of it include this.
#pragma once
#include "heap.h"
#include "slot.h"

enum { MP_SUSPECTS = 2 * 1024 * 1024 };

#define MP_MAGIC UINT64_C(0x6d706c7561303031)   // "mplua001"

struct mp_arena {
    uint64_t magic, layout;          // layout: a hash of sizes, so that tools refuse another build
    uint64_t spans;                  // of the mapping
    int32_t monitor_pid;
    int32_t cpus;                    // usable ones, seen at the start
    uint64_t hash_seed;              // of keys
    _Atomic uint64_t stops;          // processes that were marked as stopped, ever
    _Alignas(MP_LINE) _Atomic uint64_t serials[MP_KINDS];
    _Alignas(MP_LINE) struct mp_latch slots_latch;
    uint64_t slots_free;             // slot + 1
    _Atomic uint64_t slots_top;      // slots from here on were never used
    _Atomic uint64_t slots_live;     // claimed and not yet freed, the monitor's left out
    uint64_t objects[MP_KINDS];      // of slots that were freed: made minus destroyed
    _Alignas(MP_LINE) struct mp_latch output[3];   // by file descriptor: whose lines are being written
    _Alignas(MP_LINE) struct mp_latch world;       // who holds it lets nobody recover the dead
    _Atomic uint64_t stopper;        // slot + 1 of who has stopped the world, or is about to
    _Atomic uint64_t nsuspects, next_suspect;
    _Atomic uint64_t collect_at;     // beyond so many suspects, and some, a collection begins by itself
    _Atomic uint64_t retired;        // there may be threads that have ended: for the monitor
    _Atomic uint64_t quitting;       // the monitor has told who waits for what, and passes SIGQUIT on to main
    _Alignas(MP_LINE) _Atomic uint64_t parked[MP_SLOTS / 64];
    _Alignas(MP_LINE) _Atomic int32_t pids[MP_SLOTS];   // by slot, 0: none
    struct mp_heap heap;
    _Alignas(MP_LINE) struct mp_slot slots[MP_SLOTS];
    _Alignas(4096) struct mp_span span_table[MP_MAX_SPANS];
    _Alignas(4096) _Atomic uint64_t suspects[MP_SUSPECTS];   // refs, see suspects.c
};

// Who died of a fault of its own may have left anything in its slot.
static inline bool mp_inside(const void *p)
{
    return (uintptr_t)p - (uintptr_t)mp_arena < mp_arena->spans * MP_SPAN;
}

_Static_assert(sizeof(struct mp_slot) % MP_LINE == 0, "slots are whole cache lines");
_Static_assert(sizeof(struct mp_span) == 32, "two spans a cache line");
