// State:     its lock; who waits, first come first served; in each handle how far the wait of its process has come.
// Invariant: a handle says WAITING while its owner's node is in the list, and NOTIFIED from there on until the waiter has
//            the lock again. A notification is in one handle at most. It is the store that commits, so who sees it may
//            believe it; and WAITING is stored under the latch only, so the notifier is done with it by then.
// Death:     of one that was notified and has not gone on: the monitor notifies the next one in its stead.
// At most 13 stores in a transaction.
#include "condition.h"

#include <errno.h>

#include "fsck.h"
#include "slot.h"
#include "spin.h"
#include "tx.h"

enum { BATCH = 4 };
enum { NOT_HERE, WAITING, NOTIFIED };   // what a handle says

int mp_condition_new(struct mp_lock *lock, const char *name, size_t length, struct mp_condition **made,
                     uint32_t *handle)
{
    struct mp_obj *obj;
    int err = mp_object_new(MP_CONDITION, name, length, &obj);
    if (err) return err;
    struct mp_condition *c = (struct mp_condition *)obj;
    mp_waitlist_init(&c->waiting, &obj->latch, &c->nwaiting);
    mp_hold_object(&c->lock, &lock->obj);
    err = mp_object_publish(obj, handle);
    if (err) mp_object_discard(obj);
    *made = c;
    return err;
}

struct mp_lock *mp_condition_lock(const struct mp_condition *c)
{
    return mp_ptr(c->lock);
}

// The first who is not stopped, else the first.
static struct mp_node *next_to_notify(const struct mp_condition *c)
{
    uint64_t at = c->waiting.first;
    while (at && !mp_node_takes(mp_at(at))) at = ((struct mp_node *)mp_at(at))->next;
    return mp_at(at ? at : c->waiting.first);
}

// Its node has left the list in this transaction, which ends here.
static void publish_notified(struct mp_node *node)
{
    _Atomic uint64_t *held = mp_at(node->grant);
    TX(node->grant, 0);
    mp_publish(held, NOTIFIED);
}

static void move_to_lock(struct mp_node *node, struct mp_lock *l)
{
    mp_latch(&l->obj.latch);
    mp_tx_move(node, &l->waiting);
    publish_notified(node);
    mp_unlatch();
}

// It spun when it was notified. Who has not yet noted that it waits looks once more before it sleeps.
static void wake_if_sleeping(struct mp_slot *slot)
{
    if (mp_relaxed(&slot->wait.count)) mp_wake_slot(slot);
}

// The notifier has the lock, so who is notified could not go on yet: those who sleep wait for the lock from here on, and
// its release wakes them one by one. Who still spins sees it, and takes the lock when he can. False: nobody waits any more.
static bool notify_some(struct mp_condition *c, uint64_t most)
{
    struct mp_slot *awake[BATCH];
    int n = 0;
    mp_latch(&c->obj.latch);
    for (; most > 0 && c->waiting.first; most--) {
        struct mp_node *node = next_to_notify(c);
        struct mp_slot *slot = mp_slot_at(node->slot);
        if (atomic_load(&slot->park) == MP_PARK_PARKED) {
            move_to_lock(node, mp_condition_lock(c));
        } else {
            mp_tx_unlink(node);
            publish_notified(node);
            awake[n++] = slot;
        }
    }
    bool more = c->waiting.first != 0;
    mp_unlatch();
    mp_fence_after_exchange();
    while (n > 0) wake_if_sleeping(awake[--n]);
    return more;
}

int mp_condition_notify(struct mp_condition *c, uint64_t waiters)
{
    if (!mp_lock_is_ours(mp_condition_lock(c))) return EPERM;
    if (!mp_relaxed(&c->nwaiting)) return 0;   // who has the lock sees all who wait
    while (notify_some(c, waiters < BATCH ? waiters : BATCH) && waiters > BATCH) waiters -= BATCH;
    return 0;
}

// ---- waiting ----

static void enter_list(struct mp_condition *c, struct mp_handle *held)
{
    struct mp_node *node = &mp_self.slot->node;
    node->observer = node->held = 0;
    node->grant = mp_offset(&held->held);
    mp_latch(&c->obj.latch);
    TX(held->held, WAITING);
    mp_tx_link(&c->waiting, node);
    mp_commit_unlatch();
}

static bool notified(const struct mp_handle *held)
{
    return atomic_load((const _Atomic uint64_t *)&held->held) == NOTIFIED;
}

// Tells whether we were notified before that.
static bool leave_list(struct mp_condition *c, const struct mp_handle *held)
{
    struct mp_node *node = &mp_self.slot->node;
    mp_latch(&c->obj.latch);
    bool too_late = notified(held);
    if (!too_late) mp_tx_unlink(node);
    mp_commit_unlatch();
    return too_late;
}

// 0, ETIMEDOUT, EINTR, ECANCELED. The interruption stays to be noticed, so that a second Ctrl-C kills while we wait for the lock.
static int sleep_until_notified(struct mp_condition *c, struct mp_handle *held, int64_t deadline)
{
    int err = 0;
    bool seen = deadline != MP_NOW && mp_spin((_Atomic uint64_t *)&held->held, WAITING, MP_SPIN_NS, deadline);
    if (seen && notified(held)) {
        mp_self.slot->node.home = 0;   // it is in no list: only those of sleepers are moved
        return 0;
    }
    mp_wait_record(c, 1, deadline);
    mp_fence();   // a notifier sees the record, or we see that we are notified
    while (!err && !notified(held)) {
        err = mp_interrupt_pending() ? EINTR : mp_object_closed(&c->obj) ? ECANCELED : mp_park(deadline);
    }
    mp_wait_over();
    return err;
}

// Our notification to the next one, if there is one.
static void pass_on(struct mp_condition *c, struct mp_handle *held)
{
    uint64_t slot = 0;
    mp_latch(&c->obj.latch);
    TX(held->held, NOT_HERE);
    if (c->waiting.first) {
        struct mp_node *node = next_to_notify(c);
        slot = node->slot + 1;
        mp_tx_unlink(node);
        publish_notified(node);
    }
    mp_commit_unlatch();
    if (slot) mp_wake_slot(mp_slot_at(slot - 1));
}

// A notification that came with the end of the time, or after it, counts.
int mp_condition_wait(struct mp_condition *c, struct mp_handle *held, struct mp_handle *lock_held, int64_t deadline)
{
    struct mp_lock *l = mp_condition_lock(c);
    if (!mp_lock_is_ours(l)) return EPERM;
    enter_list(c, held);
    uint64_t depth = mp_lock_drop(l, lock_held);
    int err = sleep_until_notified(c, held, deadline);
    if (err && leave_list(c, held)) err = 0;
    MP_KILLPOINT("condition.left");
    mp_lock_retake(l, lock_held, depth);
    MP_KILLPOINT("condition.retaken");
    if (mp_interrupted()) err = EINTR;
    if (err == EINTR && held->held == NOTIFIED) pass_on(c, held);
    held->held = NOT_HERE;
    return err;
}

// ---- the kind ----

static void give_back(struct mp_obj *obj, struct mp_handle *held, uint64_t slot)
{
    (void)slot;
    if (held->held == NOTIFIED) pass_on((struct mp_condition *)obj, held);
    held->held = NOT_HERE;
}

static bool dismantle(struct mp_obj *obj)
{
    struct mp_condition *c = (struct mp_condition *)obj;
    if (c->lock) mp_drop_object(&c->lock);
    return true;
}

static void check(struct mp_fsck *f, struct mp_obj *obj)
{
    struct mp_condition *c = (struct mp_condition *)obj;
    if (c->lock) mp_fsck_object(f, c->lock, "lock of a condition");
    mp_fsck_list(f, &c->waiting, "waiting for a condition");
}

const struct mp_kind mp_condition_kind = {.name = "condition",
                                          .size = sizeof(struct mp_condition),
                                          .check = check,
                                          .give_back = give_back,
                                          .dismantle = dismantle};
