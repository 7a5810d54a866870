// Puts of many at once, and gets that give back, killed at every point.
#include <errno.h>
#include <string.h>

#include "core/clock.h"
#include "core/heap.h"
#include "family.h"
#include "jobs.h"

static void open_nearly_full(void)
{
    jobs_open_bounded(3);
    jobs_put_many(1, 1, JOBS_BLOCK);
}

static int put_batch(const size_t *sizes, uint64_t n, struct mp_obj *ref, int64_t deadline)
{
    struct mp_batch batch = {0};
    int err = 0;
    for (uint64_t i = 0; i < n && !err; i++) {
        struct mp_build b;
        err = jobs_build(&b, 20 + i, sizes[i], &ref, ref && sizes[i] == JOBS_BLOCK);
        if (!err) err = mp_batch_add(&batch, &b);
        if (err) mp_build_drop(&b);
    }
    if (!err) err = mp_queue_put_batch(jobs, &batch, deadline);
    mp_batch_drop(&batch);
    return err;
}

static const size_t few[] = {8, JOBS_BLOCK, JOBS_BLOCK, JOBS_INLINE};

static int op_put_batch(void)
{
    return put_batch(few, 4, NULL, MP_NOW);
}

static int op_put_batch_refs(void)
{
    return put_batch(few, 4, &jobs_others[0]->obj, MP_NOW);
}

static int op_put_batch_longer(void)
{
    static const size_t sizes[] = {JOBS_INLINE, JOBS_BLOCK, 300, JOBS_BLOCK, JOBS_INLINE, JOBS_BLOCK, 8};
    return put_batch(sizes, 7, NULL, MP_NOW);
}

static int op_put_batch_waiting(void)
{
    return put_batch(few, 3, NULL, MP_FOREVER);
}

static int op_put_batch_until(void)
{
    int err = put_batch(few, 4, NULL, mp_now() + 1000000);
    return err == ETIMEDOUT ? 0 : err;
}

static int op_get_and_back(void)
{
    struct mp_item item;
    int room, err = mp_item_room(&room);
    if (err) return err;
    err = mp_queue_get(jobs, &item, MP_NOW);
    if (!err) mp_item_back(jobs, &item, room);
    if (err || item.block) mp_inflight_free(room);
    return err;
}

// Who sleeps may be faster.
static int op_put_and_take_back(void)
{
    int err = jobs_put(9, JOBS_INLINE, MP_NOW);
    if (!err) err = op_get_and_back();
    return err == ETIMEDOUT ? 0 : err;
}

static void poke_clear(void)
{
    mp_queue_clear(jobs);
}

// Some of the new ones, in their order.
static bool grows(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got)
{
    if (got->nids < before->nids || got->nids > after->nids) return false;
    return memcmp(got->ids, after->ids, got->nids * sizeof got->ids[0]) == 0;
}

static bool lacks_first(const struct crash_state *before, const struct crash_state *after,
                        const struct crash_state *got)
{
    (void)after;
    return got->nids + 1 == before->nids && memcmp(got->ids, before->ids + 1, got->nids * sizeof got->ids[0]) == 0;
}

// Out of memory after the put.
static bool puts_none(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got)
{
    (void)before;
    return got->nids == 0 || memcmp(got, after, sizeof *got) == 0;
}

static const struct crash_case cases[] = {
    {"put many", jobs_open_three, NULL, op_put_batch, jobs_look, jobs_end, JOBS_BESIDE},
    {"put many with references", jobs_open_empty_with_others, NULL, op_put_batch_refs, jobs_look, jobs_end_with_others,
     JOBS_BESIDE},
    {"put many into new segment", jobs_open_full_segment, NULL, op_put_batch, jobs_look, jobs_end, JOBS_BESIDE},
    {"put many across segments", jobs_open_three, NULL, op_put_batch_longer, jobs_look, jobs_end, JOBS_BESIDE,
     .between = grows},
    {"put many to consumers", jobs_open_empty, NULL, op_put_batch, jobs_look, jobs_end, JOBS_GETTERS},
    {"put many to consumers and observers", jobs_open_empty, NULL, op_put_batch, jobs_look, jobs_end, JOBS_OBSERVED},
    {"put many to full, waits", jobs_open_full, NULL, op_put_batch_waiting, jobs_look, jobs_end, poke_clear,
     .between = grows},
    {"put many to nearly full, times out", open_nearly_full, NULL, op_put_batch_until, jobs_look, jobs_end,
     JOBS_BESIDE},
    {"get and give back", jobs_open_three, NULL, op_get_and_back, jobs_look, jobs_end, JOBS_BESIDE,
     .between = lacks_first},
    {"get block and give back", jobs_open_three_blocks, NULL, op_get_and_back, jobs_look, jobs_end, JOBS_BESIDE,
     .between = lacks_first},
    {"get and give back to consumers", jobs_open_empty, NULL, op_put_and_take_back, jobs_look, jobs_end, JOBS_GETTERS,
     .between = puts_none},
};

int main(int argc, char **argv)
{
    return crash_main(argc, argv, "queue_batch_crash", cases, sizeof cases / sizeof *cases);
}
