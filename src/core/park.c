// At most 4 stores a node in a transaction, MP_WAKE_BATCH nodes: 32.
#include "park.h"

#include <errno.h>

#include "futex.h"
#include "layout.h"
#include "tx.h"

enum { SPIN_NS = 50 * 1000, SPIN_LOOK = 64 };   // about what waking an idle core costs

void (*mp_where)(char *text, size_t size);

// ---- lists ----

void mp_waitlist_init(struct mp_waitlist *list, struct mp_latch *latch, uint64_t *count)
{
    list->first = list->last = 0;
    list->latch = mp_offset(latch);
    list->count = mp_offset(count);
}

static uint64_t load(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

bool mp_node_linked(const struct mp_node *node)
{
    return load(&node->list) != 0;
}

static void tx_count(const struct mp_waitlist *list, uint64_t change)
{
    uint64_t *count = mp_at(list->count);
    mp_tx(count, *count + change);
}

void mp_tx_link(struct mp_waitlist *list, struct mp_node *node)
{
    uint64_t at = mp_offset(node);
    node->next = 0;   // nobody can reach it yet
    node->prev = list->last;
    node->home = mp_offset(list);
    if (list->last) {
        TX(((struct mp_node *)mp_at(list->last))->next, at);
    } else {
        TX(list->first, at);
    }
    TX(list->last, at);
    TX(node->list, mp_offset(list));
    tx_count(list, 1);
}

void mp_tx_unlink(struct mp_node *node)
{
    struct mp_waitlist *list = mp_at(node->list);
    TX(*(node->prev ? &((struct mp_node *)mp_at(node->prev))->next : &list->first), node->next);
    TX(*(node->next ? &((struct mp_node *)mp_at(node->next))->prev : &list->last), node->prev);
    TX(node->list, 0);
    tx_count(list, UINT64_MAX);
}

bool mp_node_leave(struct mp_node *node)
{
    for (;;) {
        uint64_t at = load(&node->list);
        if (!at) return false;
        struct mp_waitlist *list = mp_at(at);
        mp_latch(mp_at(list->latch));
        bool in = node->list == at;
        if (in) {
            mp_tx_unlink(node);
            mp_commit();
        }
        mp_unlatch();
        if (in) return true;
    }
}

// ---- waking ----

void mp_wake_slot(struct mp_slot *slot)
{
    MP_KILLPOINT("wake.before");
    if (atomic_exchange(&slot->park, MP_PARK_TOKEN) == MP_PARK_PARKED) mp_futex_wake(&slot->park, 1);
    MP_KILLPOINT("wake.sent");
}

// Unlinks a batch; stops after `takers` of them that are not observers. Returns how many were unlinked.
static int unlink_batch(struct mp_waitlist *list, uint64_t *takers, uint64_t slots[])
{
    int n = 0;
    mp_latch(mp_at(list->latch));
    while (list->first && *takers > 0 && n < MP_WAKE_BATCH) {
        struct mp_node *node = mp_at(list->first);
        slots[n++] = node->slot;
        if (!node->observer) --*takers;
        mp_tx_unlink(node);
    }
    mp_commit_unlatch();
    return n;
}

void mp_wake_some(struct mp_waitlist *list, uint64_t takers)
{
    uint64_t slots[MP_WAKE_BATCH];
    int n;
    do {
        n = unlink_batch(list, &takers, slots);
        for (int i = 0; i < n; i++) mp_wake_slot(mp_slot_at(slots[i]));
    } while (n == MP_WAKE_BATCH && takers > 0);
}

void mp_wake_everyone(struct mp_waitlist *list)
{
    mp_wake_some(list, UINT64_MAX);
}

void mp_wake_family(void)
{
    for (uint64_t i = 0; i < mp_slots_top(); i++) {
        struct mp_slot *slot = mp_slot_at(i);
        if (atomic_load(&slot->state) == MP_SLOT_LIVE) mp_wake_slot(slot);
    }
}

void mp_interrupt(void)
{
    atomic_store(&mp_self.interrupted, 1);
    if (mp_self.slot) mp_wake_slot(mp_self.slot);
}

bool mp_interrupted(void)
{
    return atomic_exchange(&mp_self.interrupted, 0) != 0;
}

bool mp_interrupt_pending(void)
{
    return atomic_load(&mp_self.interrupted) != 0;
}

// ---- sleeping ----

static _Atomic uint64_t *parked_word(void)
{
    return &mp_arena->parked[(mp_self.id - 1) / 64];
}

static uint64_t parked_bit(void)
{
    return UINT64_C(1) << (mp_self.id - 1) % 64;
}

static uint64_t running(void)
{
    uint64_t parked = 0, words = (mp_slots_top() + 63) / 64;
    for (uint64_t i = 0; i < words; i++) {
        parked += (uint64_t)__builtin_popcountll(atomic_load_explicit(&mp_arena->parked[i], memory_order_relaxed));
    }
    uint64_t live = mp_slots_live();
    return live > parked ? live - parked : 0;
}

// Spinning pays while everyone who could make us go on has a CPU of their own.
static bool may_spin(void)
{
    return running() <= (uint64_t)mp_arena->cpus;
}

// Until the word changes. Tells whether it did.
static bool spin(const _Atomic uint64_t *word, uint64_t seen, int64_t deadline)
{
    int64_t end = mp_now() + SPIN_NS;
    if (deadline < end) end = deadline;
    while (may_spin()) {
        for (int i = 0; i < SPIN_LOOK; i++) {
            if (atomic_load_explicit(word, memory_order_relaxed) != seen) return true;
            mp_pause();
        }
        if (mp_now() >= end) return false;
    }
    return false;
}

int mp_park(int64_t deadline)
{
    struct mp_slot *me = mp_self.slot;
    uint32_t empty = MP_PARK_EMPTY, parked = MP_PARK_PARKED;
    int err = 0;
    atomic_fetch_or(parked_word(), parked_bit());
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
    atomic_fetch_and(parked_word(), ~parked_bit());
    MP_KILLPOINT("park.awake");
    return err == ETIMEDOUT ? ETIMEDOUT : 0;
}

void mp_wait_record(const void *object, uint64_t count, int64_t deadline)
{
    struct mp_wait_record *wait = &mp_self.slot->wait;
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
    if (!mp_node_leave(node)) mp_wake_some(mp_at(node->home), 1);
    return err;
}

static int wait_linked(const struct mp_wait *wait, struct mp_node *node, int64_t deadline)
{
    for (;;) {
        int err = wait->try(wait->arg, node);
        if (err != EAGAIN) return mp_node_linked(node) ? give_up(node, err) : err;
        if (mp_interrupted()) return give_up(node, EINTR);
        int woken = mp_park(deadline);
        if (mp_interrupted()) return give_up(node, EINTR);
        if (woken == ETIMEDOUT) {
            err = wait->try(wait->arg, node);
            return mp_node_linked(node) || err == EAGAIN ? give_up(node, err == EAGAIN ? ETIMEDOUT : err) : err;
        }
    }
}

int mp_block(const struct mp_wait *wait, int64_t deadline)
{
    bool again;
    do {
        uint64_t seen = wait->word ? atomic_load_explicit(wait->word, memory_order_relaxed) : 0;
        int err = wait->try(wait->arg, NULL);
        if (err != EAGAIN) return err;
        if (deadline == MP_NOW) return ETIMEDOUT;
        again = wait->word && spin(wait->word, seen, deadline);
    } while (again);
    struct mp_node *node = &mp_self.slot->node;
    node->observer = 0;
    mp_wait_record(wait->object, 1, deadline);
    int err = wait_linked(wait, node, deadline);
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
