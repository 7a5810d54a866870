// Signals to a process that may end meanwhile, and whose number may then be another's: so by a descriptor of it.
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"
#include "slot.h"

// The descriptor is of the process we mean: it was not reaped when the slot still named it. EAGAIN: it is being made.
static int open_pidfd(const struct mp_process *p, int *fd)
{
    uint64_t index = __atomic_load_n(&p->slot, __ATOMIC_ACQUIRE);
    if (index == 0) return ESRCH;
    const struct mp_slot *slot = mp_slot_at(index - 1);
    int pid = atomic_load(mp_slot_pid(slot));
    *fd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    int err = pid == 0 ? EAGAIN : *fd < 0 ? errno : 0;
    if (slot->generation == p->generation && mp_slot_running(slot)) return err;
    if (*fd >= 0) close(*fd);
    return ESRCH;
}

static int send_signal(const struct mp_process *p, int signo)
{
    int fd, err = open_pidfd(p, &fd);
    if (err) return err;
    err = syscall(SYS_pidfd_send_signal, fd, signo, NULL, 0) ? errno : 0;
    close(fd);
    return err;
}

// Where no descriptor is free: a child has a table of its own, and no use for what is in it.
static int send_by_child(const struct mp_process *p, int signo)
{
    volatile int err = 0;   // the child runs on our memory while we wait
    sigset_t all, saved;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &saved);   // no handler of ours may run in the child
    pid_t child = vfork();   // NOLINT(clang-analyzer-security.insecureAPI.vfork)
    if (child == 0) {
        syscall(SYS_close_range, 0U, ~0U, 0U);   // NOLINT(clang-analyzer-unix.Vfork)
        err = send_signal(p, signo);             // NOLINT(clang-analyzer-unix.Vfork)
        _exit(0);
    }
    if (child < 0) err = EMFILE;   // as before
    pthread_sigmask(SIG_SETMASK, &saved, NULL);
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
    return err;
}

int mp_process_signal(struct mp_process *p, int signo)
{
    if (__atomic_load_n(&p->state, __ATOMIC_RELAXED) == MP_PROCESS_NEW) return EINVAL;
    int err = EAGAIN;
    while (err == EAGAIN && !mp_process_ended(p)) {
        err = send_signal(p, signo);
        if (err == EMFILE) err = send_by_child(p, signo);
        if (err == EAGAIN) sched_yield();
    }
    return err == ESRCH || err == EAGAIN ? 0 : err;
}
