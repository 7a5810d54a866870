// State:     a list of elements, a hash of pairs, each value a datum; who waits; what is being moved.
// Invariant: a message or a reference is in exactly one datum or in-flight entry. A borrowed message stays until its
//            last borrower has done with it, also when its table has let it go. Integers from 1 to `length` are
//            elements, other keys are pairs.
// Death:     each change is a transaction that ends with the store of `version`; what is being moved goes on where it
//            stood. What the dead one had borrowed or frozen goes back from its slot.
// At most 20 stores in a transaction.
#include "table.h"

#include <errno.h>

#include "fsck.h"
#include "handle.h"
#include "table_parts.h"

int mp_table_new(const char *name, size_t length, struct mp_table **made, uint32_t *handle)
{
    struct mp_obj *obj;
    int err = mp_object_new(MP_TABLE, name, length, &obj);
    if (err) return err;
    err = mp_object_publish(obj, handle);
    if (err) mp_object_discard(obj);
    *made = (struct mp_table *)obj;
    return err;
}

int mp_table_need_more(struct mp_table *t)
{
    if (t->more) return 0;
    mp_ref ref;
    int place, err = mp_alloc(sizeof(struct mp_table_more), &ref, &place);
    if (err) return err;
    struct mp_table_more *more = mp_ptr(ref);
    *more = (struct mp_table_more){.gap = 0};
    mp_waitlist_init(&more->waiting, &t->guard, &more->nwaiting);
    TX(t->more, ref);
    mp_tx_inflight(place, 0);
    mp_commit();
    return 0;
}

// ---- the guard ----

void mp_table_begin(struct mp_table *t)
{
    mp_latch(&t->guard);
    const struct mp_table_more *more = mp_more_of(t);
    if (__builtin_expect(more && more->gap, 0)) mp_list_finish(t);
}

static bool is_frozen(const struct mp_table *t)
{
    const struct mp_table_more *more = mp_more_of(t);
    return more && more->frozen && more->frozen != mp_self.id;
}

static int try_thawed(void *arg, struct mp_node *node)
{
    struct mp_table *t = arg;
    mp_table_begin(t);
    bool frozen = is_frozen(t);
    if (frozen && node && !node->list) mp_tx_link(&mp_more_of(t)->waiting, node);
    if (!frozen && node && node->list) mp_tx_unlink(node);
    mp_commit_unlatch();
    return frozen ? EAGAIN : 0;
}

int mp_table_begin_change(struct mp_table *t)
{
    for (;;) {
        mp_table_begin(t);
        if (__builtin_expect(!is_frozen(t), 1)) return 0;
        mp_unlatch();
        struct mp_wait wait = {.try = try_thawed, .arg = t, .object = &t->obj};
        int err = mp_block(&wait, MP_FOREVER);
        if (err) return err;
    }
}

void mp_table_change(struct mp_table *t)
{
    mp_publish(&t->version, atomic_load_explicit(&t->version, memory_order_relaxed) + 1);
}

static void wake_waiting(struct mp_table *t)
{
    struct mp_table_more *more = mp_more_of(t);
    mp_fence_after_exchange();
    if (more && mp_relaxed(&more->nwaiting)) mp_wake_everyone(&more->waiting);
}

void mp_table_end(struct mp_table *t)
{
    bool more = t->more != 0;
    mp_unlatch();
    if (__builtin_expect(more, 0)) wake_waiting(t);
}

// ---- by key ----

struct mp_datum *mp_table_find(const struct mp_table *t, const struct mp_key *key)
{
    if (mp_datum_kind(&key->datum) == MP_INTEGER && key->datum.word - 1 < t->length) {
        return mp_element(t, key->datum.word);
    }
    const uint64_t *link = mp_pair_find(t, key);
    return link ? &mp_pair_of(*link)->value : NULL;
}

int mp_table_get(struct mp_table *t, const struct mp_key *key, bool take, struct mp_got *got)
{
    if (!mp_inflight_room()) return ENOMEM;
    mp_table_begin(t);
    mp_got_read(mp_table_find(t, key), take, got);
    mp_unlatch();
    return 0;
}

static bool is_next_element(const struct mp_table *t, const struct mp_datum *key)
{
    return mp_datum_kind(key) == MP_INTEGER && key->word == t->length + 1;
}

static int add(struct mp_table *t, const struct mp_key *key, struct mp_value *value)
{
    if (mp_datum_kind(&value->datum) == MP_NIL) return 0;
    if (!is_next_element(t, &key->datum)) return mp_pair_add(t, key, value);
    int err = mp_list_append(t, value);
    if (!err && t->sparse > 0) mp_list_settle(t);
    return err;
}

// The value comes to *place.
static void remove_found(struct mp_table *t, const struct mp_key *key, struct mp_datum *found, int *place)
{
    if (mp_datum_kind(&key->datum) == MP_INTEGER && key->datum.word - 1 < t->length) {
        if (key->datum.word == t->length) {
            mp_list_shorten(t, place);
            mp_list_settle(t);
            return;
        }
        mp_tx_evict(found, place);
        mp_tx_datum(found, &(struct mp_datum){MP_NIL, 0});
        mp_table_change(t);
        return;
    }
    int places[2];
    mp_tx_evict(found, place);
    mp_tx_pair_unlink(t, mp_pair_find(t, key), places);
    mp_table_change(t);
    mp_inflight_free(places[0]);
    if (places[1] >= 0) mp_inflight_free(places[1]);
}

static int set(struct mp_table *t, const struct mp_key *key, struct mp_value *value, struct mp_datum *was, int *place)
{
    struct mp_datum *found = mp_table_find(t, key);
    if (!found) return add(t, key, value);
    *was = *found;
    if (mp_datum_kind(&value->datum) == MP_NIL) {
        if (mp_datum_kind(found) != MP_NIL) remove_found(t, key, found, place);
        return 0;
    }
    mp_tx_evict(found, place);
    mp_tx_store(t, found, value);
    mp_table_change(t);
    return 0;
}

static bool is_as_expected(const struct mp_table *t, const struct mp_key *key, const struct mp_datum *expected)
{
    const struct mp_datum *found = mp_table_find(t, key), nil = {MP_NIL, 0};
    return mp_datum_same(found ? found : &nil, expected);
}

int mp_table_set(struct mp_table *t, const struct mp_key *key, struct mp_value *value, const struct mp_datum *expected,
                 struct mp_got *old)
{
    struct mp_datum was = {MP_NIL, 0};
    int place = -1, err = mp_inflight_room() ? mp_table_begin_change(t) : ENOMEM;
    if (err) return err;
    err = expected && !is_as_expected(t, key, expected) ? EAGAIN : set(t, key, value, &was, &place);
    mp_table_end(t);
    if (!err && old) {
        mp_got_evicted(old, &was, place);
    } else if (place >= 0) {
        mp_inflight_drop(place);
    }
    return err;
}

static bool is_number(const struct mp_datum *d)
{
    return mp_datum_kind(d) == MP_INTEGER || mp_datum_kind(d) == MP_FLOAT;
}

static double number_of(const struct mp_datum *d)
{
    return mp_datum_kind(d) == MP_INTEGER ? (double)(int64_t)d->word : mp_datum_float(d);
}

// As Lua adds, but for what does not fit.
static int sum_of(const struct mp_datum *a, const struct mp_datum *b, struct mp_datum *sum)
{
    int64_t n;
    if (!is_number(a) || !is_number(b)) return EDOM;
    if (mp_datum_kind(a) == MP_FLOAT || mp_datum_kind(b) == MP_FLOAT) {
        *sum = mp_float(number_of(a) + number_of(b));
        return 0;
    }
    if (__builtin_add_overflow((int64_t)a->word, (int64_t)b->word, &n)) return ERANGE;
    *sum = mp_integer(n);
    return 0;
}

static int add_number(struct mp_table *t, const struct mp_key *key, const struct mp_datum *n, struct mp_datum *sum)
{
    const struct mp_datum zero = mp_integer(0);
    struct mp_datum *found = mp_table_find(t, key);
    bool there = found && mp_datum_kind(found) != MP_NIL;
    int err = sum_of(there ? found : &zero, n, sum);
    if (err) return err;
    struct mp_value value = {*sum, -1};
    if (!found) return add(t, key, &value);
    mp_tx_datum(found, sum);
    mp_table_change(t);
    return 0;
}

int mp_table_add(struct mp_table *t, const struct mp_key *key, struct mp_datum n, struct mp_datum *sum)
{
    int err = mp_table_begin_change(t);
    if (err) return err;
    err = add_number(t, key, &n, sum);
    mp_table_end(t);
    return err;
}

// ---- waiting for a key ----

struct waiting {
    struct mp_table *table;
    const struct mp_key *key;
    bool take;
    struct mp_got *got;
};

static int try_key(void *arg, struct mp_node *node)
{
    const struct waiting *w = arg;
    struct mp_table *t = w->table;
    mp_table_begin(t);
    const struct mp_datum *found = mp_table_find(t, w->key);
    bool there = found && mp_datum_kind(found) != MP_NIL;
    int err = there ? 0 : mp_table_need_more(t);
    if (!there && !err) err = EAGAIN;
    if (err == EAGAIN && node && !node->list) mp_tx_link(&mp_more_of(t)->waiting, node);
    if (err != EAGAIN && node && node->list) mp_tx_unlink(node);
    mp_commit();
    if (there) mp_got_read(found, w->take, w->got);
    mp_unlatch();
    return err;
}

int mp_table_wait(struct mp_table *t, const struct mp_key *key, int64_t deadline, bool take, struct mp_got *got)
{
    if (!mp_inflight_room()) return ENOMEM;
    struct waiting w = {t, key, take, got};
    struct mp_wait wait = {.try = try_key, .arg = &w, .word = &t->version, .object = &t->obj};
    return mp_block(&wait, deadline);
}
