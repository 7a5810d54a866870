// A process that cannot be made: who waits for it already, in another one, is told. And one that has to wait for a slot.
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/handle.h"
#include "core/layout.h"
#include "core/process.h"
#include "core/spawn.h"
#include "core/tx.h"
#include "family.h"

enum { JOINER = 1, PATIENCE = 20 };

static struct mp_process *p;

static void join(void *arg)
{
    (void)arg;
    mp_enter(MP_OP_JOIN);
    int err = mp_process_join(p, MP_FOREVER);
    mp_leave();
    EXPECT(err == EINVAL, "join: %d", err);
}

// As far as its maker comes before the kernel refuses.
static struct mp_slot *begin_start(void)
{
    struct mp_slot *slot;
    EXPECT(mp_slot_claim(&slot) == 0, "claim");
    mp_latch(&p->obj.latch);
    mp_tx_ref(&p->obj);
    TX(slot->process, mp_refof(p));
    TX(p->slot, mp_slot_index(slot) + 1);
    TX(p->state, MP_PROCESS_STARTED);
    mp_commit_unlatch();
    return slot;
}

static pid_t sleeper(uint64_t index, void (*f)(void *))
{
    pid_t pid = family_fork(index, f, NULL);
    while (atomic_load(&mp_slot_at(index)->park) != MP_PARK_PARKED) sched_yield();
    return pid;
}

static void expect_success(uint64_t index, pid_t pid)
{
    int status;
    EXPECT(waitpid(pid, &status, 0) == pid && status == 0, "status %x", (unsigned)status);
    family_bury(index);
}

static void test_unmade(void)
{
    uint32_t handle;
    EXPECT(mp_process_new("unmade", 6, &p, &handle) == 0, "new");
    struct mp_slot *slot = begin_start();
    pid_t joiner = sleeper(JOINER, join);
    mp_spawn_undo(slot, true);
    expect_success(JOINER, joiner);
    EXPECT(p->state == MP_PROCESS_NEW && p->njoining == 0, "as before");
    mp_handle_close(handle);
    family_expect_sound("after a start that failed");
}

// ---- slots ----

static void claim(void *arg)
{
    struct mp_slot *slot;
    (void)arg;
    mp_enter(MP_OP_START);
    EXPECT(mp_slot_claim(&slot) == 0, "claim while one ends");
    mp_slot_free(slot);
    mp_leave();
}

static bool sleeps(pid_t pid)
{
    char name[64], state = 0;
    snprintf(name, sizeof name, "/proc/%d/stat", pid);
    FILE *f = fopen(name, "r");
    EXPECT(f && fscanf(f, "%*d (%*[^)]) %c", &state) == 1, "%s", name);
    fclose(f);
    return state == 'S';
}

// Of a thread that has told its end, and goes on for a moment, or not.
static void test_last_slot(enum mp_slot_state state)
{
    struct mp_slot *slots[MP_SLOTS];
    uint64_t n = 0, live = mp_slots_live();
    while (n < MP_SLOTS && mp_slot_claim(&slots[n]) == 0) n++;
    struct mp_slot *child = slots[--n], *ending = slots[--n];
    ending->leader = 1;
    atomic_store(&ending->state, state);
    pid_t pid = family_fork(mp_slot_index(child), claim, NULL);
    while (!sleeps(pid)) sched_yield();
    mp_slot_free(ending);
    expect_success(mp_slot_index(child), pid);
    mp_slot_free(child);
    while (n > 0) mp_slot_free(slots[--n]);
    TX(mp_self.slot->starting, 0);
    mp_commit();
    EXPECT(mp_slots_live() == live, "live");
    family_expect_sound("after all slots were taken");
}

int main(void)
{
    alarm(PATIENCE);
    family_open(UINT64_C(64) << 20);
    test_unmade();
    test_last_slot(MP_SLOT_RETIRED);
    test_last_slot(MP_SLOT_LIVE);
    return family_done("spawn", 3);
}
