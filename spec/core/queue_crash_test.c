// Queues whose processes are killed at every point of every operation.
#include <errno.h>
#include <string.h>

#include "core/buffer.h"
#include "core/clock.h"
#include "core/handle.h"
#include "core/heap.h"
#include "core/layout.h"
#include "core/queue.h"
#include "core/slot.h"
#include "crash.h"
#include "family.h"

enum { INLINE = 40, BLOCK = 600, LARGE = 200000, SEGMENT_FULL = 15, NOTIFY = 5, MANY_CPUS = 100 };

static struct mp_queue *q, *others[NOTIFY];
static uint32_t handle, other_handles[NOTIFY];
static struct mp_buffer *journal;
static uint32_t journal_handle;
static int32_t cpus;

// ---- what cases, peers and sleepers do ----

static int build(struct mp_build *b, uint64_t id, size_t size, struct mp_obj *const *refs, int nrefs)
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

static int put_refs(uint64_t id, size_t size, struct mp_obj *const *refs, int nrefs, int64_t deadline)
{
    struct mp_build b;
    int err = build(&b, id, size, refs, nrefs);
    if (!err) err = mp_queue_put(q, &b, deadline);
    mp_build_drop(&b);
    return err;
}

static int put(uint64_t id, size_t size, int64_t deadline)
{
    return put_refs(id, size, NULL, 0, deadline);
}

static uint64_t check_message(const uint8_t *data, size_t size)
{
    uint64_t id;
    memcpy(&id, data, sizeof id);
    for (size_t i = sizeof id; i < size; i++) EXPECT(data[i] == (uint8_t)id, "byte %zu of message %d", i, (int)id);
    return id;
}

static int get(uint64_t *id, int64_t deadline)
{
    struct mp_item item;
    int err = mp_queue_get(q, &item, deadline);
    if (err) return err;
    *id = check_message(item.view.data, item.view.len);
    mp_item_drop(&item);
    return 0;
}

static void put_many(uint64_t first, uint64_t last, size_t size)
{
    for (uint64_t id = first; id <= last; id++) EXPECT(put(id, size, MP_NOW) == 0, "put");
}

// ---- before ----

static void open_bounded(uint64_t maxsize)
{
    EXPECT(mp_queue_new(maxsize, "jobs", 4, &q, &handle) == 0, "new");
}

static void open_empty(void)
{
    open_bounded(0);
}

static void open_one(void)
{
    open_empty();
    put_many(1, 1, INLINE);
}

static void open_three(void)
{
    open_empty();
    put_many(1, 3, INLINE);
}

static void open_three_blocks(void)
{
    open_empty();
    put_many(1, 3, BLOCK);
}

static void open_large(void)
{
    open_empty();
    put_many(1, 2, LARGE);
}

static void open_full_segment(void)
{
    open_empty();
    put_many(1, SEGMENT_FULL, 8);
}

static void open_full_segment_but_one(void)
{
    open_full_segment();
    put_many(SEGMENT_FULL + 1, SEGMENT_FULL + 1, BLOCK);
}

static void open_at_jump(void)
{
    uint64_t id;
    open_full_segment();
    put_many(SEGMENT_FULL + 1, SEGMENT_FULL + 2, 8);
    for (int i = 0; i < SEGMENT_FULL; i++) EXPECT(get(&id, MP_NOW) == 0, "get");
}

static void open_full(void)
{
    open_bounded(3);
    put_many(1, 3, INLINE);
}

static void open_nearly_full(void)
{
    open_bounded(3);
    put_many(1, 1, BLOCK);
}

static void open_full_blocks(void)
{
    open_bounded(2);
    put_many(1, 2, BLOCK);
}

static void open_returned(void)
{
    struct mp_msg *a, *b;
    open_three();
    EXPECT(mp_queue_lease(q, &a, MP_NOW) == 0 && mp_queue_lease(q, &b, MP_NOW) == 0, "lease");
    mp_lease_back(mp_self.slot, b);
    mp_lease_back(mp_self.slot, a);
}

static void open_taken(void)
{
    uint64_t id;
    open_empty();
    put_many(1, 1, INLINE);
    EXPECT(get(&id, MP_NOW) == 0, "get");
}

static void open_mixed(void)
{
    open_empty();
    put_many(1, 2, INLINE);
    put_many(3, 4, BLOCK);
    put_many(5, 16, 8);
}

// Closed, and its only message is leased: who gets sleeps.
static void open_last_leased(void)
{
    struct mp_msg *msg;
    open_empty();
    put_many(1, 1, INLINE);
    EXPECT(mp_queue_lease(q, &msg, MP_NOW) == 0, "lease");
    mp_queue_close(q);
}

static void open_others(void)
{
    for (int i = 0; i < NOTIFY; i++) {
        EXPECT(mp_queue_new(0, NULL, 0, &others[i], &other_handles[i]) == 0, "new");
    }
}

static void open_with_others(void)
{
    open_three();
    open_others();
}

static void open_empty_with_others(void)
{
    open_empty();
    open_others();
}

static void open_with_journal(void (*open)(void))
{
    open();
    EXPECT(mp_buffer_new(sizeof(int64_t), NULL, 0, &journal, &journal_handle) == 0, "new");
}

static void open_three_and_journal(void)
{
    open_with_journal(open_three);
}

static void open_full_segment_and_journal(void)
{
    open_with_journal(open_full_segment);
}

static void open_empty_and_journal(void)
{
    open_with_journal(open_empty);
}

static void close_others(void)
{
    for (int i = 0; i < NOTIFY; i++) mp_handle_close(other_handles[i]);
}

// The messages alone keep the other queues.
static void open_holding_others(void)
{
    struct mp_obj *refs[NOTIFY];
    open_empty();
    open_others();
    for (int i = 0; i < NOTIFY; i++) refs[i] = &others[i]->obj;
    EXPECT(put_refs(1, INLINE, refs, 2, MP_NOW) == 0 && put_refs(2, BLOCK, refs + 2, 3, MP_NOW) == 0, "put");
    close_others();
}

// ---- operations ----

static int op_put(void)
{
    return put(9, INLINE, MP_NOW);
}

static int op_put_block(void)
{
    return put(9, BLOCK, MP_NOW);
}

static int op_put_large(void)
{
    return put(9, LARGE, MP_NOW);
}

static int op_put_refs(void)
{
    struct mp_obj *refs[] = {&others[0]->obj, &others[1]->obj, &others[0]->obj};
    return put_refs(9, INLINE, refs, 3, MP_NOW);
}

static _Atomic int64_t *journal_word(void)
{
    return (_Atomic int64_t *)(void *)mp_buffer_at(journal, 0);
}

static int put_noted(size_t size)
{
    struct mp_build b;
    struct mp_also also = {journal_word(), 9};
    int err = build(&b, 9, size, NULL, 0);
    if (!err) err = mp_queue_put_also(q, &b, &also, MP_NOW);
    mp_build_drop(&b);
    return err;
}

static int op_put_noted(void)
{
    return put_noted(INLINE);
}

static int op_put_block_noted(void)
{
    return put_noted(BLOCK);
}

static int put_batch(const size_t *sizes, uint64_t n, struct mp_obj *ref, int64_t deadline)
{
    struct mp_batch batch = {0};
    int err = 0;
    for (uint64_t i = 0; i < n && !err; i++) {
        struct mp_build b;
        err = build(&b, 20 + i, sizes[i], &ref, ref && sizes[i] == BLOCK);
        if (!err) err = mp_batch_add(&batch, &b);
        if (err) mp_build_drop(&b);
    }
    if (!err) err = mp_queue_put_batch(q, &batch, deadline);
    mp_batch_drop(&batch);
    return err;
}

static const size_t few[] = {8, BLOCK, BLOCK, INLINE};

static int op_put_batch(void)
{
    return put_batch(few, 4, NULL, MP_NOW);
}

static int op_put_batch_refs(void)
{
    return put_batch(few, 4, &others[0]->obj, MP_NOW);
}

static int op_put_batch_longer(void)
{
    static const size_t sizes[] = {INLINE, BLOCK, 300, BLOCK, INLINE, BLOCK, 8};
    return put_batch(sizes, 7, NULL, MP_NOW);
}

static int op_put_batch_waiting(void)
{
    return put_batch(few, 3, NULL, MP_FOREVER);
}

static int op_put_batch_until(void)
{
    int err = put_batch(few, 4, NULL, mp_now() + 1000000);
    return err == ETIMEDOUT ? 0 : err;
}

static int op_get_and_back(void)
{
    struct mp_item item;
    int room, err = mp_item_room(&room);
    if (err) return err;
    err = mp_queue_get(q, &item, MP_NOW);
    if (!err) mp_item_back(q, &item, room);
    if (err || item.block) mp_inflight_free(room);
    return err;
}

// Who sleeps may be faster.
static int op_put_and_take_back(void)
{
    int err = op_put();
    if (!err) err = op_get_and_back();
    return err == ETIMEDOUT ? 0 : err;
}

static int op_put_until(void)
{
    int err = put(9, BLOCK, mp_now() + 1000000);
    return err == ETIMEDOUT ? 0 : err;
}

static int op_put_waiting(void)
{
    return put(9, BLOCK, MP_FOREVER);
}

static int op_get(void)
{
    uint64_t id;
    return get(&id, MP_NOW);
}

static int op_get_waiting(void)
{
    uint64_t id;
    return get(&id, MP_FOREVER);
}

static int op_get_until(void)
{
    uint64_t id;
    int err = get(&id, mp_now() + 1000000);
    return err == ETIMEDOUT ? 0 : err;
}

static int op_lease_done(void)
{
    struct mp_msg *msg;
    int err = mp_queue_lease(q, &msg, MP_NOW);
    if (!err) mp_lease_done(msg);
    return err;
}

static int op_lease_back(void)
{
    struct mp_msg *a, *b;
    int err = mp_queue_lease(q, &a, MP_NOW);
    if (err) return err;
    err = mp_queue_lease(q, &b, MP_NOW);
    if (!err) mp_lease_back(mp_self.slot, b);
    mp_lease_back(mp_self.slot, a);
    return err;
}

static int op_lease_waiting(void)
{
    struct mp_msg *msg;
    int err = mp_queue_lease(q, &msg, MP_FOREVER);
    if (!err) mp_lease_done(msg);
    return err;
}

// What the recoverer does with the lease of somebody dead.
static int op_return_last(void)
{
    struct mp_slot *of = mp_slot_at(CRASH_RECOVERER);
    if (of->leases) mp_lease_back(of, mp_ptr(of->leases));
    return 0;
}

static int op_close(void)
{
    mp_queue_close(q);
    return 0;
}

static int op_clear(void)
{
    mp_queue_clear(q);
    return 0;
}

static int op_task_done(void)
{
    mp_queue_task_done(q);
    return 0;
}

static int op_join(void)
{
    return mp_queue_join(q, MP_FOREVER);
}

static int op_join_until(void)
{
    int err = mp_queue_join(q, mp_now() + 1000000);
    return err == ETIMEDOUT ? 0 : err;
}

static int wait_for(size_t n, int64_t deadline)
{
    struct mp_watched watched[NOTIFY + 1];
    for (int i = 0; i < NOTIFY; i++) watched[i] = (struct mp_watched){.obj = &others[i]->obj};
    watched[n - 1] = (struct mp_watched){.obj = &q->obj};
    int err = mp_wait_any(watched, n, deadline);
    EXPECT(err != 0 || watched[n - 1].ready, "nothing is ready");
    return err == ETIMEDOUT ? 0 : err;
}

static int op_wait_one(void)
{
    return wait_for(1, MP_FOREVER);
}

static int op_wait_many(void)
{
    return wait_for(NOTIFY, MP_FOREVER);
}

static int op_wait_until(void)
{
    return wait_for(NOTIFY, mp_now() + 1000000);
}

static void open_spinning(void)
{
    cpus = mp_arena->cpus;
    open_empty();
}

static void begin_spinning(void)
{
    mp_arena->cpus = MANY_CPUS;
}

// ---- what is given to a victim that sleeps ----

static void poke_put(void)
{
    put_many(5, 5, INLINE);
}

static void poke_put_block(void)
{
    put_many(5, 5, BLOCK);
}

static void poke_get(void)
{
    uint64_t id;
    EXPECT(get(&id, MP_NOW) == 0, "get");
}

static void poke_clear(void)
{
    mp_queue_clear(q);
}

static void poke_done(void)
{
    EXPECT(mp_queue_task_done(q) == 0, "task_done");
}

static void poke_close(void)
{
    mp_queue_close(q);
}

static int op_get_until_closed(void)
{
    uint64_t id;
    int err = get(&id, MP_FOREVER);
    return err == EPIPE ? 0 : err;
}

// ---- peers ----

static void drain(void)
{
    uint64_t id;
    while (get(&id, MP_NOW) == 0) crash_took(id);
}

static void fill(void)
{
    static const size_t sizes[] = {8, BLOCK, 300, INLINE};
    for (uint64_t i = 0; i < 4; i++) {
        if (put(CRASH_HELPERS + i, sizes[i], MP_NOW) == 0) crash_gave(CRASH_HELPERS + i);
    }
}

static void lease_all(void)
{
    struct mp_msg *msg;
    while (mp_queue_lease(q, &msg, MP_NOW) == 0) {
        crash_took(check_message(msg->bytes, msg->length));
        mp_lease_done(msg);
    }
}

// ---- sleepers ----

static void sleep_get(void)
{
    uint64_t id;
    int err = get(&id, MP_FOREVER);
    EXPECT(err == 0 || err == EPIPE, "get: %d", err);
    if (!err) crash_took(id);
}

static bool can_get(void)
{
    return mp_queue_size(q) > 0 || (q->closed && q->leased == 0);
}

enum { A_WHILE = 15000000 };

static void leave_get(void)
{
    uint64_t id;
    int err = get(&id, mp_now() + A_WHILE);
    EXPECT(err == 0 || err == EPIPE || err == ETIMEDOUT, "get: %d", err);
    if (!err) crash_took(id);
}

static void leave_put(void)
{
    uint64_t id = CRASH_HELPERS + mp_slot_index(mp_self.slot);
    int err = put(id, BLOCK, mp_now() + A_WHILE);
    EXPECT(err == 0 || err == EPIPE || err == ETIMEDOUT, "put: %d", err);
    if (!err) crash_gave(id);
}

static void leave_join(void)
{
    int err = mp_queue_join(q, mp_now() + A_WHILE);
    EXPECT(err == 0 || err == ETIMEDOUT, "join: %d", err);
}

static void leave_wait(void)
{
    EXPECT(wait_for(1, mp_now() + A_WHILE) == 0, "wait");
}

static bool never(void)
{
    return false;
}

static void sleep_put(void)
{
    uint64_t id = CRASH_HELPERS + mp_slot_index(mp_self.slot);
    int err = put(id, INLINE, MP_FOREVER);
    EXPECT(err == 0 || err == EPIPE, "put: %d", err);
    if (!err) crash_gave(id);
}

static bool can_put(void)
{
    return q->closed || !mp_queue_full(q);
}

static void sleep_join(void)
{
    EXPECT(mp_queue_join(q, MP_FOREVER) == 0, "join");
}

static bool can_join(void)
{
    return (uint32_t)q->finished == (uint32_t)(q->tail >> 32);
}

static void sleep_wait(void)
{
    EXPECT(wait_for(1, MP_FOREVER) == 0, "wait");
}

static void sleep_wait_many(void)
{
    EXPECT(wait_for(NOTIFY, MP_FOREVER) == 0, "wait");
}

// ---- after ----

static void look(struct crash_state *got)
{
    got->facts[0] = q->closed;
    got->facts[1] = q->finished;
    while (mp_self.slot->leases) mp_lease_back(mp_self.slot, mp_ptr(mp_self.slot->leases));
    EXPECT(q->leased == 0, "leased");
    got->facts[2] = q->obj.refs;
    uint64_t id;
    while (got->nids < CRASH_IDS && get(&id, MP_NOW) == 0) got->ids[got->nids++] = id;
    EXPECT(mp_queue_size(q) == 0, "size");
}

// The word tells whether the message was put.
static void look_noted(struct crash_state *got)
{
    got->facts[3] = (uint64_t)*journal_word();
    look(got);
}

static void end(void)
{
    mp_handle_close(handle);
}

static void end_with_others(void)
{
    close_others();
    end();
}

static void end_noted(void)
{
    mp_handle_close(journal_handle);
    end();
}

static void end_spinning(void)
{
    mp_arena->cpus = cpus;
    end();
}

// What was cleared counts as done. With helpers there are no facts to compare.
static bool clears(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got)
{
    bool has_facts = got->facts[2] != 0;
    uint64_t gone = before->nids - got->nids;
    return crash_shrinks(before, after, got) && (!has_facts || got->facts[1] == before->facts[1] + gone);
}

// Some of the new ones, in their order.
static bool grows(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got)
{
    if (got->nids < before->nids || got->nids > after->nids) return false;
    return memcmp(got->ids, after->ids, got->nids * sizeof got->ids[0]) == 0;
}

static bool lacks_first(const struct crash_state *before, const struct crash_state *after,
                        const struct crash_state *got)
{
    (void)after;
    return got->nids + 1 == before->nids && memcmp(got->ids, before->ids + 1, got->nids * sizeof got->ids[0]) == 0;
}

// Out of memory after the put.
static bool puts_none(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got)
{
    (void)before;
    return got->nids == 0 || memcmp(got, after, sizeof *got) == 0;
}

#define GETTERS                                                                                                        \
    {                                                                                                                  \
        {sleep_get, can_get},                                                                                          \
        {                                                                                                              \
            sleep_get, can_get                                                                                         \
        }                                                                                                              \
    }
#define PUTTERS                                                                                                        \
    {                                                                                                                  \
        {sleep_put, can_put},                                                                                          \
        {                                                                                                              \
            sleep_put, can_put                                                                                         \
        }                                                                                                              \
    }
#define JOINERS                                                                                                        \
    {                                                                                                                  \
        {sleep_join, can_join},                                                                                        \
        {                                                                                                              \
            sleep_join, can_join                                                                                       \
        }                                                                                                              \
    }
#define GETTERS_LEAVING                                                                                                \
    {                                                                                                                  \
        {leave_get, never}, {leave_get, never},                                                                        \
        {                                                                                                              \
            leave_get, never                                                                                           \
        }                                                                                                              \
    }
#define PUTTERS_LEAVING                                                                                                \
    {                                                                                                                  \
        {leave_put, never}, {leave_put, never},                                                                        \
        {                                                                                                              \
            leave_put, never                                                                                           \
        }                                                                                                              \
    }
#define OBSERVERS_LEAVING                                                                                              \
    {                                                                                                                  \
        {leave_wait, never}, {leave_get, never},                                                                       \
        {                                                                                                              \
            leave_wait, never                                                                                          \
        }                                                                                                              \
    }
#define JOINERS_LEAVING                                                                                                \
    {                                                                                                                  \
        {leave_join, never}, {leave_join, never},                                                                      \
        {                                                                                                              \
            leave_join, never                                                                                          \
        }                                                                                                              \
    }
#define OBSERVED                                                                                                       \
    {                                                                                                                  \
        {sleep_wait, can_get}, {sleep_get, can_get},                                                                   \
        {                                                                                                              \
            sleep_wait, can_get                                                                                        \
        }                                                                                                              \
    }
#define BESIDE                                                                                                         \
    {                                                                                                                  \
        drain, fill, lease_all, poke_close                                                                             \
    }

static const struct crash_case cases[] = {
    {"put", open_three, NULL, op_put, look, end, .peers = BESIDE},
    {"put block", open_three, NULL, op_put_block, look, end, .peers = BESIDE},
    {"put large block", open_large, NULL, op_put_large, look, end, .peers = BESIDE},
    {"put into new segment", open_full_segment, NULL, op_put, look, end, .peers = BESIDE},
    {"put block into new segment", open_full_segment_but_one, NULL, op_put_block, look, end, .peers = BESIDE},
    {"put references", open_with_others, NULL, op_put_refs, look, end_with_others, .peers = BESIDE},
    {"put to consumers", open_empty, NULL, op_put, look, end, .sleepers = GETTERS},
    {"put block to consumers", open_empty, NULL, op_put_block, look, end, .sleepers = GETTERS},
    {"put to observers and a consumer", open_empty, NULL, op_put, look, end, .sleepers = OBSERVED},
    {"put to full, times out", open_full_blocks, NULL, op_put_until, look, end, .peers = {poke_close}},
    {"put to full, waits", open_full, NULL, op_put_waiting, look, end, poke_get, .sleepers = PUTTERS},
    {"put to full, is closed", open_full_blocks, NULL, op_put_until, look, end, .sleepers = PUTTERS},
    {"put and note it", open_three_and_journal, NULL, op_put_noted, look_noted, end_noted, .peers = BESIDE},
    {"put block into new segment and note it", open_full_segment_and_journal, NULL, op_put_block_noted, look_noted,
     end_noted, .peers = BESIDE},
    {"put to consumers and note it", open_empty_and_journal, NULL, op_put_noted, look_noted, end_noted,
     .sleepers = GETTERS},
    {"put many", open_three, NULL, op_put_batch, look, end, .peers = BESIDE},
    {"put many with references", open_empty_with_others, NULL, op_put_batch_refs, look, end_with_others,
     .peers = BESIDE},
    {"put many into new segment", open_full_segment, NULL, op_put_batch, look, end, .peers = BESIDE},
    {"put many across segments", open_three, NULL, op_put_batch_longer, look, end, .peers = BESIDE, .between = grows},
    {"put many to consumers", open_empty, NULL, op_put_batch, look, end, .sleepers = GETTERS},
    {"put many to consumers and observers", open_empty, NULL, op_put_batch, look, end, .sleepers = OBSERVED},
    {"put many to full, waits", open_full, NULL, op_put_batch_waiting, look, end, poke_clear, .between = grows},
    {"put many to nearly full, times out", open_nearly_full, NULL, op_put_batch_until, look, end, .peers = BESIDE},
    {"get and give back", open_three, NULL, op_get_and_back, look, end, .peers = BESIDE, .between = lacks_first},
    {"get block and give back", open_three_blocks, NULL, op_get_and_back, look, end, .peers = BESIDE,
     .between = lacks_first},
    {"get and give back to consumers", open_empty, NULL, op_put_and_take_back, look, end, .sleepers = GETTERS,
     .between = puts_none},
    {"get", open_three, NULL, op_get, look, end, .peers = BESIDE},
    {"get block", open_three_blocks, NULL, op_get, look, end, .peers = BESIDE},
    {"get large block", open_large, NULL, op_get, look, end, .peers = BESIDE},
    {"get across segments", open_at_jump, NULL, op_get, look, end, .peers = BESIDE},
    {"get from full", open_full, NULL, op_get, look, end, .sleepers = PUTTERS},
    {"get block from full", open_full_blocks, NULL, op_get, look, end, .sleepers = PUTTERS},
    {"get references", open_holding_others, NULL, op_get, look, end, .peers = BESIDE},
    {"get returned message", open_returned, NULL, op_get, look, end, .peers = BESIDE},
    {"get, times out", open_empty, NULL, op_get_until, look, end, .peers = {fill, poke_close}},
    {"get, waits", open_empty, NULL, op_get_waiting, look, end, poke_put, .sleepers = GETTERS},
    {"get, spins beside those who sleep", open_spinning, begin_spinning, op_get_waiting, look, end_spinning, poke_put,
     .sleepers = GETTERS, .spinning = true},
    {"get block, waits", open_empty, NULL, op_get_waiting, look, end, poke_put_block, .sleepers = GETTERS},
    {"get, waits among observers", open_empty, NULL, op_get_waiting, look, end, poke_put, .sleepers = OBSERVED},
    {"get, waits until closed", open_empty, NULL, op_get_until_closed, look, end, poke_close, .sleepers = GETTERS},
    {"lease and done", open_three, NULL, op_lease_done, look, end, .peers = BESIDE, .unordered = true},
    {"lease block and done", open_three_blocks, NULL, op_lease_done, look, end, .peers = BESIDE, .unordered = true},
    {"lease across segments", open_at_jump, NULL, op_lease_done, look, end, .peers = BESIDE, .unordered = true},
    {"lease references", open_holding_others, NULL, op_lease_done, look, end, .peers = BESIDE, .unordered = true},
    {"lease two and back", open_three, NULL, op_lease_back, look, end, .peers = BESIDE, .unordered = true},
    {"lease two blocks and back", open_three_blocks, NULL, op_lease_back, look, end, .peers = BESIDE,
     .unordered = true},
    {"lease returned and back", open_returned, NULL, op_lease_back, look, end, .peers = BESIDE, .unordered = true},
    {"lease from full", open_full, NULL, op_lease_back, look, end, .sleepers = PUTTERS, .unordered = true},
    {"lease, waits", open_empty, NULL, op_lease_waiting, look, end, poke_put, .sleepers = GETTERS},
    {"last lease of a closed queue comes back", open_last_leased, NULL, op_return_last, look, end, .sleepers = GETTERS},
    {"close to consumers", open_empty, NULL, op_close, look, end, .sleepers = OBSERVED},
    {"close to producers", open_full, NULL, op_close, look, end, .peers = BESIDE, .sleepers = PUTTERS},
    {"clear", open_mixed, NULL, op_clear, look, end, .peers = BESIDE, .sleepers = JOINERS, .between = clears},
    {"clear full", open_full, NULL, op_clear, look, end, .sleepers = JOINERS, .between = clears},
    {"clear references", open_holding_others, NULL, op_clear, look, end, .peers = BESIDE, .between = clears},
    {"task_done", open_taken, NULL, op_task_done, look, end, .peers = BESIDE, .sleepers = JOINERS},
    {"done of the last lease", open_one, NULL, op_lease_done, look, end, .sleepers = JOINERS},
    {"join", open_taken, NULL, op_join, look, end, poke_done, .sleepers = JOINERS},
    {"put to consumers that leave", open_empty, NULL, op_put, look, end, .sleepers = GETTERS_LEAVING, .leaving = true},
    {"put to observers that leave", open_empty, NULL, op_put, look, end, .sleepers = OBSERVERS_LEAVING,
     .leaving = true},
    {"get from producers that leave", open_full, NULL, op_get, look, end, .sleepers = PUTTERS_LEAVING, .leaving = true},
    {"close to those who leave", open_empty, NULL, op_close, look, end, .sleepers = OBSERVERS_LEAVING, .leaving = true},
    {"done to joiners who leave", open_taken, NULL, op_task_done, look, end, .sleepers = JOINERS_LEAVING,
     .leaving = true},
    {"join, times out", open_taken, NULL, op_join_until, look, end, .peers = BESIDE},
    {"wait for one", open_empty_with_others, NULL, op_wait_one, look, end_with_others, poke_put,
     .sleepers = {{sleep_wait, can_get}, {sleep_wait_many, can_get}}},
    {"wait for many", open_empty_with_others, NULL, op_wait_many, look, end_with_others, poke_put,
     .sleepers = {{sleep_wait_many, can_get}, {sleep_wait, can_get}}},
    {"wait, times out", open_empty_with_others, NULL, op_wait_until, look, end_with_others,
     .peers = {fill, poke_close}},
};

int main(int argc, char **argv)
{
    return crash_main(argc, argv, "queue_crash", cases, sizeof cases / sizeof *cases);
}
