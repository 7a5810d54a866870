// Objects, handles and processes whose owners are killed at every point.
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/handle.h"
#include "core/heap.h"
#include "core/layout.h"
#include "core/process.h"
#include "core/queue.h"
#include "core/recover.h"
#include "core/spawn.h"
#include "core/tx.h"
#include "crash.h"
#include "family.h"

enum { MANY = MP_HANDLES0 + 3, DEPTH = 3, WIDTH = 2 };

static struct mp_queue *q;
static struct mp_process *process, *maker;
static uint32_t handle, process_handle, maker_handle, last_handle;

static void nothing(void)
{
}

static void look_at_objects(struct crash_state *got)
{
    got->facts[0] = q->obj.refs;
}

static void look_at_nothing(struct crash_state *got)
{
    (void)got;
}

static void open_queue(void)
{
    EXPECT(mp_queue_new(0, "kept", 4, &q, &handle) == 0, "new");
}

static void close_queue(void)
{
    mp_handle_close(handle);
}

// ---- objects ----

static int op_new(void)
{
    struct mp_queue *made;
    uint32_t mine;
    return mp_queue_new(3, "a name that is long enough for a block of its own", 49, &made, &mine);
}

static int op_new_close(void)
{
    struct mp_queue *made;
    uint32_t mine;
    int err = mp_queue_new(3, "short", 5, &made, &mine);
    if (!err) mp_handle_close(mine);
    return err;
}

static int op_new_discard(void)
{
    struct mp_obj *obj;
    int err = mp_object_new(MP_PROCESS, "unseen", 6, &obj);
    if (!err) mp_object_discard(obj);
    return err;
}

static int op_new_process(void)
{
    struct mp_process *made;
    uint32_t mine;
    return mp_process_new("worker", 6, &made, &mine);
}

// ---- handles ----

static int op_open_close(void)
{
    uint32_t mine;
    int err = mp_handle_open(&q->obj, &mine);
    if (!err) mp_handle_close(mine);
    return err;
}

static int open_many(uint32_t n)
{
    uint32_t mine[MANY], opened = 0;
    int err = 0;
    while (opened < n && !err) {
        err = mp_handle_open(&q->obj, &mine[opened]);
        if (!err) opened++;
    }
    while (err && opened > 0) mp_handle_close(mine[--opened]);
    return err;
}

static void begin_with_full_table(void)
{
    EXPECT(open_many(MP_HANDLES0) == 0, "handles");
}

static void begin_with_chunk(void)
{
    EXPECT(open_many(MANY) == 0, "handles");
}

static void begin_with_few(void)
{
    EXPECT(open_many(3) == 0, "handles");
}

static int op_open_more(void)
{
    return open_many(3);
}

static int op_retire(void)
{
    mp_retire();
    return 0;
}

static void begin_rich(void)
{
    struct mp_build b;
    struct mp_msg *msg;
    uint32_t index;
    EXPECT(open_many(5) == 0, "handles");
    for (int i = 0; i < 2; i++) {
        mp_build_init(&b);
        EXPECT(mp_build_room(&b, 8) == 0 && mp_build_ref(&b, &q->obj, &index) == 0, "build");
        memset(b.data, 0, 8);
        b.len = 8;
        EXPECT(mp_build_seal(&b) == 0 && mp_queue_put(q, &b, MP_NOW) == 0, "put");
        mp_build_drop(&b);
        EXPECT(mp_queue_lease(q, &msg, MP_NOW) == 0, "lease");
    }
}

static void look_at_messages(struct crash_state *got)
{
    struct mp_item item;
    while (mp_queue_get(q, &item, MP_NOW) == 0) {
        got->nids++;
        mp_item_drop(&item);
    }
    look_at_objects(got);
}

static int op_references(void)
{
    struct mp_build b;
    uint32_t index;
    mp_build_init(&b);
    int err = mp_build_room(&b, 8);
    if (!err) b.len = 8;
    for (int i = 0; i < 3 && !err; i++) err = mp_build_ref(&b, &q->obj, &index);
    if (!err) err = mp_build_seal(&b);
    mp_build_drop(&b);
    return err;
}

// ---- a queue full of messages that hold queues ----

static void put_queue(struct mp_queue *into, struct mp_obj *obj, size_t size)
{
    struct mp_build b;
    uint32_t index;
    mp_build_init(&b);
    EXPECT(mp_build_room(&b, size) == 0, "room");
    memset(b.data, 1, size);
    b.len = size;
    EXPECT(mp_build_ref(&b, obj, &index) == 0 && mp_build_seal(&b) == 0, "build");
    EXPECT(mp_queue_put(into, &b, MP_NOW) == 0, "put");
    mp_build_drop(&b);
}

static uint32_t nest(int depth)
{
    struct mp_queue *outer;
    uint32_t mine;
    EXPECT(mp_queue_new(0, depth == 1 ? "inmost" : NULL, 6, &outer, &mine) == 0, "new");
    for (int i = 0; i < WIDTH && depth > 1; i++) {
        uint32_t inner = nest(depth - 1);
        put_queue(outer, mp_handle_object(inner), i == 0 ? 8 : 700);
        mp_handle_close(inner);
    }
    return mine;
}

static void begin_nested(void)
{
    last_handle = nest(DEPTH);
}

static int op_close_last(void)
{
    mp_handle_close(last_handle);
    return 0;
}

// ---- the end of a process ----

static void give_slot(uint64_t slot, struct mp_process *p)
{
    mp_slot_at(slot)->process = mp_refof(p);
    p->obj.refs++;
    p->slot = slot + 1;
    p->generation = mp_slot_at(slot)->generation;
    p->state = MP_PROCESS_STARTED;
}

static void open_process(void)
{
    EXPECT(mp_process_new("worker", 6, &process, &process_handle) == 0, "process");
    open_queue();
}

static void open_running(void)
{
    open_process();
    give_slot(CRASH_VICTIM, process);
}

static int op_leave(void)
{
    struct mp_build b;
    uint32_t index;
    mp_build_init(&b);
    int err = mp_build_room(&b, 100);
    if (!err) {
        memset(b.data, 7, 100);
        b.len = 100;
        err = mp_build_ref(&b, &q->obj, &index);
    }
    if (!err) err = mp_build_to_block(&b);
    if (!err) err = mp_build_seal(&b);
    if (!err) mp_process_leave(&b);
    mp_build_drop(&b);
    return err;
}

static void look_at_outcome(struct crash_state *got)
{
    const struct mp_msg *outcome = mp_process_outcome(process);
    got->facts[0] = outcome ? outcome->bytes[0] : 0;
    got->facts[1] = q->obj.refs;
    mp_self.slot->process = mp_slot_at(CRASH_VICTIM)->process;
    mp_slot_at(CRASH_VICTIM)->process = 0;
    mp_process_publish_end();
}

static void close_process(void)
{
    mp_handle_close(process_handle);
    close_queue();
}

// The victim as the monitor, on the last step for a process.
static int op_publish_end(void)
{
    if (mp_self.slot->process) mp_process_publish_end();
    return 0;
}

static void look_at_end(struct crash_state *got)
{
    struct mp_slot *victim = mp_slot_at(CRASH_VICTIM);
    mp_self.slot->process = victim->process;
    victim->process = 0;
    got->facts[0] = mp_process_ended(process);
    got->facts[1] = process->obj.refs + (mp_self.slot->process ? 0 : 1);
    if (mp_self.slot->process) mp_process_publish_end();
}

static bool end_told(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got)
{
    (void)before;
    return got->facts[0] == 1 && got->facts[1] == after->facts[1];
}

static void sleep_join(void)
{
    EXPECT(mp_process_join(process, MP_FOREVER) == 0, "join");
}

static void sleep_wait(void)
{
    struct mp_watched watched[] = {{.obj = &q->obj}, {.obj = &process->obj}};
    EXPECT(mp_wait_any(watched, 2, MP_FOREVER) == 0 && watched[1].ready, "wait");
}

static bool can_join(void)
{
    return mp_process_ended(process);
}

// ---- making a process ----

static void open_maker(void)
{
    open_process();
    EXPECT(mp_process_new("maker", 5, &maker, &maker_handle) == 0, "maker");
    give_slot(CRASH_VICTIM, maker);
}

static void begin_as_maker(void)
{
    EXPECT(open_many(MANY) == 0, "handles");
}

static int op_claim_and_undo(void)
{
    struct mp_slot *slot;
    int err = mp_slot_claim(&slot);
    if (err) return err;
    err = mp_handles_copy(slot);
    mp_spawn_undo(slot, true);
    EXPECT(mp_self.slot->process == mp_refof(maker), "the maker's own process is still its own");
    TX(mp_self.slot->starting, 0);
    mp_commit();
    return err;
}

static int op_start(void)
{
    bool child = false;
    int err = mp_process_start(process, true, &child);
    if (child) _exit(9);
    return err;
}

// As the monitor does: children of the victim are ours.
static void reap_children(void)
{
    for (uint64_t i = CRASH_FIRST_SLEEPER + CRASH_SLEEPERS; i < mp_slots_top(); i++) {
        struct mp_slot *slot = mp_slot_at(i);
        pid_t pid = atomic_load(mp_slot_pid(slot));
        int status;
        if (pid == 0) continue;
        EXPECT(waitpid(pid, &status, 0) == pid && status == 9 << 8, "child's status %#x", (unsigned)status);
        atomic_store(&slot->state, MP_SLOT_DYING);
        slot->status = (uint64_t)status;
        mp_recover_undo(slot);
        mp_recover_return(slot);
    }
}

static void look_at_started(struct crash_state *got)
{
    reap_children();
    got->facts[0] = process->state;
    got->facts[1] = mp_process_ended(process);
    got->facts[2] = process->status;
    got->facts[3] = mp_slots_live();
    mp_self.slot->process = mp_slot_at(CRASH_VICTIM)->process;
    mp_slot_at(CRASH_VICTIM)->process = 0;
    mp_process_publish_end();
}

// Its maker died before the kernel made it: as if killed with it.
static bool unmade(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got)
{
    (void)after;
    return got->facts[0] == MP_PROCESS_FAILED && got->facts[1] == 1 && got->facts[2] == SIGKILL &&
           got->facts[3] == before->facts[3];
}

static void close_maker(void)
{
    mp_handle_close(maker_handle);
    close_process();
}

#define OBSERVERS .sleepers = {{sleep_wait, can_join}, {sleep_wait, can_join}}
#define JOINERS .sleepers = {{sleep_join, can_join}, {sleep_wait, can_join}, {sleep_join, can_join}}

static const struct crash_case cases[] = {
    {"new object", nothing, NULL, op_new, look_at_nothing, nothing, .between = NULL},
    {"new object, closed", nothing, NULL, op_new_close, look_at_nothing, nothing, .between = NULL},
    {"new object, discarded", nothing, NULL, op_new_discard, look_at_nothing, nothing, .between = NULL},
    {"new process", nothing, NULL, op_new_process, look_at_nothing, nothing, .between = NULL},
    {"handle", open_queue, NULL, op_open_close, look_at_objects, close_queue, .peers = {nothing}},
    {"handles in a new chunk", open_queue, begin_with_full_table, op_open_more, look_at_objects, close_queue,
     .between = NULL},
    {"handles in a chunk", open_queue, begin_with_chunk, op_open_close, look_at_objects, close_queue, .between = NULL},
    {"references not sent", open_queue, NULL, op_references, look_at_objects, close_queue, .between = NULL},
    {"retire", open_queue, begin_rich, op_retire, look_at_messages, close_queue, .between = NULL},
    {"a queue of queues", nothing, begin_nested, op_close_last, look_at_nothing, nothing, .between = NULL},
    {"outcome", open_running, NULL, op_leave, look_at_outcome, close_process, .between = NULL},
    {"end of a process", open_running, NULL, op_publish_end, look_at_end, close_process, JOINERS, .between = end_told},
    {"slot claimed and freed", open_maker, begin_as_maker, op_claim_and_undo, look_at_started, close_maker,
     .between = NULL},
    {"start", open_maker, begin_with_few, op_start, look_at_started, close_maker, OBSERVERS, .between = unmade,
     .several = true},
};

int main(int argc, char **argv)
{
    return crash_main(argc, argv, "object_crash", cases, sizeof cases / sizeof *cases);
}
