// State:     per slot a table of handles in chunks; which entries are free only the owner knows.
// Invariant: each entry with an object counts as one of its references.
// Death:     the monitor closes every entry. A child's entries belong to its slot before it runs.
// At most 4 stores in a transaction.
#include "handle.h"

#include <errno.h>
#include <stdlib.h>

#include "heap.h"
#include "tx.h"

static int chunk_of(uint32_t index)
{
    return 31 - __builtin_clz(index / MP_HANDLES0 + 1);
}

// Chunk k begins after those before it, which hold MP_HANDLES0 * (2^k - 1).
static uint32_t chunk_start(int chunk)
{
    return MP_HANDLES0 * ((1u << chunk) - 1);
}

struct mp_handle *mp_handle_in_chunk(struct mp_slot *slot, uint32_t index)
{
    int chunk = chunk_of(index);
    struct mp_handle *handles = mp_ptr(slot->chunks[chunk]);
    return &handles[index - chunk_start(chunk)];
}

struct mp_obj *mp_handle_object(uint32_t index)
{
    return mp_ptr(mp_handle_at(mp_self.slot, index)->object);
}

// The chunk is empty before the slot lists it.
static int ensure_chunk(struct mp_slot *slot, int chunk)
{
    if (chunk >= MP_CHUNKS) return ENOMEM;
    if (chunk == 0 || slot->chunks[chunk]) return 0;
    mp_ref ref;
    uint64_t n = (uint64_t)MP_HANDLES0 << chunk;
    int place, err = mp_alloc(n * sizeof(struct mp_handle), &ref, &place);
    if (err) return err;
    struct mp_handle *handles = mp_ptr(ref);
    for (uint64_t i = 0; i < n; i++) handles[i] = (struct mp_handle){0, 0};
    TX(slot->chunks[chunk], ref);
    mp_tx_inflight(place, 0);
    mp_commit();
    return 0;
}

// A free index may be in a chunk that only our maker had.
int mp_handle_reserve(uint32_t *index)
{
    bool reused = mp_self.nfree > 0;
    uint32_t next = reused ? mp_self.free_handles[mp_self.nfree - 1] : mp_self.handle_top;
    int err = ensure_chunk(mp_self.slot, chunk_of(next));
    if (err) return err;
    if (reused) {
        mp_self.nfree--;
    } else {
        mp_self.handle_top++;
    }
    *index = next;
    return 0;
}

// Without memory to note it, the index is not used again; the handle itself is closed.
void mp_handle_unreserve(uint32_t index)
{
    if (mp_self.nfree == mp_self.free_cap) {
        uint32_t cap = mp_self.free_cap ? mp_self.free_cap * 2 : 64;
        uint32_t *grown = realloc(mp_self.free_handles, cap * sizeof *grown);
        if (!grown) return;
        mp_self.free_handles = grown;
        mp_self.free_cap = cap;
    }
    mp_self.free_handles[mp_self.nfree++] = index;
}

int mp_handle_open(struct mp_obj *obj, uint32_t *index)
{
    int err = mp_handle_reserve(index);
    if (err) return err;
    mp_latch(&obj->latch);
    mp_tx_ref(obj);
    TX(mp_handle_at(mp_self.slot, *index)->object, mp_refof(obj));
    mp_commit_unlatch();
    return 0;
}

static void close_entry(struct mp_handle *handle, uint64_t slot)
{
    struct mp_obj *obj = mp_ptr(handle->object);
    if (handle->held) mp_kind_of(obj)->give_back(obj, handle, slot);
    mp_latch(&obj->latch);
    TX(handle->object, 0);
    mp_tx_unref(obj);
    mp_commit_unlatch();
}

void mp_handle_close(uint32_t index)
{
    close_entry(mp_handle_at(mp_self.slot, index), mp_self.id - 1);
    mp_handle_unreserve(index);
    mp_dismantle_condemned();
}

static void close_entries(struct mp_handle *handles, uint32_t n, uint64_t slot)
{
    for (uint32_t i = 0; i < n; i++) {
        if (!handles[i].object) continue;
        mp_long_work();
        close_entry(&handles[i], slot);
        mp_dismantle_condemned();
    }
}

// A chunk's block leaves the slot when its entries are closed. `of` is our own slot or that of a dead process.
void mp_handles_close_all(struct mp_slot *of)
{
    uint64_t slot = mp_slot_index(of);
    close_entries(of->handles, MP_HANDLES0, slot);
    for (int chunk = 1; chunk < MP_CHUNKS; chunk++) {
        if (!of->chunks[chunk]) continue;
        close_entries(mp_ptr(of->chunks[chunk]), (uint32_t)MP_HANDLES0 << chunk, slot);
        mp_free_held(&of->chunks[chunk]);
    }
}

static void copy_entry(struct mp_slot *child, uint32_t index)
{
    struct mp_obj *obj = mp_ptr(mp_handle_at(mp_self.slot, index)->object);
    mp_latch(&obj->latch);
    mp_tx_ref(obj);
    TX(mp_handle_at(child, index)->object, mp_refof(obj));
    mp_commit_unlatch();
}

static int copy_chunk(struct mp_slot *child, int chunk)
{
    uint32_t end = chunk_start(chunk + 1);
    if (end > mp_self.handle_top) end = mp_self.handle_top;
    for (uint32_t i = chunk_start(chunk); i < end; i++) {
        if (!mp_handle_at(mp_self.slot, i)->object) continue;
        int err = ensure_chunk(child, chunk);
        if (err) return err;
        copy_entry(child, i);
    }
    return 0;
}

int mp_handles_copy(struct mp_slot *child)
{
    int err = copy_chunk(child, 0);
    for (int chunk = 1; !err && chunk < MP_CHUNKS; chunk++) {
        if (mp_self.slot->chunks[chunk]) err = copy_chunk(child, chunk);
    }
    return err;
}
