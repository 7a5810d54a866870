// ARG 1: how many. Prints the microseconds of a round trip over one word in shared memory, with futexes. Who waits
// looks for a while before it sleeps, if it has more than one CPU.
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#include "bench.h"

enum { SPIN_NS = 50 * 1000, SPIN_LOOK = 64 };

struct word {
    _Alignas(64) _Atomic uint32_t turn;   // even: to ask, odd: to answer
    _Alignas(64) _Atomic uint32_t sleepers;
};

static bool may_spin;

static void pause_cpu(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static bool spin(struct word *w, uint32_t turn)
{
    int64_t end = bench_now() + SPIN_NS;
    do {
        for (int i = 0; i < SPIN_LOOK; i++) {
            if (atomic_load(&w->turn) == turn) return true;
            pause_cpu();
        }
    } while (bench_now() < end);
    return false;
}

static void wait_for(struct word *w, uint32_t turn)
{
    if (may_spin && spin(w, turn)) return;
    atomic_fetch_add(&w->sleepers, 1);
    for (uint32_t seen; (seen = atomic_load(&w->turn)) != turn;) {
        syscall(SYS_futex, &w->turn, FUTEX_WAIT, seen, NULL, NULL, 0);
    }
    atomic_fetch_sub(&w->sleepers, 1);
}

static void pass(struct word *w, uint32_t turn)
{
    atomic_store(&w->turn, turn);
    if (atomic_load(&w->sleepers)) syscall(SYS_futex, &w->turn, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void answer(struct word *w, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        wait_for(w, 2 * i + 1);
        pass(w, 2 * i + 2);
    }
}

static void ask(struct word *w, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        pass(w, 2 * i + 1);
        wait_for(w, 2 * i + 2);
    }
}

int main(int argc, char **argv)
{
    uint32_t n = (uint32_t)bench_count(argc, argv);
    struct word *w = bench_share(sizeof *w);
    cpu_set_t cpus;
    may_spin = sched_getaffinity(0, sizeof cpus, &cpus) == 0 && CPU_COUNT(&cpus) > 1;
    pid_t process = fork();
    if (process == 0) {
        answer(w, n);
        _exit(0);
    }
    int64_t begin = bench_now();
    ask(w, n);
    printf("%f\n", (double)(bench_now() - begin) / n / 1e3);
    return waitpid(process, NULL, 0) != process;
}
