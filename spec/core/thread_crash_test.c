// Processes that are killed while threads of theirs are inside the core.
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "core/clock.h"
#include "core/heap.h"
#include "core/killpoint.h"
#include "core/lock.h"
#include "core/queue.h"
#include "core/slot.h"
#include "core/thread.h"
#include "crash.h"
#include "family.h"

static struct mp_process *process, *t;
static struct mp_queue *q;
static struct mp_lock *lock;
static uint32_t process_handle, thread_handle, queue_handle, lock_handle;

// Of the victim: what its thread does when it is told to, with the crash points that are left.
static int (*work)(void);
static _Atomic long points_left;
static _Atomic int told, done;
static long *points_of_thread;   // is there until somebody joins it

// ---- what threads do ----

static void sleep_in_core(void)
{
    mp_enter(MP_OP_WAIT);
    mp_sleep(MP_FOREVER);
    mp_leave();
}

static int run_sleep(void)
{
    sleep_in_core();
    return 0;
}

static int run_holding(void)
{
    uint32_t mine;
    mp_enter(MP_OP_LOCK);
    EXPECT(mp_handle_open(&lock->obj, &mine) == 0, "handle");
    EXPECT(mp_lock_acquire(lock, mp_handle_at(mp_self.slot, mine), MP_NOW) == 0, "lock");
    mp_leave();
    atomic_store(&done, 1);
    sleep_in_core();
    return 0;
}

static int run_work(void)
{
    while (!atomic_load(&told)) sched_yield();
    mp_killpoint_left = atomic_load(&points_left);
    mp_enter(MP_OP_OBJECT);
    int err = work();
    mp_leave();
    atomic_store(&points_left, mp_killpoint_left);
    mp_killpoint_left = 0;
    atomic_store(&done, err ? err : -1);
    sleep_in_core();
    return 0;
}

// The points go on to its very end.
static int run_work_and_end(void)
{
    while (!atomic_load(&told)) sched_yield();
    points_of_thread = &mp_killpoint_left;
    mp_killpoint_left = atomic_load(&points_left);
    mp_enter(MP_OP_OBJECT);
    work();
    mp_leave();
    return 0;
}

static int run_lease(void)
{
    struct mp_msg *msg;
    mp_enter(MP_OP_GET);
    EXPECT(mp_queue_lease(q, &msg, MP_FOREVER) == 0, "lease");
    mp_leave();
    sleep_in_core();
    return 0;
}

static int start(int (*run)(void))
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
    if (!err) err = mp_thread_start(t, &b, run);
    mp_build_drop(&b);
    return err;
}

// ---- before ----

// The victim is a process that others see.
static void open_process(void)
{
    EXPECT(mp_process_new("host", 4, &process, &process_handle) == 0, "process");
    EXPECT(mp_thread_new("member", 6, &t, &thread_handle) == 0, "thread");
    EXPECT(mp_queue_new(0, "jobs", 4, &q, &queue_handle) == 0, "queue");
    EXPECT(mp_lock_new(MP_LOCK, "door", 4, &lock, &lock_handle) == 0, "lock");
    mp_slot_at(CRASH_VICTIM)->process = mp_refof(process);
    process->obj.refs++;
    process->slot = CRASH_VICTIM + 1;
    process->generation = mp_slot_at(CRASH_VICTIM)->generation;
    process->state = MP_PROCESS_STARTED;
}

static int put(uint64_t id)
{
    struct mp_build b;
    mp_build_init(&b);
    EXPECT(mp_build_room(&b, sizeof id) == 0, "room");
    memcpy(b.data, &id, sizeof id);
    b.len = sizeof id;
    int err = mp_queue_put(q, &b, MP_NOW);
    mp_build_drop(&b);
    return err;
}

static void open_with_message(void)
{
    open_process();
    EXPECT(put(1) == 0, "put");
}

// Where the points are passed does not matter for what is begun.
static void begin(int (*run)(void))
{
    mp_enter(MP_OP_START);
    EXPECT(start(run) == 0, "start");
    mp_leave();
}

static void begin_holding(void)
{
    begin(run_holding);
    while (!atomic_load(&done)) sched_yield();
}

static void begin_lease(void)
{
    begin(run_lease);
    while (atomic_load(&mp_slot_at(t->slot - 1)->park) != MP_PARK_PARKED) sched_yield();
}

// ---- operations ----

static int op_start(void)
{
    return start(run_sleep);
}

static int op_put(void)
{
    return put(1);
}

static int op_work(void)
{
    atomic_store(&points_left, mp_killpoint_left);
    mp_killpoint_left = 0;
    atomic_store(&told, 1);
    while (!atomic_load(&done)) sched_yield();
    mp_killpoint_left = atomic_load(&points_left);
    return atomic_load(&done) == -1 ? 0 : atomic_load(&done);
}

static int op_end(void)
{
    const struct mp_slot *slot = mp_slot_at(t->slot - 1);
    atomic_store(&points_left, mp_killpoint_left);
    mp_killpoint_left = 0;
    atomic_store(&told, 1);
    while (atomic_load(&slot->state) != MP_SLOT_RETIRED) sched_yield();
    mp_killpoint_left = *points_of_thread;
    return 0;
}

static int work_lock(void)
{
    uint32_t mine;
    int err = mp_handle_open(&lock->obj, &mine);
    if (err) return err;
    struct mp_handle *held = mp_handle_at(mp_self.slot, mine);
    err = mp_lock_acquire(lock, held, MP_NOW);
    mp_lock_release(lock, held);
    mp_handle_close(mine);
    return err;
}

static int work_lease(void)
{
    struct mp_msg *msg;
    return mp_queue_lease(q, &msg, MP_NOW);
}

static int work_leave(void)
{
    struct mp_build b;
    uint32_t index;
    mp_build_init(&b);
    int err = mp_build_room(&b, 8);
    if (!err) b.len = 8;
    if (!err) err = mp_build_ref(&b, &q->obj, &index);
    if (!err) err = mp_build_to_block(&b);
    if (!err) err = mp_build_seal(&b);
    if (!err) mp_process_leave(&b);
    mp_build_drop(&b);
    return err ? err : work_lease();
}

#define WORK(name)                                                                                                     \
    static void begin_##name(void)                                                                                     \
    {                                                                                                                  \
        work = work_##name;                                                                                            \
        begin_work();                                                                                                  \
    }

static void begin_lock(void)
{
    work = work_lock;
    begin(run_work);
}

static void begin_put(void)
{
    work = op_put;
    begin(run_work);
}

static void begin_lease_work(void)
{
    work = work_lease;
    begin(run_work);
}

static void begin_end(void)
{
    work = work_leave;
    begin(run_work_and_end);
}

// ---- after ----

// A recoverer that was killed may have had the object of one whose slot was free already.
static void end_of(uint64_t slot)
{
    if (!mp_slot_at(slot)->process) return;
    mp_self.slot->process = mp_slot_at(slot)->process;
    mp_slot_at(slot)->process = 0;
    mp_process_publish_end();
}

static void look(struct crash_state *got)
{
    struct mp_item item;
    end_of(CRASH_PEER);
    got->facts[0] = t->state;
    got->facts[1] = mp_process_ended(t);
    got->facts[2] = mp_process_host(t) == process;
    got->facts[3] = mp_lock_taken(lock);
    got->facts[4] = mp_slots_live();
    while (mp_queue_get(q, &item, MP_NOW) == 0) {
        memcpy(&got->ids[got->nids++], item.view.data, sizeof got->ids[0]);
        mp_item_drop(&item);
    }
    end_of(CRASH_VICTIM);
}

static void close_all(void)
{
    mp_handle_close(lock_handle);
    mp_handle_close(queue_handle);
    mp_handle_close(thread_handle);
    mp_handle_close(process_handle);
}

static bool ended(void)
{
    return mp_process_ended(t);
}

static void sleep_wait(void)
{
    struct mp_watched watched = {.obj = &t->obj};
    EXPECT(mp_wait_any(&watched, 1, MP_FOREVER) == 0 && watched.ready, "wait");
}

static void peer_put(void)
{
    EXPECT(put(CRASH_HELPERS) == 0, "put");
    crash_gave(CRASH_HELPERS);
}

static void peer_lock(void)
{
    uint32_t mine;
    EXPECT(mp_handle_open(&lock->obj, &mine) == 0, "handle");
    int err = mp_lock_acquire(lock, mp_handle_at(mp_self.slot, mine), MP_NOW);
    if (!err) mp_lock_release(lock, mp_handle_at(mp_self.slot, mine));
}

#define WATCHED                                                                                                        \
    {                                                                                                                  \
        {sleep_wait, ended},                                                                                           \
        {                                                                                                              \
            sleep_wait, ended                                                                                          \
        }                                                                                                              \
    }

static const struct crash_case cases[] = {
    {"a thread is started", open_process, NULL, op_start, look, close_all, .several = true, .peers = {peer_put},
     .sleepers = WATCHED},
    {"a thread takes and frees a lock", open_process, begin_lock, op_work, look, close_all, .several = true,
     .peers = {peer_lock}, .sleepers = WATCHED},
    {"a thread puts", open_process, begin_put, op_work, look, close_all, .several = true, .peers = {peer_put},
     .sleepers = WATCHED},
    {"a thread leases", open_with_message, begin_lease_work, op_work, look, close_all, .several = true,
     .peers = {peer_put}},
    {"a thread ends", open_with_message, begin_end, op_end, look, close_all, .several = true, .peers = {peer_put},
     .sleepers = WATCHED},
    {"main puts while a thread has a lock", open_process, begin_holding, op_put, look, close_all, .several = true,
     .peers = {peer_lock}},
    {"main puts for a thread", open_process, begin_lease, op_put, look, close_all, .several = true,
     .peers = {peer_put}},
};

int main(int argc, char **argv)
{
    return crash_main(argc, argv, "thread_crash", cases, sizeof cases / sizeof *cases);
}
