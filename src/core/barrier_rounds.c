// State:     bit n of the barrier's `state` says whether the n-th round ago ended badly; `forgotten` which of those that
//            are longer ago did so last.
// Invariant: who asks late is told that a round ended well only when it did.
// Death:     the store to `forgotten` is in the transaction whose commit publishes the next state.
#include "barrier_rounds.h"

#include <errno.h>

#include "tx.h"

enum { REMEMBERED = 31 };
#define HISTORY UINT64_C(0xfffffffe)

uint64_t mp_barrier_next(uint64_t state, uint64_t how)
{
    return ((state >> 32) + 1) << 32 | ((state & HISTORY) << 1 & HISTORY) | how;
}

int mp_barrier_outcome(const struct mp_barrier *b, uint32_t round)
{
    uint64_t state = atomic_load(&b->state);
    uint32_t later = mp_barrier_round(state) - round - 1;
    if (later < REMEMBERED) return state >> later & MP_BARRIER_ENDED_BADLY ? EPIPE : 0;
    return (int32_t)((uint32_t)__atomic_load_n(&b->forgotten, __ATOMIC_RELAXED) - round) >= 0 ? EPIPE : 0;
}

// The round whose place in the history is needed now. Rounds are compared by their distance, which may not grow too far.
void mp_barrier_forget(struct mp_barrier *b, uint64_t state)
{
    const uint32_t leaving = mp_barrier_round(state) - REMEMBERED, far = UINT32_C(1) << 30;
    if (state >> REMEMBERED & 1) {
        TX(b->forgotten, leaving);
    } else if (leaving - (uint32_t)b->forgotten > far && mp_barrier_round(state) >= REMEMBERED) {
        TX(b->forgotten, leaving - far / 2);
    }
}
