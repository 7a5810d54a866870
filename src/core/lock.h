// A lock: at most one process or thread holds it. Who dies holding it gives it on as abandoned.
#pragma once
#include "handle.h"
#include "object.h"
#include "park.h"

enum { MP_LOCK_ABANDONED = 1 << 30 };   // the last holder died, or ended, with it

struct mp_lock {
    struct mp_obj obj;         // its latch guards the list
    _Atomic uint64_t owner;    // slot + 1 of the holder, 0: free; MP_LOCK_ABANDONED
    uint64_t nwaiting;
    _Atomic uint64_t hungry;   // somebody waits too long: the next release hands over to the first who waits
    struct mp_waitlist waiting;
};

int mp_lock_new(enum mp_object_kind kind, const char *name, size_t length, struct mp_lock **made,
                uint32_t *handle);   // 0, ENOMEM; LOCK or RLOCK

// Between mp_enter and mp_leave. `held` is of our own handle: how often we hold it.
// 0: ours; EOWNERDEAD: ours, and its last holder died with it; ETIMEDOUT, EINTR; EDEADLK: ours already and not recursive
int mp_lock_acquire(struct mp_lock *l, struct mp_handle *held, int64_t deadline);
int mp_lock_release(struct mp_lock *l, struct mp_handle *held);   // 0, EPERM: not ours

// For a condition: lets go of it altogether and returns how often we held it, and takes it as often again. In between
// our node may be in its list: the handle says "held" all the time, since the lock may be handed to us. Taking it is not
// interrupted, nor ended by a manager that is closed: whoever looks next notices.
uint64_t mp_lock_drop(struct mp_lock *l, struct mp_handle *held);
void mp_lock_retake(struct mp_lock *l, struct mp_handle *held, uint64_t depth);

bool mp_lock_is_ours(const struct mp_lock *l);
bool mp_lock_abandoned(const struct mp_lock *l);   // of the present holder
const struct mp_slot *mp_lock_holder(const struct mp_lock *l);   // NULL: nobody

static inline bool mp_lock_taken(const struct mp_lock *l)
{
    return (atomic_load(&l->owner) & ~(uint64_t)MP_LOCK_ABANDONED) != 0;
}
