// Handles: by which a process holds objects. Index and object are all that Lua's side keeps.
#pragma once
#include "slot.h"

int mp_handle_open(struct mp_obj *obj, uint32_t *index);   // 0, ENOMEM
void mp_handle_close(uint32_t index);
struct mp_obj *mp_handle_object(uint32_t index);

int mp_handles_copy(struct mp_slot *child);          // at equal indices. 0, ENOMEM
void mp_handles_close_all(struct mp_slot *of);

int mp_handle_reserve(uint32_t *index);              // an entry that nobody uses, still empty. 0, ENOMEM
void mp_handle_unreserve(uint32_t index);
struct mp_handle *mp_handle_in_chunk(struct mp_slot *slot, uint32_t index);

static inline struct mp_handle *mp_handle_at(struct mp_slot *slot, uint32_t index)
{
    return __builtin_expect(index < MP_HANDLES0, 1) ? &slot->handles[index] : mp_handle_in_chunk(slot, index);
}
