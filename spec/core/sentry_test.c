// Interleavings of producers, sentries and sleepers in which a wake-up could be lost. Each is played by processes that
// stop at crash points until the others are where they have to be.
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/handle.h"
#include "core/killpoint.h"
#include "core/layout.h"
#include "core/queue.h"
#include "core/recover.h"
#include "core/sentry.h"
#include "family.h"

enum { PATIENCE = 30 };
enum { SLEEPER = 10, NAPPING, SPINNING, PRODUCER, MEMBERS = 4 };

static struct mp_queue *q;
static uint32_t handle;
static pid_t pids[MEMBERS];

// By slot: the points that it has stopped at, the last one that it may pass, and the message that it got.
static struct shared {
    _Atomic int reached[MP_SLOTS], passes[MP_SLOTS];
    _Atomic uint64_t got[MP_SLOTS];
} *shared;

// ---- stopping at points ----

static const char *const *stops;   // where this process does, in turn
static int stage;

static void at_point(void)
{
    uint64_t me = mp_slot_index(mp_self.slot);
    if (strcmp(mp_killpoint_name, stops[stage]) == 0) {
        atomic_store(&shared->reached[me], ++stage);
        while (atomic_load(&shared->passes[me]) < stage) sched_yield();
    }
    mp_killpoint_left = stops[stage] ? 1 : 0;
}

static void stop_at(const char *const *points)
{
    stops = points;
    stage = 0;
    mp_killpoint_action = at_point;
    mp_killpoint_left = points[0] ? 1 : 0;
}

static void until_reached(uint64_t slot, int n)
{
    while (atomic_load(&shared->reached[slot]) < n) sched_yield();
}

// And no further than the point behind the n-th.
static void let_pass(uint64_t slot, int n)
{
    atomic_store(&shared->passes[slot], n);
}

static void until_parked(uint64_t slot)
{
    while (atomic_load(&mp_slot_at(slot)->park) != MP_PARK_PARKED) sched_yield();
}

static uint64_t until_got(uint64_t slot)
{
    uint64_t got;
    while ((got = atomic_load(&shared->got[slot])) == 0) sched_yield();
    return got;
}

// ---- what they do ----

static void get(void *points)
{
    struct mp_item item;
    uint64_t number = 0;
    stop_at(points);
    mp_enter(MP_OP_GET);
    EXPECT(mp_queue_get(q, &item, MP_FOREVER) == 0, "get");
    memcpy(&number, item.view.data, sizeof number);
    mp_item_drop(&item);
    mp_leave();
    atomic_store(&shared->got[mp_slot_index(mp_self.slot)], number);
}

static void put(uint64_t number)
{
    struct mp_build b;
    mp_build_init(&b);
    EXPECT(mp_build_room(&b, sizeof number) == 0, "room");
    memcpy(b.data, &number, sizeof number);
    b.len = sizeof number;
    EXPECT(mp_build_seal(&b) == 0, "seal");
    mp_enter(MP_OP_PUT);
    EXPECT(mp_queue_put(q, &b, MP_FOREVER) == 0, "put");
    mp_leave();
}

static void put_one_and_stop_with_two(void *points)
{
    put(1);
    stop_at(points);
    put(2);
}

static void put_three_and_sleep(void *unused)
{
    (void)unused;
    for (uint64_t i = 1; i <= 3; i++) put(i);
    mp_enter(MP_OP_WAIT);
    mp_sleep(MP_FOREVER);
    mp_leave();
}

static void put_one(void *unused)
{
    (void)unused;
    put(1);
}

static void start(uint64_t slot, void (*f)(void *), const char *const *points)
{
    static const char *const nowhere[] = {NULL};
    atomic_store(&shared->reached[slot], 0);
    atomic_store(&shared->got[slot], 0);
    pids[slot - SLEEPER] = family_fork(slot, f, (void *)(points ? points : nowhere));
}

// As if so many others were running, on two CPUs.
static void begin(uint64_t members)
{
    start(SLEEPER, get, NULL);
    until_parked(SLEEPER);
    mp_arena->cpus = 2;
    atomic_store(&mp_arena->slots_live, members);
}

static void reap(uint64_t slot)
{
    waitpid(pids[slot - SLEEPER], NULL, 0);
    pids[slot - SLEEPER] = 0;
}

static void finish(const char *when)
{
    for (uint64_t slot = SLEEPER; slot < SLEEPER + MEMBERS; slot++) {
        atomic_store(&shared->passes[slot], 0);
        if (!pids[slot - SLEEPER]) continue;
        kill(pids[slot - SLEEPER], SIGKILL);
        reap(slot);
        family_bury(slot);
    }
    atomic_store(&mp_arena->slots_live, 1);
    EXPECT(mp_queue_size(q) == 0 && q->getting.sentry == 0, "%s: something is left", when);
    family_expect_sound(when);
}

// ---- the interleavings ----

// The producer has counted on the one that spins, which takes what was there before and is off.
static void test_preempted_producer(void)
{
    static const char *const named[] = {"sentry.named", NULL}, *const seen[] = {"sentry.seen", NULL};
    begin(3);
    start(SPINNING, get, named);
    until_reached(SPINNING, 1);
    start(PRODUCER, put_one_and_stop_with_two, seen);
    until_reached(PRODUCER, 1);
    let_pass(SPINNING, 1);
    EXPECT(until_got(SPINNING) == 1, "the first");
    let_pass(PRODUCER, 1);
    EXPECT(until_got(SLEEPER) == 2, "the second");
    finish("a preempted producer");
}

// Who napped takes one and leaves the rest to the one that spins, which takes one too.
static void test_second_sentry(void)
{
    static const char *const spins[] = {"sentry.recorded", "sentry.named", NULL};
    static const char *const naps[] = {"sentry.named", "sentry.withdrawn", "sentry.named", "sentry.withdrawn", NULL};
    begin(4);
    start(SPINNING, get, spins);
    until_reached(SPINNING, 1);
    let_pass(NAPPING, 2);   // it spins in vain
    start(NAPPING, get, naps);
    until_reached(NAPPING, 3);
    start(PRODUCER, put_three_and_sleep, NULL);
    until_parked(PRODUCER);
    let_pass(NAPPING, 3);
    until_reached(NAPPING, 4);
    let_pass(SPINNING, 1);
    until_reached(SPINNING, 2);
    let_pass(NAPPING, 4);
    EXPECT(until_got(NAPPING) == 1, "the first");
    let_pass(SPINNING, 2);
    EXPECT(until_got(SPINNING) == 2, "the second");
    EXPECT(until_got(SLEEPER) == 3, "the third");
    finish("two sentries");
}

// What it held comes later, when all latches for that are to be had: nobody waits for that.
static void test_dead_sentry(void)
{
    static const char *const naps[] = {"sentry.named", "sentry.withdrawn", "sentry.named", NULL};
    begin(4);
    let_pass(NAPPING, 2);
    start(NAPPING, get, naps);
    until_reached(NAPPING, 3);
    start(PRODUCER, put_one, NULL);
    reap(PRODUCER);
    kill(pids[NAPPING - SLEEPER], SIGKILL);
    reap(NAPPING);
    mp_slot_at(NAPPING)->status = SIGKILL;
    atomic_store(&mp_slot_at(NAPPING)->state, MP_SLOT_DYING);
    EXPECT(mp_recover_undo(mp_slot_at(NAPPING)), "owed");
    EXPECT(q->getting.sentry == 0, "nobody leaves more to it");
    mp_wake_family();
    EXPECT(until_got(SLEEPER) == 1, "what was left to the dead");
    family_bury(NAPPING);
    family_bury(PRODUCER);
    finish("a dead sentry");
}

int main(void)
{
    alarm(PATIENCE);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    EXPECT(shared != MAP_FAILED, "mmap");
    family_open(UINT64_C(64) << 20);
    EXPECT(mp_queue_new(0, "jobs", 4, &q, &handle) == 0, "queue");
    test_preempted_producer();
    test_second_sentry();
    test_dead_sentry();
    return family_done("sentry", 3);
}
