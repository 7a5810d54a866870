// Checks the whole arena while nobody works in it: every block in exactly one place, every latch free, every count
// true. For tests, and for the curious.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mp_fsck;
struct mp_latch;
struct mp_obj;
struct mp_waitlist;

bool mp_fsck_run(char *why, size_t size);   // true: sound; else the first fault is in why
// The same while the others work: they stand still for it. 0; EBUSY: somebody did not come to rest, or has died and is not
// recovered yet. Between mp_enter and mp_leave, no latch held.
int mp_fsck_still(char *why, size_t size, bool *sound);

// Calls visit for each reference that the object counts for; the object is not checked.
void mp_fsck_references(struct mp_obj *obj, void (*visit)(void *arg, uint64_t ref), void *arg);

// For the kinds: what an object holds.
void mp_fsck_block(struct mp_fsck *f, uint64_t ref, const char *place);
void mp_fsck_message(struct mp_fsck *f, uint64_t ref, const char *place);
void mp_fsck_object(struct mp_fsck *f, uint64_t ref, const char *place);   // a counted reference
void mp_fsck_latch(struct mp_fsck *f, const struct mp_latch *latch, const char *name);
void mp_fsck_list(struct mp_fsck *f, const struct mp_waitlist *list, const char *name);
void mp_fsck_expect(struct mp_fsck *f, bool ok, const char *format, ...) __attribute__((format(printf, 3, 4)));
