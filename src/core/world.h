// The gate of the core: for a moment nobody is inside who changes anything. Whoever would enter it then waits; who
// sleeps in it stays inside, but passes the gate when he wakes.
#pragma once
#include "slot.h"

// 0: nobody but us changes what is shared, until mp_world_go. EBUSY: somebody did not come to rest, or has died. No
// latch held. Few microseconds.
int mp_world_stop(void);
void mp_world_go(void);

void mp_world_join(void);                           // by each process or thread, before it enters the core
void mp_world_recover(const struct mp_slot *dead);   // by the monitor: who stopped the world may have died
