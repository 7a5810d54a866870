// What cells promise while nobody dies: bounds, and that nothing gets lost between processes or threads.
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/wait.h>

#include "core/array.h"
#include "core/buffer.h"
#include "core/handle.h"
#include "core/heap.h"
#include "core/value.h"
#include "family.h"

enum { MEMBERS = 4, EACH = 20000, LENGTH = 67, ROUNDS = 300 };

static long checks;

static union mp_number integer(int64_t i)
{
    return (union mp_number){.i = i};
}

static union mp_number real(double d)
{
    return (union mp_number){.d = d};
}

// ---- one cell ----

static void test_integers(const struct mp_cell_type *t)
{
    uint64_t cell = UINT64_MAX << 8 * t->size % 64;   // what is beside it stays
    const uint64_t beside = t->size == 8 ? 0 : cell;
    union mp_number n = integer(1);
    mp_cell_set(t, &cell, integer(t->max));
    EXPECT(mp_cell_get(t, &cell).i == t->max, "%s", t->name);
    EXPECT(mp_cell_add(t, &cell, &n) == ERANGE && n.i == t->max, "%s", t->name);
    EXPECT(mp_cell_exchange(t, &cell, integer(t->min)).i == t->max, "%s", t->name);
    n = integer(-1);
    EXPECT(mp_cell_add(t, &cell, &n) == ERANGE && n.i == t->min, "%s", t->name);
    EXPECT(mp_cell_get(t, &cell).i == t->min, "%s", t->name);
    EXPECT(!mp_cell_compare_exchange(t, &cell, integer(1), integer(0)), "%s", t->name);
    EXPECT(mp_cell_compare_exchange(t, &cell, integer(t->min), integer(0)), "%s", t->name);
    EXPECT(cell == beside, "%s: %#llx", t->name, (unsigned long long)cell);
    checks += 7;
}

static void test_floats(const struct mp_cell_type *t)
{
    uint64_t cell = 0;
    union mp_number n = real(0.5);
    EXPECT(mp_cell_get(t, &cell).d == 0, "%s", t->name);
    EXPECT(mp_cell_add(t, &cell, &n) == 0 && n.d == 0.5, "%s", t->name);
    mp_cell_set(t, &cell, real(0.1));
    EXPECT(mp_cell_get(t, &cell).d == (t->size == 4 ? (double)0.1F : 0.1), "%s", t->name);
    mp_cell_set(t, &cell, real(-0.0));
    EXPECT(mp_cell_compare_exchange(t, &cell, real(0.0), real(NAN)), "%s", t->name);
    EXPECT(!mp_cell_compare_exchange(t, &cell, real(NAN), real(1)), "%s", t->name);
    EXPECT(isnan(mp_cell_exchange(t, &cell, real(1)).d), "%s", t->name);
    checks += 6;
}

static void test_replace(const struct mp_cell_type *t)
{
    uint64_t cell = 0, bits = 1;
    EXPECT(!mp_cell_replace(t, &cell, &bits, integer(0)) && bits == 0, "%s", t->name);
    EXPECT(mp_cell_replace(t, &cell, &bits, integer(0)), "%s", t->name);
    checks += 2;
}

// ---- many cells ----

// Any part of the cells, as if they were written one by one.
static void test_bulk(const struct mp_cell_type *t)
{
    _Alignas(8) char cells[LENGTH * 8], expected[sizeof cells], from[sizeof cells];
    union mp_number one = mp_cell_is_float(t) ? real(1) : integer(1);
    uint64_t bits = mp_cell_encode(t, one), size = t->size;
    for (size_t i = 0; i < sizeof from; i++) from[i] = (char)i;
    for (uint64_t first = 0; first < 12; first++) {
        for (uint64_t n = 0; n < LENGTH - first; n++) {
            memset(cells, 0x55, sizeof cells);
            memset(expected, 0x55, sizeof cells);
            for (uint64_t i = 0; i < n; i++) memcpy(expected + (first + i) * size, &bits, size);
            mp_cell_fill(t, cells + first * size, n, one);
            EXPECT(memcmp(cells, expected, sizeof cells) == 0, "%s, fill %d from %d", t->name, (int)n, (int)first);
            memcpy(expected + first * size, from + 1, n * size);
            mp_cell_copy(t, cells + first * size, from + 1, n);
            EXPECT(memcmp(cells, expected, sizeof cells) == 0, "%s, copy %d to %d", t->name, (int)n, (int)first);
            checks += 2;
        }
    }
}

static void test_zeroed(void)
{
    for (uint64_t n = 1; n < 300000; n *= 3) {
        struct mp_array *a;
        struct mp_buffer *b;
        uint32_t array, buffer;
        EXPECT(mp_array_new(0, n, NULL, 0, &a, &array) == 0, "array of %llu", (unsigned long long)n);
        EXPECT(mp_buffer_new(n, NULL, 0, &b, &buffer) == 0, "buffer of %llu", (unsigned long long)n);
        for (uint64_t i = 0; i < n; i++) EXPECT(*(char *)mp_array_at(a, i) == 0 && *mp_buffer_at(b, i) == 0, "zero");
        memset(mp_array_at(a, 0), 1, n);
        memset(mp_buffer_at(b, 0), 1, n);
        mp_handle_close(array);
        mp_handle_close(buffer);
        checks++;
    }
    struct mp_array *a;
    uint32_t handle;
    EXPECT(mp_array_new(6, UINT64_MAX / 8, NULL, 0, &a, &handle) == ENOMEM, "too large");
    EXPECT(mp_array_new(6, 1 << 24, NULL, 0, &a, &handle) == ENOMEM, "larger than the arena");
    EXPECT(mp_array_new(6, 0, NULL, 0, &a, &handle) == 0 && a->block == 0, "empty");
    mp_handle_close(handle);
    checks += 3;
}

// ---- many members ----

static struct mp_array *shared;
static _Atomic uint64_t *lock_seen;

static void count(void *arg)
{
    const struct mp_cell_type *t = mp_cells_type(&shared->cells);
    (void)arg;
    for (int i = 0; i < EACH; i++) {
        union mp_number one = mp_cell_is_float(t) ? real(1) : integer(1);
        int err = mp_cell_add(t, mp_array_at(shared, (uint64_t)i % 3), &one);
        EXPECT(!err || (one.i == t->max && !mp_cell_is_float(t)), "%s", t->name);
    }
}

// All see cells of one filler or another, and one lock.
static void fill(void *arg)
{
    const struct mp_cell_type *t = mp_cells_type(&shared->cells);
    struct mp_obj *lock;
    uint64_t none = 0;
    (void)arg;
    mp_enter(MP_OP_OBJECT);
    EXPECT(mp_cells_lock(&shared->cells, "lock", 4, &lock) == 0, "lock");
    mp_leave();
    bool first = atomic_compare_exchange_strong(lock_seen, &none, mp_refof(lock));
    EXPECT(first || none == mp_refof(lock), "two locks");
    for (int i = 0; i < ROUNDS; i++) {
        mp_cell_fill(t, mp_array_at(shared, 3), LENGTH - 3, integer((int64_t)mp_self.id * 0x0101010101010101));
        for (uint64_t k = 3; k < LENGTH; k++) {
            uint64_t bits = mp_cell_bits(t, mp_array_at(shared, k));
            EXPECT(bits % 0x0101010101010101 == 0, "%#llx", (unsigned long long)bits);
        }
    }
}

static void as_members(void (*f)(void *), bool threads)
{
    if (threads) {
        family_threads(MEMBERS, f, NULL);
        return;
    }
    pid_t pids[MEMBERS];
    for (uint64_t i = 0; i < MEMBERS; i++) pids[i] = family_fork(i + 1, f, NULL);
    for (uint64_t i = 0; i < MEMBERS; i++) {
        int status;
        EXPECT(waitpid(pids[i], &status, 0) == pids[i] && status == 0, "status %#x", (unsigned)status);
        family_bury(i + 1);
    }
}

static int64_t sum_of_three(const struct mp_cell_type *t)
{
    int64_t sum = 0;
    for (uint64_t i = 0; i < 3; i++) {
        union mp_number n = mp_cell_get(t, mp_array_at(shared, i));
        sum += mp_cell_is_float(t) ? (int64_t)n.d : n.i;
    }
    return sum;
}

static void test_members(uint64_t type, bool threads)
{
    const struct mp_cell_type *t = &mp_cell_types[type];
    uint32_t handle;
    EXPECT(mp_array_new(type, LENGTH, "shared", 6, &shared, &handle) == 0, "array");
    as_members(count, threads);
    const int64_t all = (int64_t)MEMBERS * EACH;
    bool bounded = t->max > 0 && t->max < all / 3;
    int64_t expected = bounded ? 3 * t->max : all;
    EXPECT(sum_of_three(t) == expected, "%s: %lld", t->name, (long long)sum_of_three(t));
    atomic_store(lock_seen, 0);
    if (t->size == 8 && !mp_cell_is_float(t)) as_members(fill, threads);
    family_expect_sound(t->name);
    mp_handle_close(handle);
    checks += 2;
}

int main(int argc, char **argv)
{
    bool threads = argc > 1 && strcmp(argv[1], "threads") == 0;
#if defined(__SANITIZE_THREAD__)
    threads = true;   // it sees no races between processes
#endif
    family_open(64 << 20);
    uint64_t before = family_blocks();
    mp_ref ref;
    int place;
    EXPECT(mp_alloc(64, &ref, &place) == 0, "word");
    lock_seen = mp_ptr(ref);
    for (uint64_t i = 0; i < MP_CELL_TYPES; i++) {
        const struct mp_cell_type *t = &mp_cell_types[i];
        if (mp_cell_is_float(t)) {
            test_floats(t);
        } else {
            test_integers(t);
        }
        test_replace(t);
        test_bulk(t);
        test_members(i, threads);
    }
    test_zeroed();
    mp_inflight_free(place);
    family_expect_sound("at the end");
    EXPECT(family_blocks() == before, "%llu blocks, had %llu", (unsigned long long)family_blocks(),
           (unsigned long long)before);
    return family_done("cell", checks);
}
