// A barrier: so many processes wait until all are there. Who is killed breaks it for all.
#pragma once
#include "handle.h"
#include "msg.h"
#include "object.h"
#include "park.h"

enum { MP_BARRIER_WHY = 256 };

struct mp_barrier {
    struct mp_obj obj;          // its latch guards what follows
    _Atomic uint64_t state;     // round << 32 | which of the last 31 ended badly << 1 | is it broken
    uint64_t forgotten;         // the last round that ended badly and is longer ago than that; or long before it
    uint64_t parties;
    uint64_t arrived;           // in this round
    uint64_t acting;            // slot + 1 of who runs the action, 0: nobody does
    uint64_t action;            // ref of a message, 0: there is none
    int64_t timeout;            // ns, for who gives none; MP_FOREVER
    uint64_t nwaiting;
    struct mp_waitlist waiting;
    char why[MP_BARRIER_WHY];   // a round ended badly last: "is broken: ...", "was reset"
};

// Takes the message of the action, which is a block, or NULL. 0, ENOMEM
int mp_barrier_new(uint64_t parties, struct mp_build *action, int64_t timeout, const char *name, size_t length,
                   struct mp_barrier **made, uint32_t *handle);

// Between mp_enter and mp_leave. `held` is of our own handle: have we ever waited here?
// 0: all are there, and *index tells as which of them we came, from 1 on. EINPROGRESS: so it is, and we are to run the
// action and then to call one of the next two. EPIPE: see mp_barrier_why. EDEADLK: the action waits. EINTR
// The timeout, ns or MP_FOREVER, is told to the others when it is over.
int mp_barrier_wait(struct mp_barrier *b, struct mp_handle *held, int64_t timeout, uint64_t *index);
int mp_barrier_pass(struct mp_barrier *b);                        // 0; EPIPE: broken or reset meanwhile
void mp_barrier_fail(struct mp_barrier *b, const char *error);    // of the action
void mp_barrier_abort(struct mp_barrier *b);
void mp_barrier_reset(struct mp_barrier *b);
void mp_barrier_why(struct mp_barrier *b, char why[MP_BARRIER_WHY]);

static inline bool mp_barrier_broken(const struct mp_barrier *b)
{
    return atomic_load(&b->state) & 1;
}
