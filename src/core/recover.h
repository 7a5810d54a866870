// Giving back what a dead process had. Run by one process, the monitor; safe to repeat when that dies on the way.
#pragma once
#include "slot.h"

// First, for every dead process: undoes the transactions and frees the latches of it and its threads. Takes no latch
// itself. Tells whether others may have left something to it: then the family is to be woken, now.
bool mp_recover_undo(struct mp_slot *dead);

// Its threads, then, one after the other; NULL: there is none left. Each is dying from here on, and is given back before
// its process is.
struct mp_slot *mp_recover_thread(struct mp_slot *dead);
struct mp_slot *mp_recover_retired(void);   // likewise, threads of the living that have ended

// Then gives back messages, blocks, handles and the slot, and publishes the end of its process.
// Tells whether it may have owed others a wake-up: then the family is to be woken.
bool mp_recover_return(struct mp_slot *dead);

bool mp_recover_return_held(struct mp_slot *dead);   // the same, but the slot stays taken

// By a process or thread that ends normally: the same for its own slot, so that the monitor has little to do.
void mp_retire(void);
