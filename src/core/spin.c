#include "spin.h"

#include "clock.h"
#include "cpu.h"
#include "layout.h"
#include "sentry.h"
#include "tx.h"
#include "yield.h"

enum { SPIN_LOOK = 64 };
enum { PATIENCE_NS = 300, PATIENCE_MAX_NS = 4000, PATIENCE_TRY = 64 };
enum { DOUBTS_MAX = 256, PAUSES_MAX = 32 };

// Spinning pays while somebody runs who could make us go on, and everyone who runs has a CPU of their own.
static bool may_spin(void)
{
    uint64_t n = mp_slots_awake();
    return n > 1 && n <= (uint64_t)mp_arena->cpus;
}

// Yielding does where two share the only one. With more of both, who yields may get behind one who works for long.
static bool may_yield(void)
{
    return mp_arena->cpus == 1 && mp_slots_awake() == 2;
}

// How long to keep off the word before looking at it: each look takes its cache line from the one who writes it.
// The upper half of such a word counts. Where several events came meanwhile we are faster than the other side, and
// a longer wait costs nothing; where only one came the other side waits for us.
static void learn(uint32_t events)
{
    uint32_t *patience = &mp_self.patience;
    if (events > 1) {
        *patience = *patience * 2 < PATIENCE_MAX_NS ? *patience * 2 + PATIENCE_NS : PATIENCE_MAX_NS;
    } else {
        *patience /= 2;
    }
    if (*patience == 0 && ++mp_self.spins % PATIENCE_TRY == 0) *patience = PATIENCE_NS;
}

static bool spin_until_changed(const _Atomic uint64_t *word, uint64_t seen, int64_t end)
{
    while (may_spin()) {
        for (int i = 0; i < SPIN_LOOK; i++) {
            uint64_t now = atomic_load_explicit(word, memory_order_relaxed);
            if (now != seen) {
                learn((uint32_t)(now >> 32) - (uint32_t)(seen >> 32));
                return true;
            }
            mp_pause();
        }
        if (mp_now() >= end) return false;
    }
    return false;
}

// Others than the family may need the CPUs too: then the one we wait for sits behind us on ours. After each spin in
// vain twice as many are left out.
static bool doubtful(void)
{
    if (mp_self.doubts_left == 0) return false;
    mp_self.doubts_left--;
    return true;
}

static bool remember(bool worked)
{
    if (worked) {
        mp_self.doubts = 0;
    } else {
        mp_self.doubts = mp_self.doubts < DOUBTS_MAX ? mp_self.doubts * 2 + 1 : DOUBTS_MAX;
        mp_self.doubts_left = mp_self.doubts;
    }
    return worked;
}

struct look {
    const _Atomic uint64_t *word;
    uint64_t seen;
};

static bool has_changed(void *look)
{
    const struct look *l = look;
    return atomic_load_explicit(l->word, memory_order_relaxed) != l->seen;
}

// Until the word changes. Tells whether it did. A new process sits behind us, where the kernel has put it on our CPU.
bool mp_spin(const _Atomic uint64_t *word, uint64_t seen, int64_t length, int64_t deadline)
{
    struct look look = {word, seen};
    mp_sentry_call();
    if (may_yield()) return mp_yield_for(has_changed, &look, deadline);
    if (!may_spin()) return false;
    if (length > MP_SPIN_NS && mp_give_way(has_changed, &look, length)) return true;
    if (doubtful()) return false;
    int64_t start = mp_now(), end = start + length, quiet = start + mp_self.patience;
    if (deadline < end) end = deadline;
    while (mp_self.patience && mp_now() < quiet) mp_pause();
    return remember(spin_until_changed(word, seen, end));
}

bool mp_spin_for(bool (*had)(void *arg), void *arg, int64_t deadline)
{
    if (may_yield()) return mp_yield_for(had, arg, deadline);
    if (!may_spin() || doubtful()) return false;
    int64_t end = mp_now() + MP_SPIN_NS;
    if (deadline < end) end = deadline;
    for (int pauses = 4;; pauses += pauses < PAUSES_MAX ? pauses : 0) {
        for (int i = 0; i < pauses; i++) mp_pause();
        if (had(arg)) return remember(true);
        if (pauses >= PAUSES_MAX && (mp_now() >= end || !may_spin())) return remember(false);
    }
}
