// State:     the owner's word; in the owner's handle how often it holds the lock; who waits.
// Invariant: a handle says "held" before the owner's word can name its slot, and until it no more does. Only the owner
//            frees the lock or hands it over; the word of a free lock is changed by compare-and-swap. `hungry` is a
//            hint: one that is lost or left over makes a release dearer or a waiter wait once more.
// Death:     the monitor looks at each handle of the dead that says "held": where the word names the dead, the lock is
//            freed as abandoned. A release that died before it has woken anybody is made up for by waking the family.
// At most 5 stores in a transaction.
#include "lock.h"

#include <errno.h>

#include "fsck.h"
#include "spin.h"
#include "tx.h"

enum { HUNGRY_NS = 1000 * 1000 };

struct acquiring {
    struct mp_lock *lock;
    int64_t begin;
};

int mp_lock_new(enum mp_object_kind kind, const char *name, size_t length, struct mp_lock **made, uint32_t *handle)
{
    struct mp_obj *obj;
    int err = mp_object_new(kind, name, length, &obj);
    if (err) return err;
    struct mp_lock *l = (struct mp_lock *)obj;
    mp_waitlist_init(&l->waiting, &obj->latch, &l->nwaiting);
    err = mp_object_publish(obj, handle);
    if (err) mp_object_discard(obj);
    *made = l;
    return err;
}

static uint64_t owner_of(uint64_t word)
{
    return word & ~(uint64_t)MP_LOCK_ABANDONED;
}

bool mp_lock_is_ours(const struct mp_lock *l)
{
    return owner_of(atomic_load_explicit(&l->owner, memory_order_relaxed)) == mp_self.id;
}

bool mp_lock_abandoned(const struct mp_lock *l)
{
    uint64_t word = atomic_load(&l->owner);
    return (word & MP_LOCK_ABANDONED) && owner_of(word);
}

const struct mp_slot *mp_lock_holder(const struct mp_lock *l)
{
    uint64_t owner = owner_of(atomic_load(&l->owner));
    return owner && owner <= mp_slots_top() ? mp_slot_at(owner - 1) : NULL;   // a report may look at any bytes
}

// ---- taking it ----

// True: it is ours now, or it was handed to us.
static bool take(struct mp_lock *l)
{
    uint64_t word = atomic_load_explicit(&l->owner, memory_order_relaxed);
    while (owner_of(word) == 0) {
        if (atomic_compare_exchange_strong(&l->owner, &word, word | mp_self.id)) {
            MP_KILLPOINT("lock.taken");
            return true;
        }
    }
    return owner_of(word) == mp_self.id;
}

static bool is_had(void *lock)
{
    return take(lock);
}

static int try_take(void *arg, struct mp_node *node)
{
    struct acquiring *a = arg;
    struct mp_lock *l = a->lock;
    if (!node) return take(l) ? 0 : EAGAIN;
    mp_latch(&l->obj.latch);
    if (!node->list) mp_tx_link(&l->waiting, node);
    mp_commit();
    mp_fence();   // linked before we look: who frees the lock sees us, or we see it free
    int err = take(l) ? 0 : EAGAIN;
    if (!err && node->list) {
        mp_tx_unlink(node);
        mp_commit();
    }
    if (err && mp_now() - a->begin > HUNGRY_NS) atomic_store(&l->hungry, 1);
    mp_unlatch();
    return err;
}

static void wake_next(struct mp_lock *l)
{
    mp_fence_after_exchange();
    if (mp_relaxed(&l->nwaiting)) mp_wake_some(&l->waiting, 1);
}

static void let_go(struct mp_lock *l)
{
    MP_KILLPOINT("lock.before");
    atomic_exchange(&l->owner, 0);
    MP_KILLPOINT("lock.freed");
    wake_next(l);
}

// An error may come after the lock was handed to us.
static int acquire_slowly(struct mp_lock *l, int64_t deadline)
{
    if (deadline == MP_NOW) return ETIMEDOUT;
    if (mp_spin_for(is_had, l, deadline)) return 0;
    struct acquiring a = {.lock = l, .begin = mp_now()};
    struct mp_wait wait = {.try = try_take, .arg = &a, .object = &l->obj};
    int err = mp_block(&wait, deadline);
    if (err && mp_lock_is_ours(l)) let_go(l);
    return err;
}

static int acquire_again(struct mp_lock *l, struct mp_handle *held)
{
    if (l->obj.kind != MP_RLOCK) return EDEADLK;
    held->held++;
    return 0;
}

int mp_lock_acquire(struct mp_lock *l, struct mp_handle *held, int64_t deadline)
{
    if (mp_lock_is_ours(l)) return acquire_again(l, held);
    held->held = 1;
    mp_barrier();
    MP_KILLPOINT("lock.said");
    int err = take(l) ? 0 : acquire_slowly(l, deadline);
    if (err) {
        held->held = 0;
        return err;
    }
    return atomic_load_explicit(&l->owner, memory_order_relaxed) & MP_LOCK_ABANDONED ? EOWNERDEAD : 0;
}

// ---- giving it back ----

// To the first who waits, is no observer, and is not stopped. False: there is none.
static bool hand_over(struct mp_lock *l)
{
    uint64_t at, slot = 0;
    mp_latch(&l->obj.latch);
    for (at = l->waiting.first; at; at = ((struct mp_node *)mp_at(at))->next) {
        if (mp_node_takes(mp_at(at))) break;
    }
    atomic_store(&l->hungry, 0);
    if (at) {
        struct mp_node *node = mp_at(at);
        slot = node->slot;
        mp_tx_unlink(node);
        mp_publish(&l->owner, slot + 1);
    }
    mp_unlatch();
    if (at) mp_wake_slot(mp_slot_at(slot));
    return at != 0;
}

static inline void give(struct mp_lock *l)
{
    if (!atomic_load_explicit(&l->hungry, memory_order_relaxed) || !hand_over(l)) let_go(l);
}

int mp_lock_release(struct mp_lock *l, struct mp_handle *held)
{
    if (!mp_lock_is_ours(l)) return EPERM;
    if (held->held > 1) {
        held->held--;
        return 0;
    }
    give(l);
    mp_barrier();
    held->held = 0;
    return 0;
}

uint64_t mp_lock_drop(struct mp_lock *l, struct mp_handle *held)
{
    uint64_t depth = held->held;
    held->held = 1;
    mp_barrier();
    give(l);
    return depth;
}

void mp_lock_retake(struct mp_lock *l, struct mp_handle *held, uint64_t depth)
{
    struct mp_node *node = &mp_self.slot->node;
    mp_node_leave(node);
    node->home = 0;
    bool before = mp_self.deaf;
    mp_self.deaf = true;
    if (!take(l)) acquire_slowly(l, MP_FOREVER);
    mp_self.deaf = before;
    held->held = depth;
}

// ---- the kind ----

// The word may name a slot that said "held" and did not get it, or one that has given it back already.
static void give_back(struct mp_obj *obj, struct mp_handle *held, uint64_t slot)
{
    struct mp_lock *l = (struct mp_lock *)obj;
    if (owner_of(atomic_load(&l->owner)) == slot + 1) {
        mp_latch(&obj->latch);
        mp_publish(&l->owner, MP_LOCK_ABANDONED);
        mp_unlatch();
    }
    wake_next(l);
    held->held = 0;
}

static bool ready(const struct mp_obj *obj)
{
    return !mp_lock_taken((const struct mp_lock *)obj);
}

static struct mp_waitlist *list(struct mp_obj *obj)
{
    return &((struct mp_lock *)obj)->waiting;
}

static bool dismantle(struct mp_obj *obj)
{
    (void)obj;
    return true;
}

static void check(struct mp_fsck *f, struct mp_obj *obj)
{
    mp_fsck_list(f, &((struct mp_lock *)obj)->waiting, "waiting for a lock");
}

const struct mp_kind mp_lock_kind = {.name = "lock",
                                     .size = sizeof(struct mp_lock),
                                     .ready = ready,
                                     .list = list,
                                     .check = check,
                                     .give_back = give_back,
                                     .dismantle = dismantle};
const struct mp_kind mp_rlock_kind = {.name = "rlock",
                                      .size = sizeof(struct mp_lock),
                                      .ready = ready,
                                      .list = list,
                                      .check = check,
                                      .give_back = give_back,
                                      .dismantle = dismantle};
