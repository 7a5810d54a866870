// Who stops the world again and again does not stop the others for good.
#include "core/world.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "core/clock.h"
#include "core/slot.h"
#include "family.h"

enum { TIMES = 100, STOPPED_NS = 1000 * 1000, FEW = 8, SKIPPED = 77 };

static long checks;
static _Atomic uint64_t *stops;   // how many there were

// False: there is no such CPU.
static bool run_on(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

static void stop_for_ever(void *arg)
{
    (void)arg;
    run_on(0);
    for (;;) {
        mp_enter(MP_OP_OBJECT);
        if (mp_world_stop() == 0) {
            atomic_fetch_add(stops, 1);
            for (int64_t end = mp_now() + STOPPED_NS; mp_now() < end;) continue;
            mp_world_go();
        }
        mp_leave();
    }
}

int main(void)
{
    family_open(64 << 20);
    stops = (_Atomic uint64_t *)&mp_slot_at(0)->objects[MP_NONE];   // a word that all see and nobody uses
    if (!run_on(0) || !run_on(1)) return SKIPPED;   // on one CPU whoever is woken comes first
    pid_t pid = family_fork(1, stop_for_ever, NULL);
    for (int i = 0; i < TIMES; i++) {
        mp_enter(MP_OP_OBJECT);
        mp_leave();
        for (int64_t end = mp_now() + STOPPED_NS; mp_now() < end;) continue;   // it stops the world meanwhile
        checks++;
    }
    uint64_t n = atomic_load(stops);
    EXPECT(n <= (uint64_t)FEW * TIMES, "stopped %llu times at %d gates", (unsigned long long)n, TIMES);
    kill(pid, SIGKILL);
    EXPECT(waitpid(pid, NULL, 0) == pid, "waitpid");
    return family_done("world", checks);
}
