// A process that cannot be made: who waits for it already, in another one, is told.
#include <errno.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

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

int main(void)
{
    uint32_t handle;
    alarm(PATIENCE);
    family_open(UINT64_C(64) << 20);
    EXPECT(mp_process_new("unmade", 6, &p, &handle) == 0, "new");
    struct mp_slot *slot = begin_start();
    pid_t joiner = sleeper(JOINER, join);
    mp_spawn_undo(slot, true);
    expect_success(JOINER, joiner);
    EXPECT(p->state == MP_PROCESS_NEW && p->njoining == 0, "as before");
    family_expect_sound("after a start that failed");
    return family_done("spawn", 1);
}
