// A queue: messages in order, from any process to any process.
#pragma once
#include "msg.h"
#include "park.h"

struct mp_queue {
    struct mp_obj obj;

    // read by all, seldom written
    _Alignas(MP_LINE) uint64_t maxsize;   // 0: as much as memory holds
    uint64_t by_bytes;                    // maxsize is bytes, not messages; what is longer may be in it alone
    _Atomic uint64_t closed;
    uint64_t ngetting, nputting, njoining;   // nodes in the lists below

    // the producers'
    _Alignas(MP_LINE) struct mp_latch producers;
    uint64_t segment_end;   // ref behind the segment that `tail` is in
    uint64_t head_seen;     // a count that `head` once had; by bytes: what `bytes_taken` once was
    uint64_t bytes_put;     // ever
    struct mp_waitlist putting;

    _Alignas(MP_LINE) _Atomic uint64_t tail;   // messages ever put << 32 | ref of the next record

    // the consumers'
    _Alignas(MP_LINE) struct mp_latch consumers;
    _Atomic uint64_t head;   // messages ever taken << 32 | ref of the next record
    uint64_t tail_seen;      // a count that `tail` once had
    uint64_t front;          // messages that came back, to be taken first
    uint64_t finished;       // task_done calls
    uint64_t leased;         // messages in the lease lists of slots
    struct mp_waitlist getting, joining;
    uint64_t bytes_taken;    // ever; producers look at it without the latch
};

// What was taken: small bytes are in `small`, else they are in the block in flight at `place`.
struct mp_item {
    struct mp_view view;
    mp_ref block;
    int place;
    _Alignas(16) uint8_t small[MP_INLINE_MAX];
};

// 0, ENOMEM
int mp_queue_new(uint64_t maxsize, const char *name, size_t length, struct mp_queue **made, uint32_t *handle);
int mp_queue_make(const char *name, size_t length, struct mp_queue **made);   // is in flight, and has no bound yet

// Between mp_enter and mp_leave. 0, ETIMEDOUT, EINTR, ENOMEM, EPIPE: closed
int mp_queue_put(struct mp_queue *q, struct mp_build *b, int64_t deadline);   // takes the message out of b
int mp_queue_get(struct mp_queue *q, struct mp_item *item, int64_t deadline);
// The same, and a word of the arena gets a value: both or neither. Who reads the word while its writer lives may see
// the value a little before the message.
struct mp_also {
    _Atomic int64_t *word;
    int64_t value;
};
int mp_queue_put_also(struct mp_queue *q, struct mp_build *b, const struct mp_also *also, int64_t deadline);
void mp_item_drop(struct mp_item *item);
// The same for an object that has the queue as a part: it is what the caller is said to wait for.
int mp_queue_put_for(struct mp_queue *q, const struct mp_obj *user, struct mp_build *b, int64_t deadline);
int mp_queue_get_for(struct mp_queue *q, const struct mp_obj *user, struct mp_item *item, int64_t deadline);
// What get took, and nobody has seen, goes back to the head. The room is a block for what lay inline, from
// mp_item_room: 0, ENOMEM.
int mp_item_room(int *room);
void mp_item_back(struct mp_queue *q, struct mp_item *item, int room);

// The message stays this slot's until it is done or given back, or the slot dies.
int mp_queue_lease(struct mp_queue *q, struct mp_msg **msg, int64_t deadline);
void mp_lease_done(struct mp_msg *msg);
void mp_lease_back(struct mp_slot *of, struct mp_msg *msg);

// Messages that are ready to be put, in order: as records in private memory; the blocks of the longer ones are a chain
// in flight. A zeroed one is empty.
struct mp_batch {
    uint8_t *records;
    size_t length, cap, at;   // bytes; the next record to be put
    uint64_t nput;
    mp_ref last;              // of the chain, 0: there is none
    int place;
};

// With the batch in the caller's frame only: its blocks are in flight until they are put or dropped.
int mp_batch_add(struct mp_batch *batch, struct mp_build *b);   // takes the message out of b. 0, ENOMEM
int mp_queue_put_batch(struct mp_queue *q, struct mp_batch *batch, int64_t deadline);   // as put; nput tells how far
void mp_batch_drop(struct mp_batch *batch);

int mp_queue_task_done(struct mp_queue *q);   // 0, ERANGE: more often than put
int mp_queue_join(struct mp_queue *q, int64_t deadline);   // 0, ETIMEDOUT, EINTR
void mp_queue_close(struct mp_queue *q);
void mp_queue_clear(struct mp_queue *q);
uint64_t mp_queue_size(const struct mp_queue *q);
bool mp_queue_full(const struct mp_queue *q);
