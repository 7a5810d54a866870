// Values, arrays and buffers whose users are killed at every point.
#include <string.h>

#include "core/array.h"
#include "core/buffer.h"
#include "core/handle.h"
#include "core/lock.h"
#include "core/value.h"
#include "crash.h"
#include "family.h"

enum { INT16 = 2, DOUBLE = 11, LENGTH = 21, LARGE = 100000 };

static struct mp_value *value;
static struct mp_array *array;
static uint32_t handle, victims_handle;

static const struct mp_cell_type *type_of(const struct mp_cells *cells)
{
    return mp_cells_type(cells);
}

static void nothing(void)
{
}

static void look_at_nothing(struct crash_state *got)
{
    (void)got;
}

// ---- making and ending them ----

static int op_new_value(void)
{
    struct mp_value *made;
    uint32_t mine;
    return mp_value_new(DOUBLE, (union mp_number){.d = 1}, "x", 1, &made, &mine);
}

static int op_new_array(void)
{
    struct mp_array *made;
    uint32_t mine;
    return mp_array_new(INT16, LENGTH, "some", 4, &made, &mine);
}

static int op_new_large_array(void)
{
    struct mp_array *made;
    uint32_t mine;
    return mp_array_new(INT16, LARGE, NULL, 0, &made, &mine);
}

static int op_new_buffer(void)
{
    struct mp_buffer *made;
    uint32_t mine;
    return mp_buffer_new(LARGE, NULL, 0, &made, &mine);
}

static struct mp_obj *lock_of(struct mp_cells *cells)
{
    struct mp_obj *lock;
    EXPECT(mp_cells_lock(cells, "its lock", 8, &lock) == 0, "lock");
    return lock;
}

static void begin_with_value(void)
{
    struct mp_value *made;
    EXPECT(mp_value_new(DOUBLE, (union mp_number){.d = 1}, "x", 1, &made, &victims_handle) == 0, "value");
    lock_of(&made->cells);
}

static void begin_with_array(void)
{
    struct mp_array *made;
    EXPECT(mp_array_new(INT16, LARGE, "x", 1, &made, &victims_handle) == 0, "array");
    lock_of(&made->cells);
}

static void begin_with_buffer(void)
{
    struct mp_buffer *made;
    EXPECT(mp_buffer_new(LARGE, "x", 1, &made, &victims_handle) == 0, "buffer");
}

static int op_close(void)
{
    mp_handle_close(victims_handle);
    return 0;
}

// ---- the lock ----

static void open_value(void)
{
    EXPECT(mp_value_new(INT16, (union mp_number){.i = 10}, "counter", 7, &value, &handle) == 0, "value");
}

static void close_object(void)
{
    mp_handle_close(handle);
}

static int op_get_lock(void)
{
    struct mp_obj *lock;
    return mp_cells_lock(&value->cells, "its lock", 8, &lock);
}

static void get_lock(void)
{
    lock_of(&value->cells);
}

static void look_at_lock(struct crash_state *got)
{
    got->facts[0] = value->cells.lock != 0;
    got->facts[1] = value->cells.lock ? ((const struct mp_obj *)mp_ptr(value->cells.lock))->refs : 0;
}

static int op_hold_lock(void)
{
    uint32_t mine;
    struct mp_obj *lock;
    int err = mp_cells_lock(&value->cells, "its lock", 8, &lock);
    if (!err) err = mp_handle_open(lock, &mine);
    if (err) return err;
    EXPECT(mp_lock_acquire((struct mp_lock *)lock, mp_handle_at(mp_self.slot, mine), MP_NOW) == 0, "acquire");
    return 0;
}

static void begin_with_lock(void)
{
    get_lock();
}

static void look_at_abandoned(struct crash_state *got)
{
    look_at_lock(got);
    got->facts[2] = value->cells.lock ? atomic_load(&((struct mp_lock *)mp_ptr(value->cells.lock))->owner) : 0;
}

// ---- cells ----

static void look_at_value(struct crash_state *got)
{
    got->facts[0] = (uint64_t)mp_cell_get(type_of(&value->cells), &value->cell).i;
}

static int op_add(void)
{
    union mp_number n = {.i = 5};
    return mp_cell_add(type_of(&value->cells), &value->cell, &n);
}

static int op_set(void)
{
    mp_cell_set(type_of(&value->cells), &value->cell, (union mp_number){.i = -3});
    return 0;
}

static int op_exchange(void)
{
    EXPECT(mp_cell_exchange(type_of(&value->cells), &value->cell, (union mp_number){.i = 7}).i == 10, "exchange");
    return 0;
}

static int op_compare_exchange(void)
{
    union mp_number old = {.i = 10}, n = {.i = 11};
    EXPECT(mp_cell_compare_exchange(type_of(&value->cells), &value->cell, old, n), "compare_exchange");
    return 0;
}

// What the peer does in between makes the victim, if it lives, try again.
static void add_and_take(void)
{
    union mp_number n = {.i = 1000};
    EXPECT(mp_cell_add(type_of(&value->cells), &value->cell, &n) == 0, "add");
    n.i = -1000;
    EXPECT(mp_cell_add(type_of(&value->cells), &value->cell, &n) == 0, "add");
}

static void open_array(void)
{
    EXPECT(mp_array_new(INT16, LENGTH, "cells", 5, &array, &handle) == 0, "array");
    mp_cell_fill(type_of(&array->cells), mp_array_at(array, 0), LENGTH, (union mp_number){.i = 0x0102});
}

static int op_fill(void)
{
    mp_cell_fill(type_of(&array->cells), mp_array_at(array, 1), LENGTH - 1, (union mp_number){.i = 0x0304});
    return 0;
}

static int op_copy(void)
{
    int16_t from[LENGTH];
    for (int i = 0; i < LENGTH; i++) from[i] = 0x0304;
    mp_cell_copy(type_of(&array->cells), mp_array_at(array, 1), from, LENGTH - 1);
    return 0;
}

static void look_at_array(struct crash_state *got)
{
    got->nids = LENGTH;
    for (uint64_t i = 0; i < LENGTH; i++) got->ids[i] = mp_cell_bits(type_of(&array->cells), mp_array_at(array, i));
}

// A prefix of what it is after, and the rest of what it was before.
static bool prefix(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got)
{
    uint64_t i = 0;
    while (i < LENGTH && got->ids[i] == after->ids[i]) i++;
    return memcmp(got->ids + i, before->ids + i, (LENGTH - i) * sizeof got->ids[0]) == 0;
}

static const struct crash_case cases[] = {
    {"new value", nothing, NULL, op_new_value, look_at_nothing, nothing, .between = NULL},
    {"new array", nothing, NULL, op_new_array, look_at_nothing, nothing, .between = NULL},
    {"new large array", nothing, NULL, op_new_large_array, look_at_nothing, nothing, .between = NULL},
    {"new buffer", nothing, NULL, op_new_buffer, look_at_nothing, nothing, .between = NULL},
    {"end of a value with a lock", nothing, begin_with_value, op_close, look_at_nothing, nothing, .between = NULL},
    {"end of an array with a lock", nothing, begin_with_array, op_close, look_at_nothing, nothing, .between = NULL},
    {"end of a buffer", nothing, begin_with_buffer, op_close, look_at_nothing, nothing, .between = NULL},
    {"get_lock", open_value, NULL, op_get_lock, look_at_lock, close_object, .between = NULL},
    {"get_lock beside another", open_value, NULL, op_get_lock, look_at_nothing, close_object, .peers = {get_lock}},
    {"lock held", open_value, begin_with_lock, op_hold_lock, look_at_abandoned, close_object, .between = NULL},
    {"add", open_value, NULL, op_add, look_at_value, close_object, .between = NULL},
    {"add beside another", open_value, NULL, op_add, look_at_value, close_object, .peers = {add_and_take}},
    {"set", open_value, NULL, op_set, look_at_value, close_object, .between = NULL},
    {"exchange", open_value, NULL, op_exchange, look_at_value, close_object, .between = NULL},
    {"compare_exchange", open_value, NULL, op_compare_exchange, look_at_value, close_object, .between = NULL},
    {"fill", open_array, NULL, op_fill, look_at_array, close_object, .between = prefix},
    {"copy", open_array, NULL, op_copy, look_at_array, close_object, .between = prefix},
};

int main(int argc, char **argv)
{
    return crash_main(argc, argv, "cell_crash", cases, sizeof cases / sizeof *cases);
}
