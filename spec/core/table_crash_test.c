// Tables whose users are killed at every point of every operation.
#include <errno.h>
#include <string.h>

#include "core/clock.h"
#include "core/handle.h"
#include "core/heap.h"
#include "core/layout.h"
#include "core/manager.h"
#include "core/slot.h"
#include "core/table.h"
#include "crash.h"
#include "family.h"

enum { LARGE = 5000, SHOWN = 60, FEW = 6 };

static struct mp_table *t, *inner;
static struct mp_manager *manager;
static uint32_t handle, inner_handle, manager_handle;
static uint64_t shown_from;   // elements before that are not looked at one by one

// ---- keys and values ----

static struct mp_key hashed(struct mp_key key)
{
    bool is_long = mp_datum_kind(&key.datum) == MP_LONG_TEXT;
    key.hash = is_long ? mp_text_hash(key.text, key.length, mp_arena->hash_seed)
                       : mp_datum_hash(&key.datum, mp_arena->hash_seed);
    return key;
}

static struct mp_key number(int64_t n)
{
    return hashed((struct mp_key){.datum = mp_integer(n)});
}

static struct mp_key text(const char *s)
{
    size_t length = strlen(s);
    if (length <= MP_SHORT_MAX) return hashed((struct mp_key){.datum = mp_short_text(s, length)});
    return hashed((struct mp_key){.datum = {MP_LONG_TEXT, 0}, .text = s, .length = length});
}

static struct mp_value plain(int64_t n)
{
    return (struct mp_value){mp_integer(n), -1};
}

static struct mp_value nil(void)
{
    return (struct mp_value){{MP_NIL, 0}, -1};
}

// A message of so many bytes, with a reference to the inner table if there is one. 0, ENOMEM
static int blob(size_t size, struct mp_value *value)
{
    struct mp_build b;
    uint32_t index;
    mp_build_init(&b);
    int err = mp_build_room(&b, size);
    if (!err) {
        memset(b.data, 7, size);
        b.len = size;
        err = mp_build_to_block(&b);
    }
    if (!err && inner) err = mp_build_ref(&b, &inner->obj, &index);
    if (!err) err = mp_build_seal(&b);
    if (err) {
        mp_build_drop(&b);
        return err;
    }
    *value = (struct mp_value){{MP_BLOB, b.block}, b.place};
    return 0;
}

static struct mp_value reference(void)
{
    struct mp_value value = {{MP_REFERENCE, mp_refof(inner)}, -1};
    mp_reference_take(&inner->obj, &value.place);
    return value;
}

static int put(struct mp_key key, struct mp_value value)
{
    int err = mp_table_set(t, &key, &value, NULL, NULL);
    mp_value_drop(&value);
    return err;
}

static int push(struct mp_value value)
{
    int err = mp_table_append(t, &value);
    mp_value_drop(&value);
    return err;
}

// ---- before ----

static void open_empty(void)
{
    inner = NULL;
    shown_from = 0;
    EXPECT(mp_table_new("shared", 6, &t, &handle) == 0, "new");
}

static void open_list(int n)
{
    open_empty();
    if (n > SHOWN) shown_from = (uint64_t)n - SHOWN;
    for (int i = 1; i <= n; i++) EXPECT(push(plain(i % 500)) == 0, "push");
}

static void open_few(void)
{
    open_list(FEW);
}

static void open_4(void)
{
    open_list(4);
}

static void open_page(void)
{
    open_list(256);
}

static void open_directory(void)
{
    open_list(256 * 8);
}

static void open_half_page_more(void)
{
    open_list(256 * 3 + 1);
}

static void open_pairs(void)
{
    open_empty();
    for (int i = 1; i <= 4; i++) EXPECT(put(number(-i), plain(i)) == 0, "put");
}

static void open_descending(void)
{
    open_empty();
    for (int i = FEW; i > 1; i--) EXPECT(put(number(i), plain(i)) == 0, "put");
}

static void open_with_hole(void)
{
    open_few();
    EXPECT(put(number(FEW - 1), nil()) == 0, "put");
}

static void open_with_pair_ahead(void)
{
    open_few();
    EXPECT(put(number(FEW + 3), plain(77)) == 0, "put");
}

static void open_with_inner(void)
{
    open_few();
    EXPECT(mp_table_new(NULL, 0, &inner, &inner_handle) == 0, "new");
}

static void put_blob(struct mp_key key, size_t size)
{
    struct mp_value value;
    EXPECT(blob(size, &value) == 0 && put(key, value) == 0, "put");
}

static void open_with_blobs(void)
{
    open_with_inner();
    put_blob(text("small"), 40);
    put_blob(text("large"), LARGE);
    put_blob(text("one whose name is long"), 40);
    EXPECT(put(text("inner"), reference()) == 0, "put");
}

static void open_frozen(void)
{
    open_few();
    EXPECT(mp_table_freeze(t, mp_handle_at(mp_self.slot, handle)) == 0, "freeze");
}

static void open_managed(void)
{
    open_few();
    EXPECT(mp_manager_new("scope", 5, &manager, &manager_handle) == 0, "new");
    mp_manager_adopt(manager, &t->obj);
}

static void end_managed(void)
{
    mp_handle_close(handle);
    mp_handle_close(manager_handle);
}

static void thaw_it(void)
{
    mp_table_thaw(t, mp_handle_at(mp_self.slot, handle));
}

static void end(void)
{
    mp_handle_close(handle);
    if (inner) mp_handle_close(inner_handle);
}

// ---- what the victim does ----

static int op_new(void)
{
    struct mp_table *made;
    uint32_t mine;
    return mp_table_new(NULL, 0, &made, &mine);
}

static int op_append(void)
{
    return push(plain(77));
}

static int op_append_blob(void)
{
    struct mp_value value;
    int err = blob(LARGE, &value);
    return err ? err : push(value);
}

static int op_set(void)
{
    return put(number(2), plain(77));
}

static int op_add_pair(void)
{
    return put(number(-50), plain(77));
}

static int op_add_long_key(void)
{
    struct mp_value value;
    int err = blob(40, &value);
    return err ? err : put(text("a key that is not short"), value);
}

static int op_add_reference(void)
{
    return put(text("other"), reference());
}

static int op_replace_blob(void)
{
    return put(text("large"), plain(77));
}

static int op_replace_reference(void)
{
    struct mp_value value;
    int err = blob(LARGE, &value);
    return err ? err : put(text("inner"), value);
}

static int op_remove_pair(void)
{
    return put(text("one whose name is long"), nil());
}

static int op_remove_last(void)
{
    return put(number(FEW), nil());
}

static int op_set_first(void)
{
    return put(number(1), plain(1));
}

static int op_add_number(void)
{
    struct mp_datum sum;
    struct mp_key key = number(3);
    return mp_table_add(t, &key, mp_integer(77), &sum);
}

static int op_insert(void)
{
    struct mp_value value = plain(77);
    int err = mp_table_insert(t, 2, &value);
    mp_value_drop(&value);
    return err;
}

static int op_insert_reference(void)
{
    struct mp_value value = reference();
    int err = mp_table_insert(t, 2, &value);
    mp_value_drop(&value);
    return err;
}

static int op_remove(void)
{
    struct mp_got got;
    int err = mp_table_remove(t, 2, &got);
    if (!err) mp_got_drop(&got);
    return err;
}

static int op_remove_many(void)
{
    struct mp_got got;
    for (int i = 0; i < 3; i++) {
        int err = mp_table_remove(t, MP_LAST, &got);
        if (err) return err;
        mp_got_drop(&got);
    }
    return 0;
}

static int op_get_large(void)
{
    struct mp_got got;
    struct mp_key key = text("large");
    int err = mp_table_get(t, &key, true, &got);
    if (err) return err;
    for (size_t i = 0; i < got.item.view.len; i++) EXPECT(got.item.view.data[i] == 7, "byte %zu", i);
    mp_got_drop(&got);
    return 0;
}

static int op_get_inner(void)
{
    struct mp_got got;
    struct mp_key key = text("inner");
    int err = mp_table_get(t, &key, true, &got);
    if (!err) mp_got_drop(&got);
    return err;
}

static int op_clear(void)
{
    return mp_table_clear(t);
}

static int op_extend(void)
{
    struct mp_table *more;
    uint32_t mine;
    int err = mp_table_new(NULL, 0, &more, &mine);
    for (int i = 1; i <= 9 && !err; i++) {
        struct mp_value value = plain(i);
        if (i == 5) err = blob(LARGE, &value);
        if (!err) err = mp_table_append(more, &value);
        mp_value_drop(&value);
        if (err) mp_handle_close(mine);
    }
    if (err) return err;
    err = mp_table_extend(t, more);
    mp_handle_close(mine);
    return err;
}

static struct mp_handle *mine(void)
{
    static uint32_t index;
    static struct mp_slot *owner;
    if (owner != mp_self.slot) EXPECT(mp_handle_open(&t->obj, &index) == 0, "handle");
    owner = mp_self.slot;
    return mp_handle_at(mp_self.slot, index);
}

static void begin_with_handle(void)
{
    mine();
}

static int op_reverse(void)
{
    uint32_t order[FEW];
    for (uint32_t i = 0; i < FEW; i++) order[i] = FEW - i;
    int err = mp_table_freeze(t, mine());
    if (err) return err;
    err = mp_table_permute(t, order, FEW, atomic_load(&t->version));
    mp_table_thaw(t, mine());
    return err;
}

static int op_fill_and_close(void)
{
    struct mp_table *made;
    uint32_t index;
    int err = mp_table_new("made", 4, &made, &index);
    if (err) return err;
    for (int i = 0; i < 24 && !err; i++) {
        struct mp_value value = plain(i);
        struct mp_key key = i < 12 ? number(i + 1) : i < 18 ? number(-i) : text(i % 2 ? "a long name of a key" : "k");
        if (i % 3 == 0) err = blob(40, &value);
        if (!err) err = mp_table_set(made, &key, &value, NULL, NULL);
        mp_value_drop(&value);
    }
    mp_handle_close(index);
    return err;
}

static int op_wait(void)
{
    struct mp_got got;
    struct mp_key key = text("come");
    int err = mp_table_wait(t, &key, MP_FOREVER, false, &got);
    EXPECT(err || got.datum.word == 5, "value");
    return err;
}

static int op_come(void)
{
    return put(text("come"), plain(5));
}

static int op_new_managed(void)
{
    struct mp_table *made;
    uint32_t index;
    int err = mp_table_new("made", 4, &made, &index);
    if (err) return err;
    mp_manager_adopt(manager, &made->obj);
    mp_handle_close(index);
    return 0;
}

static int op_close(void)
{
    mp_manager_close(manager);
    return 0;
}

// ---- what others do ----

static void wait_until_closed(void)
{
    struct mp_got got;
    struct mp_key key = text("come");
    EXPECT(mp_table_wait(t, &key, MP_FOREVER, false, &got) == ECANCELED, "wait");
}

static bool is_closed(void)
{
    return mp_object_closed(&t->obj);
}

static void come(void)
{
    EXPECT(op_come() == 0, "put");
}

static void sleep_wait(void)
{
    EXPECT(op_wait() == 0, "wait");
}

static bool has_come(void)
{
    struct mp_got got;
    struct mp_key key = text("come");
    EXPECT(mp_table_get(t, &key, false, &got) == 0, "get");
    return mp_datum_kind(&got.datum) != MP_NIL;
}

static void peer_append(void)
{
    EXPECT(push(plain(CRASH_HELPERS)) == 0, "push");
    crash_gave(CRASH_HELPERS);
}

static void peer_read(void)
{
    struct mp_key key = number(2);
    struct mp_got got;
    EXPECT(mp_table_get(t, &key, false, &got) == 0, "get");
    mp_got_drop(&got);
    mp_table_length(t);
}

static void peer_replace(void)
{
    struct mp_value value = plain(1);
    struct mp_key key = text("large");
    EXPECT(mp_table_set(t, &key, &value, NULL, NULL) == 0, "set");
}

static void write_to_frozen(void)
{
    EXPECT(put(text("come"), plain(5)) == 0, "put");
}

static bool is_thawed(void)
{
    struct mp_scan s = {.element = 0};
    return mp_table_scan(t, &s) == 0 && mp_handle_at(mp_self.slot, handle)->held == 0;
}

static int op_write_to_frozen(void)
{
    return put(text("come"), plain(5));
}

// ---- after ----

static uint64_t value_at(uint64_t i)
{
    struct mp_got got;
    struct mp_key key = number((int64_t)i);
    EXPECT(mp_table_get(t, &key, false, &got) == 0, "get");
    uint64_t value = mp_datum_kind(&got.datum) == MP_INTEGER ? got.datum.word : 900 + mp_datum_kind(&got.datum);
    mp_got_drop(&got);
    return value;
}

// The last elements one by one; of the pairs how many there are and what they hold.
static void look(struct crash_state *got)
{
    uint64_t n = mp_table_length(t);
    for (uint64_t i = shown_from; i < n; i++) got->ids[got->nids++] = value_at(i + 1);
    struct mp_scan s = {.element = n};
    char buffer[100];
    s.buffer = buffer;
    s.size = sizeof buffer;
    s.version = atomic_load(&t->version);
    do {
        EXPECT(mp_table_scan(t, &s) == 0, "scan");
        for (int i = 0; i < s.n; i++) {
            enum mp_datum_kind kind = mp_datum_kind(&s.entries[i].value);
            got->facts[2] += kind == MP_INTEGER ? s.entries[i].value.word : UINT64_C(1000) * kind;
        }
    } while (s.n > 0);
    got->facts[0] = n;
    got->facts[1] = t->npairs;
    got->facts[3] = t->obj.refs;
    got->facts[4] = inner ? inner->obj.refs : 0;
}

static void look_at_frozen(struct crash_state *got)
{
    if (mp_handle_at(mp_self.slot, handle)->held) thaw_it();
    look(got);
}

static void look_at_managed(struct crash_state *got)
{
    inner = NULL;
    look(got);
    got->facts[4] = is_closed();
}

// Whatever of the pairs was moved to the list: each is in one of them.
static bool shorter(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got)
{
    return got->nids <= before->nids && got->nids >= after->nids;
}

// The pair ahead is an element already.
static bool passed(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got)
{
    (void)after;
    return got->facts[1] == 0 && got->nids == before->nids + 3;
}

#define BESIDE .peers = {peer_read, peer_append}
#define WAITERS .sleepers = {{sleep_wait, has_come}, {sleep_wait, has_come}, {sleep_wait, has_come}}
#define LEFT .sleepers = {{wait_until_closed, is_closed}, {wait_until_closed, is_closed}}
#define WRITERS .sleepers = {{write_to_frozen, is_thawed}, {write_to_frozen, is_thawed}}

static const struct crash_case cases[] = {
    {"new table", open_empty, NULL, op_new, look, end, .between = NULL},
    {"append", open_few, NULL, op_append, look, end, BESIDE},
    {"append to a full block", open_4, NULL, op_append, look, end, BESIDE},
    {"append to a full page", open_page, NULL, op_append, look, end, BESIDE},
    {"append to a full directory", open_directory, NULL, op_append, look, end, BESIDE},
    {"append a message", open_with_inner, NULL, op_append_blob, look, end, BESIDE},
    {"set", open_few, NULL, op_set, look, end, BESIDE},
    {"add a first pair", open_few, NULL, op_add_pair, look, end, BESIDE},
    {"add a pair that splits", open_pairs, NULL, op_add_pair, look, end, .peers = {peer_read}, .frugal = true},
    {"add a long key", open_with_inner, NULL, op_add_long_key, look, end, BESIDE},
    {"add a reference", open_with_blobs, NULL, op_add_reference, look, end, BESIDE, .frugal = true},
    {"replace a message", open_with_blobs, NULL, op_replace_blob, look, end, BESIDE},
    {"replace a reference", open_with_blobs, NULL, op_replace_reference, look, end, BESIDE},
    {"remove a pair", open_with_blobs, NULL, op_remove_pair, look, end, BESIDE},
    {"remove the last element", open_with_hole, NULL, op_remove_last, look, end, .peers = {peer_read}},
    {"set what others follow", open_descending, NULL, op_set_first, look, end, .peers = {peer_read}, .frugal = true},
    {"add a number", open_few, NULL, op_add_number, look, end, BESIDE},
    {"insert", open_few, NULL, op_insert, look, end, BESIDE},
    {"insert a reference", open_with_blobs, NULL, op_insert_reference, look, end, BESIDE},
    {"remove", open_few, NULL, op_remove, look, end, BESIDE},
    {"remove many", open_half_page_more, NULL, op_remove_many, look, end, .between = shorter},
    {"get a large message", open_with_blobs, NULL, op_get_large, look, end, .peers = {peer_replace}},
    {"get a reference", open_with_blobs, NULL, op_get_inner, look, end, BESIDE},
    {"clear", open_with_blobs, NULL, op_clear, look, end, BESIDE},
    {"extend", open_with_inner, NULL, op_extend, look, end, BESIDE},
    {"extend past a pair", open_with_pair_ahead, NULL, op_extend, look, end, .peers = {peer_read}, .between = passed},
    {"reverse", open_few, begin_with_handle, op_reverse, look, end, .peers = {peer_read}},
    {"thaw for writers", open_few, begin_with_handle, op_reverse, look, end, WRITERS},
    {"fill and close", open_empty, NULL, op_fill_and_close, look, end, .frugal = true},
    {"wait", open_empty, NULL, op_wait, look, end, come, WAITERS},
    {"set for waiters", open_empty, NULL, op_come, look, end, WAITERS},
    {"write to frozen", open_frozen, begin_with_handle, op_write_to_frozen, look_at_frozen, end, thaw_it,
     .between = NULL},
    {"new table of a manager", open_managed, NULL, op_new_managed, look_at_managed, end_managed, .between = NULL},
    {"close a manager", open_managed, NULL, op_close, look_at_managed, end_managed, LEFT},
};

int main(int argc, char **argv)
{
    return crash_main(argc, argv, "table_crash", cases, sizeof cases / sizeof *cases);
}
