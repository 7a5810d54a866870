// State:     in each process what yielding has lost it.
// Invariant: what is lost is paid off before the next trial. Others than the two may want the CPU: the kernel gives who
//            yields nothing before they have had all of their time, which takes milliseconds, and we cannot know before.
// Death:     nothing is shared.
#include "yield.h"

#include <sched.h>

#include "clock.h"
#include "slot.h"

enum { YIELDS = 4, QUICK_NS = 50 * 1000 };
enum { GAIN_NS = 300 };   // a tenth of what a sleep costs: so yielding makes no wait dearer than by that

static bool in_debt(void)
{
    if (mp_self.yield_debt <= 0) return false;
    mp_self.yield_debt -= GAIN_NS;
    return true;
}

bool mp_yield_for(bool (*had)(void *arg), void *arg, int64_t deadline)
{
    if (in_debt()) return false;
    int64_t begin = mp_now(), took = 0;
    bool has = false;
    for (int i = 0; i < YIELDS && !has && took < QUICK_NS && begin + took < deadline; i++) {
        sched_yield();
        has = had(arg);
        took = mp_now() - begin;
    }
    if (!has || took >= QUICK_NS) mp_self.yield_debt = took;
    return has;
}

// Where it is not true afterwards, we would have had to wait anyway.
bool mp_give_way(bool (*had)(void *arg), void *arg, int64_t quick)
{
    if (in_debt()) return false;
    int64_t begin = mp_now();
    sched_yield();
    if (!had(arg)) return false;
    int64_t took = mp_now() - begin;
    if (took >= quick) mp_self.yield_debt = took;
    return true;
}
