// A table: values by key, shared by the family. Elements 1 to n lie in a list, what else there is in a hash.
#pragma once
#include "datum.h"
#include "object.h"
#include "park.h"
#include "queue.h"

struct mp_table {
    struct mp_obj obj;
    struct mp_latch guard;       // of what follows
    _Atomic uint64_t version;    // counts changes
    uint64_t length;   // elements 1 to length are in the list; those that are nil before the last are holes
    uint64_t list;   // vector of data
    uint64_t npairs, nbuckets;
    uint64_t buckets;   // vector of links to pairs
    uint64_t sparse;   // pairs with an integer as key
    uint64_t more;   // ref of a struct mp_table_more, 0: nobody needed it yet
    uint64_t taker;   // ref of the table that takes our elements, counted; 0: none does
};

// A value to be stored: the message of a blob and the count of a reference are in flight at `place`.
struct mp_value {
    struct mp_datum datum;
    int place;   // -1: nothing is in flight, or it is the table's now
};

// What was read. A small blob was copied, a large one is borrowed until mp_item_drop. The object of a reference is
// counted by the in-flight entry at `place` when that was asked for, until mp_inflight_drop.
struct mp_got {
    struct mp_datum datum;
    int place;
    struct mp_item item;
};

int mp_table_new(const char *name, size_t length, struct mp_table **made, uint32_t *handle);   // 0, ENOMEM

// All below between mp_enter and mp_leave. Who changes a table that another one has frozen waits.
// 0; ENOMEM, EINTR: nothing was changed

// A missing key gives nil. `take`: count the object of a reference, see mp_got
int mp_table_get(struct mp_table *t, const struct mp_key *key, bool take, struct mp_got *got);
// Nil removes. `expected` not NULL: EAGAIN when the value is another one by now. `old` not NULL: what was there
int mp_table_set(struct mp_table *t, const struct mp_key *key, struct mp_value *value, const struct mp_datum *expected,
                 struct mp_got *old);
// A missing key counts as 0. EDOM: not a number; ERANGE: beyond 64 bits
int mp_table_add(struct mp_table *t, const struct mp_key *key, struct mp_datum n, struct mp_datum *sum);

uint64_t mp_table_length(struct mp_table *t);   // n: there is an element n, or it is 0, and none at n + 1
int mp_table_append(struct mp_table *t, struct mp_value *value);
int mp_table_insert(struct mp_table *t, uint64_t at, struct mp_value *value);   // ERANGE: not 1 to n + 1
// As Lua's: n + 1 gives nil, 0 too when n is 0. ERANGE: any other that is not 1 to n
int mp_table_remove(struct mp_table *t, uint64_t at, struct mp_got *got);
#define MP_LAST UINT64_MAX
int mp_table_clear(struct mp_table *t);
int mp_table_extend(struct mp_table *t, struct mp_table *from);   // takes the elements of one that only we have

// Waits until the key is there. Also ETIMEDOUT
int mp_table_wait(struct mp_table *t, const struct mp_key *key, int64_t deadline, bool take, struct mp_got *got);

// Until thawed, or its process ends, nobody else changes it. `held` is of our own handle
int mp_table_freeze(struct mp_table *t, struct mp_handle *held);
void mp_table_thaw(struct mp_table *t, struct mp_handle *held);

// Walks it. What is not in the words of a value is to be asked for by mp_table_get.
struct mp_entry {
    struct mp_datum key;
    size_t text, length;   // of a long key: where its bytes are in the scan's buffer
    struct mp_datum value;
};
enum { MP_ENTRIES = 32 };
struct mp_scan {
    uint64_t element, bucket, skip;   // where to go on; all 0 at first
    uint64_t version;   // of the table when the walk began
    struct mp_entry entries[MP_ENTRIES];
    int n;   // 0: that was all
    char *buffer;   // the caller's
    size_t size;
};
int mp_table_scan(struct mp_table *t, struct mp_scan *s);   // 0; EAGAIN: it changed; ENOBUFS: the buffer holds no key
// The list in another order: element i becomes what was element order[i - 1]. EAGAIN: it is another version by now
int mp_table_permute(struct mp_table *t, const uint32_t *order, uint64_t n, uint64_t version);

static inline void mp_value_drop(struct mp_value *value)
{
    if (value->place >= 0) mp_inflight_drop(value->place);
}

static inline void mp_got_drop(struct mp_got *got)
{
    mp_item_drop(&got->item);
    if (got->place >= 0) mp_inflight_drop(got->place);
}
