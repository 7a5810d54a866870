// What the shell, which knows only the monitor, is told of a family that stops.
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/monitor.h"
#include "family.h"

enum { LATE = 200000, TRIES = 10000 };   // microseconds; tries are a millisecond apart

static int up[2];
static long checks;

static void tell(char what)
{
    EXPECT(write(up[1], &what, 1) == 1, "write");
}

static char told(void)
{
    char what;
    EXPECT(read(up[0], &what, 1) == 1, "read");
    return what;
}

static bool has_come(int signo)
{
    sigset_t set;
    return sigpending(&set) == 0 && sigismember(&set, signo) == 1;
}

// Main, which stops when it has the signal for a while, and then goes on until somebody kills it.
static void stop_late(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTSTP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    tell('r');
    while (!has_come(SIGTSTP)) usleep(1000);
    usleep(LATE);
    tell('s');
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    tell('c');
    for (;;) pause();
}

static void ignore(void)
{
    signal(SIGTSTP, SIG_IGN);
    tell('r');
    for (;;) pause();
}

// What /proc tells of the signals of a process: of those it catches by "SigCgt:", of those that it has by "SigPnd:".
static bool among(pid_t pid, const char *row, int signo)
{
    char path[64], line[256];
    unsigned long long set = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    EXPECT(file != NULL, "%s", path);
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, row, strlen(row)) == 0) set = strtoull(line + strlen(row), NULL, 16);
    }
    fclose(file);
    return set >> (signo - 1) & 1;
}

static void expect_among(pid_t pid, const char *row)
{
    int status, tries = 0;
    while (!among(pid, row, SIGTSTP)) {
        EXPECT(waitpid(pid, &status, WUNTRACED | WNOHANG) == 0, "it stopped or ended: %x", (unsigned)status);
        EXPECT(tries++ < TRIES && usleep(1000) == 0, "no SIGTSTP in %s", row);
    }
}

// A family that is a process group of its own, its main at f.
static pid_t start(void (*f)(void))
{
    EXPECT(pipe(up) == 0, "pipe");
    pid_t pid = fork();
    EXPECT(pid >= 0, "fork");
    if (pid == 0) {
        int err = 0;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setpgid(0, 0);
        EXPECT(mp_arena_open(UINT64_C(64) << 20) == 0, "arena");
        EXPECT(mp_monitor_start(&err), "monitor: %d", err);
        f();
    }
    close(up[1]);
    EXPECT(told() == 'r', "ready");
    expect_among(pid, "SigCgt:");
    return pid;
}

static void expect_stop(pid_t pid)
{
    int status;
    EXPECT(waitpid(pid, &status, WUNTRACED) == pid, "waitpid");
    EXPECT(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP, "status %x", (unsigned)status);
}

static void end(pid_t pid)
{
    int status;
    kill(-pid, SIGKILL);
    EXPECT(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status), "killed");
    close(up[0]);
    checks++;
}

// The pipe is asked without waiting: what the monitor is to have waited for must have been said.
static void stops_last(void)
{
    pid_t pid = start(stop_late);
    kill(-pid, SIGTSTP);
    expect_stop(pid);
    EXPECT(fcntl(up[0], F_SETFL, O_NONBLOCK) == 0, "fcntl");
    EXPECT(told() == 's', "main has stopped before");
    char what;
    EXPECT(read(up[0], &what, 1) < 0, "main goes on");
    EXPECT(fcntl(up[0], F_SETFL, 0) == 0, "fcntl");
    kill(-pid, SIGCONT);
    EXPECT(told() == 'c', "main does not go on");
    kill(-pid, SIGTSTP);   // and again
    expect_stop(pid);
    end(pid);
}

// SIGCONT comes while the monitor waits for a main that does not stop.
static void goes_on(void)
{
    pid_t pid = start(ignore);
    kill(-pid, SIGTSTP);
    expect_among(pid, "SigPnd:");
    kill(-pid, SIGCONT);
    expect_among(pid, "SigCgt:");
    end(pid);
}

static void stops_without_main(void)
{
    pid_t pid = start(ignore);
    kill(-pid, SIGTSTP);
    expect_stop(pid);
    end(pid);
}

int main(void)
{
    stops_last();
    goes_on();
    stops_without_main();
    return family_done("monitor", checks);
}
