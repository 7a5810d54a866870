// Semaphores whose users are killed at every point: no permit is lost, and there is never one too many.
#include <errno.h>
#include <string.h>

#include "core/clock.h"
#include "core/semaphore.h"
#include "core/slot.h"
#include "crash.h"
#include "family.h"

enum { PERMITS = 3, A_WHILE = 5000000, PERMIT = 7 };   // PERMIT: how the harness calls each of a signal's

static struct mp_semaphore *semaphore;
static uint32_t handle;
static struct mp_slot *owner;   // of the handle that mine() opened

static void open_with(uint64_t value, bool signal)
{
    EXPECT(mp_semaphore_new(value, signal, "some at a time", 14, &semaphore, &handle) == 0, "semaphore");
    owner = NULL;
}

static void open_semaphore(void)
{
    open_with(PERMITS, false);
}

static void open_signal(void)
{
    open_with(0, true);
}

static void open_given_signal(void)
{
    open_with(2, true);
}

static void close_semaphore(void)
{
    mp_handle_close(handle);
}

static struct mp_handle *mine(void)
{
    static uint32_t index;
    if (owner != mp_self.slot) EXPECT(mp_handle_open(&semaphore->obj, &index) == 0, "handle");
    owner = mp_self.slot;
    return mp_handle_at(mp_self.slot, index);
}

static struct mp_handle *recoverers(void)
{
    return mp_handle_at(mp_self.slot, handle);
}

static void begin_with_handle(void)
{
    mine();
}

static void acquire(uint64_t permits)
{
    for (uint64_t i = 0; i < permits; i++) EXPECT(mp_semaphore_acquire(semaphore, mine(), MP_NOW) == 0, "acquire");
}

static void acquire_all(void)
{
    acquire(PERMITS);
}

// Before sleepers come.
static void open_held(void)
{
    open_semaphore();
    family_as(CRASH_VICTIM, acquire_all);
}

static void open_held_for_the_hungry(void)
{
    open_held();
    atomic_store(&semaphore->hungry, 1);
}

static void begin_for_the_hungry(void)
{
    mine();
    atomic_store(&semaphore->hungry, 1);
}

static void open_taken(void)
{
    open_with(1, false);
    EXPECT(mp_semaphore_acquire(semaphore, recoverers(), MP_NOW) == 0, "acquire");
}

static void release_taken(void)
{
    EXPECT(mp_semaphore_release(semaphore, recoverers(), 1) == 0, "release");
}

static void hand_taken_over(void)
{
    atomic_store(&semaphore->hungry, 1);
    release_taken();
}

static void give_signal(void)
{
    EXPECT(mp_semaphore_release(semaphore, recoverers(), 1) == 0, "release");
}

static void hand_signal_over(void)
{
    atomic_store(&semaphore->hungry, 1);
    give_signal();
}

// ---- what the victim does ----

static int op_new(void)
{
    struct mp_semaphore *made;
    uint32_t index;
    return mp_semaphore_new(5, false, "another", 7, &made, &index);
}

static int op_acquire(void)
{
    EXPECT(mp_semaphore_acquire(semaphore, mine(), MP_FOREVER) == 0, "acquire");
    return 0;
}

static int op_acquire_in_vain(void)
{
    EXPECT(mp_semaphore_acquire(semaphore, mine(), mp_now() + 1000) == ETIMEDOUT, "acquire");
    return 0;
}

static int op_acquire_interrupted(void)
{
    mp_interrupt();
    EXPECT(mp_semaphore_acquire(semaphore, mine(), MP_FOREVER) == EINTR, "acquire");
    return 0;
}

static int op_release(void)
{
    EXPECT(mp_semaphore_release(semaphore, mine(), 1) == 0, "release");
    return 0;
}

static int op_release_all(void)
{
    EXPECT(mp_semaphore_release(semaphore, mine(), PERMITS) == 0, "release");
    return 0;
}

static int op_both(void)
{
    op_acquire();
    op_acquire();
    EXPECT(mine()->held == 2, "held");
    op_release();
    return op_release();
}

// ---- what others do ----

static void pass_until(int64_t deadline)
{
    int err = mp_semaphore_acquire(semaphore, mine(), deadline);
    EXPECT(err == 0 || (deadline != MP_FOREVER && err == ETIMEDOUT), "acquire: %d", err);
    if (!err) EXPECT(mp_semaphore_release(semaphore, mine(), 1) == 0, "release");
}

static void pass(void)
{
    pass_until(MP_FOREVER);
}

static void try_pass(void)
{
    pass_until(MP_NOW);
}

static void pass_for_a_while(void)
{
    pass_until(mp_now() + A_WHILE);
}

static void take_signal(void)
{
    if (mp_semaphore_acquire(semaphore, mine(), MP_FOREVER) == 0) crash_took(PERMIT);
}

static void take_signal_for_a_while(void)
{
    if (mp_semaphore_acquire(semaphore, mine(), mp_now() + A_WHILE) == 0) crash_took(PERMIT);
}

static void watch(void)
{
    struct mp_watched watched = {.obj = &semaphore->obj, .mine = mine()};
    EXPECT(mp_wait_any(&watched, 1, MP_FOREVER) == 0 && watched.ready, "wait");
}

static bool can_take(void)
{
    return mp_semaphore_value(semaphore) > 0;
}

// ---- what is left ----

static void look(struct crash_state *got)
{
    got->facts[0] = mp_semaphore_value(semaphore);
    got->facts[1] = semaphore->obj.refs;
    got->facts[2] = semaphore->nwaiting;
    EXPECT(got->facts[0] == semaphore->total, "all permits are back");
}

// The recoverer's own permit comes back here, when it did not before.
static void look_at_taken(struct crash_state *got)
{
    if (recoverers()->held) release_taken();
    look(got);
}

static void look_at_signal(struct crash_state *got)
{
    got->nids = mp_semaphore_value(semaphore);
    for (uint64_t i = 0; i < got->nids; i++) got->ids[i] = PERMIT;
    got->facts[1] = semaphore->obj.refs;
    got->facts[2] = semaphore->nwaiting;
}

#define TAKERS .sleepers = {{pass, can_take}, {watch, can_take}, {pass, can_take}}
#define LEAVING .sleepers = {{pass_for_a_while, can_take}, {pass_for_a_while, can_take}}, .leaving = true
#define SIGNALLED .sleepers = {{take_signal, can_take}, {watch, can_take}, {take_signal, can_take}}, .unordered = true
#define SIGNALLED_LEAVING .sleepers = {{take_signal_for_a_while, can_take}}, .leaving = true

static const struct crash_case cases[] = {
    {"new semaphore", open_semaphore, NULL, op_new, look, close_semaphore, .between = NULL},
    {"acquire", open_semaphore, begin_with_handle, op_acquire, look, close_semaphore, .peers = {try_pass, pass}},
    {"acquire what is taken", open_taken, begin_with_handle, op_acquire, look_at_taken, close_semaphore, release_taken,
     TAKERS},
    {"acquire what is handed over", open_taken, begin_with_handle, op_acquire, look_at_taken, close_semaphore,
     hand_taken_over, TAKERS},
    {"acquire in vain", open_taken, begin_with_handle, op_acquire_in_vain, look_at_taken, close_semaphore,
     .peers = {try_pass}},
    {"acquire interrupted", open_taken, begin_with_handle, op_acquire_interrupted, look_at_taken, close_semaphore,
     .peers = {try_pass}},
    {"acquire and release", open_semaphore, begin_with_handle, op_both, look, close_semaphore,
     .peers = {try_pass, pass}},
    {"release", open_held, NULL, op_release, look, close_semaphore, .peers = {try_pass}, TAKERS},
    {"release to those who leave", open_held, NULL, op_release, look, close_semaphore, LEAVING},
    {"release all", open_held, NULL, op_release_all, look, close_semaphore, .peers = {try_pass}, TAKERS},
    {"release to the hungry", open_held_for_the_hungry, NULL, op_release, look, close_semaphore, TAKERS},
    {"release all to the hungry", open_held_for_the_hungry, NULL, op_release_all, look, close_semaphore, TAKERS},
    {"release to the hungry who leave", open_held_for_the_hungry, NULL, op_release, look, close_semaphore, LEAVING},

    {"signal", open_signal, begin_with_handle, op_release, look_at_signal, close_semaphore, SIGNALLED},
    {"signal several", open_signal, begin_with_handle, op_release_all, look_at_signal, close_semaphore, SIGNALLED},
    {"signal the hungry", open_signal, begin_for_the_hungry, op_release, look_at_signal, close_semaphore, SIGNALLED},
    {"signal those who leave", open_signal, begin_with_handle, op_release, look_at_signal, close_semaphore,
     SIGNALLED_LEAVING},
    {"signal the hungry who leave", open_signal, begin_for_the_hungry, op_release, look_at_signal, close_semaphore,
     SIGNALLED_LEAVING},
    {"take a signal", open_given_signal, begin_with_handle, op_acquire, look_at_signal, close_semaphore,
     .peers = {take_signal}},
    {"wait for a signal", open_signal, begin_with_handle, op_acquire, look_at_signal, close_semaphore, give_signal,
     .between = NULL},
    {"wait for a signal that is handed over", open_signal, begin_with_handle, op_acquire, look_at_signal,
     close_semaphore, hand_signal_over, .between = NULL},
};

int main(int argc, char **argv)
{
    return crash_main(argc, argv, "semaphore_crash", cases, sizeof cases / sizeof *cases);
}
