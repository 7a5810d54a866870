#include "park.h"

#include <errno.h>

#include "futex.h"
#include "layout.h"
#include "object.h"
#include "sentry.h"
#include "spin.h"
#include "tx.h"

void (*mp_where)(char *text, size_t size);

// ---- waking ----

static void mark_parked(const struct mp_slot *slot, bool parked)
{
    uint64_t index = mp_slot_index(slot), bit = UINT64_C(1) << index % 64;
    if (parked) {
        atomic_fetch_or(&mp_arena->parked[index / 64], bit);
    } else {
        atomic_fetch_and(&mp_arena->parked[index / 64], ~bit);
    }
}

// From here on it counts as running: it needs a CPU before it can say so itself.
void mp_wake_slot(struct mp_slot *slot)
{
    MP_KILLPOINT("wake.before");
    if (atomic_exchange(&slot->park, MP_PARK_TOKEN) == MP_PARK_PARKED) {
        MP_KILLPOINT("wake.token");
        mark_parked(slot, false);
        mp_futex_wake(&slot->park, 1);
    }
    MP_KILLPOINT("wake.sent");
}

// A token may be there already, from one who died before it woke the sleeper.
void mp_wake_surely(struct mp_slot *slot)
{
    if (atomic_exchange(&slot->park, MP_PARK_TOKEN) == MP_PARK_EMPTY) return;
    mark_parked(slot, false);
    mp_futex_wake(&slot->park, 1);
}

void mp_wake_family(void)
{
    for (uint64_t i = 0; i < mp_slots_top(); i++) {
        struct mp_slot *slot = mp_slot_at(i);
        if (atomic_load(&slot->state) == MP_SLOT_LIVE && !mp_slot_stopped(slot)) mp_wake_surely(slot);
    }
}

void mp_interrupt(void)
{
    atomic_store(&mp_self.interrupted, 1);
    if (mp_self.slot) mp_wake_slot(mp_self.slot);
}

bool mp_interrupted(void)
{
    return !mp_self.deaf && atomic_exchange(&mp_self.interrupted, 0) != 0;
}

bool mp_interrupt_pending(void)
{
    return atomic_load(&mp_self.interrupted) != 0;
}

// ---- sleeping ----

int mp_park(int64_t deadline)
{
    struct mp_slot *me = mp_self.slot;
    uint32_t empty = MP_PARK_EMPTY, parked = MP_PARK_PARKED;
    int err = 0;
    mark_parked(me, true);
    MP_KILLPOINT("park.marked");
    if (atomic_compare_exchange_strong(&me->park, &empty, MP_PARK_PARKED)) {
        while (atomic_load(&me->park) == MP_PARK_PARKED && err != ETIMEDOUT) {
            MP_KILLPOINT("park.parked");
            err = mp_futex_wait(&me->park, MP_PARK_PARKED, deadline);
        }
        // a token that comes now is kept for the re-check
        if (err == ETIMEDOUT && !atomic_compare_exchange_strong(&me->park, &parked, MP_PARK_EMPTY)) err = 0;
    }
    if (err != ETIMEDOUT) atomic_store(&me->park, MP_PARK_EMPTY);
    mark_parked(me, false);
    if (__builtin_expect(atomic_load(&me->stop) != 0, 0)) mp_wait_at_gate();
    MP_KILLPOINT("park.awake");
    return err == ETIMEDOUT ? ETIMEDOUT : 0;
}

void mp_wait_record(const void *object, uint64_t count, int64_t deadline)
{
    struct mp_wait_record *wait = &mp_self.slot->wait;
    mp_sentry_call();
    if (mp_where) mp_where(wait->where, sizeof wait->where);
    wait->object = object ? mp_refof(object) : 0;
    wait->since = mp_now();
    wait->deadline = deadline;
    __atomic_store_n(&wait->count, count, __ATOMIC_RELEASE);
}

void mp_wait_over(void)
{
    __atomic_store_n(&mp_self.slot->wait.count, 0, __ATOMIC_RELEASE);
}

// Whoever was chosen and does not take passes the choice on.
static int give_up(struct mp_node *node, int err)
{
    if (!mp_node_leave(node) && node->home) mp_wake_some(mp_at(node->home), 1);
    return err;
}

static int wait_linked(const struct mp_wait *wait, struct mp_node *node, int64_t deadline)
{
    for (bool first = true;; first = false) {
        int err = wait->try(wait->arg, node);
        if (!err) return 0;
        if (err != EAGAIN) return give_up(node, err);
        if (mp_interrupted()) return give_up(node, EINTR);
        if (!mp_self.deaf && wait->object && mp_object_closed(wait->object)) return give_up(node, ECANCELED);
        if (first && wait->flow && mp_sentry_naps(wait->flow->list)) continue;   // what came meanwhile is for us
        int woken = wait->flow ? mp_sentry_park(wait->flow, deadline) : mp_park(deadline);
        if (mp_interrupted()) return give_up(node, EINTR);
        if (woken == ETIMEDOUT) {
            err = wait->try(wait->arg, node);
            return err ? give_up(node, err == EAGAIN ? ETIMEDOUT : err) : 0;
        }
    }
}

// The word is read only here, since it is in a cache line that the other side writes all the time. Who was a sentry takes
// what came meanwhile before it sleeps or gives up, and passes on what is more: it was counted on until it withdrew.
static int try_and_spin(const struct mp_wait *wait, int64_t deadline)
{
    int64_t length = wait->spin ? wait->spin : MP_SPIN_NS;
    for (bool sentry = false;;) {
        uint64_t seen = atomic_load_explicit(wait->word, memory_order_relaxed);
        int err = wait->try(wait->arg, NULL);
        if (sentry) mp_sentry_settle(wait->flow, err != EAGAIN);
        if (err != EAGAIN) return err;
        sentry = wait->flow && mp_sentry_spins(wait->flow->list);
        bool changed = mp_spin(wait->word, seen, length, deadline);
        if (sentry) mp_sentry_withdraw(mp_self.slot);
        if (!changed) return EAGAIN;
    }
}

int mp_block(const struct mp_wait *wait, int64_t deadline)
{
    int err = wait->try(wait->arg, NULL);
    if (err != EAGAIN) return err;
    if (deadline == MP_NOW) return ETIMEDOUT;
    if (wait->word) err = try_and_spin(wait, deadline);
    if (err != EAGAIN) return err;
    struct mp_node *node = &mp_self.slot->node;
    node->observer = 0;
    node->grant = 0;
    node->held = wait->held ? mp_offset(wait->held) : 0;
    mp_wait_record(wait->object, 1, deadline);
    err = wait_linked(wait, node, deadline);
    node->home = 0;
    if (wait->flow) mp_sentry_over(wait->flow);
    mp_wait_over();
    return err;
}

int mp_sleep(int64_t deadline)
{
    int err;
    mp_wait_record(NULL, 1, deadline);
    do {
        err = mp_interrupted() ? EINTR : 0;
    } while (!err && mp_park(deadline) != ETIMEDOUT);
    mp_wait_over();
    return err;
}
