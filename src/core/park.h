// The one place that sleeps.
//
// A waiter links a node into the list of each object it waits for, under the latch of that list, and parks on the
// park word of its slot. Who makes the object ready unlinks the first waiter and wakes it.
//
// State:     lists of nodes in arrival order; per slot one park word.
// Invariant: a node is in at most one list; only the holder of the list's latch links or unlinks it.
//            Wakers pass over who is stopped: the monitor wakes it when it goes on, see stops.c.
// Death:     the monitor unlinks the dead one's nodes. Was it unlinked already, and so chosen, everybody re-checks.
#pragma once
#include "arena.h"
#include "clock.h"

struct mp_slot;
struct mp_obj;
struct mp_handle;

enum { MP_WAKE_BATCH = 8 };
enum mp_park_state { MP_PARK_EMPTY, MP_PARK_PARKED, MP_PARK_TOKEN };

// All links are distances from the start of the arena, so that the log can hold them.
struct mp_node {
    uint64_t next, prev;
    uint64_t list;       // the list it is in, 0: none
    uint64_t home;       // the list that it is linked into while its owner waits, 0: it does not wait
    uint64_t slot;       // index of its owner
    uint64_t observer;   // woken in addition to the one that takes, never instead
    uint64_t grant;      // distance of a word that counts up when a waker unlinks it, 0: none
    uint64_t held;       // distance of what its owner holds, for its class to hand something over, 0: not told
};

struct mp_waitlist {
    uint64_t first, last;
    uint64_t latch;      // distance of the latch that guards it
    uint64_t count;      // distance of the word that counts its nodes, read by wakers without the latch
    _Atomic uint64_t sentry;   // one who will take the next thing that is there, see sentry.h; 0: nobody
};

// Things that come and go one by one, and the list of those who wait until one is there.
struct mp_flow {
    struct mp_waitlist *list;
    const _Atomic uint64_t *come, *gone;   // how many ever, in the upper halves
};

// What a caller of mp_block waits for. `try` takes the latches it needs and returns EAGAIN when it would have to
// wait: then it has linked `node`, unless that is NULL. 0 means done, `node` unlinked; any other ends the wait too.
struct mp_wait {
    int (*try)(void *arg, struct mp_node *node);
    void *arg;
    const _Atomic uint64_t *word;   // changes when trying again makes sense
    int64_t spin;                   // ns to look at it before sleeping; 0: MP_SPIN_NS
    const struct mp_flow *flow;     // `try` takes the next of it, and `word` tells how many came; NULL
    const struct mp_obj *object;    // for the wait record, and whoever closes it ends the wait; may be NULL
    uint64_t *held;                 // what we hold, for the class itself to hand something over; NULL
};

// 0 or what try returned; ETIMEDOUT; EINTR; ECANCELED: the object is closed. Between mp_enter and mp_leave, no latch held.
int mp_block(const struct mp_wait *wait, int64_t deadline);

// One of several objects that are waited for, as the caller has it.
struct mp_watched {
    struct mp_obj *obj;
    const struct mp_handle *mine;   // our own handle; NULL where the kind does not ask for it
    uint64_t begin;   // of its kind
    bool ready;
};

// Waits until at least one of n objects is ready, and tells which. 0, ETIMEDOUT, EINTR, ENOMEM, ECANCELED
int mp_wait_any(struct mp_watched *watched, size_t n, int64_t deadline);
void mp_waitset_close(struct mp_slot *of);
int mp_sleep(int64_t deadline);   // 0 when it has passed, EINTR

void mp_waitlist_init(struct mp_waitlist *list, struct mp_latch *latch, uint64_t *count);
void mp_tx_link(struct mp_waitlist *list, struct mp_node *node);   // four stores
void mp_tx_unlink(struct mp_node *node);   // four stores
void mp_tx_grant(struct mp_node *node);   // one store; of one that has a grant
// To the end of another list, with the latches of both.
void mp_tx_move(struct mp_node *node, struct mp_waitlist *to);   // 11 stores
bool mp_node_takes(const struct mp_node *node);   // no observer, and not stopped
bool mp_node_leave(struct mp_node *node);   // out of its list; false: somebody took it out before

// Wakes up to so many takers of the list, first come first served, and the observers before them. No latch held.
// A taker's grant is counted up in the transaction that unlinks it.
void mp_wake_some(struct mp_waitlist *list, uint64_t takers);
void mp_wake_everyone(struct mp_waitlist *list);   // takers and observers
void mp_wake_slot(struct mp_slot *slot);
void mp_wake_surely(struct mp_slot *slot);   // also one that somebody began to wake, and died
void mp_wake_family(void);   // all slots but the stopped: each re-checks what it waits for

// What mp_wait_any is made of.
int mp_park(int64_t deadline);   // 0: look again, ETIMEDOUT
void mp_wait_record(const void *object, uint64_t count, int64_t deadline);
void mp_wait_over(void);

void mp_interrupt(void);   // async-signal-safe: the blocking call of this process returns EINTR
bool mp_interrupted(void);   // tells and forgets
bool mp_interrupt_pending(void);

// Called before a sleep, to note where in the Lua code it is.
extern void (*mp_where)(char *text, size_t size);
