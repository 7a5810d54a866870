// The state of a barrier: the number of the round, and which of those before it ended badly.
#pragma once
#include "barrier.h"

enum { MP_BARRIER_BROKEN = 1, MP_BARRIER_ENDED_BADLY = 2 };

static inline uint32_t mp_barrier_round(uint64_t state)
{
    return (uint32_t)(state >> 32);
}

// The state after a round that ended in such a way: 0, MP_BARRIER_ENDED_BADLY, or that and MP_BARRIER_BROKEN.
uint64_t mp_barrier_next(uint64_t state, uint64_t how);
int mp_barrier_outcome(const struct mp_barrier *b, uint32_t round);   // of one that has ended: 0, EPIPE
void mp_barrier_forget(struct mp_barrier *b, uint64_t state);         // before the next state; at most one store
