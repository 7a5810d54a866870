#include "crash_parts.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "family.h"
#include "snapshot.h"

// The usual one reads the clock without the kernel, and begins again when that counts on meanwhile. At single steps it
// always does.
int read_clock(clockid_t clock, struct timespec *time) __asm__("clock_gettime");

int read_clock(clockid_t clock, struct timespec *time)
{
    return (int)syscall(SYS_clock_gettime, clock, time);
}

static bool poked;

// The victim goes on by one instruction. One that sleeps in the kernel is poked.
static int step(pid_t pid, int signo, struct rusage *usage)
{
    int status;
    CHECK(ptrace(PTRACE_SINGLESTEP, pid, NULL, (void *)(intptr_t)signo) == 0, "ptrace: %d", errno);
    for (;;) {
        bool may_sleep = crash_now->poke && !poked;
        pid_t got = wait4(pid, &status, may_sleep ? WNOHANG : 0, usage);
        if (got == pid) return status;
        CHECK(got == 0 || errno == EINTR, "wait4: %d", errno);
        if (got == 0 && crash_parked(CRASH_VICTIM)) {
            crash_now->poke();
            poked = true;
        }
        sched_yield();
    }
}

static void note_place(pid_t pid)
{
#if defined(__x86_64__)
    extern const char __executable_start[];
    static char place[64];
    struct user_regs_struct regs;
    CHECK(ptrace(PTRACE_GETREGS, pid, NULL, &regs) == 0, "ptrace: %d", errno);
    snprintf(place, sizeof place, "program's start + %#llx", regs.rip - (uintptr_t)__executable_start);
    atomic_store(&crash_shared->point, place);
#else
    (void)pid;   // which also could not take a reservation and store with it
    CHECK(false, "a processor whose single steps are known");
#endif
}

// The victim stands still, which leaves the arena as its death would: another process judges, then all is put back.
static void judge_here(const struct crash_state *before, const struct crash_state *after, struct crash_tally *t)
{
    pid_t pid = fork();
    CHECK(pid >= 0, "fork: %d", errno);
    if (pid == 0) {
        struct crash_state got;
        alarm(PATIENCE);
        family_bury(CRASH_VICTIM);
        if (crash_now->poke && !poked) crash_now->poke();
        crash_finish(&got);
        _exit(crash_verdict(&got, before, after));
    }
    int status = crash_reap(pid), found = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    if (found < OLD || found > BETWEEN) _exit(1);   // it has said why
    t->old += found == OLD;
    t->new += found == NEW;
    t->between += found == BETWEEN;
    snapshot_restore();
    alarm(PATIENCE);
}

// Returns the victim's status after its next instruction.
static int step_on(pid_t pid, int status, struct rusage *usage)
{
    int signo = WSTOPSIG(status);
    return step(pid, signo == SIGTRAP || signo == SIGSTOP ? 0 : signo, usage);
}

static pid_t start_traced(int *status)
{
    crash_prepare();
    poked = false;
    pid_t pid = crash_start_victim(TRACED, NULL);
    waitpid(pid, status, WUNTRACED);
    CHECK(WIFSTOPPED(*status), "ptrace is not allowed here: status %#x", *status);
    return pid;
}

static void end_traced(int status, struct crash_state *got)
{
    crash_was_killed(status);
    family_bury(CRASH_VICTIM);
    if (crash_now->poke && !poked) crash_now->poke();
    crash_finish(got);
}

// After the first n instructions.
static void kill_stepped(long n, const struct crash_state *before, const struct crash_state *after,
                         struct crash_tally *t)
{
    struct crash_state got;
    struct rusage usage;
    int status;
    pid_t pid = start_traced(&status);
    for (long i = 0; i < n && WIFSTOPPED(status); i++) status = step_on(pid, status, &usage);
    if (WIFSTOPPED(status)) {
        note_place(pid);
        kill(pid, SIGKILL);
        status = crash_reap(pid);
    }
    end_traced(status, &got);
    crash_judge(t, &got, before, after);
}

enum { MOST_STATES = 4096 };

// Instructions that leave the arena as it was need no judgement: who dies there leaves the same. When others of the
// victim's are at work, it is killed indeed, later.
void crash_run_stepped(const struct crash_state *before, const struct crash_state *after, struct crash_tally *t)
{
    static long later[MOST_STATES];
    struct crash_state got;
    struct rusage usage = {0};
    long faults = 0, nlater = 0;
    int status;
    crash_way = "single steps";
    pid_t pid = start_traced(&status);
    snapshot_take();
    for (crash_point = 1;; crash_point++) {
        status = step_on(pid, status, &usage);
        if (!WIFSTOPPED(status)) break;
        if (++crash_counts.instructions % 1000 == 0) alarm(PATIENCE);
        bool changed = snapshot_renew(usage.ru_minflt != faults);
        faults = usage.ru_minflt;
        if (!changed || ++crash_counts.states % crash_state_stride != 0) continue;
        crash_counts.kills++;
        if (crash_now->several && nlater < MOST_STATES) later[nlater++] = crash_point;
        if (crash_now->several) continue;
        note_place(pid);
        judge_here(before, after, t);
    }
    CHECK(!crash_was_killed(status), "victim's status %#x", status);
    end_traced(status, &got);
    if (!crash_same(&got, after)) crash_complain_of_state(&got, before, after);
    long total = crash_point;
    for (long i = 0; i < nlater; i++) {
        crash_point = later[i];
        kill_stepped(crash_point, before, after, t);
    }
    crash_point = total;
}
