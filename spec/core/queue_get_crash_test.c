// Gets from queues, killed at every point.
#include <errno.h>

#include "core/clock.h"
#include "core/layout.h"
#include "family.h"
#include "jobs.h"

enum { MANY_CPUS = 100, CROWD = 64 };

static int32_t cpus;

static int op_get(void)
{
    uint64_t id;
    return jobs_get(&id, MP_NOW);
}

static int op_get_waiting(void)
{
    uint64_t id;
    return jobs_get(&id, MP_FOREVER);
}

static int op_get_until(void)
{
    uint64_t id;
    int err = jobs_get(&id, mp_now() + 1000000);
    return err == ETIMEDOUT ? 0 : err;
}

static void open_as_sentry(void)
{
    cpus = mp_arena->cpus;
    mp_arena->cpus = MANY_CPUS;   // so nobody naps before the victim
    atomic_store(&mp_arena->slots_live, CROWD);
    jobs_open_empty();
}

static void begin_napping(void)
{
    mp_arena->cpus = cpus;
}

static void poke_put_block(void)
{
    jobs_put_many(5, 5, JOBS_BLOCK);
}

static int op_get_until_closed(void)
{
    uint64_t id;
    int err = jobs_get(&id, MP_FOREVER);
    return err == EPIPE ? 0 : err;
}

static void leave_put(void)
{
    uint64_t id = CRASH_HELPERS + mp_slot_index(mp_self.slot);
    int err = jobs_put(id, JOBS_BLOCK, mp_now() + JOBS_WHILE);
    EXPECT(err == 0 || err == EPIPE || err == ETIMEDOUT, "put: %d", err);
    if (!err) crash_gave(id);
}

static void end_as_sentry(void)
{
    mp_arena->cpus = cpus;
    atomic_store(&mp_arena->slots_live, 1);
    jobs_end();
}

#define PUTTERS_LEAVING                                                                                                \
    .sleepers = {{leave_put, jobs_never}, {leave_put, jobs_never}, {leave_put, jobs_never}}, .leaving = true

static const struct crash_case cases[] = {
    {"get", jobs_open_three, NULL, op_get, jobs_look, jobs_end, JOBS_BESIDE},
    {"get block", jobs_open_three_blocks, NULL, op_get, jobs_look, jobs_end, JOBS_BESIDE},
    {"get large block", jobs_open_large, NULL, op_get, jobs_look, jobs_end, JOBS_BESIDE},
    {"get across segments", jobs_open_at_jump, NULL, op_get, jobs_look, jobs_end, JOBS_BESIDE},
    {"get from full", jobs_open_full, NULL, op_get, jobs_look, jobs_end, JOBS_PUTTERS},
    {"get block from full", jobs_open_full_blocks, NULL, op_get, jobs_look, jobs_end, JOBS_PUTTERS},
    {"get references", jobs_open_holding_others, NULL, op_get, jobs_look, jobs_end, JOBS_BESIDE},
    {"get returned message", jobs_open_returned, NULL, op_get, jobs_look, jobs_end, JOBS_BESIDE},
    {"get, times out", jobs_open_empty, NULL, op_get_until, jobs_look, jobs_end, .peers = {jobs_fill, jobs_poke_close}},
    {"get, waits", jobs_open_empty, NULL, op_get_waiting, jobs_look, jobs_end, jobs_poke_put, JOBS_GETTERS},
    {"get, spins beside those who sleep", open_as_sentry, NULL, op_get_waiting, jobs_look, end_as_sentry, jobs_poke_put,
     JOBS_GETTERS, .spinning = true},
    {"get, naps beside those who sleep", open_as_sentry, begin_napping, op_get_waiting, jobs_look, end_as_sentry,
     jobs_poke_put, JOBS_GETTERS, .napping = true},
    {"get block, waits", jobs_open_empty, NULL, op_get_waiting, jobs_look, jobs_end, poke_put_block, JOBS_GETTERS},
    {"get, waits among observers", jobs_open_empty, NULL, op_get_waiting, jobs_look, jobs_end, jobs_poke_put,
     JOBS_OBSERVED},
    {"get, waits until closed", jobs_open_empty, NULL, op_get_until_closed, jobs_look, jobs_end, jobs_poke_close,
     JOBS_GETTERS},
    {"get from producers that leave", jobs_open_full, NULL, op_get, jobs_look, jobs_end, PUTTERS_LEAVING},
};

int main(int argc, char **argv)
{
    return crash_main(argc, argv, "queue_get_crash", cases, sizeof cases / sizeof *cases);
}
