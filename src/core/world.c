// State:     a mark in each slot that says "stop"; who has stopped the world.
// Invariant: who enters the core stores that first and looks at his mark then; who stops sets the marks first and looks
//            then who is inside. Between the two a barrier on all CPUs stands in for the one that entering does not have.
//            The world's latch keeps the monitor from recovering meanwhile.
// Death:     the monitor takes the marks away.
#include "world.h"

#include <errno.h>
#include <limits.h>
#include <linux/membarrier.h>
#include <sched.h>

#include "atfork.h"
#include "clock.h"
#include "cpu.h"
#include "futex.h"
#include "layout.h"
#include "syscall.h"
#include "tx.h"

enum { PATIENCE_NS = 5 * 1000 * 1000, STOP = 1 };

void mp_world_join(void)
{
    mp_syscall3(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0);
}

static bool barrier_everywhere(void)
{
    if (mp_syscall3(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0) == 0) return true;
    return mp_syscall3(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0;
}

void mp_wait_at_gate(void)
{
    struct mp_slot *me = mp_self.slot;
    if (mp_self.stranger) mp_stranger_end();
    while (atomic_load(&me->stop)) {
        atomic_store(&me->at_gate, 1);
        MP_KILLPOINT("gate.waiting");
        while (atomic_load(&me->stop)) mp_futex_wait(&me->stop, STOP, MP_FOREVER);
        atomic_store(&me->at_gate, 0);
    }
}

static bool at_rest(struct mp_slot *slot)
{
    return __atomic_load_n(&slot->op, __ATOMIC_SEQ_CST) == MP_OP_NONE || atomic_load(&slot->park) == MP_PARK_PARKED ||
           atomic_load(&slot->at_gate);
}

static void mark_all(void)
{
    for (uint64_t i = 0; i < mp_slots_top(); i++) {
        struct mp_slot *slot = mp_slot_at(i);
        uint64_t state = atomic_load(&slot->state);
        if (slot != mp_self.slot && (state == MP_SLOT_LIVE || state == MP_SLOT_STARTING))
            atomic_store(&slot->stop, STOP);
    }
}

// 0, EAGAIN: not yet, EBUSY: never, since one has died.
static int look_at_all(void)
{
    int err = 0;
    for (uint64_t i = 0; i < mp_slots_top(); i++) {
        struct mp_slot *slot = mp_slot_at(i);
        uint64_t state = atomic_load(&slot->state);
        if (state == MP_SLOT_DYING) return EBUSY;
        if (slot == mp_self.slot || state == MP_SLOT_FREE || state == MP_SLOT_RETIRED) continue;
        if (!atomic_load(&slot->stop) || !at_rest(slot)) err = EAGAIN;
    }
    return err;
}

// Who was claimed by one who was still inside has no mark yet.
static int wait_for_all(void)
{
    int64_t end = mp_now() + PATIENCE_NS;
    for (;;) {
        mark_all();
        if (!barrier_everywhere()) return EBUSY;
        int err = look_at_all();
        if (err != EAGAIN) return err;
        if (mp_now() > end) return EBUSY;
        mp_pause();
    }
}

// One who died here may have taken a mark away and not have woken who waits for that.
static void open_gate(void)
{
    for (uint64_t i = 0; i < mp_slots_top(); i++) {
        struct mp_slot *slot = mp_slot_at(i);
        bool stopped = atomic_exchange(&slot->stop, 0) != 0;
        MP_KILLPOINT("gate.open");
        if (stopped || atomic_load(&slot->at_gate)) mp_futex_wake(&slot->stop, INT_MAX);
        MP_KILLPOINT("gate.opened");
    }
}

static bool all_have_gone(void)
{
    for (uint64_t i = 0; i < mp_slots_top(); i++) {
        struct mp_slot *slot = mp_slot_at(i);
        if (atomic_load(&slot->at_gate) && atomic_load(&slot->state) == MP_SLOT_LIVE) return false;
    }
    return true;
}

// Those who were let go the last time, and are still on their way, go first: who stops the world again and again would
// stop them for good.
static void let_go_first(void)
{
    int64_t end = mp_now() + PATIENCE_NS;
    while (!all_have_gone() && mp_now() < end) sched_yield();
}

int mp_world_stop(void)
{
    uint64_t nobody = 0;
    if (!atomic_compare_exchange_strong(&mp_arena->stopper, &nobody, mp_self.id)) return EBUSY;
    MP_KILLPOINT("world.claimed");
    let_go_first();
    if (!mp_try_latch(&mp_arena->world)) {
        atomic_store(&mp_arena->stopper, 0);
        return EBUSY;
    }
    int err = wait_for_all();
    if (err) mp_world_go();
    return err;
}

void mp_world_go(void)
{
    open_gate();
    mp_unlatch();
    atomic_store(&mp_arena->stopper, 0);
}

void mp_world_recover(const struct mp_slot *dead)
{
    if (atomic_load(&mp_arena->stopper) != mp_slot_index(dead) + 1) return;
    open_gate();
    atomic_store(&mp_arena->stopper, 0);
}
