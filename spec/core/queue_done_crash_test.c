// What was taken from a queue: leases, task_done and join, killed at every point.
#include <errno.h>

#include "core/clock.h"
#include "core/layout.h"
#include "family.h"
#include "jobs.h"

static void open_one(void)
{
    jobs_open_empty();
    jobs_put_many(1, 1, JOBS_INLINE);
}

static void open_taken(void)
{
    uint64_t id;
    jobs_open_empty();
    jobs_put_many(1, 1, JOBS_INLINE);
    EXPECT(jobs_get(&id, MP_NOW) == 0, "get");
}

// Closed, and its only message is leased: who gets sleeps.
static void open_last_leased(void)
{
    struct mp_msg *msg;
    jobs_open_empty();
    jobs_put_many(1, 1, JOBS_INLINE);
    EXPECT(mp_queue_lease(jobs, &msg, MP_NOW) == 0, "lease");
    mp_queue_close(jobs);
}

static int op_lease_done(void)
{
    struct mp_msg *msg;
    int err = mp_queue_lease(jobs, &msg, MP_NOW);
    if (!err) mp_lease_done(msg);
    return err;
}

static int op_lease_back(void)
{
    struct mp_msg *a, *b;
    int err = mp_queue_lease(jobs, &a, MP_NOW);
    if (err) return err;
    err = mp_queue_lease(jobs, &b, MP_NOW);
    if (!err) mp_lease_back(mp_self.slot, b);
    mp_lease_back(mp_self.slot, a);
    return err;
}

static int op_lease_waiting(void)
{
    struct mp_msg *msg;
    int err = mp_queue_lease(jobs, &msg, MP_FOREVER);
    if (!err) mp_lease_done(msg);
    return err;
}

// What the recoverer does with the lease of somebody dead.
static int op_return_last(void)
{
    struct mp_slot *of = mp_slot_at(CRASH_RECOVERER);
    if (of->leases) mp_lease_back(of, mp_ptr(of->leases));
    return 0;
}

static int op_task_done(void)
{
    mp_queue_task_done(jobs);
    return 0;
}

static int op_join(void)
{
    return mp_queue_join(jobs, MP_FOREVER);
}

static int op_join_until(void)
{
    int err = mp_queue_join(jobs, mp_now() + 1000000);
    return err == ETIMEDOUT ? 0 : err;
}

static void poke_done(void)
{
    EXPECT(mp_queue_task_done(jobs) == 0, "task_done");
}

static void leave_join(void)
{
    int err = mp_queue_join(jobs, mp_now() + JOBS_WHILE);
    EXPECT(err == 0 || err == ETIMEDOUT, "join: %d", err);
}

#define JOINERS_LEAVING                                                                                                \
    .sleepers = {{leave_join, jobs_never}, {leave_join, jobs_never}, {leave_join, jobs_never}}, .leaving = true

static const struct crash_case cases[] = {
    {"lease and done", jobs_open_three, NULL, op_lease_done, jobs_look, jobs_end, JOBS_BESIDE, .unordered = true},
    {"lease block and done", jobs_open_three_blocks, NULL, op_lease_done, jobs_look, jobs_end, JOBS_BESIDE,
     .unordered = true},
    {"lease across segments", jobs_open_at_jump, NULL, op_lease_done, jobs_look, jobs_end, JOBS_BESIDE,
     .unordered = true},
    {"lease references", jobs_open_holding_others, NULL, op_lease_done, jobs_look, jobs_end, JOBS_BESIDE,
     .unordered = true},
    {"lease two and back", jobs_open_three, NULL, op_lease_back, jobs_look, jobs_end, JOBS_BESIDE, .unordered = true},
    {"lease two blocks and back", jobs_open_three_blocks, NULL, op_lease_back, jobs_look, jobs_end, JOBS_BESIDE,
     .unordered = true},
    {"lease returned and back", jobs_open_returned, NULL, op_lease_back, jobs_look, jobs_end, JOBS_BESIDE,
     .unordered = true},
    {"lease from full", jobs_open_full, NULL, op_lease_back, jobs_look, jobs_end, JOBS_PUTTERS, .unordered = true},
    {"lease, waits", jobs_open_empty, NULL, op_lease_waiting, jobs_look, jobs_end, jobs_poke_put, JOBS_GETTERS},
    {"last lease of a closed queue comes back", open_last_leased, NULL, op_return_last, jobs_look, jobs_end,
     JOBS_GETTERS},
    {"task_done", open_taken, NULL, op_task_done, jobs_look, jobs_end, JOBS_BESIDE, JOBS_JOINERS},
    {"done of the last lease", open_one, NULL, op_lease_done, jobs_look, jobs_end, JOBS_JOINERS},
    {"join", open_taken, NULL, op_join, jobs_look, jobs_end, poke_done, JOBS_JOINERS},
    {"done to joiners who leave", open_taken, NULL, op_task_done, jobs_look, jobs_end, JOINERS_LEAVING},
    {"join, times out", open_taken, NULL, op_join_until, jobs_look, jobs_end, JOBS_BESIDE},
};

int main(int argc, char **argv)
{
    return crash_main(argc, argv, "queue_done_crash", cases, sizeof cases / sizeof *cases);
}
