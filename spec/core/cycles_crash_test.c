// Collections of cycles that are killed at every point.
#include <errno.h>
#include <string.h>

#include "core/clock.h"
#include "core/cycles.h"
#include "core/handle.h"
#include "core/layout.h"
#include "core/slot.h"
#include "core/table.h"
#include "core/world.h"
#include "crash.h"
#include "family.h"

enum { CYCLES = 3 };

static struct mp_table *kept;
static struct mp_queue *queue;
static uint32_t kept_handle, queue_handle;

static int try_put(struct mp_table *t, int64_t n, struct mp_obj *obj)
{
    struct mp_key key = {.datum = mp_integer(n)};
    key.hash = mp_datum_hash(&key.datum, mp_arena->hash_seed);
    struct mp_value value = {.datum = {MP_REFERENCE, mp_refof(obj)}};
    mp_reference_take(obj, &value.place);
    int err = mp_table_set(t, &key, &value, NULL, NULL);
    mp_value_drop(&value);
    return err;
}

static void put(struct mp_table *t, int64_t n, struct mp_obj *obj)
{
    EXPECT(try_put(t, n, obj) == 0, "set");
}

static struct mp_table *table(uint32_t *handle)
{
    struct mp_table *t;
    EXPECT(mp_table_new(NULL, 0, &t, handle) == 0, "table");
    return t;
}

// ---- before ----

static void open_none(void)
{
    kept = table(&kept_handle);
    put(kept, 1, &kept->obj);
    EXPECT(mp_queue_new(0, NULL, 0, &queue, &queue_handle) == 0, "queue");
}

// Two tables that have each other, one of which has something else too.
static void leave_cycle(struct mp_obj *other)
{
    uint32_t a_handle, b_handle;
    struct mp_table *a = table(&a_handle), *b = table(&b_handle);
    put(a, 1, &b->obj);
    put(b, 1, &a->obj);
    put(b, 2, other);
    mp_handle_close(a_handle);
    mp_handle_close(b_handle);
}

static void open_cycles(void)
{
    open_none();
    for (int i = 0; i < CYCLES; i++) leave_cycle(i == 0 ? &kept->obj : &queue->obj);
}

// A queue that has itself, and a table in a message, too.
static void open_queue(void)
{
    struct mp_build b;
    uint32_t index, handle;
    open_none();
    struct mp_table *t = table(&handle);
    put(t, -1, &queue->obj);
    mp_build_init(&b);
    EXPECT(mp_build_ref(&b, &queue->obj, &index) == 0 && mp_build_ref(&b, &t->obj, &index) == 0, "refs");
    EXPECT(mp_build_seal(&b) == 0 && mp_queue_put(queue, &b, MP_NOW) == 0, "put");
    mp_handle_close(handle);
    mp_handle_close(queue_handle);
    queue = NULL;
}

// ---- what the victim does ----

static int op_collect(void)
{
    uint64_t freed;
    int err;
    do {
        err = mp_cycles_collect(&freed);
    } while (!err && freed > 0);
    EXPECT(err == 0 || err == EBUSY, "collect: %d", err);
    return 0;
}

static int op_leave(void)
{
    struct mp_table *t;
    uint32_t handle;
    int err = mp_table_new(NULL, 0, &t, &handle);
    if (err) return err;
    err = try_put(t, -1, &kept->obj);
    if (!err) err = try_put(t, 1, &t->obj);
    mp_handle_close(handle);
    return err;
}

static int op_stop(void)
{
    if (mp_world_stop() == 0) mp_world_go();
    return 0;
}

// As if somebody had stopped the world just before the victim enters the core.
static void shut_gate(void)
{
    atomic_store(&mp_self.slot->stop, 1);
}

static void open_gate(void)
{
    EXPECT(mp_world_stop() == 0, "stop");
    mp_world_go();
}

// ---- what others do ----

static void touch(void)
{
    EXPECT(mp_table_length(kept) == 1, "length");
}

static void collect(void)
{
    op_collect();
}

static void wait_for_two(void)
{
    struct mp_got got;
    struct mp_key key = {.datum = mp_integer(2)};
    key.hash = mp_datum_hash(&key.datum, mp_arena->hash_seed);
    EXPECT(mp_table_wait(kept, &key, MP_FOREVER, false, &got) == 0, "wait");
}

static bool has_two(void)
{
    return mp_table_length(kept) == 2;
}

static int op_collect_and_put(void)
{
    op_collect();
    put(kept, 2, &queue->obj);
    return 0;
}

// ---- after ----

// What is kept is there; whatever is left of the cycles goes at the latest now.
static void look(struct crash_state *got)
{
    got->facts[0] = mp_table_length(kept);
    op_collect();
    got->facts[1] = mp_object_count(MP_TABLE);
    got->facts[2] = mp_object_count(MP_QUEUE);
    got->facts[3] = kept->obj.refs;
}

static void end(void)
{
    mp_handle_close(kept_handle);
    if (queue) mp_handle_close(queue_handle);
    op_collect();
}

static bool fewer(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got)
{
    struct crash_state a = *after, b = *got;
    if (b.facts[0] == before->facts[0]) a.facts[0] = b.facts[0];   // nothing was put yet
    a.facts[CRASH_FACTS - 1] = b.facts[CRASH_FACTS - 1] = 0;
    return memcmp(&a, &b, sizeof a) == 0;
}

#define WAITERS .sleepers = {{wait_for_two, has_two}, {wait_for_two, has_two}}
#define BESIDE .peers = {touch, collect}

static const struct crash_case cases[] = {
    {"stop the world", open_cycles, NULL, op_stop, look, end, BESIDE},
    {"collect cycles", open_cycles, NULL, op_collect, look, end, BESIDE, .between = fewer},
    {"collect a queue", open_queue, NULL, op_collect, look, end, BESIDE, .between = fewer},
    {"leave a cycle", open_none, NULL, op_leave, look, end, BESIDE, .between = fewer},
    {"wait at the gate", open_none, shut_gate, op_leave, look, end, .poke = open_gate, .between = fewer},
    {"collect beside sleepers", open_cycles, NULL, op_collect_and_put, look, end, WAITERS, .between = fewer},
};

int main(int argc, char **argv)
{
    return crash_main(argc, argv, "cycles_crash", cases, sizeof cases / sizeof *cases);
}
