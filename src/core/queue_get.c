// The consumers' half. At most 10 stores in a transaction.
#include <errno.h>
#include <string.h>

#include "cpu.h"
#include "queue_layout.h"

struct get {
    struct mp_queue *q;
    struct mp_item *item;
    struct mp_msg *lease;      // a block for what is leased, NULL: not a lease
    int lease_place;
    bool discard;              // counts as done at once: nobody will get it
    const struct mp_obj *user;   // what the caller is said to wait for
};

// `closed` is read before `tail`: a put that was done before the close is seen.
static bool empty(struct mp_queue *q, uint32_t head_count, bool *closed)
{
    if (q->front || (uint32_t)q->tail_seen != head_count) return false;
    *closed = atomic_load(&q->closed) != 0 && q->leased == 0;
    q->tail_seen = mp_count(atomic_load(&q->tail));
    return (uint32_t)q->tail_seen == head_count;
}

static void tx_lease(struct mp_queue *q, struct mp_msg *msg)
{
    struct mp_slot *me = mp_self.slot;
    msg->prev = 0;
    if (me->leases) TX(((struct mp_msg *)mp_ptr(me->leases))->prev, mp_refof(msg));
    TX(msg->next, me->leases);
    TX(msg->queue, mp_refof(q));
    TX(me->leases, mp_refof(msg));
    TX(q->leased, q->leased + 1);
}

// A message's block becomes ours: leased, or in flight until it is decoded.
static void tx_take_block(struct get *g, mp_ref ref)
{
    struct mp_msg *msg = mp_ptr(ref);
    if (g->lease) {
        tx_lease(g->q, msg);
        g->item->block = ref;
        return;
    }
    g->item->block = ref;
    g->item->place = mp_inflight_place();
    g->item->view = mp_message_view(msg);
    mp_tx_inflight(g->item->place, (uint64_t)MP_MESSAGE << 32 | ref);
}

static void take_inline(struct get *g, const struct mp_record *record)
{
    if (!g->lease) {
        mp_copy_units(g->item->small, record->bytes, record->length);
        g->item->block = 0;
        g->item->view = (struct mp_view){.data = g->item->small, .len = record->length};
        return;
    }
    memcpy(g->lease->bytes, record->bytes, record->length);
    g->lease->length = record->length;
    tx_lease(g->q, g->lease);
    mp_tx_inflight(g->lease_place, 0);
    g->item->block = mp_refof(g->lease);
}

// The segment that was read to its end goes to our in-flight list.
static uint64_t tx_jump(const struct mp_record *record, uint64_t at, int place)
{
    mp_tx_inflight(place, (uint64_t)MP_RAW << 32 | mp_block_base((mp_ref)at));
    return record->ref;
}

// With the consumers' latch and something to take.
static void take(struct get *g, uint64_t head)
{
    struct mp_queue *q = g->q;
    uint64_t at = mp_place(head);
    if (q->front) {
        mp_ref ref = (mp_ref)q->front;
        TX(q->front, ((struct mp_msg *)mp_ptr(ref))->next);
        tx_take_block(g, ref);
    } else {
        const struct mp_record *record = mp_ptr(at);
        at += mp_record_units(record->kind, record->length);
        if (q->by_bytes) TX(q->bytes_taken, q->bytes_taken + record->length);
        if (record->kind == MP_RECORD_INLINE) {
            take_inline(g, record);
        } else {
            tx_take_block(g, (mp_ref)record->ref);
        }
    }
    if (g->discard) mp_queue_tx_finish(q);
    mp_publish(&q->head, mp_word(mp_count(head) + 1, at));
}

static bool at_jump(const struct mp_queue *q, uint64_t head)
{
    return !q->front && ((const struct mp_record *)mp_ptr(mp_place(head)))->kind == MP_RECORD_JUMP;
}

static void follow_jump(struct mp_queue *q, uint64_t head)
{
    int place = mp_inflight_place();
    uint64_t next = tx_jump(mp_ptr(mp_place(head)), mp_place(head), place);
    mp_publish(&q->head, mp_word(mp_count(head), next));
    mp_unlatch();
    mp_inflight_free(place);
    mp_latch(&q->consumers);
}

static bool still_empty(struct mp_queue *q, uint32_t head_count, bool *closed, struct mp_node *node)
{
    if (*closed || !node) return true;
    if (!node->list) {
        mp_tx_link(&q->getting, node);
        mp_commit();
    }
    mp_fence();
    return empty(q, head_count, closed);
}

static int try_get(void *arg, struct mp_node *node)
{
    struct get *g = arg;
    struct mp_queue *q = g->q;
    mp_latch(&q->consumers);
    for (;;) {
        uint64_t head = atomic_load_explicit(&q->head, memory_order_relaxed);
        bool closed = false;
        if (empty(q, mp_count(head), &closed) && still_empty(q, mp_count(head), &closed, node)) {
            if (closed && node && node->list) {
                mp_tx_unlink(node);
                mp_commit();
            }
            mp_unlatch();
            return closed ? EPIPE : EAGAIN;
        }
        if (!at_jump(q, head)) {
            if (node && node->list) mp_tx_unlink(node);
            take(g, head);
            mp_unlatch();
            return 0;
        }
        follow_jump(q, head);
    }
}

// One message makes room for one, or by bytes for who knows which.
static void wake_putters(struct mp_queue *q)
{
    mp_wake_some(&q->putting, q->by_bytes ? UINT64_MAX : 1);
}

static int get(struct get *g, int64_t deadline)
{
    struct mp_queue *q = g->q;
    int err = try_get(g, NULL);
    if (__builtin_expect(err == EAGAIN, 0)) {
        struct mp_flow flow = mp_queue_flow(q);
        struct mp_wait wait = {.try = try_get, .arg = g, .word = &q->tail, .object = g->user, .flow = &flow};
        err = mp_block(&wait, deadline);
    }
    if (err) return err;
    mp_fence_after_exchange();
    if (__builtin_expect(mp_relaxed(&q->nputting) != 0, 0) && !g->lease) wake_putters(q);
    return 0;
}

int mp_queue_get_for(struct mp_queue *q, const struct mp_obj *user, struct mp_item *item, int64_t deadline)
{
    struct get g = {.q = q, .item = item, .user = user};
    return mp_inflight_room() ? get(&g, deadline) : ENOMEM;
}

int mp_queue_get(struct mp_queue *q, struct mp_item *item, int64_t deadline)
{
    return mp_queue_get_for(q, &q->obj, item, deadline);
}

void mp_item_drop(struct mp_item *item)
{
    if (item->block) mp_message_drop(item->place);
    item->block = 0;
}

// ---- leases ----

// A block for the case that the message lies inline; it is ours whatever is taken.
int mp_queue_lease(struct mp_queue *q, struct mp_msg **msg, int64_t deadline)
{
    struct mp_item item;
    struct get g = {.q = q, .item = &item, .user = &q->obj};
    mp_ref ref;
    item.block = 0;
    int err = mp_alloc(sizeof(struct mp_msg) + MP_INLINE_MAX, &ref, &g.lease_place);
    if (err) return err;
    g.lease = mp_ptr(ref);
    *g.lease = (struct mp_msg){.deliveries = 1};
    err = get(&g, deadline);
    if (err || item.block != ref) mp_inflight_free(g.lease_place);
    if (!err) *msg = mp_ptr(item.block);
    return err;
}

int mp_queue_discard(struct mp_queue *q)
{
    struct mp_item item = {.block = 0};
    struct get g = {.q = q, .item = &item, .discard = true};
    int err = get(&g, MP_NOW);
    if (err) return err;
    mp_queue_wake_after_done(q);
    mp_item_drop(&item);
    return 0;
}
