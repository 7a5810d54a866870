#include "jobs.h"

#include <errno.h>
#include <string.h>

#include "core/clock.h"
#include "core/handle.h"
#include "core/heap.h"
#include "core/layout.h"
#include "core/slot.h"
#include "family.h"

struct mp_queue *jobs, *jobs_others[JOBS_OTHERS];

static uint32_t handle, other_handles[JOBS_OTHERS];

// ---- what cases, peers and sleepers do ----

int jobs_build(struct mp_build *b, uint64_t id, size_t size, struct mp_obj *const *refs, int nrefs)
{
    uint32_t index;
    mp_build_init(b);
    int err = mp_build_room(b, size);
    if (err) return err;
    memset(b->data, (int)id, size);
    memcpy(b->data, &id, sizeof id);
    b->len = size;
    for (int i = 0; i < nrefs && !err; i++) err = mp_build_ref(b, refs[i], &index);
    return err ? err : mp_build_seal(b);
}

int jobs_put_refs(uint64_t id, size_t size, struct mp_obj *const *refs, int nrefs, int64_t deadline)
{
    struct mp_build b;
    int err = jobs_build(&b, id, size, refs, nrefs);
    if (!err) err = mp_queue_put(jobs, &b, deadline);
    mp_build_drop(&b);
    return err;
}

int jobs_put(uint64_t id, size_t size, int64_t deadline)
{
    return jobs_put_refs(id, size, NULL, 0, deadline);
}

uint64_t jobs_check(const uint8_t *data, size_t size)
{
    uint64_t id;
    memcpy(&id, data, sizeof id);
    for (size_t i = sizeof id; i < size; i++) EXPECT(data[i] == (uint8_t)id, "byte %zu of message %d", i, (int)id);
    return id;
}

int jobs_get(uint64_t *id, int64_t deadline)
{
    struct mp_item item;
    int err = mp_queue_get(jobs, &item, deadline);
    if (err) return err;
    *id = jobs_check(item.view.data, item.view.len);
    mp_item_drop(&item);
    return 0;
}

void jobs_put_many(uint64_t first, uint64_t last, size_t size)
{
    for (uint64_t id = first; id <= last; id++) EXPECT(jobs_put(id, size, MP_NOW) == 0, "put");
}

int jobs_wait(size_t n, int64_t deadline)
{
    struct mp_watched watched[JOBS_OTHERS + 1];
    for (size_t i = 0; i + 1 < n; i++) watched[i] = (struct mp_watched){.obj = &jobs_others[i]->obj};
    watched[n - 1] = (struct mp_watched){.obj = &jobs->obj};
    int err = mp_wait_any(watched, n, deadline);
    EXPECT(err != 0 || watched[n - 1].ready, "nothing is ready");
    return err == ETIMEDOUT ? 0 : err;
}

// ---- before ----

void jobs_open_bounded(uint64_t maxsize)
{
    EXPECT(mp_queue_new(maxsize, "jobs", 4, &jobs, &handle) == 0, "new");
}

void jobs_open_empty(void)
{
    jobs_open_bounded(0);
}

void jobs_open_three(void)
{
    jobs_open_empty();
    jobs_put_many(1, 3, JOBS_INLINE);
}

void jobs_open_three_blocks(void)
{
    jobs_open_empty();
    jobs_put_many(1, 3, JOBS_BLOCK);
}

void jobs_open_large(void)
{
    jobs_open_empty();
    jobs_put_many(1, 2, JOBS_LARGE);
}

void jobs_open_full_segment(void)
{
    jobs_open_empty();
    jobs_put_many(1, JOBS_SEGMENT, 8);
}

void jobs_open_at_jump(void)
{
    uint64_t id;
    jobs_open_full_segment();
    jobs_put_many(JOBS_SEGMENT + 1, JOBS_SEGMENT + 2, 8);
    for (int i = 0; i < JOBS_SEGMENT; i++) EXPECT(jobs_get(&id, MP_NOW) == 0, "get");
}

void jobs_open_full(void)
{
    jobs_open_bounded(3);
    jobs_put_many(1, 3, JOBS_INLINE);
}

void jobs_open_full_blocks(void)
{
    jobs_open_bounded(2);
    jobs_put_many(1, 2, JOBS_BLOCK);
}

void jobs_open_returned(void)
{
    struct mp_msg *a, *b;
    jobs_open_three();
    EXPECT(mp_queue_lease(jobs, &a, MP_NOW) == 0 && mp_queue_lease(jobs, &b, MP_NOW) == 0, "lease");
    mp_lease_back(mp_self.slot, b);
    mp_lease_back(mp_self.slot, a);
}

void jobs_open_others(void)
{
    for (int i = 0; i < JOBS_OTHERS; i++) {
        EXPECT(mp_queue_new(0, NULL, 0, &jobs_others[i], &other_handles[i]) == 0, "new");
    }
}

void jobs_open_empty_with_others(void)
{
    jobs_open_empty();
    jobs_open_others();
}

void jobs_close_others(void)
{
    for (int i = 0; i < JOBS_OTHERS; i++) mp_handle_close(other_handles[i]);
}

// The messages alone keep the other queues.
void jobs_open_holding_others(void)
{
    struct mp_obj *refs[JOBS_OTHERS];
    jobs_open_empty();
    jobs_open_others();
    for (int i = 0; i < JOBS_OTHERS; i++) refs[i] = &jobs_others[i]->obj;
    EXPECT(jobs_put_refs(1, JOBS_INLINE, refs, 2, MP_NOW) == 0 &&
               jobs_put_refs(2, JOBS_BLOCK, refs + 2, 3, MP_NOW) == 0,
           "put");
    jobs_close_others();
}

// ---- what is given to a victim that sleeps ----

void jobs_poke_put(void)
{
    jobs_put_many(5, 5, JOBS_INLINE);
}

void jobs_poke_close(void)
{
    mp_queue_close(jobs);
}

// ---- peers ----

void jobs_drain(void)
{
    uint64_t id;
    while (jobs_get(&id, MP_NOW) == 0) crash_took(id);
}

void jobs_fill(void)
{
    static const size_t sizes[] = {8, JOBS_BLOCK, 300, JOBS_INLINE};
    for (uint64_t i = 0; i < 4; i++) {
        if (jobs_put(CRASH_HELPERS + i, sizes[i], MP_NOW) == 0) crash_gave(CRASH_HELPERS + i);
    }
}

void jobs_lease_all(void)
{
    struct mp_msg *msg;
    while (mp_queue_lease(jobs, &msg, MP_NOW) == 0) {
        crash_took(jobs_check(msg->bytes, msg->length));
        mp_lease_done(msg);
    }
}

// ---- sleepers ----

void jobs_sleep_get(void)
{
    uint64_t id;
    int err = jobs_get(&id, MP_FOREVER);
    EXPECT(err == 0 || err == EPIPE, "get: %d", err);
    if (!err) crash_took(id);
}

bool jobs_can_get(void)
{
    return mp_queue_size(jobs) > 0 || (jobs->closed && jobs->leased == 0);
}

void jobs_leave_get(void)
{
    uint64_t id;
    int err = jobs_get(&id, mp_now() + JOBS_WHILE);
    EXPECT(err == 0 || err == EPIPE || err == ETIMEDOUT, "get: %d", err);
    if (!err) crash_took(id);
}

void jobs_leave_wait(void)
{
    EXPECT(jobs_wait(1, mp_now() + JOBS_WHILE) == 0, "wait");
}

bool jobs_never(void)
{
    return false;
}

void jobs_sleep_put(void)
{
    uint64_t id = CRASH_HELPERS + mp_slot_index(mp_self.slot);
    int err = jobs_put(id, JOBS_INLINE, MP_FOREVER);
    EXPECT(err == 0 || err == EPIPE, "put: %d", err);
    if (!err) crash_gave(id);
}

bool jobs_can_put(void)
{
    return jobs->closed || !mp_queue_full(jobs);
}

void jobs_sleep_join(void)
{
    EXPECT(mp_queue_join(jobs, MP_FOREVER) == 0, "join");
}

bool jobs_can_join(void)
{
    return (uint32_t)jobs->finished == (uint32_t)(jobs->tail >> 32);
}

void jobs_sleep_wait(void)
{
    EXPECT(jobs_wait(1, MP_FOREVER) == 0, "wait");
}

// ---- after ----

void jobs_look(struct crash_state *got)
{
    got->facts[0] = jobs->closed;
    got->facts[1] = jobs->finished;
    while (mp_self.slot->leases) mp_lease_back(mp_self.slot, mp_ptr(mp_self.slot->leases));
    EXPECT(jobs->leased == 0, "leased");
    got->facts[2] = jobs->obj.refs;
    uint64_t id;
    while (got->nids < CRASH_IDS && jobs_get(&id, MP_NOW) == 0) got->ids[got->nids++] = id;
    EXPECT(mp_queue_size(jobs) == 0, "size");
}

void jobs_end(void)
{
    mp_handle_close(handle);
}

void jobs_end_with_others(void)
{
    jobs_close_others();
    jobs_end();
}
