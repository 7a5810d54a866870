// State:     whether it is closed. What belongs to it names it, and so keeps it.
// Invariant: `closed` is published once. Nothing in here names what belongs to it: that lives as long as it is used.
// Death:     the store of `closed` is the whole change. Who dies before it has woken everybody is made up for by the
//            monitor, which wakes the family.
// At most 3 stores in a transaction.
#include "manager.h"

#include "fsck.h"
#include "park.h"
#include "tx.h"

int mp_manager_new(const char *name, size_t length, struct mp_manager **made, uint32_t *handle)
{
    struct mp_obj *obj;
    int err = mp_object_new(MP_MANAGER, name, length, &obj);
    if (err) return err;
    err = mp_object_publish(obj, handle);
    if (err) mp_object_discard(obj);
    *made = (struct mp_manager *)obj;
    return err;
}

void mp_manager_adopt(struct mp_manager *m, struct mp_obj *obj)
{
    mp_hold_object(&obj->scope, &m->obj);
}

// Who waits looks at it again before it sleeps.
void mp_manager_close(struct mp_manager *m)
{
    mp_latch(&m->obj.latch);
    bool was_open = !atomic_load(&m->closed);
    if (was_open) mp_publish(&m->closed, 1);
    mp_unlatch();
    if (was_open) mp_wake_family();
}

bool mp_object_closed(const struct mp_obj *obj)
{
    const struct mp_manager *m = obj->kind == MP_MANAGER ? (const struct mp_manager *)obj
                                 : obj->scope            ? mp_ptr(obj->scope)
                                                         : NULL;
    return m && atomic_load(&m->closed);
}

static bool dismantle(struct mp_obj *obj)
{
    (void)obj;
    return true;
}

static void check(struct mp_fsck *f, struct mp_obj *obj)
{
    (void)f;
    (void)obj;
}

const struct mp_kind mp_manager_kind = {
    .name = "manager", .size = sizeof(struct mp_manager), .check = check, .dismantle = dismantle};
