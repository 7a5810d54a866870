// An event: a flag that processes wait for.
#pragma once
#include "object.h"
#include "park.h"

struct mp_event {
    struct mp_obj obj;          // its latch guards what follows
    _Atomic uint64_t state;     // is it set: bit 0; how often it was: the bits above
    uint64_t nwaiting;
    struct mp_waitlist waiting;
};

int mp_event_new(const char *name, size_t length, struct mp_event **made, uint32_t *handle);   // 0, ENOMEM

// Between mp_enter and mp_leave.
void mp_event_set(struct mp_event *e);     // everyone who waits goes on, even when it is cleared at once
void mp_event_clear(struct mp_event *e);
int mp_event_wait(struct mp_event *e, int64_t deadline);   // 0, ETIMEDOUT, EINTR

static inline bool mp_event_is_set(const struct mp_event *e)
{
    return atomic_load(&e->state) & 1;
}
