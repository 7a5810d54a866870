// The queue of the crash tests of queues, and what victims, peers and sleepers do with it.
#pragma once
#include "core/msg.h"
#include "core/queue.h"
#include "crash.h"

enum { JOBS_INLINE = 40, JOBS_BLOCK = 600, JOBS_LARGE = 200000 };   // bytes of messages
enum { JOBS_SEGMENT = 15 };       // messages of 8 bytes, of which one more begins a new segment
enum { JOBS_OTHERS = 5 };
enum { JOBS_WHILE = 15000000 };   // ns that who leaves waits before

extern struct mp_queue *jobs, *jobs_others[JOBS_OTHERS];

// A message of so many bytes, which all say which one it is. 0, ENOMEM, or what the queue says
int jobs_build(struct mp_build *b, uint64_t id, size_t size, struct mp_obj *const *refs, int nrefs);
int jobs_put_refs(uint64_t id, size_t size, struct mp_obj *const *refs, int nrefs, int64_t deadline);
int jobs_put(uint64_t id, size_t size, int64_t deadline);
uint64_t jobs_check(const uint8_t *data, size_t size);   // its id
int jobs_get(uint64_t *id, int64_t deadline);
void jobs_put_many(uint64_t first, uint64_t last, size_t size);
int jobs_wait(size_t n, int64_t deadline);   // for the queue and n - 1 others

// setup
void jobs_open_bounded(uint64_t maxsize);
void jobs_open_empty(void);
void jobs_open_three(void);
void jobs_open_three_blocks(void);
void jobs_open_large(void);
void jobs_open_full_segment(void);
void jobs_open_at_jump(void);
void jobs_open_full(void);
void jobs_open_full_blocks(void);
void jobs_open_returned(void);
void jobs_open_others(void);
void jobs_open_empty_with_others(void);
void jobs_close_others(void);
void jobs_open_holding_others(void);

// poke
void jobs_poke_put(void);
void jobs_poke_close(void);

// peers
void jobs_drain(void);
void jobs_fill(void);
void jobs_lease_all(void);

// sleepers
void jobs_sleep_get(void);
bool jobs_can_get(void);
void jobs_leave_get(void);
void jobs_leave_wait(void);
bool jobs_never(void);
void jobs_sleep_put(void);
bool jobs_can_put(void);
void jobs_sleep_join(void);
bool jobs_can_join(void);
void jobs_sleep_wait(void);

// look and end
void jobs_look(struct crash_state *got);
void jobs_end(void);
void jobs_end_with_others(void);

#define JOBS_BESIDE .peers = {jobs_drain, jobs_fill, jobs_lease_all, jobs_poke_close}
#define JOBS_GETTERS .sleepers = {{jobs_sleep_get, jobs_can_get}, {jobs_sleep_get, jobs_can_get}}
#define JOBS_PUTTERS .sleepers = {{jobs_sleep_put, jobs_can_put}, {jobs_sleep_put, jobs_can_put}}
#define JOBS_JOINERS .sleepers = {{jobs_sleep_join, jobs_can_join}, {jobs_sleep_join, jobs_can_join}}
#define JOBS_OBSERVED                                                                                                  \
    .sleepers = {{jobs_sleep_wait, jobs_can_get}, {jobs_sleep_get, jobs_can_get}, {jobs_sleep_wait, jobs_can_get}}
#define JOBS_OBSERVERS_LEAVING                                                                                         \
    .sleepers = {{jobs_leave_wait, jobs_never}, {jobs_leave_get, jobs_never}, {jobs_leave_wait, jobs_never}},          \
    .leaving = true
#define JOBS_GETTERS_LEAVING                                                                                           \
    .sleepers = {{jobs_leave_get, jobs_never}, {jobs_leave_get, jobs_never}, {jobs_leave_get, jobs_never}},            \
    .leaving = true
