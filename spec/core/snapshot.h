// A copy of the whole arena, to put it back and to see what an instruction has changed.
#pragma once
#include <stdbool.h>
#include <stdint.h>

void snapshot_open(
    uint64_t quota);   // of the arena, bytes: it lies in that much memory. Ends the program where it cannot
void snapshot_take(void);
// Has the arena changed since the snapshot? Then that is taken anew. more: there may be pages that it had not then.
bool snapshot_renew(bool more);
void snapshot_restore(void);
