// Semaphores, conditions and barriers between threads: for the race detector, and for what they promise meanwhile.
#include <errno.h>

#include "core/barrier.h"
#include "core/clock.h"
#include "core/condition.h"
#include "core/layout.h"
#include "core/semaphore.h"
#include "core/slot.h"
#include "family.h"

enum { MEMBERS = 4, ROUNDS = 2000, PERMITS = 2, QUOTA = 16 << 20 };

static struct mp_semaphore *semaphore;
static struct mp_lock *lock;
static struct mp_condition *condition;
static struct mp_barrier *barrier;
static _Atomic int inside, arrivals;
static uint64_t counter;   // guarded by the lock
static long checks;

static struct mp_handle *handle_of(struct mp_obj *obj)
{
    uint32_t index;
    EXPECT(mp_handle_open(obj, &index) == 0, "handle");
    return mp_handle_at(mp_self.slot, index);
}

// ---- no more inside than there are permits ----

static void use_semaphore(void *arg)
{
    struct mp_handle *held = handle_of(&semaphore->obj);
    (void)arg;
    mp_enter(MP_OP_SEMAPHORE);
    for (int i = 0; i < ROUNDS; i++) {
        int64_t deadline = i % 8 == 0 ? mp_now() + 20000 : MP_FOREVER;
        if (mp_semaphore_acquire(semaphore, held, deadline) != 0) continue;
        EXPECT(atomic_fetch_add(&inside, 1) < PERMITS, "too many inside");
        atomic_fetch_sub(&inside, 1);
        EXPECT(mp_semaphore_release(semaphore, held, 1) == 0, "release");
    }
    EXPECT(mp_semaphore_release(semaphore, held, 1) == EPERM, "release what is not held");
    mp_handles_close_all(mp_self.slot);
    mp_leave();
}

static void test_semaphore(void)
{
    uint32_t handle;
    EXPECT(mp_semaphore_new(PERMITS, false, NULL, 0, &semaphore, &handle) == 0, "semaphore");
    family_threads(MEMBERS, use_semaphore, NULL);
    EXPECT(mp_semaphore_value(semaphore) == PERMITS, "all permits are back");
    mp_handle_close(handle);
    checks++;
}

// ---- each counts in turn, woken by the one before ----

static void count_in_turn(void *arg)
{
    struct mp_handle *held = handle_of(&condition->obj), *lock_held = handle_of(&lock->obj);
    uint64_t me = mp_slot_index(mp_self.slot) - 1;
    (void)arg;
    mp_enter(MP_OP_CONDITION);
    EXPECT(mp_lock_acquire(lock, lock_held, MP_FOREVER) == 0, "acquire");
    for (int i = 0; i < ROUNDS / MEMBERS; i++) {
        while (counter % MEMBERS != me) {
            int64_t deadline = i % 8 == 0 ? mp_now() + 20000 : MP_FOREVER;
            int err = mp_condition_wait(condition, held, lock_held, deadline);
            EXPECT(err == 0 || err == ETIMEDOUT, "wait: %d", err);
        }
        counter++;
        EXPECT(mp_condition_notify(condition, UINT64_MAX) == 0, "notify");
    }
    EXPECT(mp_lock_release(lock, lock_held) == 0, "release");
    EXPECT(mp_condition_notify(condition, 1) == EPERM, "notify without the lock");
    mp_handles_close_all(mp_self.slot);
    mp_leave();
}

static void test_condition(void)
{
    uint32_t handle, lock_handle;
    EXPECT(mp_lock_new(MP_LOCK, NULL, 0, &lock, &lock_handle) == 0, "lock");
    EXPECT(mp_condition_new(lock, NULL, 0, &condition, &handle) == 0, "condition");
    family_threads(MEMBERS, count_in_turn, NULL);
    EXPECT(counter == ROUNDS && condition->nwaiting == 0, "counted to %d", (int)counter);
    mp_handle_close(lock_handle);
    mp_handle_close(handle);
    checks++;
}

// ---- in step ----

static void keep_step(void *arg)
{
    struct mp_handle *held = handle_of(&barrier->obj);
    uint64_t index;
    (void)arg;
    mp_enter(MP_OP_BARRIER);
    for (int i = 1; i <= ROUNDS / 4; i++) {
        atomic_fetch_add(&arrivals, 1);
        EXPECT(mp_barrier_wait(barrier, held, MP_FOREVER, &index) == 0, "wait");
        EXPECT(atomic_load(&arrivals) == i * MEMBERS, "in step");
        EXPECT(mp_barrier_wait(barrier, held, MP_FOREVER, &index) == 0, "wait");
    }
    mp_handles_close_all(mp_self.slot);
    mp_leave();
}

static void test_barrier(void)
{
    uint32_t handle;
    EXPECT(mp_barrier_new(MEMBERS, NULL, MP_FOREVER, NULL, 0, &barrier, &handle) == 0, "barrier");
    family_threads(MEMBERS, keep_step, NULL);
    EXPECT(barrier->arrived == 0 && !mp_barrier_broken(barrier), "all have passed");
    mp_handle_close(handle);
    checks++;
}

// Once with threads that only sleep, once with such as spin before.
static void test_all(uint64_t live)
{
    atomic_store(&mp_arena->slots_live, live);
    atomic_store(&arrivals, 0);
    counter = 0;
    test_semaphore();
    test_condition();
    test_barrier();
}

int main(void)
{
    family_open(QUOTA);
    test_all(mp_slots_live());
    test_all(2);
    family_expect_sound("at the end");
    return family_done("sync", checks);
}
