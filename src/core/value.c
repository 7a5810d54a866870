// State:     a cell, in the object itself, and the lock of it.
// Invariant: the type is set before anybody else can see the object.
// Death:     nothing to do: a cell is never half changed.
// At most 4 stores in a transaction.
#include "value.h"

#include "fsck.h"

int mp_value_new(uint64_t type, union mp_number init, const char *name, size_t length, struct mp_value **made,
                 uint32_t *handle)
{
    struct mp_obj *obj;
    int err = mp_object_new(MP_VALUE, name, length, &obj);
    if (err) return err;
    struct mp_value *v = (struct mp_value *)obj;
    v->cells.type = type;
    mp_cell_set(&mp_cell_types[type], &v->cell, init);
    err = mp_object_publish(obj, handle);
    if (err) mp_object_discard(obj);
    *made = v;
    return err;
}

static bool dismantle(struct mp_obj *obj)
{
    mp_cells_drop_lock((struct mp_cells *)obj);
    return true;
}

static void check(struct mp_fsck *f, struct mp_obj *obj)
{
    const struct mp_cells *cells = (const struct mp_cells *)obj;
    mp_fsck_expect(f, cells->type < MP_CELL_TYPES, "a value of no type");
    mp_cells_check_lock(f, cells);
}

const struct mp_kind mp_value_kind = {
    .name = "value", .size = sizeof(struct mp_value), .check = check, .dismantle = dismantle};
