// Making a process: a clone of the maker whose parent is the monitor.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "atfork.h"
#include "handle.h"
#include "layout.h"
#include "output.h"
#include "process.h"
#include "spawn.h"
#include "syscall.h"
#include "thread.h"
#include "tx.h"

// What glibc and the kernel know of the calling thread, which a raw clone does not carry over.
struct thread_state {
    pid_t *tid;            // where glibc keeps the thread's id
    void *robust_list;
    size_t robust_length;
    bool stdin_used;       // has a buffer
};

// Kernels without PR_GET_TID_ADDRESS: glibc keeps the id near the start of its thread structure.
static pid_t *find_tid(void)
{
    pid_t *at = (pid_t *)pthread_self(), id = (pid_t)syscall(SYS_gettid);
    for (int i = 0; i < 512; i++) {
        if (at[i] == id) return &at[i];
    }
    return NULL;
}

static void read_thread_state(struct thread_state *state)
{
    state->tid = NULL;
    if (prctl(PR_GET_TID_ADDRESS, &state->tid) != 0) state->tid = find_tid();
    if (syscall(SYS_get_robust_list, 0, &state->robust_list, &state->robust_length) != 0) state->robust_list = NULL;
    state->stdin_used = __fbufsize(stdin) > 0;
}

static long clone_from_monitor(const struct thread_state *state, struct mp_slot *slot)
{
    unsigned long flags = CLONE_PARENT | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD;
    void *pid = mp_slot_pid(slot);
#if defined(__x86_64__)
    return mp_syscall5(SYS_clone, (long)flags, 0, (long)pid, (long)state->tid, 0);
#else
    return mp_syscall5(SYS_clone, (long)flags, 0, (long)pid, 0, (long)state->tid);
#endif
}

void mp_die_with_monitor(void)
{
    mp_syscall3(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0);
    if (mp_syscall3(SYS_getppid, 0, 0, 0) != mp_arena->monitor_pid) _exit(128 + SIGKILL);   // it died before that
}

// Without touching a stdin that nobody has used: that would copy a page.
static void read_nothing(bool used)
{
    const char path[] = "/dev/null";
    long fd = mp_syscall3(SYS_openat, AT_FDCWD, (long)path, O_RDONLY);
    if (fd > 0) {
        mp_syscall3(SYS_dup3, fd, STDIN_FILENO, 0);
        mp_syscall3(SYS_close, fd, 0, 0);
    } else if (fd < 0) {
        mp_syscall3(SYS_close, STDIN_FILENO, 0, 0);
    }
    if (!used) return;
    __fpurge(stdin);
    clearerr(stdin);
}

static void become_child(struct mp_slot *slot, const struct thread_state *state, bool own_stdin)
{
    mp_slot_adopt(slot);
    mp_die_with_monitor();
    if (state->robust_list) {
        mp_syscall3(SYS_set_robust_list, (long)state->robust_list, (long)state->robust_length, 0);
    }
    mp_atfork_child();
    if (!own_stdin) read_nothing(state->stdin_used);
    mp_output_forget();
    atomic_store(&mp_self.interrupted, 0);
    uint64_t starting = MP_SLOT_STARTING;
    atomic_compare_exchange_strong(&slot->state, &starting, MP_SLOT_LIVE);
}

// References of the child's slot: its own object, and its maker's.
static int fill_slot(struct mp_slot *slot, struct mp_process *p)
{
    struct mp_process *maker = mp_process_self();
    mp_latch(&maker->obj.latch);
    mp_tx_ref(&maker->obj);
    TX(slot->parent, mp_refof(maker));
    mp_commit_unlatch();
    mp_latch(&p->obj.latch);
    if (p->state != MP_PROCESS_NEW) {   // somebody else who has it was faster
        mp_unlatch();
        return EINVAL;
    }
    mp_tx_ref(&p->obj);
    TX(slot->process, mp_refof(p));
    TX(p->slot, mp_slot_index(slot) + 1);
    TX(p->generation, slot->generation);
    TX(p->state, MP_PROCESS_STARTED);
    mp_commit_unlatch();
    return 0;
}

static void not_starting(void)
{
    TX(mp_self.slot->starting, 0);
    mp_commit();
}

// Who waits for a process that its maker's death prevented sees it as killed, like the maker.
static void end_unmade(struct mp_process *p)
{
    mp_latch(&p->obj.latch);
    TX(p->state, MP_PROCESS_FAILED);
    TX(p->status, SIGKILL);
    if (!mp_process_ended(p)) mp_publish(&p->ended, 1);
    mp_commit_unlatch();
    mp_wake_everyone(&p->joining);
}

static void drop_process(struct mp_slot *slot, struct mp_process *p, bool maker_lives)
{
    mp_latch(&p->obj.latch);
    if (maker_lives) TX(p->state, MP_PROCESS_NEW);
    TX(p->slot, 0);
    TX(slot->process, 0);
    mp_tx_unref(&p->obj);
    mp_commit_unlatch();
    if (maker_lives) mp_wake_everyone(&p->joining);   // whose handle keeps it
    mp_dismantle_condemned();
}

void mp_spawn_undo(struct mp_slot *slot, bool maker_lives)
{
    struct mp_process *p = slot->process ? mp_ptr(slot->process) : NULL;
    if (slot->inflight[0]) mp_inflight_return(&slot->inflight[0]);   // the input of a thread
    mp_handles_close_all(slot);
    if (slot->parent) mp_slot_drop_parent(slot);
    if (p && !maker_lives) end_unmade(p);
    if (p) drop_process(slot, p, maker_lives);
    mp_slot_free(slot);
}

static void set_signal_mask(const uint64_t *mask, uint64_t *before)
{
    mp_syscall5(SYS_rt_sigprocmask, SIG_SETMASK, (long)mask, (long)before, sizeof *mask, 0);
}

static int clone_process(struct mp_slot *slot, bool own_stdin, bool *child)
{
    struct thread_state state;
    uint64_t all = UINT64_MAX, before;
    read_thread_state(&state);
    mp_atfork_prepare();
    set_signal_mask(&all, &before);
    MP_KILLPOINT("spawn.before");
    long pid = clone_from_monitor(&state, slot);
    int err = pid < 0 ? (int)-pid : 0;
    *child = pid == 0;
    if (*child) {
        become_child(slot, &state, own_stdin);
    } else {
        MP_KILLPOINT("spawn.made");
        mp_atfork_parent();
    }
    set_signal_mask(&before, NULL);
    return err;
}

int mp_process_start(struct mp_process *p, bool own_stdin, bool *child)
{
    struct mp_slot *slot;
    if (p->state != MP_PROCESS_NEW) return EINVAL;
    if (mp_threads() > 1) return EBUSY;
    mp_output_flush();
    int err = mp_slot_claim(&slot);
    if (err) return err;
    err = mp_handles_copy(slot);
    if (!err) err = fill_slot(slot, p);
    if (!err) err = clone_process(slot, own_stdin, child);
    if (err) mp_spawn_undo(slot, true);
    if (!err && *child) return 0;
    not_starting();
    return err;
}
