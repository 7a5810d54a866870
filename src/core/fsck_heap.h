// The heap's part of the check: runs, spans, and which block was seen where.
#pragma once
#include "layout.h"

struct mp_fsck_heap {
    const char **seen;   // by units of 32 bytes from the heap's first span: the place a block was seen in
    uint64_t first, end;   // spans
};

// Each returns NULL or what is wrong.
const char *mp_fsck_heap_open(struct mp_fsck_heap *h);   // checks runs and marks free blocks
const char *mp_fsck_mark(struct mp_fsck_heap *h, uint64_t ref, const char *place);
const char *mp_fsck_heap_leak(struct mp_fsck_heap *h);   // after all was marked: a block that nobody named
void mp_fsck_heap_close(struct mp_fsck_heap *h);
