// Elements 1 to n. An insertion or removal inside moves the elements behind it in place, one at a time into a dead one,
// with nothing logged: who dies meanwhile leaves the gap where it stood, and the next one who takes the guard goes on.
// At most 12 stores in a transaction.
#include <errno.h>

#include "table_parts.h"

enum { SETTLE_BATCH = 64, HOLES_BATCH = 4096 };

static int ensure_room(struct mp_table *t, uint64_t n)
{
    int err = 0;
    while (!err && mp_vector_room(t->list) - t->length < n) err = mp_vector_grow(&t->list, sizeof(struct mp_datum));
    return err;
}

// Behind the last one nobody reads.
int mp_list_append(struct mp_table *t, struct mp_value *value)
{
    int err = ensure_room(t, 1);
    if (err) return err;
    mp_tx_store(t, mp_element(t, t->length + 1), value);
    TX(t->length, t->length + 1);
    mp_table_change(t);
    return 0;
}

static void give_room_back(struct mp_table *t)
{
    uint64_t page = MP_PAGE / sizeof(struct mp_datum);
    while (mp_vector_room(t->list) > t->length + 2 * page) mp_vector_shrink(&t->list, sizeof(struct mp_datum));
}

void mp_list_shorten(struct mp_table *t, int *place)
{
    mp_tx_evict(mp_element(t, t->length), place);
    TX(t->length, t->length - 1);
    mp_table_change(t);
    give_room_back(t);
}

// ---- moving ----

static void move(struct mp_table *t, uint64_t from, uint64_t to)
{
    *mp_element(t, to) = *mp_element(t, from);
    mp_barrier();
    MP_KILLPOINT("table.moved");
    __atomic_store_n(&mp_more_of(t)->gap, from, __ATOMIC_RELAXED);
    mp_barrier();
    MP_KILLPOINT("table.gap");
}

void mp_list_finish(struct mp_table *t)
{
    struct mp_table_more *more = mp_more_of(t);
    while (more->gap > more->target) move(t, more->gap - 1, more->gap);
    while (more->gap < more->target) move(t, more->gap + 1, more->gap);
    *mp_element(t, more->gap) = more->inserted;
    TX(more->gap, 0);
    TX(more->inserted.tag, 0);
    TX(more->inserted.word, 0);
    TX(t->length, t->length + more->change);
    mp_table_change(t);
}

static void tx_begin_move(struct mp_table_more *more, uint64_t gap, uint64_t target, uint64_t change)
{
    TX(more->gap, gap);
    TX(more->target, target);
    TX(more->change, change);
}

static int insert(struct mp_table *t, uint64_t at, struct mp_value *value)
{
    if (at < 1 || at > t->length + 1) return ERANGE;
    if (at == t->length + 1) return mp_list_append(t, value);
    int err = ensure_room(t, 1);
    if (!err) err = mp_table_need_more(t);
    if (err) return err;
    struct mp_table_more *more = mp_more_of(t);
    tx_begin_move(more, t->length + 1, at, 1);
    mp_tx_store(t, &more->inserted, value);
    mp_commit();
    mp_list_finish(t);
    return 0;
}

// Begins a change of a list whose length is true. Others come in between the steps to that.
static int begin_settled(struct mp_table *t)
{
    for (;;) {
        int err = mp_table_begin_change(t);
        if (err || !mp_list_settle(t)) return err;
        mp_table_end(t);
    }
}

int mp_table_insert(struct mp_table *t, uint64_t at, struct mp_value *value)
{
    int err = begin_settled(t);
    if (err) return err;
    err = insert(t, at, value);
    mp_table_end(t);
    return err;
}

int mp_table_append(struct mp_table *t, struct mp_value *value)
{
    int err = begin_settled(t);
    if (err) return err;
    err = mp_list_append(t, value);
    if (!err) mp_list_settle(t);
    mp_table_end(t);
    return err;
}

// What leaves is at *place, or nowhere for what needs no giving back.
static int remove_at(struct mp_table *t, uint64_t at, struct mp_datum *removed, int *place)
{
    if (at == t->length + 1 || (at == 0 && t->length == 0)) return 0;
    if (at < 1 || at > t->length) return ERANGE;
    mp_self.overdraws = true;
    int err = at < t->length ? mp_table_need_more(t) : 0;
    mp_self.overdraws = false;
    if (err) return err;
    *removed = *mp_element(t, at);
    if (at == t->length) {
        mp_list_shorten(t, place);
        return 0;
    }
    mp_tx_evict(mp_element(t, at), place);
    tx_begin_move(mp_more_of(t), at, t->length, UINT64_MAX);
    mp_commit();
    mp_list_finish(t);
    give_room_back(t);
    return 0;
}

int mp_table_remove(struct mp_table *t, uint64_t at, struct mp_got *got)
{
    int place = -1, err = mp_inflight_room() ? begin_settled(t) : ENOMEM;
    if (err) return err;
    struct mp_datum removed = {MP_NIL, 0};
    err = remove_at(t, at == MP_LAST ? t->length : at, &removed, &place);
    mp_list_settle(t);
    mp_table_end(t);
    if (!err) mp_got_evicted(got, &removed, place);
    return err;
}

// ---- the true length ----

static bool is_nil(const struct mp_datum *d)
{
    return mp_datum_kind(d) == MP_NIL;
}

static void drop_holes(struct mp_table *t)
{
    uint64_t n = t->length, least = n > HOLES_BATCH ? n - HOLES_BATCH : 0;
    while (n > least && is_nil(mp_element(t, n))) n--;
    TX(t->length, n);
    mp_table_change(t);
    give_room_back(t);
}

static uint64_t *find_pair(const struct mp_table *t, uint64_t i)
{
    struct mp_key key = {.datum = mp_integer((int64_t)i)};
    key.hash = mp_datum_hash(&key.datum, mp_key_seed());
    return mp_pair_find(t, &key);
}

// The pair with the integer i as key, which is beyond the last element, becomes an element; those between are holes.
static bool take_pair(struct mp_table *t, uint64_t i)
{
    uint64_t *link = find_pair(t, i);
    if (!link || ensure_room(t, i - t->length) != 0) return false;
    int places[2];
    for (uint64_t hole = t->length + 1; hole < i; hole++) *mp_element(t, hole) = (struct mp_datum){MP_NIL, 0};
    *mp_element(t, i) = mp_pair_of(*link)->value;
    TX(t->length, i);
    mp_tx_pair_unlink(t, link, places);
    mp_table_change(t);
    mp_inflight_free(places[0]);
    return true;
}

bool mp_list_settle(struct mp_table *t)
{
    if (t->length > 0 && is_nil(mp_element(t, t->length))) {
        drop_holes(t);
        return true;
    }
    if (t->sparse == 0) return false;
    int n = 0;
    while (n < SETTLE_BATCH && t->sparse > 0 && take_pair(t, t->length + 1)) n++;
    return n > 0;
}

// ---- many at once ----

// Behind which key there is room for n elements.
static uint64_t end_for(const struct mp_table *t, uint64_t n)
{
    uint64_t end = t->length;
    for (uint64_t i = 1; t->sparse > 0 && i <= n; i++) {
        if (!find_pair(t, end + i)) continue;
        end += i;
        i = 0;
    }
    return end;
}

// Pairs that stand where n elements are to be appended become elements, and these come behind them.
static int pass_pairs(struct mp_table *t, uint64_t n)
{
    uint64_t end = end_for(t, n);
    int err = ensure_room(t, end - t->length + n);
    for (uint64_t i = t->length + 1; !err && i <= end; i++) take_pair(t, i);
    return err;
}

// They lie behind the last element, where nobody reads, before the length tells of them. Until then the messages are
// theirs whose guard is ours already: so `from` keeps us.
static int append_all(struct mp_table *t, struct mp_table *from)
{
    uint64_t n = from->length;
    int err = pass_pairs(t, n);
    if (err) return err;
    for (uint64_t i = 1; i <= n; i++) {
        struct mp_datum *to = mp_element(t, t->length + i);
        *to = *mp_element(from, i);
        mp_table_own(t, to);
        MP_KILLPOINT("table.owned");
    }
    TX(from->length, 0);
    TX(t->length, t->length + n);
    mp_table_change(t);
    return 0;
}

int mp_table_extend(struct mp_table *t, struct mp_table *from)
{
    while (mp_list_settle(from)) continue;
    mp_hold_object(&from->taker, &t->obj);
    int err = begin_settled(t);
    if (!err) {
        err = append_all(t, from);
        mp_list_settle(t);
        mp_table_end(t);
    }
    mp_drop_object(&from->taker);
    return err;
}

uint64_t mp_table_length(struct mp_table *t)
{
    uint64_t length;
    bool again;
    do {
        mp_table_begin(t);
        again = mp_list_settle(t);
        length = t->length;
        mp_table_end(t);
    } while (again);
    return length;
}
