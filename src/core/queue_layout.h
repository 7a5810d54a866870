// What the halves of the queue share: records in segments.
#pragma once
#include "heap.h"
#include "queue.h"
#include "tx.h"

enum { MP_SEGMENT_FIRST = 512, MP_SEGMENT = 4096 };
enum mp_record_kind { MP_RECORD_INLINE = 1, MP_RECORD_BLOCK, MP_RECORD_JUMP };

struct mp_record {
    uint32_t kind, length;
    uint64_t ref;   // of the block, or of the next segment
    uint8_t bytes[];
};

// Takes a message out that nobody will get: it counts as done. 0, or there is none
int mp_queue_discard(struct mp_queue *q);
// More were done than taken, when somebody calls task_done too often: then this one is done already. One store
void mp_queue_tx_finish(struct mp_queue *q);
// What may go on after a message is done: joiners, and consumers of a closed queue that wait for the last lease.
void mp_queue_wake_after_done(struct mp_queue *q);

static inline uint64_t mp_record_units(uint32_t kind, uint32_t length)
{
    return kind == MP_RECORD_INLINE ? (sizeof(struct mp_record) + length + 15) / 16 : 1;
}

static inline uint32_t mp_count(uint64_t word)
{
    return (uint32_t)(word >> 32);
}

static inline uint64_t mp_place(uint64_t word)
{
    return (uint32_t)word;
}

static inline uint64_t mp_word(uint32_t count, uint64_t ref)
{
    return (uint64_t)count << 32 | ref;
}
