#include "crash_parts.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/killpoint.h"
#include "core/layout.h"
#include "core/recover.h"
#include "core/tx.h"
#include "family.h"

// Returns how many points there are.
long crash_run_alone(const struct crash_state *before, const struct crash_state *after, struct crash_tally *t)
{
    long points = atomic_load(&crash_shared->points);
    crash_way = "alone";
    for (crash_point = 1;; crash_point += crash_stride(STRIDE)) {
        struct crash_state got;
        crash_prepare();
        bool killed = crash_end_victim(crash_start_victim(crash_point, crash_die));
        crash_finish(&got);
        if (!killed) {
            if (!crash_same(&got, after)) crash_complain_of_state(&got, before, after);
            return points;
        }
        crash_counts.kills++;
        crash_judge(t, &got, before, after);
    }
}

void crash_run_with_peer(const struct crash_state *before, const struct crash_state *after, void (*op)(void),
                         long points, struct crash_tally *t)
{
    for (crash_point = 1; crash_point <= points; crash_point += crash_stride(PEER_STRIDE)) {
        struct crash_state got;
        int status;
        crash_prepare();
        pid_t pid = crash_start_victim(crash_point, crash_stop);
        waitpid(pid, &status, WUNTRACED);
        bool alive = WIFSTOPPED(status);   // else it took a shorter way than at first
        pid_t peer = family_fork(CRASH_PEER, crash_run_helper, &op);
        while (!crash_ended(peer) && !crash_waits_for_latch(CRASH_PEER)) sched_yield();
        if (alive) crash_kill_stopped(pid);
        family_bury(CRASH_VICTIM);
        crash_expect_success(peer, "peer");
        family_bury(CRASH_PEER);
        crash_finish(&got);
        crash_counts.stops += alive;
        crash_judge_with_helpers(t, &got, *before, *after, !crash_now->unordered);
    }
}

// ---- the recoverer killed, too ----

static void recover_victim(void *arg)
{
    const long *left = arg;
    mp_killpoint_action = crash_die_recovering;
    mp_killpoint_left = *left;
    mp_enter(MP_OP_OBJECT);
    family_bury(CRASH_VICTIM);
    mp_leave();
    mp_killpoint_left = NEVER;
    mp_retire();
}

// Kills the victim at a point and the recoverer at its m-th. False: it has fewer.
static bool kill_both(long m, const struct crash_state *before, const struct crash_state *after, struct crash_tally *t)
{
    struct crash_state got;
    crash_prepare();
    pid_t pid = crash_start_victim(crash_point, crash_die);
    bool poked = crash_now->poke && crash_sleeps(pid);
    if (poked) crash_now->poke();
    crash_was_killed(crash_reap(pid));
    int status = crash_reap(family_fork(CRASH_PEER, recover_victim, &m));
    CHECK(status == 0 || status == SIGKILL, "recoverer's status %#x", status);
    mp_recover_undo(mp_slot_at(CRASH_PEER));
    mp_recover_undo(mp_slot_at(CRASH_VICTIM));
    family_bury(CRASH_PEER);
    family_bury(CRASH_VICTIM);
    if (crash_now->poke && !poked) crash_now->poke();
    crash_finish(&got);
    if (status == 0) return false;
    crash_counts.double_kills++;
    crash_judge(t, &got, before, after);
    return true;
}

// Every point of the recovery at a few points of the operation; at the others some.
void crash_run_recoverer_killed(const struct crash_state *before, const struct crash_state *after, long points,
                                struct crash_tally *t)
{
    crash_way = "recoverer killed";
    long done = crash_counts.double_kills;
    for (int i = 1; i <= 2 && crash_counts.double_kills - done < DOUBLE_KILLS / 2; i++) {
        crash_point = 1 + points * i / 3 % points;
        for (long m = 1; crash_counts.double_kills - done < DOUBLE_KILLS / 2 && kill_both(m, before, after, t); m++)
            continue;
    }
    for (long k = 0; k < DOUBLE_KILLS / 2; k++) {
        crash_point = 1 + k * 7 % points;
        kill_both(1 + k * 5 % 29, before, after, t);
    }
}

// ---- out of memory ----

// Without a recovery: what a failed operation leaves is leaked while its process lives.
static int left_behind(void)
{
    const struct mp_slot *me = mp_self.slot;
    for (int i = 0; i < MP_INFLIGHT; i++) {
        if (me->inflight[i]) return 4;
    }
    return me->condemned || me->nheld || me->nlog ? 5 : 0;
}

enum { DONE = 10, DONE_WITHOUT, REFUSED };   // statuses of a process whose allocations fail

static void fail_alloc(void *arg)
{
    const long *left = arg;
    if (crash_now->begin) crash_now->begin();
    mp_failpoint_left = *left;
    mp_enter(MP_OP_OBJECT);
    int err = crash_now->op();
    mp_leave();
    bool hit = mp_failpoint_left < 0;
    mp_failpoint_left = 0;
    int fault = left_behind();
    if (fault) _exit(fault);
    if (err != 0 && !(err == ENOMEM && hit)) _exit(6);
    mp_retire();
    _exit(err ? REFUSED : hit ? DONE_WITHOUT : DONE);
}

// One allocation fails, or all from that one on.
long crash_run_out_of_memory(const struct crash_state *before, const struct crash_state *after, bool lasts)
{
    crash_way = lasts ? "out of memory" : "short of memory";
    mp_failpoint_lasts = lasts;
    if (crash_now->poke) return 0;
    for (crash_point = 1;; crash_point++) {
        struct crash_state got;
        crash_prepare();
        int status = crash_reap(family_fork(CRASH_VICTIM, fail_alloc, &crash_point));
        int did = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
        CHECK(did == DONE || did == REFUSED ||
                  (did == DONE_WITHOUT && (!lasts || crash_now->frugal || crash_same(before, after))),
              "victim's status %#x", status);
        family_bury(CRASH_VICTIM);
        crash_finish(&got);
        bool between = did == REFUSED && crash_now->between && crash_now->between(before, after, &got);
        if (!between && !crash_same(&got, did == REFUSED ? before : after))
            crash_complain_of_state(&got, before, after);
        if (did == DONE) return crash_point - 1;
        crash_counts.failures++;
    }
}
