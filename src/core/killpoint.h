// Crash points: where a test stops or kills a process in the middle of an operation.
// Every primitive that changes shared state has them, so every operation made of those has them too.
#pragma once

#include <stdbool.h>

#ifdef MP_TESTING
extern _Thread_local long mp_killpoint_left;   // points to pass before the hit; 0 is off
extern const char *mp_killpoint_name;             // the one that was hit
extern void (*mp_killpoint_action)(void);         // instead of SIGKILL
void mp_killpoint_hit(const char *name);

static inline void mp_killpoint(const char *name)
{
    if (mp_killpoint_left > 0 && --mp_killpoint_left == 0) mp_killpoint_hit(name);
}
#define MP_KILLPOINT(name) mp_killpoint(name)

extern _Thread_local long mp_failpoint_left;   // allocations to pass before one fails; 0 is off
extern bool mp_failpoint_lasts;                // all after that one fail too

static inline bool mp_failpoint(void)
{
    if (mp_failpoint_left > 0 && --mp_failpoint_left == 0) {
        mp_failpoint_left = -1;
        return true;
    }
    return mp_failpoint_lasts && mp_failpoint_left < 0;
}
#define MP_FAILPOINT() mp_failpoint()
#else
#define MP_KILLPOINT(name) ((void)0)
#define MP_FAILPOINT() false
#endif
