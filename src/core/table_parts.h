// What the parts of the table share. The caller of each holds the guard.
#pragma once
#include "heap.h"
#include "table.h"
#include "tx.h"
#include "vector.h"

// A link names a pair, and tells what one would mostly ask that for, which lies far away: a part of its key's hash, and
// perhaps that it is the last of its chain. 0: no pair
enum { MP_LINK_HASH_BITS = 31, MP_LINK_HASH = 33 };   // the uppermost bits
#define MP_LINK_LAST (UINT64_C(1) << 32)

struct mp_pair {
    uint64_t next;   // link
    struct mp_datum key, value;
};

// What few tables need.
struct mp_table_more {
    // An insertion or removal that moves the elements behind it. The one at `gap` is dead; the others follow one by one.
    uint64_t gap;   // 0: nothing is being moved
    uint64_t target;   // where the gap is to be
    uint64_t change;   // of the length, once it is there: 1 or -1
    struct mp_datum inserted;   // what comes into the gap then
    uint64_t frozen;   // slot + 1 of the only one who may change the table, 0: all may
    uint64_t nwaiting;
    struct mp_waitlist waiting;   // for a key, or for a table to be thawed
};

static inline struct mp_table_more *mp_more_of(const struct mp_table *t)
{
    return t->more ? mp_ptr(t->more) : NULL;
}

void mp_table_begin(struct mp_table *t);   // takes the guard
int mp_table_begin_change(struct mp_table *t);   // 0, EINTR: then the guard is not ours
void mp_table_end(struct mp_table *t);   // frees the guard after a change, wakes who waits for one
int mp_table_need_more(struct mp_table *t);   // 0, ENOMEM
void mp_table_change(struct mp_table *t);   // commits: publishes the next version

// ---- table_datum.c: inside a transaction, but for the last two ----

void mp_tx_datum(struct mp_datum *to, const struct mp_datum *d);   // 2 stores
void mp_table_own(struct mp_table *t, struct mp_datum *d);   // before it is stored: notes where and when
void mp_tx_store(struct mp_table *t, struct mp_datum *to,
                 struct mp_value *value);   // 3 stores; the value is the table's
// The value at `from` comes to the in-flight list, at *place, or -1 if nothing of it is to be given back. 3 stores
void mp_tx_evict(const struct mp_datum *from, int *place);
void mp_got_evicted(struct mp_got *got, const struct mp_datum *d, int place);   // what came out so
void mp_got_read(const struct mp_datum *d, bool take, struct mp_got *got);   // NULL: there is none

// ---- table_list.c ----

static inline struct mp_datum *mp_element(const struct mp_table *t, uint64_t i)
{
    return mp_vector_at(t->list, sizeof(struct mp_datum), i - 1);
}

void mp_list_finish(struct mp_table *t);   // what a dead one left half moved
int mp_list_append(struct mp_table *t, struct mp_value *value);   // 0, ENOMEM; commits
void mp_list_shorten(struct mp_table *t, int *place);   // removes the last; commits
bool mp_list_settle(struct mp_table *t);   // a step towards a true length: holes at the end, pairs that come next

// ---- table_hash.c ----

// Where the value of a key is, NULL: nowhere.
struct mp_datum *mp_table_find(const struct mp_table *t, const struct mp_key *key);
// The word that names the pair, or NULL.
uint64_t *mp_pair_find(const struct mp_table *t, const struct mp_key *key);
int mp_pair_add(struct mp_table *t, const struct mp_key *key, struct mp_value *value);   // 0, ENOMEM; commits
void mp_tx_pair_unlink(struct mp_table *t, uint64_t *link, int places[2]);   // at most 5 stores; it comes in flight
uint64_t *mp_bucket(const struct mp_table *t, uint64_t i);
void mp_bucket_prefetch(const struct mp_table *t, uint64_t i);   // its first pair, if there is one

static inline struct mp_pair *mp_pair_of(uint64_t link)
{
    return mp_ptr((uint32_t)link);
}

uint64_t mp_key_seed(void);

void mp_table_give_back(struct mp_obj *obj, struct mp_handle *held, uint64_t slot);   // thaws
