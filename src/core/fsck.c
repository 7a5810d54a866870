#include "fsck.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fsck_heap.h"
#include "msg.h"
#include "process.h"
#include "sentry.h"
#include "suspects.h"
#include "tx.h"
#include "world.h"

struct found {
    uint64_t ref, refs;   // an object and the references to it that were seen
};

struct mp_fsck {
    struct mp_fsck_heap heap;
    struct found *objects;
    size_t nobjects, cap;
    char *why;
    size_t size;
    bool sound;
    void (*visit)(void *arg, uint64_t ref);   // not NULL: only the references are asked for
    void *arg;
};

void mp_fsck_expect(struct mp_fsck *f, bool ok, const char *format, ...)
{
    if (ok || !f->sound || f->visit) return;
    f->sound = false;
    va_list args;
    va_start(args, format);
    vsnprintf(f->why, f->size, format, args);
    va_end(args);
}

void mp_fsck_block(struct mp_fsck *f, uint64_t ref, const char *place)
{
    if (f->visit) return;
    const char *fault = mp_fsck_mark(&f->heap, ref, place);
    mp_fsck_expect(f, !fault, "%s: block %#llx: %s", place, (unsigned long long)ref, fault ? fault : "");
}

void mp_fsck_latch(struct mp_fsck *f, const struct mp_latch *latch, const char *name)
{
    uint32_t word = atomic_load(&latch->owner);
    mp_fsck_expect(f, (word & ~MP_LATCH_WAITED) == 0, "latch of %s is held: %#x", name, word);
}

void mp_fsck_list(struct mp_fsck *f, const struct mp_waitlist *list, const char *name)
{
    if (f->visit) return;
    uint64_t n = 0, before = 0;
    for (uint64_t at = list->first; at && f->sound; n++) {
        const struct mp_node *node = mp_at(at);
        mp_fsck_expect(f, node->list == mp_offset(list), "%s: a node that is not of this list", name);
        mp_fsck_expect(f, node->prev == before, "%s: a broken link", name);
        before = at;
        at = node->next;
    }
    mp_fsck_expect(f, list->last == before, "%s: the last node is not the last", name);
    const struct mp_slot *sentry = mp_sentry_of(list);
    bool knows = !sentry || (sentry->guards == mp_offset(list) && atomic_load(&sentry->state) != MP_SLOT_FREE);
    mp_fsck_expect(f, knows, "%s: slot %llu does not know that it is the sentry", name,
                   knows ? 0ULL : (unsigned long long)mp_slot_index(sentry));
    uint64_t count = *(uint64_t *)mp_at(list->count);
    mp_fsck_expect(f, count == n, "%s: counts %llu, has %llu nodes", name, (unsigned long long)count,
                   (unsigned long long)n);
}

static struct found *find(struct mp_fsck *f, uint64_t ref)
{
    for (size_t i = 0; i < f->nobjects; i++) {
        if (f->objects[i].ref == ref) return &f->objects[i];
    }
    return NULL;
}

// An object seen first: what it holds is checked with it.
static struct found *add(struct mp_fsck *f, uint64_t ref, const char *place)
{
    if (f->nobjects == f->cap) {
        f->cap = f->cap ? f->cap * 2 : 64;
        struct found *grown = realloc(f->objects, f->cap * sizeof *f->objects);
        if (!grown) abort();
        f->objects = grown;
    }
    size_t index = f->nobjects++;
    f->objects[index] = (struct found){.ref = ref};
    struct mp_obj *obj = mp_ptr(ref);
    mp_fsck_block(f, ref, place);
    bool kind = obj->kind > MP_NONE && obj->kind < MP_KINDS;
    mp_fsck_expect(f, kind, "%s: an object of no kind", place);
    if (!f->sound) return &f->objects[index];
    mp_fsck_latch(f, &obj->latch, mp_kind_of(obj)->name);
    if (obj->name) mp_fsck_block(f, obj->name, "name");
    if (obj->scope) mp_fsck_object(f, obj->scope, "scope");
    mp_kind_of(obj)->check(f, obj);
    return &f->objects[index];
}

void mp_fsck_object(struct mp_fsck *f, uint64_t ref, const char *place)
{
    if (!f->sound) return;
    if (f->visit) {
        f->visit(f->arg, ref);
        return;
    }
    struct found *found = find(f, ref);
    if (!found) {
        add(f, ref, place);
        found = find(f, ref);
    }
    found->refs++;
}

void mp_fsck_message(struct mp_fsck *f, uint64_t ref, const char *place)
{
    mp_fsck_block(f, ref, place);
    if (!f->sound) return;
    struct mp_view view = mp_message_view(mp_ptr(ref));
    for (uint32_t i = 0; i < view.nrefs; i++) mp_fsck_object(f, view.refs[i], "message");
}

void mp_fsck_references(struct mp_obj *obj, void (*visit)(void *arg, uint64_t ref), void *arg)
{
    struct mp_fsck f = {.sound = true, .visit = visit, .arg = arg};
    if (obj->scope) mp_fsck_object(&f, obj->scope, "scope");
    mp_kind_of(obj)->check(&f, obj);
}

// Without a reference: on its way in or out.
static void check_lone(struct mp_fsck *f, uint64_t ref, const char *place)
{
    if (f->sound && !find(f, ref)) add(f, ref, place);
}

static void check_chain(struct mp_fsck *f, uint64_t ref)
{
    for (; ref && f->sound; ref = ((const struct mp_msg *)mp_ptr(ref))->next)
        mp_fsck_message(f, ref, "chain in flight");
}

static void check_inflight(struct mp_fsck *f, const struct mp_slot *slot)
{
    for (int i = 0; i < MP_INFLIGHT; i++) {
        uint64_t ref = (uint32_t)slot->inflight[i];
        switch (slot->inflight[i] >> 32) {
        case MP_RAW: mp_fsck_block(f, ref, "in flight"); break;
        case MP_MESSAGE: mp_fsck_message(f, ref, "message in flight"); break;
        case MP_OBJECT: check_lone(f, ref, "object in flight"); break;
        case MP_COUNTED: mp_fsck_object(f, ref, "reference in flight"); break;
        case MP_BORROWED: break;   // its table has it
        case MP_CHAIN: check_chain(f, ref); break;
        default: mp_fsck_expect(f, slot->inflight[i] == 0, "an in-flight entry of no kind");
        }
    }
}

static void check_handles(struct mp_fsck *f, const struct mp_slot *slot)
{
    for (int chunk = 0; chunk < MP_CHUNKS; chunk++) {
        if (chunk > 0 && !slot->chunks[chunk]) continue;
        if (chunk > 0) mp_fsck_block(f, slot->chunks[chunk], "handles");
        const struct mp_handle *handles = chunk == 0 ? slot->handles : mp_ptr(slot->chunks[chunk]);
        for (uint64_t i = 0; i < (uint64_t)MP_HANDLES0 << chunk; i++) {
            if (handles[i].object) mp_fsck_object(f, handles[i].object, "handle");
        }
    }
}

// With the world stopped by us: its latch is ours, and the monitor may have come to wait for it.
static uint64_t count_held(const struct mp_slot *slot)
{
    if (atomic_load(&mp_arena->stopper) != mp_self.id) return slot->nheld;
    uint64_t n = 0;
    for (uint64_t i = 0; i < slot->nheld; i++) {
        const struct mp_held *held = &slot->held[i];
        bool had = (atomic_load(&held->latch->owner) & ~MP_LATCH_WAITED) == held->word;
        n += had && held->latch != &mp_arena->world;
    }
    return n;
}

static void check_slot(struct mp_fsck *f, const struct mp_slot *slot)
{
    unsigned long long index = mp_slot_index(slot);
    mp_fsck_expect(f, slot->nlog == 0 && !slot->commit_word, "slot %llu: a transaction", index);
    mp_fsck_expect(f, count_held(slot) == 0, "slot %llu: holds latches", index);
    check_inflight(f, slot);
    check_handles(f, slot);
    for (uint64_t ref = slot->leases; ref; ref = ((const struct mp_msg *)mp_ptr(ref))->next) {
        mp_fsck_message(f, ref, "lease");
        if (!f->sound) return;
    }
    for (uint64_t ref = slot->garbage; ref; ref = ((const struct mp_obj *)mp_ptr(ref))->next) {
        mp_fsck_object(f, ref, "garbage");
    }
    for (uint64_t ref = slot->condemned; ref; ref = ((const struct mp_obj *)mp_ptr(ref))->next) {
        check_lone(f, ref, "condemned");
    }
    if (slot->waitset) mp_fsck_block(f, slot->waitset, "waitset");
    if (slot->process) mp_fsck_object(f, slot->process, "slot's process");
    if (slot->parent) mp_fsck_object(f, slot->parent, "slot's parent");
    for (int c = 0; c < MP_CLASSES; c++) {
        const struct mp_magazine *m = &slot->magazines[c];
        for (uint64_t i = 0; i < m->count; i++) mp_fsck_block(f, m->items[i], "magazine");
    }
}

// Cycles that nobody has are reached only so.
static void check_suspects(struct mp_fsck *f)
{
    for (uint64_t i = 0; i < mp_suspects_top(); i++) {
        uint64_t ref = atomic_load(&mp_arena->suspects[i]);
        if (ref) check_lone(f, ref, "suspect");
    }
}

static void check_counts(struct mp_fsck *f)
{
    for (size_t i = 0; i < f->nobjects; i++) {
        char text[128];
        const struct mp_obj *obj = mp_ptr(f->objects[i].ref);
        mp_fsck_expect(f, obj->refs == f->objects[i].refs, "%s: counts %llu references, has %llu",
                       mp_object_describe(obj, text, sizeof text), (unsigned long long)obj->refs,
                       (unsigned long long)f->objects[i].refs);
    }
}

bool mp_fsck_run(char *why, size_t size)
{
    struct mp_fsck f = {.size = size, .sound = true};
    f.why = why;
    const char *fault = mp_fsck_heap_open(&f.heap);
    mp_fsck_expect(&f, !fault, "heap: %s", fault ? fault : "");
    mp_fsck_latch(&f, &mp_arena->slots_latch, "slots");
    for (uint64_t i = 0; f.sound && i < mp_slots_top(); i++) check_slot(&f, mp_slot_at(i));
    if (f.sound) check_suspects(&f);
    if (f.sound) check_counts(&f);
    if (f.sound) {
        fault = mp_fsck_heap_leak(&f.heap);
        mp_fsck_expect(&f, !fault, "heap: %s", fault ? fault : "");
    }
    mp_fsck_heap_close(&f.heap);
    free(f.objects);
    return f.sound;
}

int mp_fsck_still(char *why, size_t size, bool *sound)
{
    int err = mp_world_stop();
    if (err) return err;
    *sound = mp_fsck_run(why, size);
    mp_world_go();
    return 0;
}
