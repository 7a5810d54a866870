// State:     a slot whose `leader` is the slot of the process; here the threads that nobody has waited for yet.
// Invariant: `leader` is set in the transaction in which the thread's object is, after the slot was claimed.
// Death:     who ends by itself empties its own slot, publishes its end, and tells the monitor, which frees the slot. When
//            the process dies no thread of it is left once the monitor reaps it, and the monitor takes each for dead.
// At most 8 stores in a transaction.
#include "thread.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/single_threaded.h>
#include <sys/stat.h>
#include <unistd.h>

#include "heap.h"
#include "layout.h"
#include "recover.h"
#include "spawn.h"
#include "tx.h"

enum { INPUT = 0, LEAVING_LOOKS = 10000 };

struct thread {
    struct thread *next;
    struct mp_slot *slot;
    int (*run)(void);
    pthread_t id;
    _Atomic pid_t tid;
    _Atomic bool ending;   // it touches this no more
};

static struct {
    pthread_mutex_t mutex;
    struct thread *first;
} started = {.mutex = PTHREAD_MUTEX_INITIALIZER};
static _Atomic int running;

bool mp_is_thread(void)
{
    return mp_self.slot->leader != 0;
}

bool mp_threads_running(void)
{
    return atomic_load(&running) > 0;
}

// ---- those that have ended ----

// The first of the list that fits, out of it; NULL: none does
static struct thread *take(bool (*fits)(const struct thread *))
{
    pthread_mutex_lock(&started.mutex);
    struct thread **at = &started.first;
    while (*at && !fits(*at)) at = &(*at)->next;
    struct thread *t = *at;
    if (t) *at = t->next;
    pthread_mutex_unlock(&started.mutex);
    return t;
}

static bool is_ending(const struct thread *t)
{
    return atomic_load(&t->ending);
}

// The kernel still counts one that pthread_join says has ended, for a moment.
static bool is_counted(const struct thread *t)
{
    return tgkill(getpid(), atomic_load(&t->tid), 0) == 0;
}

static bool is_gone(const struct thread *t)
{
    return is_ending(t) && !is_counted(t);
}

static void wait_for(struct thread *t)
{
    pthread_join(t->id, NULL);
    for (int i = 0; i < LEAVING_LOOKS && is_counted(t); i++) sched_yield();
    free(t);
}

static void wait_for_all(bool (*fits)(const struct thread *))
{
    struct thread *t;
    while ((t = take(fits))) wait_for(t);
}

int mp_threads(void)
{
    struct stat st;
    if (__libc_single_threaded) return 1;   // there never was another
    wait_for_all(is_ending);
    if (stat("/proc/self/task", &st) != 0 || st.st_nlink < 3) return 1;
    return (int)st.st_nlink - 2;
}

// ---- in the thread ----

const struct mp_msg *mp_thread_input(void)
{
    return mp_ptr((uint32_t)mp_self.slot->inflight[INPUT]);
}

void mp_thread_drop_input(void)
{
    mp_message_drop(INPUT);
}

static void tell_monitor(void)
{
    atomic_store(&mp_arena->retired, 1);
    kill(mp_arena->monitor_pid, SIGCHLD);
}

// The slot may be somebody else's as soon as it says that it is retired.
static void leave(struct thread *t, int status)
{
    mp_self.slot->status = (uint64_t)(status & 0xff) << 8;
    atomic_fetch_sub(&running, 1);
    atomic_store(&t->ending, true);
    mp_retire();
    free(mp_self.free_handles);
    mp_self.slot = NULL;
    tell_monitor();
}

static void *run_thread(void *arg)
{
    struct thread *t = arg;
    uint64_t starting = MP_SLOT_STARTING;
    atomic_store(&t->tid, gettid());
    mp_slot_adopt(t->slot);
    atomic_compare_exchange_strong(&t->slot->state, &starting, MP_SLOT_LIVE);
    leave(t, t->run());
    return NULL;
}

// ---- starting one ----

static int fill_slot(struct mp_slot *slot, struct mp_process *t, struct mp_build *input)
{
    struct mp_slot *leader = mp_slot_of_process(mp_self.slot);
    atomic_store(&leader->threads, 1);
    mp_latch(&t->obj.latch);
    if (t->state != MP_PROCESS_NEW) {   // somebody else who has it was faster
        mp_unlatch();
        return EINVAL;
    }
    mp_tx_ref(&t->obj);
    TX(slot->leader, mp_slot_index(leader) + 1);   // first: nobody takes it for a process
    TX(slot->process, mp_refof(t));
    TX(slot->inflight[INPUT], mp_self.slot->inflight[input->place]);
    mp_tx_inflight(input->place, 0);
    TX(t->slot, mp_slot_index(slot) + 1);
    TX(t->generation, slot->generation);
    TX(t->state, MP_PROCESS_STARTED);
    mp_commit_unlatch();
    input->block = 0;
    return 0;
}

// Signals are for the main thread, but for those that a thread's own deed raises.
static void block_signals(sigset_t *before)
{
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGPIPE, SIGXFSZ};
    sigset_t set;
    sigfillset(&set);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) sigdelset(&set, own[i]);
    pthread_sigmask(SIG_BLOCK, &set, before);
}

static int create(struct thread *t)
{
    sigset_t before;
    block_signals(&before);
    atomic_fetch_add(&running, 1);
    MP_KILLPOINT("thread.before");
    int err = pthread_create(&t->id, NULL, run_thread, t);
    if (err) {   // there may be as many as there may, with those that are leaving
        wait_for_all(is_ending);
        err = pthread_create(&t->id, NULL, run_thread, t);
    }
    if (err) atomic_fetch_sub(&running, 1);
    MP_KILLPOINT("thread.made");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return err;
}

static void list(struct thread *t)
{
    pthread_mutex_lock(&started.mutex);
    t->next = started.first;
    started.first = t;
    pthread_mutex_unlock(&started.mutex);
}

static int start_in(struct mp_slot *slot, struct mp_process *p, struct mp_build *input, int (*run)(void))
{
    struct thread *t = malloc(sizeof *t);
    if (!t) return EAGAIN;
    *t = (struct thread){.slot = slot, .run = run};
    int err = fill_slot(slot, p, input);
    if (!err) err = create(t);
    if (err) {
        free(t);
    } else {
        list(t);
    }
    return err;
}

int mp_thread_start(struct mp_process *t, struct mp_build *input, int (*run)(void))
{
    struct mp_slot *slot;
    if (t->state != MP_PROCESS_NEW) return EINVAL;
    wait_for_all(is_gone);
    int err = mp_slot_claim(&slot);
    if (err) return err;
    err = start_in(slot, t, input, run);
    if (err) mp_spawn_undo(slot, true);
    TX(mp_self.slot->starting, 0);
    mp_commit();
    return err;
}
