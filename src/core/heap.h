// The heap: blocks of the arena.
//
// Small blocks come from spans of 64 KiB cut into one size; larger ones are runs of spans.
// Each slot keeps a magazine of blocks per size, so that most allocations touch nothing shared.
//
// State:     span table; per size a list of the spans with free blocks; lists of free runs by size.
// Invariant: a block is in exactly one of: its span's free list, a magazine, an in-flight entry, a lease list,
//            or reachable from an object.
// Death:     every change is a transaction; the monitor frees the dead one's in-flight blocks and magazines.
#pragma once
#include "slot.h"

enum { MP_RUN_BINS = 21, MP_BLOCK_MAX = 32 * 1024 };   // larger blocks are runs of spans

struct mp_span {
    uint64_t info;     // enum mp_span_state, class << 8, spans of the run << 32
    uint64_t blocks;   // ref of the first free block, free blocks << 32, blocks ever handed out << 48
    uint64_t next, prev;
};

struct mp_size_class {
    _Alignas(MP_LINE) struct mp_latch latch;
    uint64_t partial;   // span + 1: first of those with free blocks
    uint64_t out;       // blocks in magazines or in use
};

struct mp_heap {
    struct mp_size_class classes[MP_CLASSES];
    _Alignas(MP_LINE) struct mp_latch latch;   // of the runs; taken after a class's latch
    uint64_t quota, used;                      // spans
    uint64_t bins[MP_RUN_BINS];                // span + 1
    uint64_t first;                            // span where the heap begins
    uint64_t large;                            // runs in use
};

void mp_heap_init(uint64_t quota_spans, uint64_t arena_spans);

// Takes a block that is then on this slot's in-flight list, at *place. 0, ENOMEM
int mp_alloc(size_t size, mp_ref *ref, int *place);
void mp_inflight_free(int place);          // gives the block back
int mp_inflight_place(void);               // of a free entry, for what cannot fail
bool mp_inflight_room(void);               // for what can: are there more than those that are kept for that?
// Inside a transaction: the block leaves the in-flight list, for another place, or comes to it.
void mp_tx_inflight(int place, uint64_t entry);

size_t mp_block_size(mp_ref ref);
mp_ref mp_block_base(mp_ref ref);          // the block that ref points into; small blocks only

void mp_magazines_flush(struct mp_slot *of);
uint64_t mp_heap_blocks(void);             // blocks in use: neither free nor in a magazine
