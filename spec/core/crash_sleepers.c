#include "crash_parts.h"

#include <signal.h>
#include <sched.h>
#include <sys/wait.h>

#include "core/layout.h"
#include "core/sentry.h"
#include "core/stops.h"
#include "core/tx.h"
#include "family.h"

static int count_sleepers(void)
{
    int n = 0;
    while (n < CRASH_SLEEPERS && crash_now->sleepers[n].op) n++;
    return n;
}

// Each from `first` on has ended, or sleeps and has nothing to go on for.
static bool settled(const pid_t *pids, int first, int n)
{
    for (int i = first; i < n; i++) {
        if (crash_ended(pids[i])) continue;
        if (!crash_parked(CRASH_FIRST_SLEEPER + (uint64_t)i) || crash_now->sleepers[i].ready()) return false;
    }
    return true;
}

static void settle(const pid_t *pids, int first, int n)
{
    for (int calm = 0; calm < 2; calm = settled(pids, first, n) ? calm + 1 : 0) sched_yield();
}

static void start_sleepers(pid_t *pids, int n)
{
    for (int i = 0; i < n; i++) {
        void (*op)(void) = crash_now->sleepers[i].op;
        uint64_t slot = CRASH_FIRST_SLEEPER + (uint64_t)i;
        pids[i] = family_fork(slot, crash_run_helper, &op);
        while (!crash_parked(slot) && !crash_ended(pids[i])) sched_yield();
    }
}

static void end_sleepers(const pid_t *pids, int n)
{
    for (int i = 0; i < n; i++) {
        bool by_itself = crash_ended(pids[i]);
        if (!by_itself) kill(pids[i], SIGKILL);
        int status = crash_reap(pids[i]);
        CHECK(status == 0 || (!by_itself && status == SIGKILL), "sleeper %d's status %#x", i, status);
        if (!by_itself) crash_counts.kills++;
        family_bury(CRASH_FIRST_SLEEPER + (uint64_t)i);
    }
}

// A victim that sleeps itself is there first, so that it is the one to be chosen.
static bool kill_chosen(pid_t *pids, int n)
{
    pid_t pid = crash_start_victim(crash_point, crash_die);
    bool sleeping = crash_sleeps(pid);
    if (!sleeping) family_bury(CRASH_VICTIM);
    start_sleepers(pids, n);
    crash_now->poke();
    bool killed = crash_was_killed(crash_reap(pid));
    if (sleeping) family_bury(CRASH_VICTIM);
    return killed;
}

static bool naps(void)
{
    uint64_t list = mp_relaxed(&mp_slot_at(CRASH_VICTIM)->guards);
    return list && mp_sentry_of(mp_at(list)) == mp_slot_at(CRASH_VICTIM);
}

// Naps end by themselves, unless the poke comes too late.
static bool sleeps_for_good(pid_t pid)
{
    while (!crash_ended(pid) && (naps() || !crash_parked(CRASH_VICTIM))) sched_yield();
    return !crash_ended(pid);
}

// A victim that is the sentry while others sleep: what comes when it is dead and not yet buried is for them.
static bool kill_sentry(pid_t *pids, int n)
{
    start_sleepers(pids, n);
    pid_t pid = crash_start_victim(crash_point, crash_die);
    bool sleeping = crash_sleeps(pid);
    crash_now->poke();
    if (crash_now->napping) sleeping = sleeps_for_good(pid);
    if (sleeping) crash_kill_stopped(pid);
    bool killed = sleeping ? crash_now->napping : crash_was_killed(crash_reap(pid));
    family_bury(CRASH_VICTIM);
    return killed;
}

static bool kill_beside(pid_t *pids, int n)
{
    if (crash_now->spinning || crash_now->napping) return kill_sentry(pids, n);
    if (crash_now->poke) return kill_chosen(pids, n);
    start_sleepers(pids, n);
    return crash_end_victim(crash_start_victim(crash_point, crash_die));
}

// Who slept wakes up if there is something for it, and takes or puts each message once.
long crash_run_with_sleepers(const struct crash_state *before, const struct crash_state *after, struct crash_tally *t)
{
    int n = count_sleepers();
    crash_way = "with sleepers";
    if (n == 0) return 0;
    for (crash_point = 1;; crash_point += crash_stride(STRIDE)) {
        struct crash_state got;
        pid_t pids[CRASH_SLEEPERS];
        crash_prepare();
        bool killed = kill_beside(pids, n);
        settle(pids, 0, n);
        end_sleepers(pids, n);
        crash_finish(&got);
        crash_judge_with_helpers(t, &got, *before, *after, false);
        if (!killed) return crash_point - 1;
        crash_counts.kills++;
    }
}

// Sleepers that give up while the victim, who may be about to wake them, is stopped.
void crash_run_with_leavers(const struct crash_state *before, const struct crash_state *after, long points,
                            struct crash_tally *t)
{
    int n = count_sleepers();
    crash_way = "with sleepers that leave";
    for (crash_point = 1; crash_now->leaving && crash_point <= points; crash_point += crash_stride(STRIDE)) {
        struct crash_state got;
        pid_t pids[CRASH_SLEEPERS];
        int status;
        crash_prepare();
        start_sleepers(pids, n);
        pid_t pid = crash_start_victim(crash_point, crash_stop);
        waitpid(pid, &status, WUNTRACED);
        for (int i = 0; i < n; i++) {
            while (!crash_ended(pids[i]) && !crash_waits_for_latch(CRASH_FIRST_SLEEPER + (uint64_t)i)) sched_yield();
        }
        if (WIFSTOPPED(status)) crash_kill_stopped(pid);
        family_bury(CRASH_VICTIM);
        for (int i = 0; i < n; i++) {
            crash_expect_success(pids[i], "sleeper");
            family_bury(CRASH_FIRST_SLEEPER + (uint64_t)i);
        }
        crash_finish(&got);
        crash_counts.stops++;
        crash_judge_with_helpers(t, &got, *before, *after, false);
    }
}

// As the monitor notes it. One that has a latch goes on at once: it is right to keep others waiting.
static void stop_first(pid_t pid)
{
    struct mp_slot *slot = mp_slot_at(CRASH_FIRST_SLEEPER);
    siginfo_t info;
    kill(pid, SIGSTOP);
    waitid(P_PID, (id_t)pid, &info, WSTOPPED | WEXITED | WNOWAIT);
    if (info.si_code != CLD_STOPPED) return;
    if (slot->nheld) {
        kill(pid, SIGCONT);
    } else if (mp_stops_begin(slot)) {
        mp_wake_family();
    }
}

static void continue_first(pid_t pid)
{
    kill(pid, SIGCONT);
    mp_stops_end(mp_slot_at(CRASH_FIRST_SLEEPER));
}

// When the victim is at its point the first sleeper is stopped, and the victim dies or goes on; or that one goes on.
enum { STOPS_AND_DIES, STOPS, WAS_STOPPED, STOPPED_WAYS };

static bool stop_beside(pid_t *pids, int n, int how)
{
    int status;
    start_sleepers(pids, n);
    if (how == WAS_STOPPED) stop_first(pids[0]);
    pid_t pid = crash_start_victim(crash_point, crash_stop);
    waitpid(pid, &status, WUNTRACED);
    bool alive = WIFSTOPPED(status);
    if (how == WAS_STOPPED) {
        continue_first(pids[0]);
    } else {
        stop_first(pids[0]);
    }
    if (alive) kill(pid, how == STOPS_AND_DIES ? SIGKILL : SIGCONT);
    if (alive) crash_was_killed(crash_reap(pid));
    family_bury(CRASH_VICTIM);
    return alive;
}

// What there is goes to others, who do not wait for the stopped one; and what is left then, to that when it goes on.
void crash_run_with_stopped(const struct crash_state *before, const struct crash_state *after, struct crash_tally *t)
{
    int n = count_sleepers();
    bool alive = n > 1 && !crash_now->poke;
    crash_way = "with a sleeper that is stopped";
    for (crash_point = 1; alive; crash_point += crash_stride(STRIDE)) {
        for (int how = 0; how < STOPPED_WAYS; how++) {
            struct crash_state got;
            pid_t pids[CRASH_SLEEPERS];
            crash_prepare();
            alive = stop_beside(pids, n, how);
            settle(pids, 1, n);
            continue_first(pids[0]);
            settle(pids, 0, n);
            end_sleepers(pids, n);
            crash_finish(&got);
            crash_counts.stops++;
            crash_judge_with_helpers(t, &got, *before, *after, false);
        }
    }
}
