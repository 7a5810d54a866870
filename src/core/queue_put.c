// The producers' half. At most 10 stores in a transaction.
#include <errno.h>

#include "cpu.h"
#include "queue_layout.h"
#include "sentry.h"

struct put {
    struct mp_queue *q;
    struct mp_build *b;
    const struct mp_also *also;   // or NULL
    uint64_t units;         // of the record
    mp_ref segment;         // one ready to be linked, 0: none
    int segment_place;
};

bool mp_queue_still_full(struct mp_queue *q, uint32_t tail_count, uint32_t length, struct mp_node *node)
{
    if (!node) return true;
    if (!node->list) {
        mp_tx_link(&q->putting, node);
        mp_commit();
    }
    mp_fence();
    return mp_queue_full_for(q, tail_count, length);
}

// Beyond the tail nobody reads. Returns where the tail is to be.
static uint64_t write_record(struct put *p, uint64_t at)
{
    struct mp_queue *q = p->q;
    if (!mp_record_fits(q, at, p->units)) {
        at = mp_queue_tx_jump(q, at, p->segment, p->segment_place);
        p->segment = 0;
    }
    struct mp_record *record = mp_ptr(at);
    record->length = (uint32_t)p->b->len;
    if (q->by_bytes) TX(q->bytes_put, q->bytes_put + record->length);
    if (p->b->block) {
        record->kind = MP_RECORD_BLOCK;
        record->ref = p->b->block;
        mp_tx_inflight(p->b->place, 0);
    } else {
        record->kind = MP_RECORD_INLINE;
        mp_copy_units(record->bytes, p->b->data, p->b->len);
    }
    if (p->also) TX_ATOMIC(*p->also->word, p->also->value);   // see queue.h
    return at + p->units;
}

// With the producers' latch, which it frees.
static int put_latched(struct put *p, struct mp_node *node)
{
    struct mp_queue *q = p->q;
    uint64_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed);
    uint32_t length = (uint32_t)p->b->len;
    int err = 0;
    if (atomic_load_explicit(&q->closed, memory_order_relaxed)) {
        err = EPIPE;
    } else if (mp_queue_full_for(q, mp_count(tail), length) && mp_queue_still_full(q, mp_count(tail), length, node)) {
        mp_unlatch();
        return EAGAIN;
    } else if (!p->segment && !mp_record_fits(q, mp_place(tail), p->units)) {
        mp_unlatch();
        return ENOSPC;
    }
    if (node && node->list) mp_tx_unlink(node);
    if (err) {
        mp_commit();
    } else {
        uint64_t at = write_record(p, mp_place(tail));
        MP_KILLPOINT("queue.put.written");
        mp_publish(&q->tail, mp_word(mp_count(tail) + 1, at));
        mp_prefetch_write(mp_ptr(at + 4));   // who read there last, when the segment was another, has that line
    }
    mp_unlatch();
    return err;
}

static int try_put(void *arg, struct mp_node *node)
{
    struct put *p = arg;
    int err;
    do {
        uint64_t tail = atomic_load_explicit(&p->q->tail, memory_order_relaxed);
        if (!p->segment && !mp_record_fits(p->q, mp_place(tail), p->units)) {
            err = mp_alloc(MP_SEGMENT, &p->segment, &p->segment_place);
            if (err) return err;
        }
        mp_latch(&p->q->producers);
        err = put_latched(p, node);
    } while (err == ENOSPC);   // others filled the segment meanwhile
    return err;
}

static int put(struct put *p, const struct mp_obj *user, int64_t deadline)
{
    struct mp_queue *q = p->q;
    p->units = mp_record_units(p->b->block ? MP_RECORD_BLOCK : MP_RECORD_INLINE, (uint32_t)p->b->len);
    int err = try_put(p, NULL);
    if (__builtin_expect(err == EAGAIN, 0)) {
        struct mp_wait wait = {.try = try_put, .arg = p, .word = &q->head, .object = user};
        err = mp_block(&wait, deadline);
    }
    if (p->segment) mp_inflight_free(p->segment_place);
    if (err) return err;
    p->b->block = 0;
    mp_fence_after_exchange();
    if (__builtin_expect(mp_relaxed(&q->ngetting) != 0, 0)) {
        struct mp_flow flow = mp_queue_flow(q);
        mp_wake_for_one(&flow);
    }
    return 0;
}

int mp_queue_put_for(struct mp_queue *q, const struct mp_obj *user, struct mp_build *b, int64_t deadline)
{
    struct put p = {.q = q, .b = b};
    return put(&p, user, deadline);
}

int mp_queue_put(struct mp_queue *q, struct mp_build *b, int64_t deadline)
{
    struct put p = {.q = q, .b = b};
    return put(&p, &q->obj, deadline);
}

int mp_queue_put_also(struct mp_queue *q, struct mp_build *b, const struct mp_also *also, int64_t deadline)
{
    struct put p = {.q = q, .b = b, .also = also};
    return put(&p, &q->obj, deadline);
}
