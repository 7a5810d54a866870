#include "crash_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fsck.h"
#include "core/heap.h"
#include "core/killpoint.h"
#include "core/layout.h"
#include "core/recover.h"
#include "core/tx.h"
#include "family.h"

// ---- the members ----

// In a member, in front of the point that is hit.
static void visit(const char *_Atomic *at)
{
    const char *none = NULL;
    atomic_store(at, mp_killpoint_name);
    for (int i = 0; i < CRASH_NAMES; i++, none = NULL) {
        if (atomic_compare_exchange_strong(&crash_shared->visited[i], &none, mp_killpoint_name)) return;
        if (strcmp(none, mp_killpoint_name) == 0) return;
    }
}

void crash_die(void)
{
    visit(&crash_shared->point);
    raise(SIGKILL);
}

void crash_die_recovering(void)
{
    visit(&crash_shared->second);
    raise(SIGKILL);
}

void crash_stop(void)
{
    visit(&crash_shared->point);
    raise(SIGSTOP);
}

struct victim {
    long left;             // points to pass, BEFORE or AFTER the operation, TRACED
    void (*action)(void);
};

static void run_victim(void *arg)
{
    const struct victim *v = arg;
    mp_latch_idle = NULL;
    if (crash_now->begin) crash_now->begin();
    if (v->left == BEFORE) raise(SIGKILL);
    if (v->left == TRACED && ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) _exit(4);
    if (v->left == TRACED) raise(SIGSTOP);
    mp_killpoint_action = v->action;
    mp_killpoint_left = v->left > 0 ? v->left : LONG_MAX;
    mp_enter(MP_OP_OBJECT);
    int err = crash_now->op();
    mp_leave();
    if (v->left == AFTER) atomic_store(&crash_shared->points, LONG_MAX - mp_killpoint_left);
    mp_killpoint_left = NEVER;
    if (err) _exit(2);
    if (v->left == AFTER) raise(SIGKILL);
}

void crash_run_helper(void *arg)
{
    void (*const *op)(void) = arg;
    mp_latch_idle = NULL;
    mp_enter(MP_OP_OBJECT);
    (*op)();
    mp_leave();
    mp_retire();
}

void crash_took(uint64_t id)
{
    uint64_t n = atomic_load(&crash_shared->ntook);
    if (n >= CRASH_IDS) _exit(3);
    crash_shared->took[atomic_fetch_add(&crash_shared->ntook, 1)] = id;
}

void crash_gave(uint64_t id)
{
    crash_shared->gave[atomic_fetch_add(&crash_shared->ngave, 1)] = id;
}

// ---- before and after ----

static uint64_t blocks_before;
static uint64_t objects_before[MP_KINDS];

void crash_prepare(void)
{
    atomic_store(&crash_shared->point, NULL);
    atomic_store(&crash_shared->second, NULL);
    atomic_store(&crash_shared->ntook, 0);
    atomic_store(&crash_shared->ngave, 0);
    alarm(PATIENCE);
    for (uint64_t i = CRASH_VICTIM; i < CRASH_FIRST_SLEEPER + CRASH_SLEEPERS; i++) {
        atomic_store(&mp_slot_at(i)->park, MP_PARK_EMPTY);
        atomic_store(&mp_slot_at(i)->at_gate, 0);
        atomic_store(&mp_slot_at(i)->stopped, 0);
    }
    crash_now->setup();
}

static void census(uint64_t objects[MP_KINDS])
{
    for (int k = 0; k < MP_KINDS; k++) {
        objects[k] = mp_arena->objects[k];
        for (uint64_t i = 0; i < mp_slots_top(); i++) objects[k] += mp_slot_at(i)->objects[k];
    }
}

void crash_note_state(void)
{
    blocks_before = family_blocks();
    census(objects_before);
}

static void expect_sound(void)
{
    char why[256] = "";
    bool sound = mp_fsck_run(why, sizeof why);
    CHECK(sound, "%s", why);
}

// After the look nothing of the case may be left.
void crash_finish(struct crash_state *got)
{
    uint64_t objects[MP_KINDS], blocks;
    expect_sound();
    memset(got, 0, sizeof *got);
    census(objects);
    for (int k = 0; k < MP_KINDS; k++) got->facts[CRASH_FACTS - 1] += objects[k];
    crash_now->look(got);
    expect_sound();
    crash_now->end();
    expect_sound();
    blocks = family_blocks();
    CHECK(blocks == blocks_before, "%" PRIu64 " blocks, had %" PRIu64, blocks, blocks_before);
    census(objects);
    for (int k = 0; k < MP_KINDS; k++) {
        CHECK(objects[k] == objects_before[k], "%" PRIu64 " objects of kind %d, had %" PRIu64, objects[k], k,
              objects_before[k]);
    }
    alarm(0);
}

// ---- what members are about ----

// Or at the gate of the core.
bool crash_parked(uint64_t slot)
{
    return atomic_load(&mp_slot_at(slot)->park) == MP_PARK_PARKED || atomic_load(&mp_slot_at(slot)->at_gate);
}

bool crash_ended(pid_t pid)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

static bool is_victim(uint32_t word)
{
    uint64_t owner = word & ((1u << MP_SLOT_BITS) - 1);
    return owner == CRASH_VICTIM + 1 || (owner && mp_slot_at(owner - 1)->leader == CRASH_VICTIM + 1);
}

// Or at the gate of the core, which the victim has shut.
bool crash_waits_for_latch(uint64_t slot)
{
    const struct mp_slot *s = mp_slot_at(slot);
    uint64_t n = s->nheld;
    if (atomic_load(&s->at_gate)) return true;
    if (n == 0) return false;
    const struct mp_held held = s->held[n - 1];
    uint32_t word = atomic_load(&held.latch->owner);
    return (word & MP_LATCH_WAITED) && is_victim(word);
}

// ---- their ends ----

int crash_reap(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0) CHECK(errno == EINTR, "waitpid: %d", errno);
    return status;
}

void crash_expect_success(pid_t pid, const char *who)
{
    int status = crash_reap(pid);
    CHECK(status == 0, "%s's status %#x", who, status);
}

void crash_kill_stopped(pid_t pid)
{
    kill(pid, SIGKILL);
    crash_reap(pid);
}

static pid_t victim;

pid_t crash_start_victim(long left, void (*action)(void))
{
    struct victim v = {.left = left, .action = action};
    victim = family_fork(CRASH_VICTIM, run_victim, &v);
    return victim;
}

// A victim that a poke has woken may die with a latch that the rest of the poke needs.
void crash_free_latches(void)
{
    if (victim && crash_ended(victim)) mp_recover_undo(mp_slot_at(CRASH_VICTIM));
}

// Until the victim has ended or sleeps. Tells whether it sleeps: else its latches may still be taken.
bool crash_sleeps(pid_t pid)
{
    while (!crash_ended(pid) && !crash_parked(CRASH_VICTIM)) sched_yield();
    return crash_parked(CRASH_VICTIM);
}

// True: it was killed at its point; false: it had done all.
bool crash_was_killed(int status)
{
    CHECK(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0, "victim's status %#x", status);
    return WIFSIGNALED(status);
}

// The victim to its end: what it sleeps for is given to it, or, when it ended before that, to the others.
bool crash_end_victim(pid_t pid)
{
    bool poked = crash_now->poke && crash_sleeps(pid);
    if (poked) crash_now->poke();
    bool killed = crash_was_killed(crash_reap(pid));
    family_bury(CRASH_VICTIM);
    if (crash_now->poke && !poked) crash_now->poke();
    return killed;
}
