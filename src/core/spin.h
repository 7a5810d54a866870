// Waiting without sleeping, where that is shorter than waking would be.
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct mp_slot;
struct mp_waitlist;

enum {
    MP_SPIN_NS = 50 * 1000,          // about what waking an idle core costs
    MP_SPIN_START_NS = 400 * 1000    // for a process: it takes so long to be made, do nothing and be gone
};

// For `length` ns at most, until the word is no more what was seen. Tells whether it changed; false at once where
// spinning does not pay.
bool mp_spin(const _Atomic uint64_t *word, uint64_t seen, int64_t length, int64_t deadline);

// Where others sleep in the list, who spins says so: else each thing would wake one of them for nothing. The caller takes
// what came meanwhile before it sleeps or gives up, since it was counted on until it withdrew. The list may be NULL.
bool mp_spin_announced(struct mp_waitlist *list, const _Atomic uint64_t *word, uint64_t seen, int64_t length,
                       int64_t deadline);
void mp_spinner_leave(struct mp_slot *of);   // one that is announced, by itself or when it is dead

// The same for what others hold shortly and often: it looks ever less often, since each look takes the word's cache line
// from who holds it. Tells whether `had` was true.
bool mp_spin_for(bool (*had)(void *arg), void *arg, int64_t deadline);
