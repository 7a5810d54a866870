// State:     one block of cells, and the lock of them.
// Invariant: type, length and block are set before anybody else can see the object, and stay.
// Death:     nothing to do: a cell is never half changed. Of a change of many cells a prefix is left.
// At most 4 stores in a transaction.
#include "array.h"

#include "bytes.h"
#include "fsck.h"

int mp_array_new(uint64_t type, uint64_t n, const char *name, size_t length, struct mp_array **made, uint32_t *handle)
{
    struct mp_obj *obj;
    int err = mp_object_new(MP_ARRAY, name, length, &obj);
    if (err) return err;
    struct mp_array *a = (struct mp_array *)obj;
    a->cells.type = type;
    a->n = n;
    err = mp_bytes_new(&a->block, n, mp_cell_types[type].size);
    if (!err) err = mp_object_publish(obj, handle);
    if (err) mp_object_discard(obj);
    *made = a;
    return err;
}

static bool dismantle(struct mp_obj *obj)
{
    struct mp_array *a = (struct mp_array *)obj;
    mp_cells_drop_lock(&a->cells);
    if (a->block) mp_free_held(&a->block);
    return true;
}

static void check(struct mp_fsck *f, struct mp_obj *obj)
{
    const struct mp_array *a = (const struct mp_array *)obj;
    mp_fsck_expect(f, a->cells.type < MP_CELL_TYPES, "an array of no type");
    mp_cells_check_lock(f, &a->cells);
    if (a->block) mp_fsck_block(f, a->block, "cells of an array");
}

const struct mp_kind mp_array_kind = {
    .name = "array", .size = sizeof(struct mp_array), .check = check, .dismantle = dismantle};
