#include "family.h"

#include <pthread.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

#include "core/fsck.h"
#include "core/layout.h"
#include "core/recover.h"
#include "core/tx.h"
#include "core/world.h"

void family_fail(const char *file, int line, const char *what, const char *format, ...)
{
    va_list args;
    fprintf(stderr, "%s:%d: expected %s: ", file, line, what);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n");
    _exit(1);
}

void family_adopt(uint64_t index)
{
    struct mp_slot *slot = mp_slot_at(index);
    mp_self.handle_top = mp_self.nfree = 0;
    mp_slot_adopt(slot);
    slot->node.slot = index;
    atomic_store(&slot->park, MP_PARK_EMPTY);
    atomic_store(&slot->state, MP_SLOT_LIVE);
}

void family_open(uint64_t quota)
{
    int err = mp_arena_open(quota);
    EXPECT(err == 0, "mp_arena_open: %d", err);
    atomic_store(&mp_arena->slots_top, 64);
    atomic_store(&mp_arena->slots_live, 1);   // as if nobody else ran: so nobody spins or naps
    family_adopt(0);
}

pid_t family_fork(uint64_t index, void (*f)(void *), void *arg)
{
    fflush(NULL);
    pid_t pid = fork();
    EXPECT(pid >= 0, "fork");
    if (pid > 0) return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    family_adopt(index);
    mp_self.slot->status = SIGKILL;   // as the monitor would note it, unless it ends by itself
    f(arg);
    mp_self.slot->status = 0;
    _exit(0);
}

void family_as(uint64_t index, void (*f)(void))
{
    struct mp_self own = mp_self;
    family_adopt(index);
    f();
    mp_self = own;
}

// Also those that another one did not come to an end with.
static bool bury_threads(struct mp_slot *process)
{
    bool owed = false;
    while (mp_recover_thread(process)) continue;
    for (uint64_t i = 0; atomic_load(&process->threads) && i < mp_slots_top(); i++) {
        struct mp_slot *slot = mp_slot_at(i);
        if (slot->leader != mp_slot_index(process) + 1 || atomic_load(&slot->state) != MP_SLOT_DYING) continue;
        mp_world_recover(slot);
        owed |= mp_recover_return(slot);
    }
    return owed;
}

// The slot stays, for the next child: only what the dead one had is given back.
void family_bury(uint64_t index)
{
    struct mp_slot *slot = mp_slot_at(index);
    uint64_t state = atomic_load(&slot->state);
    if (state != MP_SLOT_DYING) slot->status = state == MP_SLOT_RETIRED ? 0 : SIGKILL;   // else we are the second
    atomic_store(&slot->state, MP_SLOT_DYING);
    bool owed = mp_recover_undo(slot);
    owed |= bury_threads(slot);
    mp_world_recover(slot);
    owed |= mp_recover_return_held(slot);
    atomic_fetch_and(&mp_arena->parked[index / 64], ~(UINT64_C(1) << index % 64));
    atomic_store(&slot->state, MP_SLOT_FREE);
    if (owed) mp_wake_family();
}

void family_expect_sound(const char *when)
{
    char why[256] = "";
    bool sound = mp_fsck_run(why, sizeof why);
    EXPECT(sound, "%s: %s", when, why);
}

uint64_t family_blocks(void)
{
    mp_magazines_flush(mp_self.slot);
    return mp_heap_blocks();
}

struct member {
    pthread_t thread;
    uint64_t index;
    void (*f)(void *);
    void *arg;
};

static void *run_member(void *arg)
{
    struct member *m = arg;
    family_adopt(m->index);
    m->f(m->arg);
    mp_retire();
    free(mp_self.free_handles);
    return NULL;
}

void family_threads(int n, void (*f)(void *), void *arg)
{
    struct member *members = calloc((size_t)n, sizeof *members);
    EXPECT(members != NULL, "memory");
    // As the makers of processes do it: who stops the world sees them before they run.
    for (int i = 1; i <= n; i++) atomic_store(&mp_slot_at((uint64_t)i)->state, MP_SLOT_LIVE);
    for (int i = 0; i < n; i++) {
        members[i] = (struct member){.index = (uint64_t)i + 1, .f = f, .arg = arg};
        EXPECT(pthread_create(&members[i].thread, NULL, run_member, &members[i]) == 0, "thread %d", i);
    }
    for (int i = 0; i < n; i++) pthread_join(members[i].thread, NULL);
    free(members);
}

int family_done(const char *name, long checks)
{
    printf("%s: %ld checks\n", name, checks);
    return 0;
}
