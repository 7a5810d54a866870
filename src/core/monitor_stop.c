// Ctrl-Z stops the monitor last: it is the one whom the shell waits for. Once it has stopped the shell reads the
// terminal, and a member that has not yet stopped in its own read would take the line that was meant for the shell.
#include "monitor_stop.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "layout.h"
#include "slot.h"
#include "stops.h"

enum { STOP_TRIES = 1000 };   // a millisecond each: a member may ignore the signal, or have a debugger

static bool going_on(const struct mp_slot *process, pid_t pid)
{
    siginfo_t info = {0};
    bool ended = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
    return !ended && !mp_stops_now(process);
}

static bool anybody_going_on(void)
{
    for (uint64_t i = 0; i < mp_slots_top(); i++) {
        pid_t pid = atomic_load(&mp_arena->pids[i]);
        if (pid > 0 && going_on(mp_slot_at(i), pid)) return true;
    }
    return false;
}

static bool pending(int signo)
{
    sigset_t set;
    return sigpending(&set) == 0 && sigismember(&set, signo) == 1;
}

// A handler, as we may be waiting for the latch of one who has stopped. The signal is pending meanwhile, so that SIGCONT
// takes it back.
static void on_stop(int signo)
{
    int err = errno;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signo);
    signal(signo, SIG_DFL);
    raise(signo);
    for (int i = 0; i < STOP_TRIES && pending(signo) && anybody_going_on(); i++) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    sigprocmask(SIG_UNBLOCK, &set, NULL);   // here we stop
    mp_monitor_stop_last();
    errno = err;
}

void mp_monitor_stop_last(void)
{
    struct sigaction before, act = {.sa_handler = on_stop, .sa_flags = SA_RESTART};
    sigaction(SIGTSTP, NULL, &before);
    if (before.sa_handler != SIG_IGN) sigaction(SIGTSTP, &act, NULL);
}
