// State:     the bits of a cell, each cell at a multiple of its size; a lock that belongs to all cells of an object.
// Invariant: a cell holds what its type allows. `lock` is set once, under the object's latch, and read under it.
// Death:     a cell changes by one instruction. Of two that make the lock, the second finds it made and drops its own.
// At most 4 stores in a transaction.
#include "cell.h"

#include <errno.h>

#include "fsck.h"
#include "handle.h"
#include "lock.h"
#include "tx.h"

// As of C's types on 64-bit Linux.
const struct mp_cell_type mp_cell_types[MP_CELL_TYPES] = {
    {"b", 1, MP_CELL_SIGNED, INT8_MIN, INT8_MAX},
    {"B", 1, MP_CELL_UNSIGNED, 0, UINT8_MAX},
    {"h", 2, MP_CELL_SIGNED, INT16_MIN, INT16_MAX},
    {"H", 2, MP_CELL_UNSIGNED, 0, UINT16_MAX},
    {"i", 4, MP_CELL_SIGNED, INT32_MIN, INT32_MAX},
    {"I", 4, MP_CELL_UNSIGNED, 0, UINT32_MAX},
    {"l", 8, MP_CELL_SIGNED, INT64_MIN, INT64_MAX},
    {"L", 8, MP_CELL_UNSIGNED, 0, INT64_MAX},
    {"q", 8, MP_CELL_SIGNED, INT64_MIN, INT64_MAX},
    {"Q", 8, MP_CELL_UNSIGNED, 0, INT64_MAX},
    {"f", 4, MP_CELL_FLOAT, 0, 0},
    {"d", 8, MP_CELL_DOUBLE, 0, 0},
    {"boolean", 1, MP_CELL_BOOLEAN, 0, 1},
};

// ---- bits ----

void mp_cell_set(const struct mp_cell_type *t, void *cell, union mp_number n)
{
    uint64_t bits = mp_cell_encode(t, n);
    MP_KILLPOINT("cell.before");
    switch (t->size) {
    case 8: __atomic_store_n((uint64_t *)cell, bits, __ATOMIC_SEQ_CST); break;
    case 4: __atomic_store_n((uint32_t *)cell, (uint32_t)bits, __ATOMIC_SEQ_CST); break;
    case 2: __atomic_store_n((uint16_t *)cell, (uint16_t)bits, __ATOMIC_SEQ_CST); break;
    default: __atomic_store_n((uint8_t *)cell, (uint8_t)bits, __ATOMIC_SEQ_CST); break;
    }
    MP_KILLPOINT("cell.after");
}

static uint64_t exchange_bits(const struct mp_cell_type *t, void *cell, uint64_t bits)
{
    switch (t->size) {
    case 8: return __atomic_exchange_n((uint64_t *)cell, bits, __ATOMIC_SEQ_CST);
    case 4: return __atomic_exchange_n((uint32_t *)cell, (uint32_t)bits, __ATOMIC_SEQ_CST);
    case 2: return __atomic_exchange_n((uint16_t *)cell, (uint16_t)bits, __ATOMIC_SEQ_CST);
    default: return __atomic_exchange_n((uint8_t *)cell, (uint8_t)bits, __ATOMIC_SEQ_CST);
    }
}

// Returns what was there: *seen, when the bits were replaced.
static uint64_t replace_bits(uint64_t size, void *cell, uint64_t seen, uint64_t bits)
{
    uint32_t seen4 = (uint32_t)seen;
    uint16_t seen2 = (uint16_t)seen;
    uint8_t seen1 = (uint8_t)seen;
    const int order = __ATOMIC_SEQ_CST;
    switch (size) {
    case 8: __atomic_compare_exchange_n((uint64_t *)cell, &seen, bits, false, order, order); return seen;
    case 4: __atomic_compare_exchange_n((uint32_t *)cell, &seen4, (uint32_t)bits, false, order, order); return seen4;
    case 2: __atomic_compare_exchange_n((uint16_t *)cell, &seen2, (uint16_t)bits, false, order, order); return seen2;
    default: __atomic_compare_exchange_n((uint8_t *)cell, &seen1, (uint8_t)bits, false, order, order); return seen1;
    }
}

static bool replace(const struct mp_cell_type *t, void *cell, uint64_t *bits, uint64_t with)
{
    MP_KILLPOINT("cell.before");
    uint64_t was = replace_bits(t->size, cell, *bits, with);
    MP_KILLPOINT("cell.after");
    if (was == *bits) return true;
    *bits = was;
    return false;
}

// ---- numbers ----

union mp_number mp_cell_exchange(const struct mp_cell_type *t, void *cell, union mp_number n)
{
    MP_KILLPOINT("cell.before");
    uint64_t was = exchange_bits(t, cell, mp_cell_encode(t, n));
    MP_KILLPOINT("cell.after");
    return mp_cell_decode(t, was);
}

static int add(const struct mp_cell_type *t, union mp_number to, union mp_number n, union mp_number *sum)
{
    if (mp_cell_is_float(t)) {
        sum->d = to.d + n.d;
        return mp_cell_reaches(t, sum->d) ? 0 : ERANGE;
    }
    bool over = __builtin_add_overflow(to.i, n.i, &sum->i);
    return over || sum->i < t->min || sum->i > t->max ? ERANGE : 0;
}

// Adding first and looking then would show others a number that overflowed.
int mp_cell_add(const struct mp_cell_type *t, void *cell, union mp_number *n)
{
    uint64_t bits = mp_cell_bits(t, cell), with;
    do {
        union mp_number old = mp_cell_decode(t, bits), sum;
        int err = add(t, old, *n, &sum);
        if (err) {
            *n = old;
            return err;
        }
        with = mp_cell_encode(t, sum);
    } while (!replace(t, cell, &bits, with));
    *n = mp_cell_decode(t, with);
    return 0;
}

static bool equal(const struct mp_cell_type *t, union mp_number a, union mp_number b)
{
    return mp_cell_is_float(t) ? a.d == b.d : a.i == b.i;
}

bool mp_cell_compare_exchange(const struct mp_cell_type *t, void *cell, union mp_number old, union mp_number n)
{
    uint64_t bits = mp_cell_bits(t, cell), with = mp_cell_encode(t, n);
    while (equal(t, mp_cell_decode(t, bits), old)) {
        if (replace(t, cell, &bits, with)) return true;
    }
    return false;
}

bool mp_cell_replace(const struct mp_cell_type *t, void *cell, uint64_t *bits, union mp_number n)
{
    return replace(t, cell, bits, mp_cell_encode(t, n));
}

// ---- many cells ----

static void store_bits(uint64_t size, char *cell, uint64_t bits)
{
    mp_cell_put(size, cell, bits);
    mp_barrier();
    MP_KILLPOINT("cells.stored");
}

// Cells before the first whole word.
static uint64_t cells_before(uint64_t size, const char *cells, uint64_t n)
{
    uint64_t before = -(uintptr_t)cells % sizeof(uint64_t) / size;
    return before < n ? before : n;
}

// Whole words: as fast for bytes as for integers.
void mp_cell_fill(const struct mp_cell_type *t, void *cells, uint64_t n, union mp_number number)
{
    char *at = cells, *end = at + n * t->size;
    uint64_t bits = mp_cell_encode(t, number), word = bits;
    for (unsigned width = 8 * (unsigned)t->size; width < 64; width *= 2) word |= word << width;
    for (uint64_t i = cells_before(t->size, at, n); i > 0; i--, at += t->size) store_bits(t->size, at, bits);
    for (; end - at >= (ptrdiff_t)sizeof word; at += sizeof word) store_bits(sizeof word, at, word);
    for (; at < end; at += t->size) store_bits(t->size, at, bits);
}

static uint64_t load_private(const char *from, uint64_t size)
{
    uint64_t bits = 0;
    memcpy(&bits, from, size);
    return bits;
}

void mp_cell_copy(const struct mp_cell_type *t, void *cells, const void *from, uint64_t n)
{
    char *at = cells, *end = at + n * t->size;
    const char *src = from;
    for (uint64_t i = cells_before(t->size, at, n); i > 0; i--, at += t->size, src += t->size) {
        store_bits(t->size, at, load_private(src, t->size));
    }
    for (; end - at >= (ptrdiff_t)sizeof(uint64_t); at += sizeof(uint64_t), src += sizeof(uint64_t)) {
        store_bits(sizeof(uint64_t), at, load_private(src, sizeof(uint64_t)));
    }
    for (; at < end; at += t->size, src += t->size) store_bits(t->size, at, load_private(src, t->size));
}

// ---- the lock ----

static struct mp_obj *present_lock(struct mp_cells *cells)
{
    mp_latch(&cells->obj.latch);
    uint64_t ref = cells->lock;
    mp_unlatch();
    return ref ? mp_ptr(ref) : NULL;
}

// Once there it stays as long as the cells.
int mp_cells_lock(struct mp_cells *cells, const char *name, size_t length, struct mp_obj **lock)
{
    *lock = present_lock(cells);
    if (*lock) return 0;
    struct mp_lock *made;
    uint32_t handle;
    int err = mp_lock_new(MP_RLOCK, name, length, &made, &handle);
    if (err) return err;
    mp_latch(&cells->obj.latch);
    if (!cells->lock) mp_hold_object(&cells->lock, &made->obj);   // else another process was faster
    *lock = mp_ptr(cells->lock);
    mp_unlatch();
    mp_handle_close(handle);
    return 0;
}

void mp_cells_drop_lock(struct mp_cells *cells)
{
    if (cells->lock) mp_drop_object(&cells->lock);
}

void mp_cells_check_lock(struct mp_fsck *f, const struct mp_cells *cells)
{
    if (cells->lock) mp_fsck_object(f, cells->lock, "lock of a value or array");
}
