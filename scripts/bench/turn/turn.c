// Two processes take turns over one word in shared memory, with futexes. Who waits looks for a while before it sleeps;
// where both have one CPU, it gives that away between two looks. One operation is a turn of both.
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#include "clock.h"

#define SPIN_SECONDS 50e-6
enum { LOOKS = 64, YIELDS = 4 };

struct word {
    _Alignas(64) _Atomic uint32_t turn;   // even: the one's, odd: the other's
    _Alignas(64) _Atomic uint32_t sleepers;
};

static bool alone;   // each has a CPU

static void pause_cpu(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static bool spin(struct word *w, uint32_t turn)
{
    double end = clock_seconds() + SPIN_SECONDS;
    do {
        for (int i = 0; i < LOOKS; i++) {
            if (atomic_load(&w->turn) == turn) return true;
            pause_cpu();
        }
    } while (clock_seconds() < end);
    return false;
}

static bool yield(struct word *w, uint32_t turn)
{
    for (int i = 0; i < YIELDS; i++) {
        if (atomic_load(&w->turn) == turn) return true;
        sched_yield();
    }
    return false;
}

static void wait_for(struct word *w, uint32_t turn)
{
    if (alone ? spin(w, turn) : yield(w, turn)) return;
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

static double run(uint64_t n, const void *arg)
{
    struct word *w = *(struct word *const *)arg;
    atomic_store(&w->turn, 0);
    pid_t process = clock_fork();
    if (process == 0) {
        answer(w, (uint32_t)n + 1);
        _exit(0);
    }
    double begin = 0;
    for (uint32_t i = 0; i <= n; i++) {
        pass(w, 2 * i + 1);
        wait_for(w, 2 * i + 2);
        if (i == 0) begin = clock_seconds();   // now both are awake
    }
    double took = clock_seconds() - begin;
    clock_wait(process);
    return took;
}

int main(void)
{
    struct word *w = clock_share(sizeof *w);
    cpu_set_t cpus;
    alone = sched_getaffinity(0, sizeof cpus, &cpus) == 0 && CPU_COUNT(&cpus) > 1;
    return clock_measure(run, &w, 1);
}
