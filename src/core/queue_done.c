// What becomes of what was taken: it is done, or comes back. At most 7 stores in a transaction.
#include <errno.h>
#include <string.h>

#include "queue_layout.h"

static bool all_done(const struct mp_queue *q)
{
    return (uint32_t)q->finished == mp_count(atomic_load(&q->tail));
}

void mp_queue_tx_finish(struct mp_queue *q)
{
    if (!all_done(q)) TX(q->finished, q->finished + 1);
}

static void tx_unlist(struct mp_slot *of, struct mp_msg *msg)
{
    TX(*(msg->prev ? &((struct mp_msg *)mp_ptr(msg->prev))->next : &of->leases), msg->next);
    if (msg->next) TX(((struct mp_msg *)mp_ptr(msg->next))->prev, msg->prev);
}

void mp_queue_wake_after_done(struct mp_queue *q)
{
    mp_fence_after_exchange();
    if (mp_relaxed(&q->njoining) && all_done(q)) mp_wake_everyone(&q->joining);
    if (atomic_load(&q->closed) && mp_relaxed(&q->ngetting)) mp_wake_everyone(&q->getting);
}

void mp_lease_done(struct mp_msg *msg)
{
    struct mp_queue *q = mp_ptr(msg->queue);
    int place = mp_inflight_place();
    mp_latch(&q->consumers);
    tx_unlist(mp_self.slot, msg);
    mp_tx_inflight(place, (uint64_t)MP_MESSAGE << 32 | mp_refof(msg));
    TX(q->leased, q->leased - 1);
    mp_queue_tx_finish(q);
    mp_commit_unlatch();
    mp_queue_wake_after_done(q);
    if (mp_relaxed(&q->nputting)) mp_wake_some(&q->putting, 1);
    mp_message_drop(place);
}

// Of a closed queue this may be the last message: who does not get it learns that there will be no more.
static void wake_after_back(struct mp_queue *q)
{
    if (mp_relaxed(&q->ngetting)) mp_wake_some(&q->getting, atomic_load(&q->closed) ? UINT64_MAX : 1);
}

void mp_lease_back(struct mp_slot *of, struct mp_msg *msg)
{
    struct mp_queue *q = mp_ptr(msg->queue);
    mp_latch(&q->consumers);
    uint64_t head = atomic_load_explicit(&q->head, memory_order_relaxed);
    tx_unlist(of, msg);
    TX(msg->next, q->front);
    TX(q->front, mp_refof(msg));
    TX(msg->deliveries, msg->deliveries + 1);
    TX(q->leased, q->leased - 1);
    mp_publish(&q->head, mp_word(mp_count(head) - 1, mp_place(head)));
    mp_unlatch();
    mp_fence_after_exchange();
    wake_after_back(q);
}

int mp_item_room(int *room)
{
    mp_ref ref;
    return mp_alloc(sizeof(struct mp_msg) + MP_INLINE_MAX, &ref, room);
}

void mp_item_back(struct mp_queue *q, struct mp_item *item, int room)
{
    int place = item->block ? item->place : room;
    struct mp_msg *msg = mp_ptr((uint32_t)mp_self.slot->inflight[place]);
    if (!item->block) {
        *msg = (struct mp_msg){.deliveries = 1, .length = item->view.len};
        memcpy(msg->bytes, item->view.data, item->view.len);
    }
    mp_latch(&q->consumers);
    uint64_t head = atomic_load_explicit(&q->head, memory_order_relaxed);
    TX(msg->next, q->front);
    TX(q->front, mp_refof(msg));
    mp_tx_inflight(place, 0);
    mp_publish(&q->head, mp_word(mp_count(head) - 1, mp_place(head)));
    mp_unlatch();
    mp_fence_after_exchange();
    wake_after_back(q);
}

// ---- tasks ----

int mp_queue_task_done(struct mp_queue *q)
{
    mp_latch(&q->consumers);
    if (all_done(q)) {
        mp_unlatch();
        return ERANGE;
    }
    TX(q->finished, q->finished + 1);
    mp_commit_unlatch();
    mp_queue_wake_after_done(q);
    return 0;
}

static int try_join(void *arg, struct mp_node *node)
{
    struct mp_queue *q = arg;
    int err = 0;
    mp_latch(&q->consumers);
    if (!all_done(q)) {
        err = EAGAIN;
        if (node && !node->list) mp_tx_link(&q->joining, node);
    } else if (node && node->list) {
        mp_tx_unlink(node);
    }
    mp_commit_unlatch();
    return err;
}

int mp_queue_join(struct mp_queue *q, int64_t deadline)
{
    struct mp_wait wait = {.try = try_join, .arg = q, .object = &q->obj};
    return mp_block(&wait, deadline);
}
