// State:     one block of bytes.
// Invariant: length and block are set before anybody else can see the object, and stay.
// Death:     nothing to do: bytes are written by plain stores, of which some prefix is left.
// At most 4 stores in a transaction.
#include "buffer.h"

#include "bytes.h"
#include "fsck.h"

int mp_buffer_new(uint64_t n, const char *name, size_t length, struct mp_buffer **made, uint32_t *handle)
{
    struct mp_obj *obj;
    int err = mp_object_new(MP_BUFFER, name, length, &obj);
    if (err) return err;
    struct mp_buffer *b = (struct mp_buffer *)obj;
    b->n = n;
    err = mp_bytes_new(&b->block, n, 1);
    if (!err) err = mp_object_publish(obj, handle);
    if (err) mp_object_discard(obj);
    *made = b;
    return err;
}

static bool dismantle(struct mp_obj *obj)
{
    struct mp_buffer *b = (struct mp_buffer *)obj;
    if (b->block) mp_free_held(&b->block);
    return true;
}

static void check(struct mp_fsck *f, struct mp_obj *obj)
{
    const struct mp_buffer *b = (const struct mp_buffer *)obj;
    if (b->block) mp_fsck_block(f, b->block, "bytes of a buffer");
}

const struct mp_kind mp_buffer_kind = {
    .name = "buffer", .size = sizeof(struct mp_buffer), .check = check, .dismantle = dismantle};
