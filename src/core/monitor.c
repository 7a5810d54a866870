// State:     the list of slots that died and wait for the second step of recovery; the marks of the stopped.
// Invariant: a process is reaped only when its slot says DYING, so that a pid in a running slot is that process.
// Death:     of the monitor takes everybody with it (PR_SET_PDEATHSIG in each process).
#include "monitor.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "layout.h"
#include "monitor_stop.h"
#include "process.h"
#include "recover.h"
#include "report.h"
#include "spawn.h"
#include "stops.h"
#include "tx.h"
#include "world.h"

enum { MONITOR_SLOT = 0, MAIN_SLOT = 1 };

static struct mp_slot *dead[MP_SLOTS];   // first in, first out
static size_t dead_first, dead_last;
static bool owed_now;   // one has stopped, or died, that may have owed others a wake-up
static bool main_ended;
static int main_status;

// ---- signals ----

static const int forwarded[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM};

static void watched(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGCHLD);
    for (size_t i = 0; i < sizeof forwarded / sizeof *forwarded; i++) sigaddset(set, forwarded[i]);
}

// What the terminal sends goes to the whole job, main included, but for its hang-up, which goes to the leader of the
// session, and for Ctrl-\, which the others leave to us; what a process sends us is meant for main.
static void forward(const siginfo_t *info)
{
    if (main_ended || (info->si_code > 0 && info->si_signo != SIGHUP && info->si_signo != SIGQUIT)) return;
    if (info->si_signo == SIGQUIT) {
        mp_report_waits(STDERR_FILENO);
        atomic_store(&mp_arena->quitting, 1);
    }
    kill(atomic_load(mp_slot_pid(mp_slot_at(MAIN_SLOT))), info->si_signo);
}

// ---- the dead ----

// Not of one that was reaped and waits for its recovery, for long where somebody is stopped: its number may be another's.
static struct mp_slot *slot_of(pid_t pid)
{
    for (uint64_t i = MAIN_SLOT; i < mp_slots_top(); i++) {
        if (atomic_load_explicit(&mp_arena->pids[i], memory_order_relaxed) != pid) continue;
        if (atomic_load(&mp_slot_at(i)->state) != MP_SLOT_DYING) return mp_slot_at(i);
    }
    return NULL;
}

static void bury(struct mp_slot *slot, int status)
{
    if (slot == mp_slot_at(MAIN_SLOT)) {
        main_ended = true;
        main_status = status;
    }
    slot->status = (uint64_t)(uint32_t)status;
    owed_now |= mp_recover_undo(slot);
    for (struct mp_slot *thread; (thread = mp_recover_thread(slot));) dead[dead_last++ % MP_SLOTS] = thread;
    dead[dead_last++ % MP_SLOTS] = slot;
}

static void bury_retired(void)
{
    for (struct mp_slot *thread; (thread = mp_recover_retired());) dead[dead_last++ % MP_SLOTS] = thread;
}

static void reap_one(pid_t pid, struct mp_slot *slot)
{
    if (slot) atomic_store(&slot->state, MP_SLOT_DYING);
    int status = 0;
    waitpid(pid, &status, 0);
    if (slot) bury(slot, status);
}

// It has stopped or goes on, and may have done the other since: what we consume is what holds. Nobody finds it neither
// marked nor to be asked for.
static void note_stop(pid_t pid, struct mp_slot *slot, bool stopped)
{
    siginfo_t info = {0};
    if (stopped && slot) owed_now |= mp_stops_begin(slot);
    if (waitid(P_PID, (id_t)pid, &info, WSTOPPED | WCONTINUED | WNOHANG) != 0 || !slot || info.si_pid == 0) return;
    if (info.si_code == CLD_CONTINUED) {
        mp_stops_end(slot);
    } else {
        owed_now |= mp_stops_begin(slot);
    }
}

// One that has ended, stopped or gone on. A look that consumes nothing gives the same one again, so that comes at once.
static bool note_one(void)
{
    siginfo_t info = {0};
    int what = WEXITED | WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT;
    if (waitid(P_ALL, 0, &info, what) != 0 || info.si_pid == 0) return false;
    struct mp_slot *slot = slot_of(info.si_pid);
    if (info.si_code == CLD_STOPPED || info.si_code == CLD_CONTINUED) {
        note_stop(info.si_pid, slot, info.si_code == CLD_STOPPED);
    } else {
        reap_one(info.si_pid, slot);
    }
    return true;
}

static void note_all(void)
{
    while (note_one()) continue;
    if (owed_now) mp_wake_family();
    owed_now = false;
}

static void kill_family(void)
{
    for (uint64_t i = MAIN_SLOT; i < mp_slots_top(); i++) {
        pid_t pid = atomic_load(&mp_arena->pids[i]);
        if (pid > 0 && atomic_load(&mp_arena->slots[i].state) != MP_SLOT_DYING) kill(pid, SIGKILL);
    }
}

static bool anybody_left(void)
{
    for (uint64_t i = MAIN_SLOT; i < mp_slots_top(); i++) {
        struct mp_slot *slot = mp_slot_at(i);
        if (atomic_load(&mp_arena->pids[i]) > 0 && atomic_load(&slot->state) != MP_SLOT_DYING) return true;
    }
    return false;
}

// As main ended, so do we: by the same status or by the same signal.
static _Noreturn void end_like_main(void)
{
    if (WIFSIGNALED(main_status)) {
        int signo = WTERMSIG(main_status);
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(signo, SIG_DFL);
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, signo);
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        raise(signo);
        _exit(128 + signo);   // as pid 1 we are not killed by it
    }
    _exit(WEXITSTATUS(main_status));
}

// Who is making a process when we look may have made it when it is dead, so we look again after each death.
static _Noreturn void end_family(void)
{
    while (anybody_left()) {
        kill_family();
        siginfo_t info;
        waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);
        note_all();
    }
    end_like_main();
}

// Also while a latch is not to be had: its owner may be dead or stopped, and main may be dead.
static void look_after(void)
{
    note_all();
    if (main_ended) end_family();
}

// What came meanwhile for main, or for us to report. SIGCHLD stays pending until the dead have been recovered.
static void forward_pending(void)
{
    sigset_t set;
    siginfo_t info;
    watched(&set);
    sigdelset(&set, SIGCHLD);
    while (sigtimedwait(&set, &info, &(struct timespec){0}) > 0) forward(&info);
}

static void while_latched(void)
{
    forward_pending();
    look_after();
}

// No Lua runs in who was killed, so its daemons are ended for it.
static void end_daemons_of(const struct mp_slot *slot)
{
    for (uint64_t i = MAIN_SLOT; i < mp_slots_top(); i++) {
        const struct mp_slot *child = mp_slot_at(i);
        if (!child->parent || child->parent != slot->process || !child->process) continue;
        pid_t pid = atomic_load(&mp_arena->pids[i]);   // 0: its maker died before it was made
        if (!((struct mp_process *)mp_ptr(child->process))->daemon || !mp_slot_running(child) || pid <= 0) continue;
        kill(pid, SIGTERM);
        kill(pid, SIGCONT);   // one that is stopped ends only then
    }
}

static void recover_dead(void)
{
    bool owed = false;
    while (dead_first != dead_last) {
        struct mp_slot *slot = dead[dead_first++ % MP_SLOTS];
        if (WIFSIGNALED((int)slot->status) && !slot->leader) end_daemons_of(slot);
        mp_latch(&mp_arena->world);
        mp_world_recover(slot);
        owed |= mp_recover_return(slot);
        mp_unlatch();
        look_after();
    }
    if (owed) mp_wake_family();
}

// ---- start ----

static _Noreturn void watch(const sigset_t *signals)
{
    signal(SIGPIPE, SIG_IGN);   // of a report that nobody reads any more
    mp_latch_idle = while_latched;
    mp_monitor_stop_last();
    for (;;) {
        siginfo_t info;
        if (sigwaitinfo(signals, &info) > 0 && info.si_signo != SIGCHLD) forward(&info);
        look_after();
        bury_retired();
        recover_dead();
    }
}

static void take_slot(uint64_t index)
{
    mp_slot_adopt(mp_slot_at(index));
    mp_self.slot->node.slot = index;
    atomic_store(&mp_self.slot->state, MP_SLOT_LIVE);
}

static struct mp_process *main_process(void)
{
    struct mp_process *p;
    uint32_t handle;
    if (mp_process_new("main", 4, &p, &handle) != 0) return NULL;
    atomic_store(&mp_arena->serials[MP_PROCESS], 0);   // the first one that it makes is process-1
    struct mp_slot *slot = mp_slot_at(MAIN_SLOT);
    slot->process = mp_refof(p);   // the handle's reference becomes the slot's
    mp_self.slot->handles[handle].object = 0;
    p->state = MP_PROCESS_STARTED;
    p->slot = MAIN_SLOT + 1;
    p->generation = slot->generation;
    return p;
}

static void become_main(const sigset_t *before)
{
    mp_self.handle_top = mp_self.nfree = 0;
    take_slot(MAIN_SLOT);
    mp_die_with_monitor();
    sigprocmask(SIG_SETMASK, before, NULL);
}

bool mp_monitor_start(int *err)
{
    sigset_t signals, before;
    signal(SIGCHLD, SIG_DFL);   // an inherited "ignore" would reap behind our back
    watched(&signals);
    sigprocmask(SIG_BLOCK, &signals, &before);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    take_slot(MONITOR_SLOT);
    atomic_store(&mp_arena->slots_top, MAIN_SLOT + 1);
    atomic_store(&mp_arena->slots_live, 1);
    if (!main_process()) {
        *err = ENOMEM;
        return false;
    }
    pid_t pid = fork();
    if (pid < 0) return *err = errno, false;
    if (pid == 0) {
        atomic_store(mp_slot_pid(mp_slot_at(MAIN_SLOT)), getpid());
        sigset_t none;
        sigemptyset(&none);
        become_main(&none);
        return true;
    }
    atomic_store(mp_slot_pid(mp_slot_at(MAIN_SLOT)), pid);
    watch(&signals);
}
