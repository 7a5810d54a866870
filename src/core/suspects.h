// Suspects: objects that may be kept only by a cycle that nobody else has.
#pragma once
#include "object.h"

enum { MP_SERIAL_BITS = 40 };         // of an object's serial word, see object.h
enum { MP_SUSPECTS_FEWEST = 256 };    // so many, and what the last collections in vain add, make a process collect

// With the latch of an object of which a reference goes and others stay.
void mp_suspect(struct mp_obj *obj);
void mp_suspect_clear(struct mp_obj *obj);          // it is needed
void mp_suspect_forget(const struct mp_obj *obj);   // it is about to be freed
uint64_t mp_suspects_top(void);                     // entries from here on are empty
