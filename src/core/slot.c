#include "slot.h"

#include <errno.h>
#include <sys/wait.h>
#include <time.h>

#include "cycles.h"
#include "layout.h"
#include "process.h"
#include "tx.h"
#include "world.h"

enum { ENDING_LOOKS = 1000, ENDING_NS = 100 * 1000 };

_Thread_local struct mp_self mp_self;

struct mp_slot *mp_slot_at(uint64_t index)
{
    return &mp_arena->slots[index];
}

uint64_t mp_slot_index(const struct mp_slot *slot)
{
    return (uint64_t)(slot - mp_arena->slots);
}

uint64_t mp_slots_top(void)
{
    return atomic_load_explicit(&mp_arena->slots_top, memory_order_acquire);
}

uint64_t mp_slots_live(void)
{
    return atomic_load_explicit(&mp_arena->slots_live, memory_order_relaxed);
}

uint64_t mp_slots_awake(void)
{
    uint64_t parked = 0, words = (mp_slots_top() + 63) / 64;
    for (uint64_t i = 0; i < words; i++) {
        parked += (uint64_t)__builtin_popcountll(atomic_load_explicit(&mp_arena->parked[i], memory_order_relaxed));
    }
    uint64_t live = mp_slots_live();
    return live > parked ? live - parked : 0;
}

void mp_slot_adopt(struct mp_slot *slot)
{
    mp_self.slot = slot;
    mp_self.stranger = false;
    mp_self.left_to = 0;   // our maker's affair
    mp_self.deaf = false;   // as its maker may have been when it made this one
    mp_self.id = (uint32_t)mp_slot_index(slot) + 1;
    mp_world_join();
}

// The first slots of a family, before there is anybody who could make them.
static struct mp_slot *unused_slot(void)
{
    uint64_t top = mp_slots_top();
    if (top == MP_SLOTS) return NULL;
    return &mp_arena->slots[top];
}

// The arena is short of memory somewhere: what our magazines hold may be what is missing.
void mp_leave_slowly(void)
{
    struct mp_slot *me = mp_self.slot;
    uint64_t todo = atomic_exchange(&me->gate, 0);
    mp_enter(MP_OP_OBJECT);
    if (todo & MP_GATE_COLLECT) mp_cycles_collect_some();
    if (todo & MP_GATE_FLUSH) mp_magazines_flush(me);
    __atomic_store_n(&me->op, MP_OP_NONE, __ATOMIC_RELEASE);
}

_Atomic int32_t *mp_slot_pid(const struct mp_slot *slot)
{
    return &mp_arena->pids[mp_slot_index(slot)];
}

struct mp_slot *mp_slot_of_process(const struct mp_slot *slot)
{
    return slot->leader ? mp_slot_at(slot->leader - 1) : (struct mp_slot *)slot;   // a stranger's is in no array
}

bool mp_slot_running(const struct mp_slot *slot)
{
    uint64_t state = atomic_load(&slot->state);
    return state == MP_SLOT_STARTING || state == MP_SLOT_LIVE || state == MP_SLOT_RETIRED;
}

bool mp_slot_killed(const struct mp_slot *slot)
{
    return atomic_load(&slot->state) == MP_SLOT_DYING && WIFSIGNALED((int)slot->status);
}

static void prepare(struct mp_slot *slot)
{
    atomic_store(&slot->park, MP_PARK_EMPTY);
    atomic_store(mp_slot_pid(slot), 0);
    atomic_store(&slot->stopped, 0);
    atomic_store(&slot->gate, 0);
    atomic_store(&slot->stop, 0);
    atomic_store(&slot->at_gate, 0);
    slot->node.slot = mp_slot_index(slot);
    atomic_store(&slot->threads, 0);
    slot->wait.count = 0;
    slot->lost = 0;
}

// Stores: free list or top, generation, state, live, starting.
static int claim(struct mp_slot **claimed)
{
    struct mp_arena *a = mp_arena;
    mp_latch(&a->slots_latch);
    struct mp_slot *slot = a->slots_free ? mp_slot_at(a->slots_free - 1) : unused_slot();
    if (!slot) {
        mp_unlatch();
        return EAGAIN;
    }
    prepare(slot);
    if (a->slots_free) {
        TX(a->slots_free, slot->next_free);
    } else {
        TX_ATOMIC(a->slots_top, mp_slots_top() + 1);
    }
    TX(slot->generation, slot->generation + 1);
    TX_ATOMIC(slot->state, MP_SLOT_STARTING);
    TX_ATOMIC(a->slots_live, mp_slots_live() + 1);
    TX(mp_self.slot->starting, slot->generation << MP_SLOT_BITS | (mp_slot_index(slot) + 1));
    mp_commit_unlatch();
    *claimed = slot;
    return 0;
}

// A thread that has told its end has its slot until the monitor comes.
static bool is_ending(const struct mp_slot *slot)
{
    uint64_t state = atomic_load(&slot->state);
    if (state != MP_SLOT_LIVE || !slot->leader) return state == MP_SLOT_RETIRED || state == MP_SLOT_DYING;
    return !slot->process || mp_process_ended(mp_ptr(slot->process));
}

static bool any_ending(void)
{
    bool found = false;
    mp_latch(&mp_arena->slots_latch);
    for (uint64_t i = 0; !found && i < mp_slots_top(); i++) found = is_ending(mp_slot_at(i));
    mp_unlatch();
    return found;
}

// Where all are taken one that ends is waited for. The monitor comes soon, unless somebody has stopped the world.
int mp_slot_claim(struct mp_slot **claimed)
{
    int err = claim(claimed);
    for (int i = 0; i < ENDING_LOOKS && err == EAGAIN; i++) {
        bool ending = any_ending();
        err = claim(claimed);   // it may have ended before we looked
        if (!ending) break;
        if (err == EAGAIN) nanosleep(&(struct timespec){.tv_nsec = ENDING_NS}, NULL);
    }
    return err;
}

// Stores: two for each kind of object, seven more.
void mp_slot_free(struct mp_slot *slot)
{
    struct mp_arena *a = mp_arena;
    atomic_fetch_and(&a->parked[mp_slot_index(slot) / 64], ~(UINT64_C(1) << mp_slot_index(slot) % 64));
    atomic_store(mp_slot_pid(slot), 0);
    mp_latch(&a->slots_latch);
    for (int k = 0; k < MP_KINDS; k++) {
        if (!slot->objects[k]) continue;
        TX(a->objects[k], a->objects[k] + slot->objects[k]);
        TX(slot->objects[k], 0);
    }
    TX_ATOMIC(slot->state, MP_SLOT_FREE);
    if (slot->leader) TX(slot->leader, 0);
    TX(slot->next_free, a->slots_free);
    TX(a->slots_free, mp_slot_index(slot) + 1);
    TX_ATOMIC(a->slots_live, mp_slots_live() - 1);
    if (slot->process) {
        TX(mp_self.slot->process, slot->process);
        TX(slot->process, 0);
    }
    mp_commit_unlatch();
}

void mp_slot_drop_parent(struct mp_slot *slot)
{
    struct mp_obj *parent = mp_ptr(slot->parent);
    mp_latch(&parent->latch);
    TX(slot->parent, 0);
    mp_tx_unref(parent);
    mp_commit_unlatch();
    mp_dismantle_condemned();
}
