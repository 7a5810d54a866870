// Objects that keep each other and that nobody else has.
#pragma once
#include "object.h"

// Takes them apart: all that a cycle held is free again. Between mp_enter and mp_leave, no latch held.
// 0, EBUSY: not now; ENOMEM. *freed counts the objects of cycles that were found.
int mp_cycles_collect(uint64_t *freed);

void mp_garbage_drop(struct mp_slot *of);   // what a collection found and this slot lists

// By itself, when there are many suspects: leaves out what would take long.
void mp_cycles_collect_some(void);
