// Tables between threads, while cycles are collected: for the race detector, and for what they promise meanwhile.
#include <errno.h>

#include "core/clock.h"
#include "core/cycles.h"
#include "core/handle.h"
#include "core/layout.h"
#include "core/slot.h"
#include "core/table.h"
#include "family.h"

enum { MEMBERS = 4, ROUNDS = 600, LARGE = 2000, QUOTA = 64 << 20 };

static struct mp_table *t;
static long checks;

static struct mp_key number(int64_t n)
{
    struct mp_key key = {.datum = mp_integer(n)};
    key.hash = mp_datum_hash(&key.datum, mp_arena->hash_seed);
    return key;
}

static void put(struct mp_table *to, int64_t n, struct mp_value value)
{
    struct mp_key key = number(n);
    EXPECT(mp_table_set(to, &key, &value, NULL, NULL) == 0, "set");
    mp_value_drop(&value);
}

static struct mp_value plain(int64_t n)
{
    return (struct mp_value){mp_integer(n), -1};
}

static struct mp_value large(uint8_t byte)
{
    struct mp_build b;
    mp_build_init(&b);
    EXPECT(mp_build_room(&b, LARGE) == 0, "room");
    for (int i = 0; i < LARGE; i++) b.data[i] = byte;
    b.len = LARGE;
    EXPECT(mp_build_to_block(&b) == 0 && mp_build_seal(&b) == 0, "message");
    return (struct mp_value){{MP_BLOB, b.block}, b.place};
}

// ---- nothing is lost ----

static void add_and_append(void *arg)
{
    struct mp_key key = number(-1);
    struct mp_datum sum;
    (void)arg;
    mp_enter(MP_OP_TABLE);
    for (int i = 0; i < ROUNDS; i++) {
        struct mp_value value = plain(1);
        EXPECT(mp_table_add(t, &key, mp_integer(1), &sum) == 0, "add");
        EXPECT((i % 2 ? mp_table_append(t, &value) : mp_table_insert(t, 1, &value)) == 0, "insert");
        if (i % 100 == 99) mp_leave(), mp_enter(MP_OP_TABLE);
    }
    mp_leave();
}

static void test_adding(void)
{
    struct mp_key key = number(-1);
    struct mp_datum sum;
    family_threads(MEMBERS, add_and_append, NULL);
    EXPECT(mp_table_length(t) == (uint64_t)MEMBERS * ROUNDS, "length");
    EXPECT(mp_table_add(t, &key, mp_integer(0), &sum) == 0 && sum.word == (uint64_t)MEMBERS * ROUNDS, "sum");
    checks++;
}

// ---- a large value is whole, whoever replaces it meanwhile ----

static void read_and_replace(void *arg)
{
    struct mp_key key = number(-2);
    struct mp_got got;
    (void)arg;
    mp_enter(MP_OP_TABLE);
    for (int i = 0; i < ROUNDS; i++) {
        put(t, -2, large((uint8_t)i));
        EXPECT(mp_table_get(t, &key, true, &got) == 0, "get");
        for (size_t k = 1; k < got.item.view.len; k++) EXPECT(got.item.view.data[k] == got.item.view.data[0], "torn");
        mp_got_drop(&got);
    }
    mp_leave();
}

static void test_large(void)
{
    family_threads(MEMBERS, read_and_replace, NULL);
    put(t, -2, plain(0));
    checks++;
}

// ---- waiting, freezing, clearing ----

static void pass_on(void *arg)
{
    uint64_t me = mp_slot_index(mp_self.slot);
    (void)arg;
    mp_enter(MP_OP_TABLE);
    for (int64_t i = (int64_t)me; i < ROUNDS; i += MEMBERS) {
        struct mp_key key = number(1000000 + i);
        struct mp_got got;
        EXPECT(mp_table_wait(t, &key, MP_FOREVER, false, &got) == 0, "wait");
        if (i % 50 == 0) EXPECT(mp_table_clear(t) == 0, "clear");
        put(t, 1000000 + i + 1, plain(i));
    }
    mp_leave();
}

static void test_waiting(void)
{
    put(t, 1000001, plain(0));
    family_threads(MEMBERS, pass_on, NULL);
    checks++;
}

// ---- cycles that come and go ----

static void leave_cycles(void *arg)
{
    uint64_t freed;
    (void)arg;
    for (int i = 0; i < ROUNDS / 4; i++) {
        struct mp_table *a;
        uint32_t handle;
        mp_enter(MP_OP_TABLE);
        EXPECT(mp_table_new(NULL, 0, &a, &handle) == 0, "table");
        struct mp_value value = {{MP_REFERENCE, mp_refof(a)}, -1};
        mp_reference_take(&a->obj, &value.place);
        put(a, 1, value);
        mp_handle_close(handle);
        int err = i % 4 ? 0 : mp_cycles_collect(&freed);
        EXPECT(err == 0 || err == EBUSY, "collect: %d", err);
        mp_leave();
    }
}

static void test_cycles(void)
{
    uint64_t freed;
    family_threads(MEMBERS, leave_cycles, NULL);
    int err;
    do {
        err = mp_cycles_collect(&freed);
    } while (!err && freed > 0);
    EXPECT(err == 0, "collect: %d", err);
    EXPECT(mp_object_count(MP_TABLE) == 1, "%d tables, %d suspects", (int)mp_object_count(MP_TABLE),
           (int)atomic_load(&mp_arena->nsuspects));
    checks++;
}

int main(void)
{
    uint32_t handle;
    family_open(QUOTA);
    EXPECT(mp_table_new("shared", 6, &t, &handle) == 0, "table");
    test_adding();
    test_large();
    test_waiting();
    test_cycles();
    mp_handle_close(handle);
    family_expect_sound("at the end");
    return family_done("table", checks);
}
