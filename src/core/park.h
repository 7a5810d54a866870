// The one place that sleeps.
//
// A waiter is in the list of each object it waits for, see waitlist.h, and parks on the park word of its slot.
//
// State:     per slot one park word, and what it waits for.
// Invariant: who wakes leaves a token in the word; a sleeper that finds one looks again at what it waits for.
// Death:     of a sleeper: see waitlist.h. Of a waker between choosing and waking: everybody re-checks.
#pragma once
#include "arena.h"
#include "clock.h"
#include "waitlist.h"

struct mp_slot;
struct mp_obj;
struct mp_handle;

enum mp_park_state { MP_PARK_EMPTY, MP_PARK_PARKED, MP_PARK_TOKEN };

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
