// Many messages at once. At most 7 stores in a transaction.
//
// State:     records as they will be in the queue; one in-flight entry for all their blocks.
// Invariant: the chain has the blocks of the records that are not put yet, in their order.
// Death:     the monitor gives back the chain. The store of tail hands over as many records as are in one segment, and
//            with them their blocks, since the entry of the chain moves on in its transaction.
#include <errno.h>
#include <stdlib.h>

#include "cpu.h"
#include "queue_layout.h"

enum { FIRST_CAP = 1024 };

struct putting {
    struct mp_queue *q;
    struct mp_batch *batch;
    mp_ref segment;   // one ready to be linked, 0: none
    int segment_place;
    uint64_t n;       // put by the last try
};

// ---- collecting ----

static struct mp_msg *message_at(mp_ref ref)
{
    return mp_ptr(ref);
}

static int grow(struct mp_batch *batch, size_t more)
{
    if (batch->cap - batch->length >= more) return 0;
    size_t cap = batch->cap ? batch->cap * 2 : FIRST_CAP;
    uint8_t *grown = realloc(batch->records, cap);
    if (!grown) return ENOMEM;
    batch->records = grown;
    batch->cap = cap;
    return 0;
}

// The chain's first entry is the one that the block had.
static void chain(struct mp_batch *batch, const struct mp_build *b)
{
    if (batch->last) {
        TX(message_at(batch->last)->next, b->block);
        mp_tx_inflight(b->place, 0);
    } else {
        batch->place = b->place;
        mp_tx_inflight(b->place, (uint64_t)MP_CHAIN << 32 | b->block);
    }
    mp_commit();
    batch->last = b->block;
}

int mp_batch_add(struct mp_batch *batch, struct mp_build *b)
{
    uint32_t kind = b->block ? MP_RECORD_BLOCK : MP_RECORD_INLINE, length = (uint32_t)b->len;
    size_t size = mp_record_units(kind, length) * 16;
    int err = grow(batch, size);
    if (err) return err;
    struct mp_record *record = (struct mp_record *)(batch->records + batch->length);
    *record = (struct mp_record){.kind = kind, .length = length, .ref = b->block};
    if (b->block) {
        chain(batch, b);
        b->block = 0;
    } else {
        mp_copy_units(record->bytes, b->data, length);
    }
    batch->length += size;
    return 0;
}

void mp_batch_drop(struct mp_batch *batch)
{
    if (batch->last) mp_chain_drop(batch->place);
    free(batch->records);
    *batch = (struct mp_batch){0};
}

// ---- putting ----

static const struct mp_record *record_at(const struct mp_batch *batch, size_t at)
{
    return (const struct mp_record *)(batch->records + at);
}

static uint64_t units_at(const struct mp_batch *batch, size_t at)
{
    const struct mp_record *record = record_at(batch, at);
    return mp_record_units(record->kind, record->length);
}

// The records that fit into the segment from `at` on, and the queue: copies them, and takes their blocks off the chain.
static uint64_t write_records(struct putting *p, uint32_t tail_count, uint64_t at)
{
    struct mp_batch *batch = p->batch;
    size_t from = batch->at;
    uint64_t units = 0;
    mp_ref last = 0;
    for (p->n = 0; batch->at < batch->length; p->n++) {
        const struct mp_record *record = record_at(batch, batch->at);
        uint64_t more = mp_record_units(record->kind, record->length);
        if (!mp_record_fits(p->q, at + units, more)) break;
        if (p->n > 0 && mp_queue_full_for(p->q, tail_count + (uint32_t)p->n, record->length)) break;
        if (record->kind == MP_RECORD_BLOCK) last = (mp_ref)record->ref;
        units += more;
        batch->at += more * 16;
    }
    memcpy(mp_ptr(at), batch->records + from, units * 16);
    if (!last) return at + units;
    uint64_t next = message_at(last)->next;
    mp_tx_inflight(batch->place, next ? (uint64_t)MP_CHAIN << 32 | next : 0);
    if (!next) batch->last = 0;
    return at + units;
}

// With the producers' latch, which it frees.
static int put_latched(struct putting *p, struct mp_node *node)
{
    struct mp_queue *q = p->q;
    uint64_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed), at = mp_place(tail);
    uint32_t length = record_at(p->batch, p->batch->at)->length;
    bool fits = mp_record_fits(q, at, units_at(p->batch, p->batch->at));
    int err = 0;
    if (atomic_load_explicit(&q->closed, memory_order_relaxed)) {
        err = EPIPE;
    } else if (mp_queue_full_for(q, mp_count(tail), length) && mp_queue_still_full(q, mp_count(tail), length, node)) {
        mp_unlatch();
        return EAGAIN;
    } else if (!p->segment && !fits) {
        mp_unlatch();
        return ENOSPC;
    }
    if (node && node->list) mp_tx_unlink(node);
    if (err) {
        mp_commit();
    } else {
        if (!fits) {
            at = mp_queue_tx_jump(q, at, p->segment, p->segment_place);
            p->segment = 0;
        }
        at = write_records(p, mp_count(tail), at);
        mp_publish(&q->tail, mp_word(mp_count(tail) + (uint32_t)p->n, at));
    }
    mp_unlatch();
    return err;
}

static int try_put(void *arg, struct mp_node *node)
{
    struct putting *p = arg;
    uint64_t units = units_at(p->batch, p->batch->at);
    int err;
    do {
        uint64_t tail = atomic_load_explicit(&p->q->tail, memory_order_relaxed);
        if (!p->segment && !mp_record_fits(p->q, mp_place(tail), units)) {
            err = mp_alloc(MP_SEGMENT, &p->segment, &p->segment_place);
            if (err) return err;
        }
        mp_latch(&p->q->producers);
        err = put_latched(p, node);
    } while (err == ENOSPC);   // others filled the segment meanwhile
    return err;
}

// As many as one segment takes.
static int put_some(struct putting *p, int64_t deadline)
{
    struct mp_queue *q = p->q;
    int err = try_put(p, NULL);
    if (err == EAGAIN) {
        struct mp_wait wait = {.try = try_put, .arg = p, .word = &q->head, .object = &q->obj};
        err = mp_block(&wait, deadline);
    }
    if (err) return err;
    p->batch->nput += p->n;
    mp_fence_after_exchange();
    if (mp_relaxed(&q->ngetting)) mp_wake_some(&q->getting, p->n);
    return 0;
}

int mp_queue_put_batch(struct mp_queue *q, struct mp_batch *batch, int64_t deadline)
{
    struct putting p = {.q = q, .batch = batch};
    int err = batch->length == 0 && atomic_load(&q->closed) ? EPIPE : 0;
    while (!err && batch->at < batch->length) err = put_some(&p, deadline);
    if (p.segment) mp_inflight_free(p.segment_place);
    return err;
}
