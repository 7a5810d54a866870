// State:     who waits for its end; its outcome, a message of its own.
// Invariant: the slot of a running process has a reference to it; `ended` is set once.
// Death:     that is what it is for. Whoever dies making one leaves the slot named in `starting` to the monitor.
// At most 8 stores in a transaction.
#include "process.h"

#include <errno.h>
#include <stdio.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fsck.h"
#include "handle.h"
#include "heap.h"
#include "layout.h"
#include "spin.h"
#include "tx.h"

int mp_process_new(const char *name, size_t length, struct mp_process **made, uint32_t *handle)
{
    struct mp_obj *obj;
    int err = mp_object_new(MP_PROCESS, name, length, &obj);
    if (err) return err;
    struct mp_process *p = (struct mp_process *)obj;
    mp_waitlist_init(&p->joining, &obj->latch, &p->njoining);
    err = mp_object_publish(obj, handle);
    if (err) mp_object_discard(obj);
    *made = p;
    return err;
}

bool mp_process_ended(const struct mp_process *p)
{
    return atomic_load(&p->ended) != 0;
}

int mp_process_pid(const struct mp_process *p)
{
    uint64_t slot = __atomic_load_n(&p->slot, __ATOMIC_ACQUIRE);
    int pid = slot ? atomic_load(mp_slot_pid(mp_slot_at(slot - 1))) : 0;
    return slot && slot == __atomic_load_n(&p->slot, __ATOMIC_ACQUIRE) ? pid : (int)p->pid;
}

int mp_process_exitcode(const struct mp_process *p)
{
    int status = (int)p->status;
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

struct mp_msg *mp_process_outcome(const struct mp_process *p)
{
    return p->outcome ? mp_ptr(p->outcome) : NULL;
}

struct mp_process *mp_process_self(void)
{
    return mp_ptr(mp_self.slot->process);
}

struct mp_process *mp_process_maker(void)
{
    return mp_self.slot->parent ? mp_ptr(mp_self.slot->parent) : NULL;
}

void mp_process_leave(struct mp_build *outcome)
{
    struct mp_process *p = mp_process_self();
    if (!outcome->block || p->outcome) return;
    mp_latch(&p->obj.latch);
    TX(p->outcome, outcome->block);
    mp_tx_inflight(outcome->place, 0);
    mp_commit_unlatch();
    outcome->block = 0;
}

void mp_process_leave_nothing(void)
{
    struct mp_process *p = mp_process_self();
    mp_latch(&p->obj.latch);
    TX(p->arena_full, mp_arena_used() >> 20 << 32 | mp_arena_limit() >> 20);
    mp_commit_unlatch();
}

// ---- joining ----

static int try_join(void *arg, struct mp_node *node)
{
    struct mp_process *p = arg;
    int err = 0;
    if (!node && mp_process_ended(p)) return 0;
    mp_latch(&p->obj.latch);
    if (!mp_process_ended(p)) {
        err = EAGAIN;
        if (node && !node->list) mp_tx_link(&p->joining, node);
    } else if (node && node->list) {
        mp_tx_unlink(node);
    }
    mp_commit_unlatch();
    return err;
}

int mp_process_join(struct mp_process *p, int64_t deadline)
{
    if (__atomic_load_n(&p->state, __ATOMIC_RELAXED) == MP_PROCESS_NEW) return EINVAL;
    struct mp_wait wait = {.try = try_join, .arg = p, .word = &p->ended, .spin = MP_SPIN_START_NS, .object = &p->obj};
    return mp_block(&wait, deadline);
}

// A slot lets go of its process under the latch of the slots: while we have that, the object is there.
static bool hold(struct mp_slot *slot, uint32_t handle)
{
    struct mp_process *p = slot->process ? mp_ptr(slot->process) : NULL;
    if (!p) return false;
    mp_latch(&p->obj.latch);
    mp_tx_ref(&p->obj);
    TX(mp_handle_at(mp_self.slot, handle)->object, mp_refof(p));
    mp_commit_unlatch();
    return true;
}

static bool hold_straggler(struct mp_slot *slot, uint32_t handle)
{
    const struct mp_process *p = slot->process ? mp_ptr(slot->process) : NULL;
    if (!p || p->daemon || slot == mp_self.slot || !mp_slot_running(slot) || mp_process_ended(p)) return false;
    return hold(slot, handle);
}

struct mp_process *mp_process_in_slot(uint64_t slot, uint32_t *handle)
{
    if (mp_handle_reserve(handle) != 0) return NULL;
    mp_latch(&mp_arena->slots_latch);
    bool found = hold(mp_slot_at(slot), *handle);
    mp_unlatch();
    if (found) return (struct mp_process *)mp_handle_object(*handle);
    mp_handle_unreserve(*handle);
    return NULL;
}

struct mp_process *mp_process_straggler(uint32_t *handle)
{
    if (mp_handle_reserve(handle) != 0) return NULL;
    bool found = false;
    mp_latch(&mp_arena->slots_latch);
    for (uint64_t i = 1; !found && i < mp_slots_top(); i++) found = hold_straggler(mp_slot_at(i), *handle);
    mp_unlatch();
    if (found) return (struct mp_process *)mp_handle_object(*handle);
    mp_handle_unreserve(*handle);
    return NULL;
}

// ---- signals ----

// The descriptor is of the process we mean: it was not reaped when the slot still named it. EAGAIN: it is being made.
static int open_pidfd(const struct mp_process *p, int *fd)
{
    uint64_t index = __atomic_load_n(&p->slot, __ATOMIC_ACQUIRE);
    if (index == 0) return ESRCH;
    const struct mp_slot *slot = mp_slot_at(index - 1);
    int pid = atomic_load(mp_slot_pid(slot));
    *fd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    int err = pid == 0 ? EAGAIN : *fd < 0 ? errno : 0;
    if (slot->generation == p->generation && mp_slot_running(slot)) return err;
    if (*fd >= 0) close(*fd);
    return ESRCH;
}

int mp_process_signal(struct mp_process *p, int signo)
{
    if (__atomic_load_n(&p->state, __ATOMIC_RELAXED) == MP_PROCESS_NEW) return EINVAL;
    int fd, err = EAGAIN;
    while (err == EAGAIN && !mp_process_ended(p)) {
        err = open_pidfd(p, &fd);
        if (err == EAGAIN) sched_yield();
    }
    if (err) return err == ESRCH || err == EAGAIN ? 0 : err;
    err = syscall(SYS_pidfd_send_signal, fd, signo, NULL, 0) ? errno : 0;
    close(fd);
    return err == ESRCH ? 0 : err;
}

// ---- the end, by the monitor ----

void mp_process_record(struct mp_slot *slot)
{
    struct mp_process *p = mp_ptr(slot->process);
    mp_latch(&p->obj.latch);
    TX(p->status, slot->status);
    TX(p->pid, atomic_load(mp_slot_pid(slot)));
    TX(p->slot, 0);
    mp_commit_unlatch();
}

void mp_process_publish_end(void)
{
    struct mp_process *p = mp_process_self();
    if (!mp_process_ended(p)) mp_publish(&p->ended, 1);
    mp_wake_everyone(&p->joining);
    mp_latch(&p->obj.latch);
    TX(mp_self.slot->process, 0);
    mp_tx_unref(&p->obj);
    mp_commit_unlatch();
    mp_dismantle_condemned();
}

const char *mp_process_title(const struct mp_slot *slot, char *text, size_t size)
{
    const struct mp_process *p = slot->process ? mp_ptr(slot->process) : NULL;
    const struct mp_string *name = p && p->obj.name ? mp_ptr(p->obj.name) : NULL;
    if (name) {
        snprintf(text, size, "process %.*s", (int)(name->length < 60 ? name->length : 60), name->bytes);
    } else if (p) {
        snprintf(text, size, "process-%llu", (unsigned long long)mp_object_serial(&p->obj));
    } else {
        snprintf(text, size, "a process");
    }
    return text;
}

// ---- the kind ----

static bool ready(const struct mp_obj *obj)
{
    return mp_process_ended((const struct mp_process *)obj);
}

static struct mp_waitlist *list(struct mp_obj *obj)
{
    return &((struct mp_process *)obj)->joining;
}

static bool dismantle(struct mp_obj *obj)
{
    struct mp_process *p = (struct mp_process *)obj;
    if (p->outcome) mp_message_drop_held(&p->outcome);
    return true;
}

static void check(struct mp_fsck *f, struct mp_obj *obj)
{
    struct mp_process *p = (struct mp_process *)obj;
    if (p->outcome) mp_fsck_message(f, p->outcome, "outcome");
    mp_fsck_list(f, &p->joining, "joining a process");
}

static uint64_t holds(const struct mp_obj *obj)
{
    return ((const struct mp_process *)obj)->outcome != 0;
}

const struct mp_kind mp_process_kind = {.name = "process",
                                        .size = sizeof(struct mp_process),
                                        .ready = ready,
                                        .list = list,
                                        .check = check,
                                        .dismantle = dismantle,
                                        .holds = holds};
