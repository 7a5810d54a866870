// State:     the vector's word, its directory, its segments.
// Invariant: up to a page of elements is one block; beyond that the room is whole pages, named by the directory.
// Death:     what is new is built where nobody sees it and put in place by one transaction.
// At most 3 stores in a transaction.
#include "vector.h"

#include <errno.h>
#include <string.h>

#include "fsck.h"
#include "heap.h"
#include "tx.h"

enum { FIRST = 4, DIRECTORY_FIRST = 8 };   // elements, segments

static uint64_t word_of(mp_ref ref, uint64_t room)
{
    return room << 32 | ref;
}

static int new_block(size_t bytes, mp_ref *ref, int *place)
{
    int err = mp_alloc(bytes, ref, place);
    if (!err) memset(mp_ptr(*ref), 0, bytes);
    return err;
}

// The block at `ref` comes to the in-flight list in the transaction that takes it out of the vector.
static void commit_and_free(mp_ref ref)
{
    int place = mp_inflight_place();
    mp_tx_inflight(place, (uint64_t)MP_RAW << 32 | ref);
    mp_commit();
    mp_inflight_free(place);
}

// A single block is replaced by a larger one.
static int grow_block(uint64_t *vector, size_t size)
{
    uint64_t room = mp_vector_room(*vector);
    mp_ref old = (uint32_t)*vector, ref;
    int place, err = new_block((room ? room * 2 : FIRST) * size, &ref, &place);
    if (err) return err;
    if (room) memcpy(mp_ptr(ref), mp_ptr(old), room * size);
    mp_tx(vector, word_of(ref, room ? room * 2 : FIRST));
    mp_tx_inflight(place, 0);
    if (room) {
        commit_and_free(old);
    } else {
        mp_commit();
    }
    return 0;
}

// The first directory names the block that was the whole vector.
static int grow_to_directory(uint64_t *vector, size_t size)
{
    mp_ref ref;
    int place, err = new_block(DIRECTORY_FIRST * sizeof(uint64_t), &ref, &place);
    if (err) return err;
    *(uint64_t *)mp_ptr(ref) = (uint32_t)*vector;
    mp_ref segment;
    int segment_place;
    err = new_block(MP_PAGE, &segment, &segment_place);
    if (err) {
        mp_inflight_free(place);
        return err;
    }
    ((uint64_t *)mp_ptr(ref))[1] = segment;
    mp_tx(vector, word_of(ref, mp_vector_room(*vector) + MP_PAGE / size));
    mp_tx_inflight(place, 0);
    mp_tx_inflight(segment_place, 0);
    mp_commit();
    return 0;
}

static int grow_directory(uint64_t *vector)
{
    mp_ref old = (uint32_t)*vector, ref;
    size_t bytes = mp_block_size(old);
    int place, err = new_block(bytes * 2, &ref, &place);
    if (err) return err;
    memcpy(mp_ptr(ref), mp_ptr(old), bytes);
    mp_tx(vector, word_of(ref, mp_vector_room(*vector)));
    mp_tx_inflight(place, 0);
    commit_and_free(old);
    return 0;
}

static int add_segment(uint64_t *vector, size_t size)
{
    uint64_t room = mp_vector_room(*vector), n = room / (MP_PAGE / size);
    if (room + MP_PAGE / size > UINT32_MAX) return ENOMEM;
    if (n == mp_block_size((uint32_t)*vector) / sizeof(uint64_t)) {
        int err = grow_directory(vector);
        if (err) return err;
    }
    mp_ref segment;
    int place, err = new_block(MP_PAGE, &segment, &place);
    if (err) return err;
    uint64_t *directory = mp_ptr((uint32_t)*vector);
    mp_tx(&directory[n], segment);
    mp_tx(vector, word_of((uint32_t)*vector, room + MP_PAGE / size));
    mp_tx_inflight(place, 0);
    mp_commit();
    return 0;
}

int mp_vector_grow(uint64_t *vector, size_t size)
{
    uint64_t per = MP_PAGE / size, room = mp_vector_room(*vector);
    if (room < per) return grow_block(vector, size);
    return room == per ? grow_to_directory(vector, size) : add_segment(vector, size);
}

static void shrink_to_block(uint64_t *vector, size_t size)
{
    mp_ref old = (uint32_t)*vector;
    const uint64_t *directory = mp_ptr(old);
    int place = mp_inflight_place();
    mp_tx_inflight(place, (uint64_t)MP_RAW << 32 | directory[1]);
    mp_tx(vector, word_of((uint32_t)directory[0], MP_PAGE / size));
    commit_and_free(old);
    mp_inflight_free(place);
}

void mp_vector_shrink(uint64_t *vector, size_t size)
{
    uint64_t per = MP_PAGE / size, room = mp_vector_room(*vector);
    mp_ref ref = (uint32_t)*vector;
    if (room == per * 2) {
        shrink_to_block(vector, size);
        return;
    }
    if (room > per) {
        mp_tx(vector, word_of(ref, room - per));
        ref = (uint32_t)((const uint64_t *)mp_ptr(ref))[room / per - 1];
    } else {
        mp_tx(vector, 0);
    }
    commit_and_free(ref);
}

void mp_fsck_vector(struct mp_fsck *f, uint64_t vector, size_t size, const char *place)
{
    uint64_t per = MP_PAGE / size, room = mp_vector_room(vector);
    if (!vector) return;
    mp_fsck_block(f, (uint32_t)vector, place);
    for (uint64_t i = 0; room > per && i < room / per; i++) {
        mp_fsck_block(f, ((const uint64_t *)mp_ptr((uint32_t)vector))[i], place);
    }
}
