// A message: bytes and references to objects, on their way from one process to another.
// Small ones without references are copied into the queue; others are one block of the arena.
#pragma once
#include "object.h"

enum { MP_INLINE_MAX = 512 };   // longest message that is copied, bytes

struct mp_msg {
    union {
        uint64_t next;         // of a queue's returned messages, of a slot's leases, or of a chain in flight
        uint64_t orphan;       // of a table's value: the table has it no more, the last borrower frees it
    };
    union {
        uint64_t prev;         // of a slot's leases
        uint64_t borrowers;    // of a table's value: in-flight entries that mention it
    };
    union {
        uint64_t queue;        // ref of the queue that it was leased from
        uint64_t guard;        // distance of the latch of the table that it is a value of
    };
    uint64_t deliveries;
    uint64_t length;        // bytes; the references follow them, at the next multiple of 4
    uint64_t nrefs;         // those of them that are counted
    uint8_t bytes[];
};

// What is being built: starts in `small`, moves to a block of the arena when it outgrows that.
// The block is on this slot's in-flight list, so a death frees it.
struct mp_build {
    uint8_t *data;        // where the bytes are: `small` or inside the block
    size_t len, cap;
    mp_ref block;         // 0 while the bytes are in `small`
    int place;            // of the block in the in-flight list
    uint32_t nrefs, refcap;
    mp_ref *refs;         // objects that the message mentions, private memory
    uint8_t small[MP_INLINE_MAX];
};

// What a receiver reads.
struct mp_view {
    const uint8_t *data;
    size_t len;
    const mp_ref *refs;
    uint32_t nrefs;
};

static inline void mp_build_init(struct mp_build *b)
{
    b->data = b->small;
    b->len = 0;
    b->cap = sizeof b->small;
    b->block = 0;
    b->nrefs = b->refcap = 0;
    b->refs = NULL;
}

int mp_build_grow(struct mp_build *b, size_t more);   // 0, ENOMEM: `more` bytes fit after len
int mp_build_ref(struct mp_build *b, struct mp_obj *obj, uint32_t *index);   // 0, ENOMEM
int mp_build_to_block(struct mp_build *b);            // 0, ENOMEM: for what needs a block at any size
int mp_build_seal(struct mp_build *b);                // 0, ENOMEM: counts the references, ready to put
void mp_build_drop(struct mp_build *b);               // gives all back; harmless when empty

static inline int mp_build_room(struct mp_build *b, size_t more)
{
    return b->cap - b->len >= more ? 0 : mp_build_grow(b, more);
}

struct mp_view mp_message_view(const struct mp_msg *msg);
// Gives back a message that is in flight at `place`, and its references; or its loan, if it is borrowed.
void mp_message_drop(int place);
void mp_inflight_drop(int place);   // whatever is in flight there
void mp_inflight_return(uint64_t *entry);   // an entry of another slot's list: becomes ours and is given back
// Counts a reference in flight, at *place, to an object that the caller has.
void mp_reference_take(struct mp_obj *obj, int *place);
void mp_message_drop_held(uint64_t *field);   // the one that a field of an object names. No latch held
void mp_chain_drop(int place);   // of a chain
