// State:     free permits; in each handle how many its process holds; who waits.
// Invariant: a permit is either in `value` or in one handle, and goes from one to the other in one transaction, under
//            the latch. `value` is changed only by mp_publish. A waiter gets a permit in its handle only while it is
//            starving. `hungry` is a hint: one that is lost or left over makes a release dearer or a waiter wait once more.
// Death:     the monitor gives back what the handles of the dead hold. Of a signal a handle holds something only between
//            a hand-over and the moment when its owner sees that: it comes back too.
// At most 6 stores in a transaction.
#include "semaphore.h"

#include <errno.h>

#include "fsck.h"
#include "slot.h"
#include "tx.h"

enum { HUNGRY_NS = 1000 * 1000 };

struct acquiring {
    struct mp_semaphore *semaphore;
    struct mp_handle *held;
    uint64_t before;   // what we held when we came
    int64_t begin;
};

int mp_semaphore_new(uint64_t value, bool signal, const char *name, size_t length, struct mp_semaphore **made,
                     uint32_t *handle)
{
    struct mp_obj *obj;
    int err = mp_object_new(MP_SEMAPHORE, name, length, &obj);
    if (err) return err;
    struct mp_semaphore *s = (struct mp_semaphore *)obj;
    s->value = s->total = value;
    s->signal = signal;
    mp_waitlist_init(&s->waiting, &obj->latch, &s->nwaiting);
    err = mp_object_publish(obj, handle);
    if (err) mp_object_discard(obj);
    *made = s;
    return err;
}

// ---- giving ----

// One permit to the first who waits, is no observer, and is not stopped. Returns its slot + 1, 0: there is none.
static uint64_t tx_hand_over(struct mp_semaphore *s)
{
    uint64_t at = s->waiting.first;
    while (at && !mp_node_takes(mp_at(at))) at = ((struct mp_node *)mp_at(at))->next;
    if (!at) return 0;
    struct mp_node *node = mp_at(at);
    uint64_t *held = mp_at(node->held);
    mp_tx(held, *held + 1);
    mp_tx_unlink(node);
    return node->slot + 1;
}

// With the latch, which it frees, and where the permits come from logged.
static void give(struct mp_semaphore *s, uint64_t permits)
{
    uint64_t slot = atomic_load_explicit(&s->hungry, memory_order_relaxed) ? tx_hand_over(s) : 0;
    uint64_t rest = slot ? permits - 1 : permits, sleepers = s->nwaiting;
    atomic_store_explicit(&s->hungry, 0, memory_order_relaxed);
    if (rest > 0) {
        mp_publish(&s->value, mp_semaphore_value(s) + rest);
    } else {
        mp_commit();
    }
    mp_unlatch();
    if (slot) mp_wake_slot(mp_slot_at(slot - 1));
    if (rest > 0 && sleepers > 0) mp_wake_some(&s->waiting, rest);
}

int mp_semaphore_release(struct mp_semaphore *s, struct mp_handle *held, uint64_t permits)
{
    if (!s->signal && held->held < permits) return EPERM;
    mp_latch(&s->obj.latch);
    if (!s->signal) {
        TX(held->held, held->held - permits);
    } else if (permits > MP_SEMAPHORE_MAX - mp_semaphore_value(s)) {
        mp_unlatch();
        return EOVERFLOW;
    }
    give(s, permits);
    return 0;
}

// ---- taking ----

// With the latch. False: there is none for us.
static bool take(struct acquiring *a, struct mp_node *node)
{
    struct mp_semaphore *s = a->semaphore;
    bool handed = a->held->held != a->before;
    uint64_t value = mp_semaphore_value(s), now = a->before + (s->signal ? 0 : 1);
    if (!handed && value == 0) return false;
    if (node && node->list) mp_tx_unlink(node);
    if (a->held->held != now) TX(a->held->held, now);
    if (handed) {
        mp_commit();
    } else {
        mp_publish(&s->value, value - 1);
    }
    return true;
}

static int try_take(void *arg, struct mp_node *node)
{
    struct acquiring *a = arg;
    struct mp_semaphore *s = a->semaphore;
    if (!node && mp_semaphore_value(s) == 0) return EAGAIN;
    mp_latch(&s->obj.latch);
    bool taken = take(a, node);
    if (!taken && node) {
        if (!node->list) mp_tx_link(&s->waiting, node);
        mp_commit();
        if (mp_now() - a->begin > HUNGRY_NS) atomic_store_explicit(&s->hungry, 1, memory_order_relaxed);
    }
    mp_unlatch();
    return taken ? 0 : EAGAIN;
}

static void hand_back(struct mp_semaphore *s, struct mp_handle *held, uint64_t before)
{
    mp_latch(&s->obj.latch);
    uint64_t permits = held->held - before;
    TX(held->held, before);
    give(s, permits);
}

// An error may come after a permit was handed to us.
static int acquire_slowly(struct acquiring *a, int64_t deadline)
{
    struct mp_semaphore *s = a->semaphore;
    struct mp_wait wait = {.try = try_take, .arg = a, .word = &s->value, .object = &s->obj, .held = &a->held->held};
    a->begin = mp_now();
    int err = mp_block(&wait, deadline);
    if (err && a->held->held != a->before) hand_back(s, a->held, a->before);
    return err;
}

int mp_semaphore_acquire(struct mp_semaphore *s, struct mp_handle *held, int64_t deadline)
{
    struct acquiring a = {.semaphore = s, .held = held, .before = held->held};
    return try_take(&a, NULL) == 0 ? 0 : acquire_slowly(&a, deadline);
}

// ---- the kind ----

static void give_back(struct mp_obj *obj, struct mp_handle *held, uint64_t slot)
{
    (void)slot;
    hand_back((struct mp_semaphore *)obj, held, 0);
}

// Does the one who waits hold a permit? He cannot give it back meanwhile.
static uint64_t begin(const struct mp_obj *obj, const struct mp_handle *mine)
{
    return !((const struct mp_semaphore *)obj)->signal && mine && mine->held > 0;
}

static bool ready_since(const struct mp_obj *obj, uint64_t is_held)
{
    return !is_held && mp_semaphore_value((const struct mp_semaphore *)obj) > 0;
}

static struct mp_waitlist *list(struct mp_obj *obj)
{
    return &((struct mp_semaphore *)obj)->waiting;
}

static bool dismantle(struct mp_obj *obj)
{
    (void)obj;
    return true;
}

static void check(struct mp_fsck *f, struct mp_obj *obj)
{
    const struct mp_semaphore *s = (struct mp_semaphore *)obj;
    mp_fsck_expect(f, s->signal || mp_semaphore_value(s) <= s->total,
                   "a semaphore with more permits than it was made with");
    mp_fsck_list(f, &s->waiting, "waiting for a semaphore");
}

const struct mp_kind mp_semaphore_kind = {.name = "semaphore",
                                          .size = sizeof(struct mp_semaphore),
                                          .begin = begin,
                                          .ready_since = ready_since,
                                          .list = list,
                                          .check = check,
                                          .give_back = give_back,
                                          .dismantle = dismantle};
