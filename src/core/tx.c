#include "tx.h"

#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "cpu.h"
#include "futex.h"

enum { PAUSES = 40, IDLE_NS = 2 * 1000 * 1000, STEPS = 64 };

void (*mp_latch_idle)(void);

void mp_long_work(void)
{
    static uint64_t steps;   // of the monitor, which has no threads
    if (mp_latch_idle && ++steps % STEPS == 0) mp_latch_idle();
}

static void wait_for_owner(struct mp_latch *latch, uint32_t word)
{
    if (!mp_latch_idle) {
        mp_futex_wait(&latch->owner, word, MP_FOREVER);
        return;
    }
    mp_futex_wait(&latch->owner, word, mp_now() + IDLE_NS);
    mp_latch_idle();
}

void mp_latch_slowly(struct mp_latch *latch, uint32_t ours)
{
    uint32_t waited = 0;
    for (int pauses = 0;;) {
        uint32_t word = atomic_load(&latch->owner);
        if (!(word & ~MP_LATCH_WAITED)) {
            if (atomic_compare_exchange_strong(&latch->owner, &word, ours | (word & MP_LATCH_WAITED) | waited)) return;
            continue;
        }
        if (pauses++ < PAUSES) {
            mp_pause();
            continue;
        }
        if (!(word & MP_LATCH_WAITED)) {
            if (!atomic_compare_exchange_strong(&latch->owner, &word, word | MP_LATCH_WAITED)) continue;
            word |= MP_LATCH_WAITED;
        }
        wait_for_owner(latch, word);
        waited = MP_LATCH_WAITED;   // others may sleep behind us
    }
}

void mp_unlatch_wake(struct mp_latch *latch)
{
    mp_futex_wake(&latch->owner, 1);
}

// An operation with more stores than it states is a bug in it. Dying here lets the monitor undo what it did.
void mp_tx_overflow(void)
{
    abort();
}
