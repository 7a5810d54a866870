// Giving back what a dead process had. Run by one process, the monitor; safe to repeat when that dies on the way.
#pragma once
#include "slot.h"

// First, for every dead slot: undoes its transaction and frees its latches. Takes no latch itself.
void mp_recover_undo(struct mp_slot *dead);

// Then gives back messages, blocks, handles and the slot, and publishes the end of its process.
// Tells whether it may have owed others a wake-up: then the family is to be woken.
bool mp_recover_return(struct mp_slot *dead);

bool mp_recover_return_held(struct mp_slot *dead);   // the same, but the slot stays taken

// By a process or thread that ends normally: the same for its own slot, so that the monitor has little to do.
void mp_retire(void);
