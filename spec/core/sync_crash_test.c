// Events and locks whose users are killed at every point.
#include <errno.h>
#include <string.h>

#include "core/clock.h"
#include "core/event.h"
#include "core/lock.h"
#include "core/slot.h"
#include "crash.h"
#include "family.h"

static struct mp_event *event;
static struct mp_lock *lock;
static uint32_t handle;
static struct mp_slot *owner;   // of the handle that mine() opened

static void close_object(void)
{
    mp_handle_close(handle);
}

// ---- events ----

static void open_event(void)
{
    EXPECT(mp_event_new("go", 2, &event, &handle) == 0, "event");
}

static void open_set_event(void)
{
    open_event();
    mp_event_set(event);
}

static int op_event_new(void)
{
    struct mp_event *made;
    uint32_t mine;
    return mp_event_new(NULL, 0, &made, &mine);
}

static int op_set(void)
{
    mp_event_set(event);
    return 0;
}

static int op_clear(void)
{
    mp_event_clear(event);
    return 0;
}

static int op_set_clear(void)
{
    mp_event_set(event);
    mp_event_clear(event);
    return 0;
}

static int op_event_wait(void)
{
    EXPECT(mp_event_wait(event, MP_FOREVER) == 0, "wait");
    return 0;
}

static int op_event_no_wait(void)
{
    EXPECT(mp_event_wait(event, mp_now() + 1000) == ETIMEDOUT, "wait");
    return 0;
}

static void set(void)
{
    mp_event_set(event);
}

static void set_and_clear(void)
{
    op_set_clear();
}

static void wait_event(void)
{
    EXPECT(mp_event_wait(event, MP_FOREVER) == 0, "wait");
}

static void watch_event(void)
{
    struct mp_watched watched = {.obj = &event->obj};
    EXPECT(mp_wait_any(&watched, 1, MP_FOREVER) == 0 && watched.ready, "wait");
}

// Also one that was cleared again: whoever waited goes on.
static bool was_set(void)
{
    return atomic_load(&event->state) != 0;
}

static bool is_set(void)
{
    return mp_event_is_set(event);
}

static void look_at_event(struct crash_state *got)
{
    got->facts[0] = atomic_load(&event->state);
    got->facts[1] = event->obj.refs;
    got->facts[2] = event->nwaiting;
}

// It was set and is not cleared yet.
static bool only_set(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got)
{
    (void)before;
    return (got->facts[0] & 1) && got->facts[0] / 2 == after->facts[0] / 2;
}

// ---- locks ----

static void open_lock(void)
{
    EXPECT(mp_lock_new(MP_LOCK, "one at a time", 13, &lock, &handle) == 0, "lock");
    owner = NULL;
}

static void open_rlock(void)
{
    EXPECT(mp_lock_new(MP_RLOCK, "one at a time", 13, &lock, &handle) == 0, "lock");
    owner = NULL;
}

static struct mp_handle *mine(void)
{
    static uint32_t index;
    if (owner != mp_self.slot) EXPECT(mp_handle_open(&lock->obj, &index) == 0, "handle");
    owner = mp_self.slot;
    return mp_handle_at(mp_self.slot, index);
}

static void begin_with_handle(void)
{
    mine();
}

static void begin_holding(void)
{
    EXPECT(mp_lock_acquire(lock, mine(), MP_NOW) == 0, "acquire");
}

// Before sleepers come.
static void open_held_lock(void)
{
    open_lock();
    family_as(CRASH_VICTIM, begin_holding);
}

static void open_held_lock_for_the_hungry(void)
{
    open_held_lock();
    atomic_store(&lock->hungry, 1);
}

static int op_acquire(void)
{
    EXPECT(mp_lock_acquire(lock, mine(), MP_FOREVER) == 0, "acquire");
    return 0;
}

static void open_taken_lock(void)
{
    open_lock();
    EXPECT(mp_lock_acquire(lock, mp_handle_at(mp_self.slot, handle), MP_NOW) == 0, "acquire");
}

static void release_taken(void)
{
    EXPECT(mp_lock_release(lock, mp_handle_at(mp_self.slot, handle)) == 0, "release");
}

static int op_release(void)
{
    EXPECT(mp_lock_release(lock, mine()) == 0, "release");
    return 0;
}

static int op_both(void)
{
    op_acquire();
    return op_release();
}

static int op_twice(void)
{
    op_acquire();
    op_acquire();
    EXPECT(mine()->held == 2, "depth");
    op_release();
    return op_release();
}

static void pass(void)
{
    struct mp_handle *held = mine();
    int err = mp_lock_acquire(lock, held, MP_FOREVER);
    EXPECT(err == 0 || err == EOWNERDEAD, "acquire: %d", err);
    EXPECT(mp_lock_release(lock, held) == 0, "release");
}

static void try_pass(void)
{
    struct mp_handle *held = mine();
    int err = mp_lock_acquire(lock, held, MP_NOW);
    EXPECT(err == 0 || err == EOWNERDEAD || err == ETIMEDOUT, "acquire: %d", err);
    if (err != ETIMEDOUT) EXPECT(mp_lock_release(lock, held) == 0, "release");
}

static void watch_lock(void)
{
    struct mp_watched watched = {.obj = &lock->obj};
    EXPECT(mp_wait_any(&watched, 1, MP_FOREVER) == 0 && watched.ready, "wait");
}

static bool can_take(void)
{
    return !mp_lock_taken(lock);
}

// The recoverer's own hold ends here, when nobody poked it.
static void look_at_taken(struct crash_state *got)
{
    if (mp_lock_is_ours(lock)) release_taken();
    got->facts[0] = lock->nwaiting;
    got->facts[1] = lock->obj.refs;
}

// Peers and sleepers may have taken and freed what was abandoned.
static void look_at_lock(struct crash_state *got)
{
    got->facts[0] = mp_lock_taken(lock);
    got->facts[1] = lock->obj.refs;
    got->facts[2] = lock->nwaiting;
}

static void look_at_abandoned(struct crash_state *got)
{
    look_at_lock(got);
    got->facts[3] = atomic_load(&lock->owner);
}

static bool abandoned(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got)
{
    (void)before;
    return got->facts[3] == MP_LOCK_ABANDONED && got->facts[1] == after->facts[1] && got->facts[2] == 0;
}

#define WAITERS .sleepers = {{wait_event, was_set}, {wait_event, was_set}, {wait_event, was_set}}
#define WATCHERS .sleepers = {{watch_event, is_set}, {wait_event, was_set}, {watch_event, is_set}}
#define TAKERS .sleepers = {{pass, can_take}, {watch_lock, can_take}, {pass, can_take}}

static const struct crash_case cases[] = {
    {"new event", open_event, NULL, op_event_new, look_at_event, close_object, .between = NULL},
    {"set", open_event, NULL, op_set, look_at_event, close_object, WAITERS},
    {"set, watched", open_event, NULL, op_set, look_at_event, close_object, WATCHERS},
    {"set beside another", open_event, NULL, op_set, look_at_event, close_object, .peers = {set}},
    {"set and clear", open_event, NULL, op_set_clear, look_at_event, close_object, WAITERS, .between = only_set},
    {"clear", open_set_event, NULL, op_clear, look_at_event, close_object, .between = NULL},
    {"wait", open_event, NULL, op_event_wait, look_at_event, close_object, set, .between = NULL},
    {"wait in vain", open_event, NULL, op_event_no_wait, look_at_event, close_object, .between = NULL},
    {"wait for a moment", open_event, NULL, op_event_wait, look_at_event, close_object, set_and_clear, .between = NULL},

    {"acquire", open_lock, begin_with_handle, op_acquire, look_at_abandoned, close_object, .between = NULL},
    {"acquire what is taken", open_taken_lock, begin_with_handle, op_acquire, look_at_taken, close_object,
     release_taken, .between = NULL},
    {"acquire beside others", open_lock, begin_with_handle, op_acquire, look_at_lock, close_object,
     .peers = {try_pass}},
    {"release", open_lock, begin_holding, op_release, look_at_abandoned, close_object, .between = NULL},
    {"release to others", open_held_lock, NULL, op_release, look_at_lock, close_object, TAKERS},
    {"release to the hungry", open_held_lock_for_the_hungry, NULL, op_release, look_at_lock, close_object, TAKERS},
    {"acquire and release", open_lock, begin_with_handle, op_both, look_at_abandoned, close_object,
     .between = abandoned},
    {"acquire twice", open_rlock, begin_with_handle, op_twice, look_at_abandoned, close_object, .between = abandoned},
};

int main(int argc, char **argv)
{
    return crash_main(argc, argv, "sync_crash", cases, sizeof cases / sizeof *cases);
}
