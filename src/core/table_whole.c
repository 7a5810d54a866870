// What concerns a table as a whole: walking it, freezing it, emptying it.
// At most 24 stores in a transaction.
#include <errno.h>
#include <stdlib.h>

#include "fsck.h"
#include "handle.h"
#include "table_parts.h"

enum { LOOK_MAX = 4096 };   // places looked at under one hold of the guard

// ---- walking ----

// False: there is no room in the buffer for the key.
static bool add_entry(struct mp_scan *s, const struct mp_datum *key, const struct mp_datum *value, size_t *used)
{
    struct mp_entry *entry = &s->entries[s->n];
    *entry = (struct mp_entry){.key = *key, .text = *used, .value = *value};
    if (mp_datum_kind(key) == MP_LONG_TEXT) {
        const struct mp_string *text = mp_ptr(key->word);
        entry->length = text->length;
        if (s->size - *used < text->length) return false;
        memcpy(s->buffer + *used, text->bytes, text->length);
        *used += text->length;
    }
    s->n++;
    return true;
}

static void scan_list(const struct mp_table *t, struct mp_scan *s)
{
    size_t used = 0;
    uint64_t end = s->element + LOOK_MAX < t->length ? s->element + LOOK_MAX : t->length;
    for (; s->element < end && s->n < MP_ENTRIES; s->element++) {
        const struct mp_datum *value = mp_element(t, s->element + 1), key = mp_integer((int64_t)s->element + 1);
        if (mp_datum_kind(value) != MP_NIL) add_entry(s, &key, value, &used);
    }
}

// `skip` pairs of the first chain were met before.
static int scan_hash(const struct mp_table *t, struct mp_scan *s)
{
    size_t used = 0;
    uint64_t end = s->bucket + LOOK_MAX < t->nbuckets ? s->bucket + LOOK_MAX : t->nbuckets;
    for (; s->bucket < end; s->bucket++, s->skip = 0) {
        uint64_t link = *mp_bucket(t, s->bucket), i = 0;
        for (; link; link = mp_pair_of(link)->next, i++) {
            const struct mp_pair *pair = mp_pair_of(link);
            if (i < s->skip) continue;
            if (s->n == MP_ENTRIES) return 0;
            if (!add_entry(s, &pair->key, &pair->value, &used)) return s->n > 0 ? 0 : ENOBUFS;
            s->skip = i + 1;
        }
    }
    return 0;
}

// 0; EAGAIN, ENOBUFS; ENOENT: there is no more
static int scan_step(struct mp_table *t, struct mp_scan *s)
{
    int err = 0;
    mp_table_begin(t);
    uint64_t version = atomic_load_explicit(&t->version, memory_order_relaxed);
    if (s->element == 0 && s->bucket == 0 && s->skip == 0) s->version = version;
    if (version != s->version) {
        err = EAGAIN;
    } else if (s->element < t->length) {
        scan_list(t, s);
    } else {
        err = s->bucket < t->nbuckets ? scan_hash(t, s) : ENOENT;
    }
    mp_unlatch();
    return err;
}

int mp_table_scan(struct mp_table *t, struct mp_scan *s)
{
    int err = 0;
    s->n = 0;
    while (!err && s->n == 0) err = scan_step(t, s);
    return err == ENOENT ? 0 : err;
}

// ---- freezing ----

int mp_table_freeze(struct mp_table *t, struct mp_handle *held)
{
    int err = mp_table_begin_change(t);
    if (err) return err;
    err = mp_table_need_more(t);
    if (!err) {
        TX(mp_more_of(t)->frozen, mp_self.id);
        TX(held->held, held->held + 1);
        mp_commit();
    }
    mp_unlatch();
    if (!err) mp_table_length(t);   // which makes it true
    return err;
}

void mp_table_thaw(struct mp_table *t, struct mp_handle *held)
{
    mp_table_begin(t);
    if (held->held == 1) TX(mp_more_of(t)->frozen, 0);
    TX(held->held, held->held - 1);
    mp_commit();
    mp_table_end(t);
}

void mp_table_give_back(struct mp_obj *obj, struct mp_handle *held, uint64_t slot)
{
    struct mp_table *t = (struct mp_table *)obj;
    mp_table_begin(t);
    if (mp_more_of(t)->frozen == slot + 1) TX(mp_more_of(t)->frozen, 0);
    TX(held->held, 0);
    mp_commit();
    mp_table_end(t);
}

// ---- other contents ----

// Two words change places.
static void tx_swap(uint64_t *a, uint64_t *b)
{
    uint64_t old = *a;
    mp_tx(a, *b);
    mp_tx(b, old);
}

// What is not wanted any more becomes the content of a table that nobody sees, and is given back with it.
int mp_table_clear(struct mp_table *t)
{
    struct mp_obj *obj;
    mp_self.overdraws = true;
    int err = mp_object_new(MP_TABLE, NULL, 0, &obj);
    mp_self.overdraws = false;
    if (err) return err;
    struct mp_table *old = (struct mp_table *)obj;
    err = mp_table_begin_change(t);
    if (!err) {
        tx_swap(&t->length, &old->length);
        tx_swap(&t->list, &old->list);
        tx_swap(&t->npairs, &old->npairs);
        tx_swap(&t->nbuckets, &old->nbuckets);
        tx_swap(&t->buckets, &old->buckets);
        tx_swap(&t->sparse, &old->sparse);
        mp_table_change(t);
        mp_table_end(t);
    }
    mp_object_discard(obj);
    return err;
}

// Into a vector that only we see; who froze the table has nobody change it meanwhile.
static int copy_in_order(const struct mp_table *t, struct mp_table *to, const uint32_t *order, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        int err = i < mp_vector_room(to->list) ? 0 : mp_vector_grow(&to->list, sizeof(struct mp_datum));
        if (err) return err;
        *(struct mp_datum *)mp_vector_at(to->list, sizeof(struct mp_datum), i) = *mp_element(t, order[i]);
    }
    return 0;
}

int mp_table_permute(struct mp_table *t, const uint32_t *order, uint64_t n, uint64_t version)
{
    struct mp_obj *obj;
    int err = mp_object_new(MP_TABLE, NULL, 0, &obj);
    if (err) return err;
    struct mp_table *old = (struct mp_table *)obj;
    bool same = atomic_load(&t->version) == version && t->length == n;
    err = same ? copy_in_order(t, old, order, n) : EAGAIN;
    if (!err) {
        mp_table_begin(t);
        tx_swap(&t->list, &old->list);
        mp_table_change(t);
        mp_table_end(t);
    }
    mp_object_discard(obj);
    return err;
}
