// Queues that are closed, cleared and waited for by processes that are killed at every point.
#include <string.h>

#include "core/clock.h"
#include "family.h"
#include "jobs.h"

static void open_mixed(void)
{
    jobs_open_empty();
    jobs_put_many(1, 2, JOBS_INLINE);
    jobs_put_many(3, 4, JOBS_BLOCK);
    jobs_put_many(5, 16, 8);
}

static int op_close(void)
{
    mp_queue_close(jobs);
    return 0;
}

static int op_clear(void)
{
    mp_queue_clear(jobs);
    return 0;
}

static int op_wait_one(void)
{
    return jobs_wait(1, MP_FOREVER);
}

static int op_wait_many(void)
{
    return jobs_wait(JOBS_OTHERS, MP_FOREVER);
}

static int op_wait_until(void)
{
    return jobs_wait(JOBS_OTHERS, mp_now() + 1000000);
}

static void sleep_wait_many(void)
{
    EXPECT(jobs_wait(JOBS_OTHERS, MP_FOREVER) == 0, "wait");
}

// What was cleared counts as done. With helpers there are no facts to compare.
static bool clears(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got)
{
    bool has_facts = got->facts[2] != 0;
    uint64_t gone = before->nids - got->nids;
    return crash_shrinks(before, after, got) && (!has_facts || got->facts[1] == before->facts[1] + gone);
}

static const struct crash_case cases[] = {
    {"close to consumers", jobs_open_empty, NULL, op_close, jobs_look, jobs_end, JOBS_OBSERVED},
    {"close to producers", jobs_open_full, NULL, op_close, jobs_look, jobs_end, JOBS_BESIDE, JOBS_PUTTERS},
    {"clear", open_mixed, NULL, op_clear, jobs_look, jobs_end, JOBS_BESIDE, JOBS_JOINERS, .between = clears},
    {"clear full", jobs_open_full, NULL, op_clear, jobs_look, jobs_end, JOBS_JOINERS, .between = clears},
    {"clear references", jobs_open_holding_others, NULL, op_clear, jobs_look, jobs_end, JOBS_BESIDE, .between = clears},
    {"close to those who leave", jobs_open_empty, NULL, op_close, jobs_look, jobs_end, JOBS_OBSERVERS_LEAVING},
    {"wait for one", jobs_open_empty_with_others, NULL, op_wait_one, jobs_look, jobs_end_with_others, jobs_poke_put,
     .sleepers = {{jobs_sleep_wait, jobs_can_get}, {sleep_wait_many, jobs_can_get}}},
    {"wait for many", jobs_open_empty_with_others, NULL, op_wait_many, jobs_look, jobs_end_with_others, jobs_poke_put,
     .sleepers = {{sleep_wait_many, jobs_can_get}, {jobs_sleep_wait, jobs_can_get}}},
    {"wait, times out", jobs_open_empty_with_others, NULL, op_wait_until, jobs_look, jobs_end_with_others,
     .peers = {jobs_fill, jobs_poke_close}},
};

int main(int argc, char **argv)
{
    return crash_main(argc, argv, "queue_crash", cases, sizeof cases / sizeof *cases);
}
