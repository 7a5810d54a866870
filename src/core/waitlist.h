// Those who wait for an object, in the order in which they came.
//
// A waiter links the node of its slot into the list of each object it waits for, under the latch of that list. Who makes
// the object ready unlinks the first waiter and wakes it.
//
// State:     lists of nodes in arrival order.
// Invariant: a node is in at most one list; only the holder of the list's latch links or unlinks it.
//            Wakers pass over who is stopped: the monitor wakes it when it goes on, see stops.c.
// Death:     the monitor unlinks the dead one's nodes. Was it unlinked already, and so chosen, everybody re-checks.
#pragma once
#include "arena.h"

enum { MP_WAKE_BATCH = 8 };

// All links are distances from the start of the arena, so that the log can hold them.
struct mp_node {
    uint64_t next, prev;
    uint64_t list;   // the list it is in, 0: none
    uint64_t home;   // the list that it is linked into while its owner waits, 0: it does not wait
    uint64_t slot;   // index of its owner
    uint64_t observer;   // woken in addition to the one that takes, never instead
    uint64_t grant;   // distance of a word that counts up when a waker unlinks it, 0: none
    uint64_t held;   // distance of what its owner holds, for its class to hand something over, 0: not told
};

struct mp_waitlist {
    uint64_t first, last;
    uint64_t latch;   // distance of the latch that guards it
    uint64_t count;   // distance of the word that counts its nodes, read by wakers without the latch
    _Atomic uint64_t sentry;   // one who will take the next thing that is there, see sentry.h; 0: nobody
};

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
