// An array: cells of one type, side by side as in C.
#pragma once
#include "cell.h"

struct mp_array {
    struct mp_cells cells;
    uint64_t n;
    uint64_t block;   // ref; 0 for no cells
};

// All cells are 0. 0, ENOMEM
int mp_array_new(uint64_t type, uint64_t n, const char *name, size_t length, struct mp_array **made, uint32_t *handle);

// Of the cell at index, from 0 on.
static inline void *mp_array_at(const struct mp_array *a, uint64_t index)
{
    return (char *)mp_ptr(a->block) + index * mp_cells_type(&a->cells)->size;
}
