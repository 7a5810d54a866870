// Who is stopped (SIGSTOP, Ctrl-Z), as the monitor sees it. Only the monitor calls what changes that.
#pragma once
#include <stdbool.h>

struct mp_slot;

// Of a process: it has stopped, with its threads. Tells whether it may have owed others a wake-up: then the family is
// to be woken.
bool mp_stops_begin(struct mp_slot *process);
void mp_stops_end(struct mp_slot *process);   // it goes on
bool mp_stops_now(const struct mp_slot *process);   // asks the kernel, too, for what the monitor has not noted yet
