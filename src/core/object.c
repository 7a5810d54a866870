// At most 8 stores in a transaction.
#include "object.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "handle.h"
#include "heap.h"
#include "layout.h"
#include "suspects.h"
#include "tx.h"

static const struct mp_kind *const kinds[MP_KINDS] = {
    [MP_PROCESS] = &mp_process_kind,     [MP_QUEUE] = &mp_queue_kind,     [MP_CONNECTION] = &mp_connection_kind,
    [MP_LOCK] = &mp_lock_kind,           [MP_RLOCK] = &mp_rlock_kind,     [MP_SEMAPHORE] = &mp_semaphore_kind,
    [MP_CONDITION] = &mp_condition_kind, [MP_BARRIER] = &mp_barrier_kind, [MP_VALUE] = &mp_value_kind,
    [MP_ARRAY] = &mp_array_kind,         [MP_BUFFER] = &mp_buffer_kind,   [MP_TABLE] = &mp_table_kind,
    [MP_MANAGER] = &mp_manager_kind,     [MP_EVENT] = &mp_event_kind,     [MP_THREAD] = &mp_thread_kind,
};

const struct mp_kind *mp_kind_of(const struct mp_obj *obj)
{
    return kinds[obj->kind];
}

static uint64_t entry_of(const struct mp_obj *obj)
{
    return (uint64_t)MP_OBJECT << 32 | mp_refof(obj);
}

static int place_of(const struct mp_obj *obj)
{
    int place = 0;
    while (mp_self.slot->inflight[place] != entry_of(obj)) place++;
    return place;
}

// A name with the object's entry in flight: a death takes both apart.
static int add_name(struct mp_obj *obj, const char *name, size_t length)
{
    mp_ref block;
    int place, err = mp_alloc(sizeof(struct mp_string) + length, &block, &place);
    if (err) return err;
    struct mp_string *string = mp_ptr(block);
    string->length = length;
    memcpy(string->bytes, name, length);
    TX(obj->name, block);
    mp_tx_inflight(place, 0);
    mp_commit();
    return 0;
}

int mp_object_new(enum mp_object_kind kind, const char *name, size_t length, struct mp_obj **made)
{
    mp_ref ref;
    int place, err = mp_alloc(kinds[kind]->size, &ref, &place);
    if (err) return err;
    struct mp_obj *obj = mp_ptr(ref);
    memset(obj, 0, kinds[kind]->size);
    obj->kind = (uint16_t)kind;
    obj->serial = atomic_fetch_add(&mp_arena->serials[kind], 1) + 1;
    mp_tx_inflight(place, entry_of(obj));
    TX(mp_self.slot->objects[kind], mp_self.slot->objects[kind] + 1);
    mp_commit();
    err = name ? add_name(obj, name, length) : 0;
    if (err) {
        mp_object_discard(obj);
        return err;
    }
    *made = obj;
    return 0;
}

void mp_tx_landed(struct mp_obj *obj)
{
    mp_tx_inflight(place_of(obj), 0);
}

int mp_object_publish(struct mp_obj *obj, uint32_t *handle)
{
    int err = mp_handle_reserve(handle);
    if (err) return err;
    TX(mp_handle_at(mp_self.slot, *handle)->object, mp_refof(obj));
    TX(obj->refs, 1);
    mp_tx_landed(obj);
    mp_commit();
    return 0;
}

static void tx_condemn(struct mp_obj *obj)
{
    TX(obj->next, mp_self.slot->condemned);
    TX(mp_self.slot->condemned, mp_refof(obj));
}

void mp_object_discard(struct mp_obj *obj)
{
    tx_condemn(obj);
    mp_tx_landed(obj);
    mp_commit();
    mp_dismantle_condemned();
}

void mp_tx_ref(struct mp_obj *obj)
{
    TX(obj->refs, obj->refs + 1);
}

void mp_tx_unref(struct mp_obj *obj)
{
    TX(obj->refs, obj->refs - 1);
    if (obj->refs == 0) {
        tx_condemn(obj);
    } else {
        mp_suspect(obj);
    }
}

uint64_t mp_object_count(enum mp_object_kind kind)
{
    uint64_t n = __atomic_load_n(&mp_arena->objects[kind], __ATOMIC_RELAXED);
    for (uint64_t i = 0; i < mp_slots_top(); i++) {
        n += __atomic_load_n(&mp_slot_at(i)->objects[kind], __ATOMIC_RELAXED);
    }
    return n;
}

// A block that the object holds comes to the in-flight list and is freed from there.
void mp_free_held(uint64_t *field)
{
    int place = mp_inflight_place();
    mp_tx_inflight(place, (uint64_t)MP_RAW << 32 | (uint32_t)*field);
    mp_tx(field, 0);
    mp_commit();
    mp_inflight_free(place);
}

void mp_hold_object(uint64_t *field, struct mp_obj *obj)
{
    mp_latch(&obj->latch);
    mp_tx_ref(obj);
    mp_tx(field, mp_refof(obj));
    mp_commit_unlatch();
}

void mp_drop_object(uint64_t *field)
{
    struct mp_obj *obj = mp_ptr(*field);
    mp_latch(&obj->latch);
    mp_tx(field, 0);
    mp_tx_unref(obj);
    mp_commit_unlatch();
}

static void free_condemned(struct mp_obj *obj)
{
    struct mp_slot *me = mp_self.slot;
    if (obj->name) mp_free_held(&obj->name);
    mp_suspect_forget(obj);
    int place = mp_inflight_place();
    TX(me->condemned, obj->next);
    TX(me->objects[obj->kind], me->objects[obj->kind] - 1);
    mp_tx_inflight(place, (uint64_t)MP_RAW << 32 | mp_refof(obj));
    mp_commit();
    mp_inflight_free(place);
}

// What an object held may be condemned with it, and is then taken apart first.
void mp_dismantle_condemned(void)
{
    if (mp_self.dismantling) return;
    mp_self.dismantling = true;
    while (mp_self.slot->condemned) {
        mp_long_work();
        struct mp_obj *obj = mp_ptr(mp_self.slot->condemned);
        if (!mp_kind_of(obj)->dismantle(obj)) continue;
        if (mp_ptr(mp_self.slot->condemned) != obj) continue;
        if (obj->scope) {
            mp_drop_object(&obj->scope);
        } else {
            free_condemned(obj);
        }
    }
    mp_self.dismantling = false;
}

bool mp_object_is_sane(const struct mp_obj *copy)
{
    return copy->kind < MP_KINDS && kinds[copy->kind] && copy->name < mp_arena->spans * (MP_SPAN / 16) - 8;
}

const char *mp_object_describe(const struct mp_obj *obj, char *text, size_t size)
{
    const char *kind = mp_kind_of(obj)->name;
    const struct mp_string *name = obj->name ? mp_ptr(obj->name) : NULL;
    if (name) {
        uint64_t length = mp_relaxed(&name->length);
        snprintf(text, size, "%s '%.*s'", kind, (int)(length < 60 ? length : 60), name->bytes);
    } else {
        snprintf(text, size, "%s-%llu", kind, (unsigned long long)mp_object_serial(obj));
    }
    return text;
}
