// A queue is a chain of segments that hold records, with a latch for each end.
//
// State:     the records from head to tail; `front`; messages leased by slots; three waiting lists.
// Invariant: tail's count - head's count = records from head to tail + messages in front; tail and head are changed
//            only by mp_publish; `getting`, `joining` belong to the consumers' latch, `putting` to the producers';
//            the two latches never nest.
// Death:     the store of tail hands a message over to the queue, the store of head to the consumer. Each commits
//            all that goes with it, and what was logged before it otherwise never happened.
#include "queue.h"

#include <errno.h>

#include "fsck.h"
#include "queue_layout.h"

static void init(struct mp_queue *q, mp_ref segment)
{
    q->segment_end = segment + MP_SEGMENT_FIRST / 16;
    atomic_store(&q->head, mp_word(0, segment));
    atomic_store(&q->tail, mp_word(0, segment));
    mp_waitlist_init(&q->getting, &q->consumers, &q->ngetting);
    mp_waitlist_init(&q->joining, &q->consumers, &q->njoining);
    mp_waitlist_init(&q->putting, &q->producers, &q->nputting);
}

int mp_queue_make(const char *name, size_t length, struct mp_queue **made)
{
    struct mp_obj *obj;
    int err = mp_object_new(MP_QUEUE, name, length, &obj);
    if (err) return err;
    struct mp_queue *q = (struct mp_queue *)obj;
    mp_ref segment;
    int place;
    err = mp_alloc(MP_SEGMENT_FIRST, &segment, &place);
    if (err) {
        mp_object_discard(obj);
        return err;
    }
    TX(q->segment_end, segment + MP_SEGMENT_FIRST / 16);   // from here on the object owns it
    mp_tx_inflight(place, 0);
    init(q, segment);
    mp_commit();
    *made = q;
    return 0;
}

int mp_queue_new(uint64_t maxsize, const char *name, size_t length, struct mp_queue **made, uint32_t *handle)
{
    int err = mp_queue_make(name, length, made);
    if (err) return err;
    (*made)->maxsize = maxsize;
    err = mp_object_publish(&(*made)->obj, handle);
    if (err) mp_object_discard(&(*made)->obj);
    return err;
}

void mp_queue_close(struct mp_queue *q)
{
    mp_latch(&q->producers);
    bool was_open = !atomic_load(&q->closed);
    if (was_open) mp_publish(&q->closed, 1);
    mp_unlatch();
    if (!was_open) return;
    mp_wake_everyone(&q->getting);
    mp_wake_everyone(&q->putting);
}

void mp_queue_clear(struct mp_queue *q)
{
    for (uint64_t n = mp_queue_size(q); n > 0 && mp_queue_discard(q) == 0; n--) continue;
}

uint64_t mp_queue_size(const struct mp_queue *q)
{
    for (;;) {
        uint64_t head = atomic_load(&q->head), tail = atomic_load(&q->tail);
        if (mp_count(atomic_load(&q->head)) == mp_count(head)) return mp_count(tail) - mp_count(head);
    }
}

bool mp_queue_full(const struct mp_queue *q)
{
    return q->maxsize > 0 && mp_queue_size(q) + mp_relaxed(&q->leased) >= q->maxsize;
}

static bool ready(const struct mp_obj *obj)
{
    const struct mp_queue *q = (const struct mp_queue *)obj;
    return mp_queue_size(q) > 0 || (atomic_load(&q->closed) && mp_relaxed(&q->leased) == 0);
}

static struct mp_waitlist *list(struct mp_obj *obj)
{
    return &((struct mp_queue *)obj)->getting;
}

static void free_segment(struct mp_queue *q)
{
    int place = mp_inflight_place();
    mp_tx_inflight(place, (uint64_t)MP_RAW << 32 | mp_block_base((mp_ref)mp_place(atomic_load(&q->head))));
    TX(q->segment_end, 0);
    mp_commit();
    mp_inflight_free(place);
}

// Nobody has it any more, so its latches are free.
static bool dismantle(struct mp_obj *obj)
{
    struct mp_queue *q = (struct mp_queue *)obj;
    if (!q->segment_end) return true;
    if (mp_queue_discard(q) == 0) return false;
    free_segment(q);
    return true;
}

static uint64_t check_records(struct mp_fsck *f, const struct mp_queue *q)
{
    uint64_t at = mp_place(atomic_load(&q->head)), end = mp_place(atomic_load(&q->tail)), n = 0, bytes = 0;
    mp_fsck_block(f, mp_block_base((mp_ref)at), "segment");
    while (at != end) {
        const struct mp_record *record = mp_ptr(at);
        at += mp_record_units(record->kind, record->length);
        if (record->kind == MP_RECORD_JUMP) {
            at = record->ref;
            mp_fsck_block(f, at, "segment");
            continue;
        }
        if (record->kind == MP_RECORD_BLOCK) mp_fsck_message(f, record->ref, "message in a queue");
        if (record->kind != MP_RECORD_BLOCK && record->kind != MP_RECORD_INLINE) {
            mp_fsck_expect(f, false, "queue: a record of no kind");
            return n;
        }
        bytes += record->length;
        n++;
    }
    mp_fsck_expect(f, !q->by_bytes || q->bytes_put - q->bytes_taken == bytes, "queue: a wrong count of bytes");
    return n;
}

static void check(struct mp_fsck *f, struct mp_obj *obj)
{
    struct mp_queue *q = (struct mp_queue *)obj;
    if (!q->segment_end) return;   // not ready yet, or no more
    uint64_t n = check_records(f, q);
    for (uint64_t ref = q->front; ref; ref = ((const struct mp_msg *)mp_ptr(ref))->next, n++) {
        mp_fsck_message(f, ref, "returned message");
    }
    mp_fsck_expect(f, n == mp_queue_size(q), "queue: counts %llu, has %llu messages",
                   (unsigned long long)mp_queue_size(q), (unsigned long long)n);
    mp_fsck_latch(f, &q->producers, "producers");
    mp_fsck_latch(f, &q->consumers, "consumers");
    mp_fsck_list(f, &q->getting, "getting");
    mp_fsck_list(f, &q->putting, "putting");
    mp_fsck_list(f, &q->joining, "joining");
}

static uint64_t holds(const struct mp_obj *obj)
{
    return mp_queue_size((const struct mp_queue *)obj);
}

const struct mp_kind mp_queue_kind = {.name = "queue",
                                      .size = sizeof(struct mp_queue),
                                      .ready = ready,
                                      .list = list,
                                      .check = check,
                                      .dismantle = dismantle,
                                      .holds = holds};
