// What the monitor needs of making processes, and threads of it.
#pragma once
#include "slot.h"

void mp_die_with_monitor(void);                               // this process, whatever kills the monitor
void mp_spawn_undo(struct mp_slot *slot, bool maker_lives);   // of a child that was not made
