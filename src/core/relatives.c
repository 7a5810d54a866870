// The processes and threads of the family, as they are found by their slots. See process.h.
#include "handle.h"
#include "layout.h"
#include "process.h"
#include "tx.h"

// A slot lets go of its process under the latch of the slots: while we have that, the object is there.
static bool hold(struct mp_slot *slot, uint32_t handle)
{
    struct mp_process *p = slot->process ? mp_ptr(slot->process) : NULL;
    if (!p) return false;
    mp_latch(&p->obj.latch);
    mp_tx_ref(&p->obj);
    TX(mp_handle_at(mp_self.slot, handle)->object, mp_refof(p));
    mp_commit_unlatch();
    return true;
}

static struct mp_process *held(bool found, uint32_t handle)
{
    if (found) return (struct mp_process *)mp_handle_object(handle);
    mp_handle_unreserve(handle);
    return NULL;
}

// `leader` is 0 for processes.
static bool hold_straggler(struct mp_slot *slot, uint64_t leader, uint32_t handle)
{
    const struct mp_process *p = slot->process ? mp_ptr(slot->process) : NULL;
    if (!p || p->daemon || slot == mp_self.slot || slot->leader != leader) return false;
    return mp_slot_running(slot) && !mp_process_ended(p) && hold(slot, handle);
}

struct mp_process *mp_process_in_slot(uint64_t slot, uint32_t *handle)
{
    if (mp_handle_reserve(handle) != 0) return NULL;
    mp_latch(&mp_arena->slots_latch);
    bool found = hold(mp_slot_at(slot), *handle);
    mp_unlatch();
    return held(found, *handle);
}

static struct mp_process *straggler(uint64_t leader, uint32_t *handle)
{
    if (mp_handle_reserve(handle) != 0) return NULL;
    bool found = false;
    mp_latch(&mp_arena->slots_latch);
    for (uint64_t i = 1; !found && i < mp_slots_top(); i++) found = hold_straggler(mp_slot_at(i), leader, *handle);
    mp_unlatch();
    return held(found, *handle);
}

struct mp_process *mp_process_straggler(uint32_t *handle)
{
    return straggler(0, handle);
}

struct mp_process *mp_thread_straggler(uint32_t *handle)
{
    return atomic_load(&mp_self.slot->threads) ? straggler(mp_self.id, handle) : NULL;
}

struct mp_process *mp_process_child(uint64_t *slot, uint32_t *handle)
{
    uint64_t self = mp_refof(mp_process_self());
    bool found = false;
    if (mp_handle_reserve(handle) != 0) return NULL;
    mp_latch(&mp_arena->slots_latch);
    for (; !found && *slot < mp_slots_top(); ++*slot) {
        struct mp_slot *child = mp_slot_at(*slot);
        found = child->parent == self && mp_slot_running(child) && hold(child, *handle);
    }
    mp_unlatch();
    return held(found, *handle);
}
