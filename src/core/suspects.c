// State:     the objects of which a reference went while others stayed, as far as they can hold others: only then may
//            a cycle be left that nobody else has.
// Invariant: an entry of `suspects` names an object that was not freed; the object says which entry, in the upper bits
//            of its serial number, before the entry names it. An entry without such an object, or the other way round,
//            is one that a dead one has left: the two are compared wherever it matters.
// Death:     entries change by single stores.
#include "suspects.h"

#include "layout.h"
#include "tx.h"

enum { TRIES = 8 };

static uint64_t entry_of(const struct mp_obj *obj)
{
    return __atomic_load_n(&obj->serial, __ATOMIC_RELAXED) >> MP_SERIAL_BITS;
}

static bool is_listed(const struct mp_obj *obj)
{
    uint64_t entry = entry_of(obj);
    return entry && atomic_load(&mp_arena->suspects[entry - 1]) == mp_refof(obj);
}

static void set_entry(struct mp_obj *obj, uint64_t entry)
{
    uint64_t serial = obj->serial & ((UINT64_C(1) << MP_SERIAL_BITS) - 1);
    __atomic_store_n(&obj->serial, serial | entry << MP_SERIAL_BITS, __ATOMIC_RELAXED);
}

uint64_t mp_object_serial(const struct mp_obj *obj)
{
    return __atomic_load_n(&obj->serial, __ATOMIC_RELAXED) & ((UINT64_C(1) << MP_SERIAL_BITS) - 1);
}

static bool list_at(struct mp_obj *obj, uint64_t i)
{
    uint64_t nobody = 0;
    if (atomic_load(&mp_arena->suspects[i]) != 0) return false;
    set_entry(obj, i + 1);
    mp_barrier();
    return atomic_compare_exchange_strong(&mp_arena->suspects[i], &nobody, mp_refof(obj));
}

void mp_suspect(struct mp_obj *obj)
{
    if (!mp_kind_of(obj)->holds || is_listed(obj)) return;
    for (int i = 0; i < TRIES; i++) {
        if (!list_at(obj, atomic_fetch_add(&mp_arena->next_suspect, 1) % MP_SUSPECTS)) continue;
        int64_t n = (int64_t)atomic_fetch_add(&mp_arena->nsuspects, 1);
        int64_t most = (int64_t)atomic_load(&mp_arena->collect_at) + MP_SUSPECTS_FEWEST;
        if (n >= most) atomic_fetch_or(&mp_self.slot->gate, MP_GATE_COLLECT);
        return;
    }
}

void mp_suspect_forget(const struct mp_obj *obj)
{
    uint64_t ref = mp_refof(obj), entry = entry_of(obj);
    if (entry && atomic_compare_exchange_strong(&mp_arena->suspects[entry - 1], &ref, 0)) {
        atomic_fetch_sub(&mp_arena->nsuspects, 1);
    }
}

uint64_t mp_suspects_top(void)
{
    uint64_t next = atomic_load(&mp_arena->next_suspect);
    return next < MP_SUSPECTS ? next : MP_SUSPECTS;
}

void mp_suspect_clear(struct mp_obj *obj)
{
    if (!is_listed(obj)) return;
    mp_suspect_forget(obj);
    set_entry(obj, 0);
}
