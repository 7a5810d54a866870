// Waiting without sleeping, where that is shorter than waking would be.
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

// Until the word is no more what was seen. Tells whether it changed; false at once where spinning does not pay.
bool mp_spin(const _Atomic uint64_t *word, uint64_t seen, int64_t deadline);
