// A semaphore: permits that processes take and give back. Those of who dies come back, but for a signal.
#pragma once
#include "handle.h"
#include "object.h"
#include "park.h"

enum { MP_SEMAPHORE_MAX = INT32_MAX };

struct mp_semaphore {
    struct mp_obj obj;         // its latch guards what follows
    _Atomic uint64_t value;    // free permits
    uint64_t total;            // permits, free or held
    uint64_t signal;           // nobody holds them: anyone may release, and `total` means nothing
    uint64_t nwaiting;
    _Atomic uint64_t hungry;   // somebody waits too long: the next release hands its permit to the first who waits
    struct mp_waitlist waiting;
};

int mp_semaphore_new(uint64_t value, bool signal, const char *name, size_t length, struct mp_semaphore **made,
                     uint32_t *handle);   // 0, ENOMEM

// Between mp_enter and mp_leave. `held` is of our own handle: how many permits we hold.
int mp_semaphore_acquire(struct mp_semaphore *s, struct mp_handle *held, int64_t deadline);   // 0, ETIMEDOUT, EINTR
// 0; EPERM: we do not hold so many; EOVERFLOW: a signal would have more than MP_SEMAPHORE_MAX
int mp_semaphore_release(struct mp_semaphore *s, struct mp_handle *held, uint64_t permits);

static inline uint64_t mp_semaphore_value(const struct mp_semaphore *s)
{
    return atomic_load(&s->value);
}
