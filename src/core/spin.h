// Waiting without sleeping, where that is shorter than waking would be.
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    MP_SPIN_NS = 50 * 1000,          // about what waking an idle core costs
    MP_SPIN_START_NS = 400 * 1000    // for a process: it takes so long to be made, do nothing and be gone
};

// For `length` ns at most, until the word is no more what was seen. Tells whether it changed; false at once where
// spinning does not pay.
bool mp_spin(const _Atomic uint64_t *word, uint64_t seen, int64_t length, int64_t deadline);

// The same for what others hold shortly and often: it looks ever less often, since each look takes the word's cache line
// from who holds it. Tells whether `had` was true.
bool mp_spin_for(bool (*had)(void *arg), void *arg, int64_t deadline);
