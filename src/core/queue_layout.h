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

// A producer's last look before it sleeps. Linked before it, so that who takes a message either sees us or has made room.
bool mp_queue_still_full(struct mp_queue *q, uint32_t tail_count, uint32_t length, struct mp_node *node);

static inline struct mp_flow mp_queue_flow(struct mp_queue *q)
{
    return (struct mp_flow){.list = &q->getting, .come = &q->tail, .gone = &q->head};
}

static inline uint64_t mp_record_units(uint32_t kind, uint32_t length)
{
    return kind == MP_RECORD_INLINE ? (sizeof(struct mp_record) + length + 15) / 16 : 1;
}

static inline bool mp_record_fits(const struct mp_queue *q, uint64_t at, uint64_t units)
{
    return mp_relaxed(&q->segment_end) - at >= units + 1;   // one for the jump
}

// The records go on in a segment that was in flight. Beyond the tail nobody reads. Two stores
static inline uint64_t mp_queue_tx_jump(struct mp_queue *q, uint64_t at, mp_ref segment, int place)
{
    *(struct mp_record *)mp_ptr(at) = (struct mp_record){.kind = MP_RECORD_JUMP, .ref = segment};
    mp_tx_inflight(place, 0);
    TX(q->segment_end, segment + MP_SEGMENT / 16);
    return segment;
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

static inline bool mp_queue_at_bound(const struct mp_queue *q, uint32_t tail_count, uint32_t length)
{
    if (q->by_bytes) {
        uint64_t there = q->bytes_put - q->head_seen;
        return there > 0 && there + length > q->maxsize;
    }
    return tail_count - (uint32_t)q->head_seen + mp_relaxed(&q->leased) >= q->maxsize;
}

// With the producers' latch: has it no room for a message that long? What is leased takes room too, and is counted
// before head tells that it was taken: so head is read first. A lease or a taking by bytes that is undone by a death,
// or a lease that comes back meanwhile, may let one too many in.
static inline bool mp_queue_full_for(struct mp_queue *q, uint32_t tail_count, uint32_t length)
{
    if (q->maxsize == 0 || !mp_queue_at_bound(q, tail_count, length)) return false;
    q->head_seen = q->by_bytes ? mp_relaxed(&q->bytes_taken) : mp_count(atomic_load(&q->head));
    return mp_queue_at_bound(q, tail_count, length);
}
