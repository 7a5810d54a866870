#include "sentry.h"

#include <errno.h>

#include "clock.h"
#include "cpu.h"
#include "layout.h"
#include "tx.h"

enum { NAPS = 1 << 30 };   // in the word, beside the slot
enum { NAP_NS = 1000 * 1000 };   // so long a thing may lie there though who naps could have taken it
enum { BLINDLY = 15 };   // so many more are left to it before we look again whether all CPUs are busy
enum { WORTH_A_NAP = 50 };       // things that come in it; waking one costs some microseconds
enum { LEFT_OUT = 64 };          // waits

static bool crowded(void)
{
    return mp_slots_awake() > (uint64_t)mp_arena->cpus;
}

static uint64_t sleepers(const struct mp_waitlist *list)
{
    return mp_relaxed((uint64_t *)mp_at(list->count));
}

static uint32_t count(const _Atomic uint64_t *word)
{
    return (uint32_t)(atomic_load(word) >> 32);
}

static uint64_t name(const struct mp_slot *slot)
{
    return mp_slot_index(slot) + 1;
}

static bool begin(struct mp_waitlist *list, uint64_t how)
{
    struct mp_slot *me = mp_self.slot;
    uint64_t none = 0;
    if (atomic_load(&list->sentry)) return false;
    me->guards = mp_offset(list);
    MP_KILLPOINT("sentry.recorded");
    bool is = atomic_compare_exchange_strong(&list->sentry, &none, name(me) | how);
    MP_KILLPOINT("sentry.named");
    if (!is) me->guards = 0;
    return is;
}

bool mp_sentry_spins(struct mp_waitlist *list)
{
    return sleepers(list) > 0 && begin(list, 0);
}

bool mp_sentry_naps(struct mp_waitlist *list)
{
    if (!crowded()) return false;
    if (mp_self.naps_left_out > 0) {
        mp_self.naps_left_out--;
        return false;
    }
    return begin(list, NAPS);
}

// Who died of a fault of its own may have left anything in its slot.
void mp_sentry_withdraw(const struct mp_slot *of)
{
    struct mp_waitlist *list = mp_at(of->guards);
    if (!of->guards || of->guards % sizeof(uint64_t) || !mp_inside(list) || !mp_inside(list + 1)) return;
    uint64_t spins = name(of), naps = name(of) | NAPS;
    if (!atomic_compare_exchange_strong(&list->sentry, &spins, 0)) {
        atomic_compare_exchange_strong(&list->sentry, &naps, 0);
    }
    MP_KILLPOINT("sentry.withdrawn");
}

void mp_sentry_leave(struct mp_slot *of)
{
    mp_sentry_withdraw(of);
    of->guards = 0;
}

// ---- the one that naps ----

static bool is_napping(const struct mp_flow *flow)
{
    return atomic_load(&flow->list->sentry) == (name(mp_self.slot) | NAPS);
}

// When little came in a nap, to be woken for each is soon and dear enough: then we sleep as others do, after one more
// look, and leave naps out for a while. So we do when a CPU has become free.
int mp_sentry_park(const struct mp_flow *flow, int64_t deadline)
{
    if (!is_napping(flow)) return mp_park(deadline);
    for (;;) {
        uint32_t come = count(flow->come);
        int64_t end = mp_now() + NAP_NS;
        if (deadline <= end) return mp_park(deadline);
        if (mp_park(end) != ETIMEDOUT) return 0;
        MP_KILLPOINT("sentry.napped");
        bool little = count(flow->come) - come < WORTH_A_NAP;
        if (little) mp_self.naps_left_out = LEFT_OUT;
        if (little || !is_napping(flow) || !crowded()) {
            mp_sentry_withdraw(mp_self.slot);
            return 0;
        }
        if ((int32_t)(count(flow->gone) - come) < 0) return 0;   // one has been there all the time
    }
}

void mp_sentry_over(const struct mp_flow *flow)
{
    mp_sentry_withdraw(mp_self.slot);
    mp_fence();
    bool more = sleepers(flow->list) > 0 && count(flow->come) != count(flow->gone);
    if (more && !atomic_load(&flow->list->sentry)) mp_wake_some(flow->list, 1);
    mp_self.slot->guards = 0;   // not sooner: what we owed the next one is now done
}

// Who has found nothing owes nothing: what it was counted on for has been taken.
void mp_sentry_settle(const struct mp_flow *flow, bool over)
{
    if (over) {
        mp_sentry_over(flow);
    } else {
        mp_sentry_leave(mp_self.slot);
    }
}

// ---- who adds a thing ----

static struct mp_slot *named(uint64_t sentry)
{
    return mp_slot_at((sentry & ~(uint64_t)NAPS) - 1);
}

const struct mp_slot *mp_sentry_of(const struct mp_waitlist *list)
{
    uint64_t sentry = atomic_load(&list->sentry);
    return sentry ? named(sentry) : NULL;
}

// Only for as long as nobody has been stopped since we looked.
static bool may_leave_blindly(uint64_t sentry)
{
    if (sentry != mp_self.left_to || mp_self.blindly == 0) return false;
    mp_self.blindly--;
    return atomic_load_explicit(&mp_arena->stops, memory_order_relaxed) == mp_self.stops_seen;
}

static bool leave_to(uint64_t sentry)
{
    mp_self.stops_seen = atomic_load(&mp_arena->stops);
    if (mp_slot_stopped(named(sentry)) || mp_slots_awake() < (uint64_t)mp_arena->cpus) return false;
    mp_self.left_to = sentry;
    mp_self.blindly = BLINDLY;
    return true;
}

// One that spins takes one; what comes meanwhile counts, so `gone` is read first.
static bool spinner_takes(const struct mp_flow *flow, uint64_t sentry)
{
    if (mp_slot_stopped(named(sentry))) return false;
    uint32_t gone = count(flow->gone);
    return count(flow->come) - gone <= 1;
}

void mp_wake_for_one(const struct mp_flow *flow)
{
    uint64_t sentry = atomic_load(&flow->list->sentry);
    MP_KILLPOINT("sentry.seen");
    if (sentry & NAPS) {
        if (may_leave_blindly(sentry) || leave_to(sentry)) return;
    } else if (sentry && spinner_takes(flow, sentry)) {
        return;
    }
    mp_wake_some(flow->list, 1);
}

void mp_sentry_call(void)
{
    if (!mp_self.left_to) return;
    struct mp_slot *sentry = named(mp_self.left_to);
    mp_self.left_to = 0;
    mp_wake_slot(sentry);
}
