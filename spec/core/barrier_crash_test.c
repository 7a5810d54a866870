// Barriers whose users are killed at every point: a round ends well for all who waited, or badly for all.
#include <errno.h>
#include <string.h>

#include "core/barrier.h"
#include "core/clock.h"
#include "core/slot.h"
#include "crash.h"
#include "family.h"

enum { PARTIES = 4, A_WHILE = 5000000, WELL = 1, BADLY = 2 };

static struct mp_barrier *barrier;
static uint32_t handle;

static int make(uint64_t parties, bool acts, struct mp_barrier **made, uint32_t *index)
{
    struct mp_build action;
    mp_build_init(&action);
    int err = acts ? mp_build_to_block(&action) : 0;
    if (!err && acts) err = mp_build_seal(&action);
    if (!err) err = mp_barrier_new(parties, acts ? &action : NULL, MP_FOREVER, "all", 3, made, index);
    mp_build_drop(&action);
    return err;
}

static void open_barrier(void)
{
    EXPECT(make(PARTIES, false, &barrier, &handle) == 0, "barrier");
}

static void open_acting(void)
{
    EXPECT(make(PARTIES, true, &barrier, &handle) == 0, "barrier");
}

// The others of the round are there.
static void open_for_last(void)
{
    open_barrier();
    barrier->arrived = PARTIES - 1;
}

static void open_acting_for_last(void)
{
    open_acting();
    barrier->arrived = PARTIES - 1;
}

static void open_for_one(void)
{
    open_barrier();
    barrier->arrived = PARTIES - 2;
}

static void open_broken(void)
{
    open_barrier();
    mp_barrier_abort(barrier);
}

static void close_barrier(void)
{
    mp_handle_close(handle);
}

static struct mp_handle *mine(void)
{
    return mp_handle_at(mp_self.slot, 0);
}

static void begin(void)
{
    uint32_t index;
    EXPECT(mp_handle_open(&barrier->obj, &index) == 0 && index == 0, "handle");
}

// The victim completes the round, whoever sleeps.
static void begin_last(void)
{
    begin();
    barrier->parties = barrier->arrived + 1;
}

static void begin_interrupted(void)
{
    begin();
    mp_interrupt();
}

static int try_for(int64_t timeout)
{
    uint64_t index;
    int err = mp_barrier_wait(barrier, mine(), timeout, &index);
    EXPECT(err || (index >= 1 && index <= PARTIES), "index");
    return err;
}

// ---- what the victim does ----

static int op_new(void)
{
    struct mp_barrier *made;
    uint32_t index;
    return make(2, true, &made, &index);
}

static int op_wait(void)
{
    EXPECT(try_for(MP_FOREVER) == 0, "wait");
    return 0;
}

static int op_wait_anyhow(void)
{
    int err = try_for(MP_FOREVER);
    EXPECT(err == 0 || err == EPIPE, "wait: %d", err);
    return 0;
}

static int op_wait_in_vain(void)
{
    EXPECT(try_for(1000) == EPIPE, "wait");
    return 0;
}

static int op_wait_interrupted(void)
{
    EXPECT(try_for(MP_FOREVER) == EINTR, "wait");
    EXPECT(barrier->arrived == 0, "left");
    return 0;
}

static int op_act(void)
{
    EXPECT(try_for(MP_FOREVER) == EINPROGRESS, "wait");
    EXPECT(try_for(MP_FOREVER) == EDEADLK, "wait in the action");
    EXPECT(mp_barrier_pass(barrier) == 0, "pass");
    return 0;
}

static int op_act_and_fail(void)
{
    EXPECT(try_for(MP_FOREVER) == EINPROGRESS, "wait");
    mp_barrier_fail(barrier, "some error");
    return 0;
}

static int op_abort(void)
{
    mp_barrier_abort(barrier);
    return 0;
}

static int op_reset(void)
{
    mp_barrier_reset(barrier);
    return 0;
}

// ---- what others do ----

static void wait_for(int64_t timeout)
{
    begin();
    int err = try_for(timeout);
    EXPECT(err == 0 || err == EPIPE, "wait: %d", err);
    crash_took(err ? BADLY : WELL);
}

static void wait_for_all(void)
{
    wait_for(MP_FOREVER);
}

static void wait_a_while(void)
{
    wait_for(A_WHILE);
}

static void try_wait(void)
{
    begin();
    try_for(MP_NOW);
}

static void abort_beside(void)
{
    mp_barrier_abort(barrier);
}

static void reset_beside(void)
{
    mp_barrier_reset(barrier);
}

// The last one comes, or too early.
static void poke(void)
{
    uint64_t index;
    int err = mp_barrier_wait(barrier, mp_handle_at(mp_self.slot, handle), MP_NOW, &index);
    EXPECT(err == 0 || err == EPIPE, "wait: %d", err);
}

static bool has_ended(void)
{
    return atomic_load(&barrier->state) != 0;
}

// ---- what is left ----

// Of the first round; in the second the death of the victim may have broken the barrier.
static uint64_t how_it_ended(void)
{
    uint64_t state = atomic_load(&barrier->state), rounds = state >> 32;
    return rounds == 0 ? 0 : state >> rounds & 1 ? BADLY : WELL;
}

static void look(struct crash_state *got)
{
    got->facts[0] = how_it_ended();
    got->facts[1] = barrier->arrived;
    got->facts[2] = barrier->acting;
    got->facts[3] = barrier->obj.refs;
    got->facts[4] = barrier->nwaiting;
    EXPECT(!mp_barrier_broken(barrier) || strncmp(barrier->why, "is broken: ", 11) == 0, "why");
}

// Who was interrupted may have been killed after that.
static void look_at_nobody(struct crash_state *got)
{
    look(got);
    EXPECT(got->facts[0] != WELL && got->facts[1] == 0, "nobody is there");
    got->facts[0] = 0;
}

static void look_at_mended(struct crash_state *got)
{
    look(got);
    got->facts[0] = mp_barrier_broken(barrier);
}

// The sleepers agree.
static bool all_or_none(const struct crash_state *before, const struct crash_state *after,
                        const struct crash_state *got)
{
    (void)before;
    (void)after;
    uint64_t well = 0;
    for (uint64_t i = 0; i < got->nids; i++) well += got->ids[i] == WELL;
    return well == 0 || (well == CRASH_SLEEPERS && got->nids == CRASH_SLEEPERS);
}

// Killed in the action: the round ended badly, and nothing came after it.
static bool broken_in_action(const struct crash_state *before, const struct crash_state *after,
                             const struct crash_state *got)
{
    if (got->nids > 0) return all_or_none(before, after, got);
    return got->facts[0] == BADLY && got->facts[1] == 0 && got->facts[2] == 0;
}

#define OTHERS                                                                                                         \
    .sleepers = {{wait_for_all, has_ended}, {wait_for_all, has_ended}, {wait_for_all, has_ended}}, .unordered = true
#define LEAVING                                                                                                        \
    .sleepers = {{wait_a_while, has_ended}, {wait_a_while, has_ended}, {wait_a_while, has_ended}}, .leaving = true
#define BESIDE .peers = {try_wait, abort_beside, reset_beside}

static const struct crash_case cases[] = {
    {"new barrier", open_barrier, NULL, op_new, look, close_barrier, .between = NULL},
    {"the last arrives", open_for_last, begin, op_wait, look, close_barrier, BESIDE},
    {"the last arrives, others sleep", open_barrier, begin_last, op_wait, look, close_barrier, OTHERS,
     .between = all_or_none},
    {"act, others sleep", open_acting, begin_last, op_act, look, close_barrier, OTHERS, .between = broken_in_action},
    {"fail, others sleep", open_acting, begin_last, op_act_and_fail, look, close_barrier, OTHERS,
     .between = all_or_none},
    {"one arrives before the last", open_for_one, begin, op_wait, look, close_barrier, poke, .between = NULL},
    {"the first waits in vain", open_barrier, begin, op_wait_in_vain, look, close_barrier, BESIDE},
    {"the first is interrupted", open_barrier, begin_interrupted, op_wait_interrupted, look_at_nobody, close_barrier,
     BESIDE},
    {"act", open_acting_for_last, begin, op_act, look, close_barrier, BESIDE, .between = broken_in_action},
    {"act and fail", open_acting_for_last, begin, op_act_and_fail, look, close_barrier, BESIDE},
    {"abort", open_for_last, NULL, op_abort, look, close_barrier, BESIDE},
    {"abort, others sleep", open_barrier, NULL, op_abort, look, close_barrier, OTHERS, .between = all_or_none},
    {"reset", open_for_last, NULL, op_reset, look, close_barrier, BESIDE},
    {"reset, others sleep", open_barrier, NULL, op_reset, look, close_barrier, OTHERS, .between = all_or_none},
    {"reset what is broken", open_broken, NULL, op_reset, look_at_mended, close_barrier, BESIDE},
    {"the last arrives, others leave", open_barrier, begin_last, op_wait_anyhow, look, close_barrier, LEAVING,
     .between = all_or_none},
    {"abort beside those who leave", open_barrier, NULL, op_abort, look, close_barrier, LEAVING,
     .between = all_or_none},
};

int main(int argc, char **argv)
{
    return crash_main(argc, argv, "barrier_crash", cases, sizeof cases / sizeof *cases);
}
