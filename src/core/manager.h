// A manager: a scope that objects belong to. When it is closed, all of them are.
#pragma once
#include "object.h"

struct mp_manager {
    struct mp_obj obj;
    _Atomic uint64_t closed;
};

int mp_manager_new(const char *name, size_t length, struct mp_manager **made, uint32_t *handle);   // 0, ENOMEM

// Between mp_enter and mp_leave.
void mp_manager_adopt(struct mp_manager *m, struct mp_obj *obj);   // obj: only we know it yet
void mp_manager_close(struct mp_manager *m);                       // who waits in what is its learns it
