// Conditions whose users are killed at every point: a notification reaches one waiter that lives, and only one.
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/condition.h"
#include "core/layout.h"
#include "core/slot.h"
#include "core/tx.h"
#include "crash.h"
#include "family.h"

enum { STANDINS = 10 };            // slots of waiters that do nothing: first and second in line
enum { CONDITION, LOCK };          // handles of a member
enum { NOTE = 7, A_WHILE = 1000000, NOTIFIED = 2 };

struct notes {
    _Atomic int waiters;   // that are processes
    _Atomic pid_t victim;
};

static struct notes *notes;
static struct mp_condition *condition;
static struct mp_lock *lock;
static uint32_t handle, lock_handle;

static struct mp_handle *mine(uint32_t which)
{
    return mp_handle_at(mp_self.slot, which);
}

static void open_handles(void)
{
    uint32_t index;
    EXPECT(mp_handle_open(&condition->obj, &index) == 0 && index == CONDITION, "handle");
    EXPECT(mp_handle_open(&lock->obj, &index) == 0 && index == LOCK, "handle");
}

static void open_condition(void)
{
    notes->waiters = 0;
    notes->victim = 0;
    EXPECT(mp_lock_new(MP_RLOCK, "its lock", 8, &lock, &lock_handle) == 0, "lock");
    EXPECT(mp_condition_new(lock, "news", 4, &condition, &handle) == 0, "condition");
}

static void close_condition(void)
{
    mp_handle_close(lock_handle);
    mp_handle_close(handle);
}

// As a wait does, but for the lock.
static void stand_in(void)
{
    struct mp_node *node = &mp_self.slot->node;
    open_handles();
    node->grant = mp_offset(&mine(CONDITION)->held);
    mp_latch(&condition->obj.latch);
    TX(mine(CONDITION)->held, 1);
    mp_tx_link(&condition->waiting, node);
    mp_commit_unlatch();
}

static void open_with_standins(void)
{
    open_condition();
    for (uint64_t i = 0; i < 2; i++) family_as(STANDINS + i, stand_in);
}

static void close_with_standins(void)
{
    for (uint64_t i = 0; i < 2; i++) family_bury(STANDINS + i);
    close_condition();
}

// ---- what the victim does ----

static void on_signal(int signo)
{
    (void)signo;
    mp_interrupt();
}

static void begin(void)
{
    open_handles();
    struct sigaction act = {.sa_handler = on_signal};
    sigaction(SIGUSR2, &act, NULL);
    notes->victim = getpid();
}

static int op_new(void)
{
    struct mp_condition *made;
    uint32_t index;
    return mp_condition_new(lock, NULL, 0, &made, &index);
}

static void acquire(void)
{
    int err = mp_lock_acquire(lock, mine(LOCK), MP_FOREVER);
    EXPECT(err == 0 || err == EOWNERDEAD, "acquire: %d", err);
}

static void release(void)
{
    EXPECT(mp_lock_release(lock, mine(LOCK)) == 0, "release");
}

static int wait_until(int64_t deadline)
{
    return mp_condition_wait(condition, mine(CONDITION), mine(LOCK), deadline);
}

static int notify(uint64_t waiters)
{
    acquire();
    EXPECT(mp_condition_notify(condition, waiters) == 0, "notify");
    release();
    return 0;
}

static int op_notify(void)
{
    return notify(1);
}

static int op_notify_two(void)
{
    return notify(2);
}

static int op_notify_all(void)
{
    return notify(UINT64_MAX);
}

// With the lock twice.
static int op_wait(void)
{
    acquire();
    acquire();
    EXPECT(wait_until(MP_FOREVER) == 0, "wait");
    crash_took(NOTE);
    EXPECT(mine(LOCK)->held == 2 && mp_lock_is_ours(lock), "depth");
    release();
    release();
    return 0;
}

static int op_wait_in_vain(void)
{
    acquire();
    EXPECT(wait_until(mp_now() + A_WHILE) == ETIMEDOUT, "wait");
    EXPECT(wait_until(MP_NOW) == ETIMEDOUT, "wait");
    EXPECT(mine(LOCK)->held == 1 && mp_lock_is_ours(lock), "depth");
    release();
    return 0;
}

static int op_wait_interrupted(void)
{
    acquire();
    EXPECT(wait_until(MP_FOREVER) == EINTR, "wait");
    EXPECT(mine(LOCK)->held == 1 && mp_lock_is_ours(lock), "depth");
    release();
    return 0;
}

// ---- what others do ----

static void wait_for_news(void)
{
    open_handles();
    notes->waiters++;
    acquire();
    EXPECT(wait_until(MP_FOREVER) == 0, "wait");
    crash_took(NOTE);
    release();
}

static void try_notify(void)
{
    open_handles();
    int err = mp_lock_acquire(lock, mine(LOCK), MP_NOW);
    if (err == ETIMEDOUT) return;
    EXPECT(mp_condition_notify(condition, 0) == 0, "notify");
    release();
}

// Without the lock: whoever is woken may die in the midst of taking it, and only we could recover it.
static void poke(void)
{
    mp_wake_some(&condition->waiting, 1);
}

// The victim finds both.
static void poke_and_interrupt(void)
{
    uint64_t slot = 0;
    mp_latch(&condition->obj.latch);
    if (condition->waiting.first) {
        struct mp_node *node = mp_at(condition->waiting.first);
        slot = node->slot + 1;
        mp_tx_grant(node);
        mp_tx_unlink(node);
    }
    mp_commit_unlatch();
    if (slot == CRASH_VICTIM + 1) kill(notes->victim, SIGUSR2);
    if (slot) mp_wake_slot(mp_slot_at(slot - 1));
}

static bool notified(uint64_t slot)
{
    const struct mp_handle *held = mp_handle_at(mp_slot_at(slot), CONDITION);
    return held->object == mp_refof(condition) && held->held == NOTIFIED;
}

// Somebody sleeps, and is not stopped, who has been notified, or who waits for a lock that is free.
static bool can_go_on(void)
{
    bool any = false;
    for (uint64_t i = CRASH_FIRST_SLEEPER; i < CRASH_FIRST_SLEEPER + CRASH_SLEEPERS; i++) {
        const struct mp_slot *slot = mp_slot_at(i);
        if (!mp_slot_stopped(slot)) any |= notified(i) || slot->node.list == mp_offset(&lock->waiting);
    }
    return any && !mp_lock_taken(lock);
}

// ---- what is left ----

static void look(struct crash_state *got)
{
    got->facts[0] = mp_lock_taken(lock);
    got->facts[1] = lock->obj.refs;
    got->facts[2] = condition->obj.refs;
    got->facts[3] = condition->nwaiting;
}

// Each notification is taken by one, where there are waiters.
static void look_for_note(struct crash_state *got)
{
    look(got);
    if (notes->waiters == 0) got->ids[got->nids++] = NOTE;
}

static void look_at_standins(struct crash_state *got)
{
    look(got);
    got->facts[3] = 0;
    for (uint64_t i = 0; i < 2; i++) {
        if (notified(STANDINS + i)) got->ids[got->nids++] = i + 1;
    }
}

// Those whom the victim woke: at most so many as it was to.
static bool one_or_none(const struct crash_state *before, const struct crash_state *after,
                        const struct crash_state *got)
{
    (void)before;
    (void)after;
    return got->nids <= 1;
}

static bool any_number(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got)
{
    (void)before;
    (void)after;
    return got->nids <= 3;
}

// They are notified one by one: the first of the two only.
static bool only_first(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got)
{
    (void)after;
    return got->nids == 1 && got->ids[0] == 1 && memcmp(got->facts, before->facts, sizeof got->facts) == 0;
}

#define WAITERS .sleepers = {{wait_for_news, can_go_on}, {wait_for_news, can_go_on}, {wait_for_news, can_go_on}}

static const struct crash_case cases[] = {
    {"new condition", open_condition, NULL, op_new, look, close_condition, .between = NULL},
    {"notify the first", open_with_standins, begin, op_notify, look_at_standins, close_with_standins,
     .peers = {try_notify}},
    {"notify two", open_with_standins, begin, op_notify_two, look_at_standins, close_with_standins,
     .between = only_first},
    {"notify all", open_with_standins, begin, op_notify_all, look_at_standins, close_with_standins,
     .between = only_first},
    {"notify none", open_condition, begin, op_notify, look, close_condition, .between = NULL},
    {"notify one of three", open_condition, begin, op_notify, look, close_condition, WAITERS, .between = one_or_none},
    {"notify three", open_condition, begin, op_notify_all, look, close_condition, WAITERS, .between = any_number},
    {"wait", open_condition, begin, op_wait, look_for_note, close_condition, poke, WAITERS},
    {"wait in vain", open_condition, begin, op_wait_in_vain, look, close_condition, .peers = {try_notify}},
    {"wait interrupted", open_condition, begin, op_wait_interrupted, look_for_note, close_condition, poke_and_interrupt,
     WAITERS},
};

int main(int argc, char **argv)
{
    notes = mmap(NULL, sizeof *notes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    EXPECT(notes != MAP_FAILED, "mmap");
    return crash_main(argc, argv, "condition_crash", cases, sizeof cases / sizeof *cases);
}
