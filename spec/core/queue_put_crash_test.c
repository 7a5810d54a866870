// Puts into queues whose processes are killed at every point.
#include <errno.h>

#include "core/buffer.h"
#include "core/clock.h"
#include "core/handle.h"
#include "family.h"
#include "jobs.h"

static struct mp_buffer *journal;   // in which the victim notes its put
static uint32_t journal_handle;

static void open_full_segment_but_one(void)
{
    jobs_open_full_segment();
    jobs_put_many(JOBS_SEGMENT + 1, JOBS_SEGMENT + 1, JOBS_BLOCK);
}

static void open_with_others(void)
{
    jobs_open_three();
    jobs_open_others();
}

static void open_with_journal(void (*open)(void))
{
    open();
    EXPECT(mp_buffer_new(sizeof(int64_t), NULL, 0, &journal, &journal_handle) == 0, "new");
}

static void open_three_and_journal(void)
{
    open_with_journal(jobs_open_three);
}

static void open_full_segment_and_journal(void)
{
    open_with_journal(jobs_open_full_segment);
}

static void open_empty_and_journal(void)
{
    open_with_journal(jobs_open_empty);
}

static int op_put(void)
{
    return jobs_put(9, JOBS_INLINE, MP_NOW);
}

static int op_put_block(void)
{
    return jobs_put(9, JOBS_BLOCK, MP_NOW);
}

static int op_put_large(void)
{
    return jobs_put(9, JOBS_LARGE, MP_NOW);
}

static int op_put_refs(void)
{
    struct mp_obj *refs[] = {&jobs_others[0]->obj, &jobs_others[1]->obj, &jobs_others[0]->obj};
    return jobs_put_refs(9, JOBS_INLINE, refs, 3, MP_NOW);
}

static _Atomic int64_t *journal_word(void)
{
    return (_Atomic int64_t *)(void *)mp_buffer_at(journal, 0);
}

static int put_noted(size_t size)
{
    struct mp_build b;
    struct mp_also also = {journal_word(), 9};
    int err = jobs_build(&b, 9, size, NULL, 0);
    if (!err) err = mp_queue_put_also(jobs, &b, &also, MP_NOW);
    mp_build_drop(&b);
    return err;
}

static int op_put_noted(void)
{
    return put_noted(JOBS_INLINE);
}

static int op_put_block_noted(void)
{
    return put_noted(JOBS_BLOCK);
}

static int op_put_until(void)
{
    int err = jobs_put(9, JOBS_BLOCK, mp_now() + 1000000);
    return err == ETIMEDOUT ? 0 : err;
}

static int op_put_waiting(void)
{
    return jobs_put(9, JOBS_BLOCK, MP_FOREVER);
}

static void poke_get(void)
{
    uint64_t id;
    EXPECT(jobs_get(&id, MP_NOW) == 0, "get");
}

// The word tells whether the message was put.
static void look_noted(struct crash_state *got)
{
    got->facts[3] = (uint64_t)*journal_word();
    jobs_look(got);
}

static void end_noted(void)
{
    mp_handle_close(journal_handle);
    jobs_end();
}

static const struct crash_case cases[] = {
    {"put", jobs_open_three, NULL, op_put, jobs_look, jobs_end, JOBS_BESIDE},
    {"put block", jobs_open_three, NULL, op_put_block, jobs_look, jobs_end, JOBS_BESIDE},
    {"put large block", jobs_open_large, NULL, op_put_large, jobs_look, jobs_end, JOBS_BESIDE},
    {"put into new segment", jobs_open_full_segment, NULL, op_put, jobs_look, jobs_end, JOBS_BESIDE},
    {"put block into new segment", open_full_segment_but_one, NULL, op_put_block, jobs_look, jobs_end, JOBS_BESIDE},
    {"put references", open_with_others, NULL, op_put_refs, jobs_look, jobs_end_with_others, JOBS_BESIDE},
    {"put to consumers", jobs_open_empty, NULL, op_put, jobs_look, jobs_end, JOBS_GETTERS},
    {"put block to consumers", jobs_open_empty, NULL, op_put_block, jobs_look, jobs_end, JOBS_GETTERS},
    {"put to observers and a consumer", jobs_open_empty, NULL, op_put, jobs_look, jobs_end, JOBS_OBSERVED},
    {"put to full, times out", jobs_open_full_blocks, NULL, op_put_until, jobs_look, jobs_end,
     .peers = {jobs_poke_close}},
    {"put to full, waits", jobs_open_full, NULL, op_put_waiting, jobs_look, jobs_end, poke_get, JOBS_PUTTERS},
    {"put to full, is closed", jobs_open_full_blocks, NULL, op_put_until, jobs_look, jobs_end, JOBS_PUTTERS},
    {"put and note it", open_three_and_journal, NULL, op_put_noted, look_noted, end_noted, JOBS_BESIDE},
    {"put block into new segment and note it", open_full_segment_and_journal, NULL, op_put_block_noted, look_noted,
     end_noted, JOBS_BESIDE},
    {"put to consumers and note it", open_empty_and_journal, NULL, op_put_noted, look_noted, end_noted, JOBS_GETTERS},
    {"put to consumers that leave", jobs_open_empty, NULL, op_put, jobs_look, jobs_end, JOBS_GETTERS_LEAVING},
    {"put to observers that leave", jobs_open_empty, NULL, op_put, jobs_look, jobs_end, JOBS_OBSERVERS_LEAVING},
};

int main(int argc, char **argv)
{
    return crash_main(argc, argv, "queue_put_crash", cases, sizeof cases / sizeof *cases);
}
