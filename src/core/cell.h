// Cells: what values and arrays are made of. The bits of a cell change by one instruction, so a death leaves it whole.
#pragma once
#include <math.h>
#include <string.h>

#include "object.h"

enum mp_cell_kind { MP_CELL_SIGNED, MP_CELL_UNSIGNED, MP_CELL_BOOLEAN, MP_CELL_FLOAT, MP_CELL_DOUBLE };
enum { MP_CELL_TYPES = 13, MP_CELL_SIZE = 8 };   // MP_CELL_SIZE: of the largest

struct mp_cell_type {
    const char *name;
    uint64_t size;   // bytes
    enum mp_cell_kind kind;
    int64_t min, max;   // of integers and booleans
};
extern const struct mp_cell_type mp_cell_types[MP_CELL_TYPES];

union mp_number {
    int64_t i;   // of integers and booleans
    double d;    // of floats
};

// What a Value and an Array begin with.
struct mp_cells {
    struct mp_obj obj;
    uint64_t type;   // index of mp_cell_types
    uint64_t lock;   // ref of an RLock; 0: nobody has asked for it. Changed once, under the object's latch
};

static inline const struct mp_cell_type *mp_cells_type(const struct mp_cells *cells)
{
    return &mp_cell_types[cells->type];
}

// The lock of the cells, made when it is first asked for. 0, ENOMEM. Between mp_enter and mp_leave.
int mp_cells_lock(struct mp_cells *cells, const char *name, size_t length, struct mp_obj **lock);
void mp_cells_drop_lock(struct mp_cells *cells);   // for dismantling
void mp_cells_check_lock(struct mp_fsck *f, const struct mp_cells *cells);

// ---- a cell ----

static inline bool mp_cell_is_float(const struct mp_cell_type *t)
{
    return t->kind >= MP_CELL_FLOAT;
}

// What the cell holds: as it lies there, zeros before it.
static inline uint64_t mp_cell_bits(const struct mp_cell_type *t, const void *cell)
{
    switch (t->size) {
    case 8: return __atomic_load_n((const uint64_t *)cell, __ATOMIC_SEQ_CST);
    case 4: return __atomic_load_n((const uint32_t *)cell, __ATOMIC_SEQ_CST);
    case 2: return __atomic_load_n((const uint16_t *)cell, __ATOMIC_SEQ_CST);
    default: return __atomic_load_n((const uint8_t *)cell, __ATOMIC_SEQ_CST);
    }
}

static inline union mp_number mp_cell_decode(const struct mp_cell_type *t, uint64_t bits)
{
    union mp_number n = {.i = (int64_t)bits};
    if (t->kind == MP_CELL_SIGNED) {
        unsigned unused = 64 - 8 * (unsigned)t->size;
        n.i = (int64_t)(bits << unused) >> unused;
    } else if (t->kind == MP_CELL_FLOAT) {
        float single;
        memcpy(&single, &(uint32_t){(uint32_t)bits}, sizeof single);
        n.d = (double)single;
    }
    return n;
}

static inline uint64_t mp_cell_encode(const struct mp_cell_type *t, union mp_number n)
{
    if (t->kind != MP_CELL_FLOAT) return (uint64_t)n.i & UINT64_MAX >> (64 - 8 * t->size);
    float single = (float)n.d;
    uint32_t bits;
    memcpy(&bits, &single, sizeof bits);
    return bits;
}

// Is a float's nearest one still finite? Infinity itself is a value like any other.
static inline bool mp_cell_reaches(const struct mp_cell_type *t, double d)
{
    return t->kind != MP_CELL_FLOAT || isinf(d) || !isinf((float)d);
}

static inline union mp_number mp_cell_get(const struct mp_cell_type *t, const void *cell)
{
    return mp_cell_decode(t, mp_cell_bits(t, cell));
}

// One instruction, which nobody waits for and which orders nothing.
static inline void mp_cell_put(uint64_t size, void *cell, uint64_t bits)
{
    switch (size) {
    case 8: __atomic_store_n((uint64_t *)cell, bits, __ATOMIC_RELAXED); break;
    case 4: __atomic_store_n((uint32_t *)cell, (uint32_t)bits, __ATOMIC_RELAXED); break;
    case 2: __atomic_store_n((uint16_t *)cell, (uint16_t)bits, __ATOMIC_RELAXED); break;
    default: __atomic_store_n((uint8_t *)cell, (uint8_t)bits, __ATOMIC_RELAXED); break;
    }
}

// The number is one that the type holds, here and below. Of floats the nearest one is stored.
void mp_cell_set(const struct mp_cell_type *t, void *cell, union mp_number n);
union mp_number mp_cell_exchange(const struct mp_cell_type *t, void *cell, union mp_number n);   // the old one
// 0: *n has become the sum; ERANGE: the type does not hold it: nothing has changed, *n has become what there is
int mp_cell_add(const struct mp_cell_type *t, void *cell, union mp_number *n);
// `old` may be a double that no cell of its type holds. As C compares: 0.0 is -0.0, and nothing is equal to NaN.
bool mp_cell_compare_exchange(const struct mp_cell_type *t, void *cell, union mp_number old, union mp_number n);
// If the cell still holds *bits; else *bits becomes what it holds.
bool mp_cell_replace(const struct mp_cell_type *t, void *cell, uint64_t *bits, union mp_number n);

// One cell after the other: other processes see each of them whole, and a death leaves a prefix.
void mp_cell_fill(const struct mp_cell_type *t, void *cells, uint64_t n, union mp_number number);
void mp_cell_copy(const struct mp_cell_type *t, void *cells, const void *from, uint64_t n);   // from: private memory
