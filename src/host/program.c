// State:     `given`: what the outside gave this program at its start. `waiting`: how many threads wait for a program.
// Invariant: while somebody waits in host_execute, the keys for SIGINT and SIGQUIT are the program's alone.
// Death:     the kernel kills what was bound (PR_SET_PDEATHSIG).
#include "host/program.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIGNALS = 64 };

static struct {
    sigset_t ignored, mask;
} given;

static struct {
    pthread_mutex_t mutex;
    int count;
    struct sigaction interrupt, quit;
} waiting = {.mutex = PTHREAD_MUTEX_INITIALIZER};

// Before main: handlers and masks of this library are not for other programs, what nohup or a shell set is.
__attribute__((constructor)) static void remember_given(void)
{
    sigprocmask(SIG_SETMASK, NULL, &given.mask);
    sigemptyset(&given.ignored);
    for (int sig = 1; sig <= SIGNALS; sig++) {
        struct sigaction old;
        if (sigaction(sig, NULL, &old) == 0 && old.sa_handler == SIG_IGN) sigaddset(&given.ignored, sig);
    }
}

struct launch {
    const char *command;
    int fd, target;
    bool bound;
    pid_t parent;
    int err;   // why it did not start; the child writes it into our memory
};

static void restore_signals(void)
{
    for (int sig = 1; sig <= SIGNALS; sig++) {
        struct sigaction action = {.sa_handler = sigismember(&given.ignored, sig) == 1 ? SIG_IGN : SIG_DFL};
        sigaction(sig, &action, NULL);   // SIGKILL and the like say EINVAL
    }
    sigprocmask(SIG_SETMASK, &given.mask, NULL);
}

static int connect_pipe(const struct launch *l)
{
    if (l->fd < 0) return 0;
    int done = l->fd == l->target ? fcntl(l->fd, F_SETFD, 0) : dup2(l->fd, l->target);
    return done < 0 ? errno : 0;
}

// The child until exec. It runs on its maker's memory while that waits: system calls only, no stdio, no malloc.
// posix_spawn would be as fast, but has no place for prctl.
_Noreturn static void child(struct launch *l)
{
    if (l->bound) prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (l->bound && getppid() != l->parent) _exit(127);   // it died before the line above
    l->err = connect_pipe(l);
    restore_signals();
    const char *argv[] = {"sh", "-c", l->command, NULL};
    void *words = argv;   // execve changes none of them
    if (l->err == 0) {
        execve("/bin/sh", words, environ);
        l->err = errno;
    }
    _exit(127);
}

int host_start(const char *command, int fd, int target, bool bound, pid_t *pid)
{
    struct launch l = {.command = command, .fd = fd, .target = target, .bound = bound, .parent = getpid()};
    sigset_t all, saved;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &saved);   // no handler of ours may run in the child
    pid_t started = vfork();       // NOLINT(clang-analyzer-security.insecureAPI.vfork)
    if (started == 0) child(&l);   // NOLINT(clang-analyzer-unix.Vfork)
    if (started < 0) l.err = errno;
    pthread_sigmask(SIG_SETMASK, &saved, NULL);
    if (started > 0 && l.err) waitpid(started, NULL, 0);
    *pid = started;
    return l.err;
}

int host_wait(pid_t pid, int *status)
{
    for (;;) {
        if (waitpid(pid, status, 0) == pid) return 0;
        if (errno != EINTR) return errno;
    }
}

// system(3) ignores SIGINT altogether; what a process sends is meant for this one and goes to its handler.
static void on_interrupt(int signo, siginfo_t *info, void *context)
{
    if (info->si_code <= 0 && waiting.interrupt.sa_flags & SA_SIGINFO)
        waiting.interrupt.sa_sigaction(signo, info, context);
}

static void ignore_keys(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction sift = {.sa_sigaction = on_interrupt, .sa_flags = SA_SIGINFO};
    pthread_mutex_lock(&waiting.mutex);
    if (waiting.count++ == 0) {
        sigaction(SIGINT, NULL, &waiting.interrupt);   // before on_interrupt may read it
        sigaction(SIGINT, &sift, NULL);
        sigaction(SIGQUIT, &ignore, &waiting.quit);
    }
    pthread_mutex_unlock(&waiting.mutex);
}

static void heed_keys(void)
{
    pthread_mutex_lock(&waiting.mutex);
    if (--waiting.count == 0) {
        sigaction(SIGINT, &waiting.interrupt, NULL);
        sigaction(SIGQUIT, &waiting.quit, NULL);
    }
    pthread_mutex_unlock(&waiting.mutex);
}

int host_execute(const char *command, int *status)
{
    pid_t pid;
    sigset_t child_signal, saved;
    sigemptyset(&child_signal);
    sigaddset(&child_signal, SIGCHLD);
    ignore_keys();
    pthread_sigmask(SIG_BLOCK, &child_signal, &saved);
    int err = host_start(command, -1, -1, true, &pid);   // this thread stays until it has ended
    if (!err) err = host_wait(pid, status);
    pthread_sigmask(SIG_SETMASK, &saved, NULL);
    heed_keys();
    return err;
}
