// The end of a table, in small steps, and its check.
// At most 24 stores in a transaction.
#include "fsck.h"
#include "handle.h"
#include "table_parts.h"

enum { BATCH = 16, AHEAD = 8 };   // steps of a dismantling; buckets whose pairs come meanwhile

static bool needs_giving_back(const struct mp_datum *d)
{
    return mp_datum_kind(d) == MP_BLOB || mp_datum_kind(d) == MP_REFERENCE;
}

// A message is borrowed under the guard of the table that had it first, or that was about to take it.
static void evict(struct mp_table *t, const struct mp_datum *d, int *place)
{
    const struct mp_msg *msg = mp_datum_kind(d) == MP_BLOB ? mp_ptr(d->word) : NULL;
    mp_latch(msg ? mp_at(msg->guard) : &t->guard);
    mp_tx_evict(d, place);
}

// What is in the words alone is forgotten with them.
static void drop_elements(struct mp_table *t)
{
    int place;
    uint64_t n = t->length, least = n > MP_PAGE ? n - MP_PAGE : 0;
    while (n > least && !needs_giving_back(mp_element(t, n))) n--;
    if (n == t->length) {
        evict(t, mp_element(t, n), &place);
        TX(t->length, n - 1);
        mp_commit_unlatch();
        mp_inflight_drop(place);
        return;
    }
    TX(t->length, n);
    mp_commit();
    while (mp_vector_room(t->list) > n + MP_PAGE) mp_vector_shrink(&t->list, sizeof(struct mp_datum));
}

static void drop_pair(struct mp_table *t, uint64_t *link)
{
    int place, places[2];
    evict(t, &mp_pair_of(*link)->value, &place);
    mp_tx_pair_unlink(t, link, places);
    mp_commit_unlatch();
    if (place >= 0) mp_inflight_drop(place);
    mp_inflight_free(places[0]);
    if (places[1] >= 0) mp_inflight_free(places[1]);
}

static void drop_bucket(struct mp_table *t)
{
    uint64_t *bucket = mp_bucket(t, t->nbuckets - 1);
    mp_bucket_prefetch(t, t->nbuckets - 1 - AHEAD);   // wraps to none
    if (*bucket) {
        drop_pair(t, bucket);
        return;
    }
    TX(t->nbuckets, t->nbuckets - 1);
    mp_commit();
}

static bool drop_content(struct mp_table *t)
{
    if (t->length > 0) return drop_elements(t), false;
    if (t->nbuckets > 0) return drop_bucket(t), false;
    if (t->list) return mp_vector_shrink(&t->list, sizeof(struct mp_datum)), false;
    if (t->buckets) return mp_vector_shrink(&t->buckets, sizeof(uint64_t)), false;
    return true;
}

// Nobody has it any more, so its guard is free.
static bool dismantle(struct mp_obj *obj)
{
    struct mp_table *t = (struct mp_table *)obj;
    if (t->more && mp_more_of(t)->gap) mp_list_finish(t);
    for (int i = 0; i < BATCH; i++) {
        if (!drop_content(t)) continue;
        if (t->more) mp_free_held(&t->more);
        if (t->taker) mp_drop_object(&t->taker);   // whose guard what we had may have named
        return true;
    }
    return false;
}

// ---- checking ----

static void check_datum(struct mp_fsck *f, const struct mp_datum *d, const char *place)
{
    if (mp_datum_kind(d) == MP_BLOB) mp_fsck_message(f, d->word, place);
    if (mp_datum_kind(d) == MP_REFERENCE) mp_fsck_object(f, d->word, place);
    if (mp_datum_kind(d) == MP_LONG_TEXT) mp_fsck_block(f, d->word, place);
}

static void check_list(struct mp_fsck *f, const struct mp_table *t)
{
    const struct mp_table_more *more = mp_more_of(t);
    uint64_t gap = more ? more->gap : 0, n = t->length + (gap && more->change == 1);
    mp_fsck_vector(f, t->list, sizeof(struct mp_datum), "list");
    for (uint64_t i = 1; i <= n; i++) {
        if (i != gap) check_datum(f, mp_element(t, i), "element");
    }
    if (gap) check_datum(f, &more->inserted, "insertion");
}

static void check_hash(struct mp_fsck *f, const struct mp_table *t)
{
    uint64_t npairs = 0, sparse = 0;
    mp_fsck_vector(f, t->buckets, sizeof(uint64_t), "buckets");
    for (uint64_t i = 0; i < t->nbuckets; i++) {
        for (uint64_t link = *mp_bucket(t, i); link; link = mp_pair_of(link)->next) {
            const struct mp_pair *pair = mp_pair_of(link);
            mp_fsck_expect(f, !(link & MP_LINK_LAST && pair->next), "table: a pair behind the last one");
            mp_fsck_block(f, (uint32_t)link, "pair");
            check_datum(f, &pair->key, "key");
            check_datum(f, &pair->value, "value");
            bool in_list = mp_datum_kind(&pair->key) == MP_INTEGER && pair->key.word - 1 < t->length;
            mp_fsck_expect(f, !in_list, "table: a pair has the key of element %llu",
                           (unsigned long long)pair->key.word);
            npairs++;
            sparse += mp_datum_kind(&pair->key) == MP_INTEGER;
        }
    }
    mp_fsck_expect(f, npairs == t->npairs && sparse == t->sparse, "table: counts %llu pairs, has %llu",
                   (unsigned long long)t->npairs, (unsigned long long)npairs);
}

static void check(struct mp_fsck *f, struct mp_obj *obj)
{
    const struct mp_table *t = (const struct mp_table *)obj;
    mp_fsck_latch(f, &t->guard, "table");
    check_list(f, t);
    check_hash(f, t);
    if (t->taker) mp_fsck_object(f, t->taker, "taker of elements");
    if (!t->more) return;
    mp_fsck_block(f, t->more, "more of a table");
    mp_fsck_list(f, &mp_more_of(t)->waiting, "waiting for a table");
}

static uint64_t holds(const struct mp_obj *obj)
{
    const struct mp_table *t = (const struct mp_table *)obj;
    return t->length + t->npairs + (t->taker != 0);
}

const struct mp_kind mp_table_kind = {.name = "table",
                                      .size = sizeof(struct mp_table),
                                      .check = check,
                                      .give_back = mp_table_give_back,
                                      .dismantle = dismantle,
                                      .holds = holds};
