// A condition: who holds its lock gives it up, waits to be notified, and has it again.
#pragma once
#include "lock.h"

struct mp_condition {
    struct mp_obj obj;   // its latch guards the list
    uint64_t lock;       // ref, counted
    uint64_t nwaiting;
    struct mp_waitlist waiting;
};

int mp_condition_new(struct mp_lock *lock, const char *name, size_t length, struct mp_condition **made,
                     uint32_t *handle);   // 0, ENOMEM
struct mp_lock *mp_condition_lock(const struct mp_condition *c);

// Between mp_enter and mp_leave. `held` and `lock_held` are of our own handles of the condition and of its lock.
// 0: notified; ETIMEDOUT; EINTR, each with the lock; EPERM: the lock is not ours
int mp_condition_wait(struct mp_condition *c, struct mp_handle *held, struct mp_handle *lock_held, int64_t deadline);
int mp_condition_notify(struct mp_condition *c, uint64_t waiters);   // 0, EPERM
