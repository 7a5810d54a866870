// State:     in the slot of each process a mark: it is stopped. Its threads are stopped with it.
// Invariant: only the monitor sets and takes away a mark. Wakers pass over who is marked: it stays in its lists.
//            A mark comes late, and must lose nothing:
//            - Who makes an object ready does that first and looks at the marks then. If it chose one that had stopped
//              without a mark, the mark comes after that look: so the family, which is woken after the mark, finds the
//              object ready, unless somebody has taken it. Nothing is taken from the chosen one but the choice, and
//              nothing given to anybody: each looks for itself. What was handed to it as its own, it keeps.
//            - If it passed over one that goes on already, that one is woken after its mark is gone, has the latch of
//              the list after the waker had it, and finds what there is.
// Death:     of a marked one: it is recovered like others; who claims its slot has no mark. Of the monitor: ends all.
#include "stops.h"

#include <limits.h>
#include <sys/wait.h>

#include "futex.h"
#include "layout.h"
#include "tx.h"

bool mp_slot_stopped(const struct mp_slot *slot)
{
    uint64_t leader = mp_relaxed(&slot->leader);
    return atomic_load(leader ? &mp_slot_at(leader - 1)->stopped : &slot->stopped) != 0;
}

// The kernel may have woken it, and nobody else, when a latch became free; or it is about to wake others itself. While
// we look it may go on: who is woken for nothing sleeps again.
static void wake_latches(const struct mp_slot *slot)
{
    for (uint64_t i = 0; i < slot->nheld && i < MP_HELD; i++) {
        struct mp_latch *latch = slot->held[i].latch;
        if (mp_inside(latch)) mp_futex_wake(&latch->owner, INT_MAX);
    }
}

static bool owes(const struct mp_slot *slot)
{
    wake_latches(slot);
    return __atomic_load_n(&slot->op, __ATOMIC_RELAXED) != MP_OP_NONE;
}

static bool is_thread_of(const struct mp_slot *slot, const struct mp_slot *process)
{
    return mp_relaxed(&slot->leader) == mp_slot_index(process) + 1;
}

bool mp_stops_begin(struct mp_slot *process)
{
    atomic_store(&process->stopped, 1);
    atomic_fetch_add(&mp_arena->stops, 1);
    mp_fence();
    bool owed = owes(process);
    for (uint64_t i = 0; atomic_load(&process->threads) && i < mp_slots_top(); i++) {
        if (is_thread_of(mp_slot_at(i), process)) owed |= owes(mp_slot_at(i));
    }
    return owed;
}

void mp_stops_end(struct mp_slot *process)
{
    atomic_store(&process->stopped, 0);
    mp_wake_surely(process);
    for (uint64_t i = 0; atomic_load(&process->threads) && i < mp_slots_top(); i++) {
        if (is_thread_of(mp_slot_at(i), process)) mp_wake_surely(mp_slot_at(i));
    }
}

bool mp_stops_now(const struct mp_slot *process)
{
    siginfo_t info = {0};
    pid_t pid = atomic_load(mp_slot_pid(process));
    int asked = waitid(P_PID, (id_t)pid, &info, WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT);
    return asked == 0 && info.si_pid == pid ? info.si_code == CLD_STOPPED : atomic_load(&process->stopped) != 0;
}
