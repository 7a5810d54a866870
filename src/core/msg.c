// At most 5 stores in a transaction.
#include "msg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "tx.h"

static struct mp_msg *message_at(mp_ref ref)
{
    return mp_ptr(ref);
}

// Where the references of a message of this length begin.
static size_t refs_at(size_t length)
{
    return (length + 3) & ~(size_t)3;
}

// The bytes move to a block with room for `cap`.
static int move_to_block(struct mp_build *b, size_t cap)
{
    mp_ref ref;
    int place, err = mp_alloc(sizeof(struct mp_msg) + cap, &ref, &place);
    if (err) return err;
    struct mp_msg *msg = message_at(ref);
    *msg = (struct mp_msg){.deliveries = 1};
    memcpy(msg->bytes, b->data, b->len);
    if (b->block) mp_inflight_free(b->place);
    b->block = ref;
    b->place = place;
    b->data = msg->bytes;
    b->cap = mp_block_size(ref) - sizeof(struct mp_msg);
    return 0;
}

int mp_build_grow(struct mp_build *b, size_t more)
{
    if (more > SIZE_MAX / 4 || b->len > SIZE_MAX / 4) return ENOMEM;
    size_t least = b->len + more, twice = b->cap * 2;
    int err = move_to_block(b, twice > least ? twice : least);
    return err == ENOMEM && twice > least ? move_to_block(b, least) : err;
}

int mp_build_to_block(struct mp_build *b)
{
    return b->block ? 0 : move_to_block(b, b->len);
}

int mp_build_ref(struct mp_build *b, struct mp_obj *obj, uint32_t *index)
{
    if (b->nrefs == b->refcap) {
        uint32_t cap = b->refcap ? b->refcap * 2 : 8;
        mp_ref *refs = realloc(b->refs, cap * sizeof *refs);
        if (!refs) return ENOMEM;
        b->refs = refs;
        b->refcap = cap;
    }
    *index = b->nrefs;
    b->refs[b->nrefs++] = mp_refof(obj);
    return 0;
}

// Each reference is counted together with the message's own count of them.
static void count_refs(struct mp_build *b, struct mp_msg *msg)
{
    mp_tx_inflight(b->place, (uint64_t)MP_MESSAGE << 32 | b->block);
    mp_commit();
    for (uint32_t i = 0; i < b->nrefs; i++) {
        struct mp_obj *obj = mp_ptr(b->refs[i]);
        mp_latch(&obj->latch);
        mp_tx_ref(obj);
        TX(msg->nrefs, i + 1);
        mp_commit_unlatch();
    }
}

int mp_build_seal(struct mp_build *b)
{
    size_t room = b->nrefs * sizeof(mp_ref) + 3;
    if (b->nrefs > 0 && (!b->block || b->cap - b->len < room)) {
        int err = move_to_block(b, b->len + room);
        if (err) return err;
    }
    if (!b->block) return 0;
    struct mp_msg *msg = message_at(b->block);
    msg->length = b->len;
    if (b->nrefs > 0) {
        memcpy(msg->bytes + refs_at(b->len), b->refs, b->nrefs * sizeof(mp_ref));
        count_refs(b, msg);
    }
    free(b->refs);
    b->refs = NULL;
    return 0;
}

void mp_build_drop(struct mp_build *b)
{
    if (b->block) mp_message_drop(b->place);
    free(b->refs);
    mp_build_init(b);
}

struct mp_view mp_message_view(const struct mp_msg *msg)
{
    return (struct mp_view){.data = msg->bytes,
                            .len = msg->length,
                            .refs = (const mp_ref *)(msg->bytes + refs_at(msg->length)),
                            .nrefs = (uint32_t)msg->nrefs};
}

static void drop_last_ref(struct mp_msg *msg)
{
    struct mp_view view = mp_message_view(msg);
    struct mp_obj *obj = mp_ptr(view.refs[view.nrefs - 1]);
    mp_latch(&obj->latch);
    TX(msg->nrefs, msg->nrefs - 1);
    mp_tx_unref(obj);
    mp_commit_unlatch();
}

// Who borrows it has a handle of the table. True: nobody else has it.
static bool end_loan(struct mp_msg *msg, int place)
{
    mp_latch(mp_at(msg->guard));
    bool last = msg->orphan && msg->borrowers == 1;
    TX(msg->borrowers, msg->borrowers - 1);
    mp_tx_inflight(place, last ? (uint64_t)MP_MESSAGE << 32 | mp_refof(msg) : 0);
    mp_commit_unlatch();
    return last;
}

void mp_message_drop(int place)
{
    struct mp_msg *msg = message_at((mp_ref)mp_self.slot->inflight[place]);
    uint64_t kind = mp_self.slot->inflight[place] >> 32;
    if (kind == MP_BORROWED && !end_loan(msg, place)) return;
    if (kind != MP_RAW) {
        while (msg->nrefs > 0) drop_last_ref(msg);
    }
    mp_inflight_free(place);
    mp_dismantle_condemned();
}

// Each message leaves the chain for an entry of its own.
void mp_chain_drop(int place)
{
    const uint64_t *entry = &mp_self.slot->inflight[place];
    while (*entry) {
        mp_ref ref = (mp_ref)*entry;
        uint64_t next = message_at(ref)->next;
        int own = mp_inflight_place();
        mp_tx_inflight(own, (uint64_t)MP_MESSAGE << 32 | ref);
        mp_tx_inflight(place, next ? (uint64_t)MP_CHAIN << 32 | next : 0);
        mp_commit();
        mp_message_drop(own);
    }
}

void mp_reference_take(struct mp_obj *obj, int *place)
{
    *place = mp_inflight_place();
    mp_latch(&obj->latch);
    mp_tx_ref(obj);
    mp_tx_inflight(*place, (uint64_t)MP_COUNTED << 32 | mp_refof(obj));
    mp_commit_unlatch();
}

static void drop_reference(int place)
{
    struct mp_obj *obj = mp_ptr((mp_ref)mp_self.slot->inflight[place]);
    mp_latch(&obj->latch);
    mp_tx_inflight(place, 0);
    mp_tx_unref(obj);
    mp_commit_unlatch();
    mp_dismantle_condemned();
}

void mp_inflight_drop(int place)
{
    switch (mp_self.slot->inflight[place] >> 32) {
    case MP_OBJECT: mp_object_discard(mp_ptr((mp_ref)mp_self.slot->inflight[place])); break;
    case MP_COUNTED: drop_reference(place); break;
    case MP_CHAIN: mp_chain_drop(place); break;
    default: mp_message_drop(place);
    }
}

void mp_inflight_return(uint64_t *entry)
{
    int place = mp_inflight_place();
    mp_tx_inflight(place, *entry);
    mp_tx(entry, 0);
    mp_commit();
    mp_inflight_drop(place);
}

// A field that names a message gives it to the in-flight list.
void mp_message_drop_held(uint64_t *field)
{
    int place = mp_inflight_place();
    mp_tx_inflight(place, (uint64_t)MP_MESSAGE << 32 | *field);
    mp_tx(field, 0);
    mp_commit();
    mp_message_drop(place);
}
