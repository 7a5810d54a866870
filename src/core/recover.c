// State:     the dead one's slot. Each step moves one thing in one transaction of ours.
// Invariant: what is in the dead slot is nowhere else.
// Death:     of the recoverer: its own log is undone first, then the steps go on where they stood.
#include "recover.h"

#include <limits.h>

#include "cycles.h"
#include "futex.h"
#include "handle.h"
#include "heap.h"
#include "layout.h"
#include "msg.h"
#include "process.h"
#include "queue.h"
#include "sentry.h"
#include "spawn.h"
#include "tx.h"

// So many the monitor closes sooner than we have their pages, if they are not among too many that were closed.
enum { FEW_HANDLES = 128, MANY_ENTRIES = 4096 };

static void undo(struct mp_slot *dead)
{
    bool published = mp_inside(dead->commit_word) && atomic_load(dead->commit_word) != dead->commit_old;
    for (uint64_t n = published || dead->nlog > MP_LOG ? 0 : dead->nlog; n > 0; n--) {
        const struct mp_undo *store = &dead->log[n - 1];
        if (!mp_inside(store->word)) continue;
        __atomic_store_n(store->word, store->old, __ATOMIC_RELAXED);
        mp_barrier();
        MP_KILLPOINT("recover.undone");
    }
    dead->nlog = 0;
    mp_barrier();
    dead->commit_word = NULL;
    mp_barrier();
}

// Its sleepers are woken even when it did not own the latch any more: it may have died between freeing and waking.
static void free_latch(const struct mp_held *held)
{
    if (!mp_inside(held->latch)) return;
    uint32_t word = atomic_load(&held->latch->owner);
    if ((word & ~MP_LATCH_WAITED) == held->word) atomic_store(&held->latch->owner, 0);
    mp_futex_wake(&held->latch->owner, INT_MAX);
    MP_KILLPOINT("recover.freed");
}

static bool undo_one(struct mp_slot *dead)
{
    undo(dead);
    for (uint64_t i = 0; i < dead->nheld && i < MP_HELD; i++) free_latch(&dead->held[i]);
    dead->nheld = 0;
    mp_sentry_withdraw(dead);
    return dead->guards != 0;
}

static bool is_thread_of(const struct mp_slot *slot, const struct mp_slot *process)
{
    return slot->leader == mp_slot_index(process) + 1 && atomic_load(&slot->state) != MP_SLOT_FREE;
}

// Whether a slot is that of a thread may itself be undone.
bool mp_recover_undo(struct mp_slot *dead)
{
    bool owed = undo_one(dead);
    for (uint64_t i = 0; atomic_load(&dead->threads) && i < mp_slots_top(); i++) {
        if (is_thread_of(mp_slot_at(i), dead)) owed |= undo_one(mp_slot_at(i));
    }
    return owed;
}

struct mp_slot *mp_recover_thread(struct mp_slot *dead)
{
    for (uint64_t i = 0; atomic_load(&dead->threads) && i < mp_slots_top(); i++) {
        struct mp_slot *slot = mp_slot_at(i);
        if (!is_thread_of(slot, dead) || !mp_slot_running(slot)) continue;
        if (atomic_load(&slot->state) != MP_SLOT_RETIRED) {
            slot->status = dead->status;
            slot->lost = 1;
        }
        atomic_store(&slot->state, MP_SLOT_DYING);
        return slot;
    }
    return NULL;
}

struct mp_slot *mp_recover_retired(void)
{
    if (!atomic_exchange(&mp_arena->retired, 0)) return NULL;
    for (uint64_t i = 0; i < mp_slots_top(); i++) {
        struct mp_slot *slot = mp_slot_at(i);
        if (atomic_load(&slot->state) != MP_SLOT_RETIRED || !slot->leader) continue;
        atomic_store(&slot->state, MP_SLOT_DYING);
        atomic_store(&mp_arena->retired, 1);   // there may be more
        return slot;
    }
    return NULL;
}

static void return_condemned(struct mp_slot *dead)
{
    while (dead->condemned) {
        struct mp_obj *obj = mp_ptr(dead->condemned);
        TX(dead->condemned, obj->next);
        TX(obj->next, mp_self.slot->condemned);
        TX(mp_self.slot->condemned, mp_refof(obj));
        mp_commit();
        mp_dismantle_condemned();
    }
}

static void return_all(struct mp_slot *slot)
{
    while (slot->leases) {
        mp_long_work();
        mp_lease_back(slot, mp_ptr(slot->leases));
    }
    // Loans first: the latch that guards one may be in what another entry keeps.
    for (int i = 0; i < MP_INFLIGHT; i++) {
        if (slot->inflight[i] >> 32 == MP_BORROWED) mp_inflight_return(&slot->inflight[i]);
    }
    for (int i = 0; i < MP_INFLIGHT; i++) {
        if (slot->inflight[i]) mp_inflight_return(&slot->inflight[i]);
    }
    mp_garbage_drop(slot);
    if (slot != mp_self.slot) return_condemned(slot);
}

static void return_rest(struct mp_slot *slot)
{
    mp_handles_close_all(slot);
    mp_magazines_flush(slot);
}

// A child that the dead one was making: unless the kernel has made it, nobody ever will.
static void return_starting(struct mp_slot *dead)
{
    struct mp_slot *child = mp_slot_at((dead->starting & ((1 << MP_SLOT_BITS) - 1)) - 1);
    bool ours = child->generation == dead->starting >> MP_SLOT_BITS;   // else it has lived and died
    bool made = atomic_load(mp_slot_pid(child)) != 0 || atomic_load(&child->state) != MP_SLOT_STARTING;
    if (ours && !made) mp_spawn_undo(child, false);
    TX(dead->starting, 0);
    mp_commit();
}

// Still in its list it owed nobody anything, unless it was the sentry; anywhere else in the core it may have been chosen, or about to wake others.
static bool leave_lists(struct mp_slot *dead)
{
    bool linked = mp_node_leave(&dead->node), sentry = dead->guards != 0;
    mp_sentry_leave(dead);
    dead->node.home = 0;   // what it waited for may go with its handles
    if (dead->waitset) mp_waitset_close(dead);
    dead->wait.count = 0;
    return sentry || (dead->op != MP_OP_NONE && !linked);
}

bool mp_recover_return_held(struct mp_slot *dead)
{
    bool owed = leave_lists(dead);
    if (dead->starting) return_starting(dead);
    return_all(dead);
    return_rest(dead);
    dead->op = MP_OP_NONE;
    return owed;
}

bool mp_recover_return(struct mp_slot *dead)
{
    bool owed = mp_recover_return_held(dead);
    if (dead->parent) mp_slot_drop_parent(dead);
    if (dead->process) mp_process_record(dead);
    mp_slot_free(dead);
    if (mp_self.slot->process) mp_process_publish_end();
    return owed;
}

static bool has_few_handles(void)
{
    return mp_self.handle_top - mp_self.nfree <= FEW_HANDLES && mp_self.handle_top <= MANY_ENTRIES;
}

// A thread has nothing left then but its slot, so it tells its end itself: two switches sooner than the monitor would.
void mp_retire(void)
{
    struct mp_slot *me = mp_self.slot;
    mp_enter(MP_OP_RETIRE);
    return_all(me);
    if (me->leader || !has_few_handles()) return_rest(me);
    if (me->leader) mp_process_end();
    mp_leave();
    atomic_store(&me->state, MP_SLOT_RETIRED);
}
