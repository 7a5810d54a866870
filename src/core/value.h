// A value: one cell.
#pragma once
#include "cell.h"

struct mp_value {
    struct mp_cells cells;
    uint64_t cell;   // the type's size of its bytes, from the first on
};

// 0, ENOMEM
int mp_value_new(uint64_t type, union mp_number init, const char *name, size_t length, struct mp_value **made,
                 uint32_t *handle);
