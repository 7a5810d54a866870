// State:     who waits for its end; its outcome, a message of its own; the process with which a thread died.
// Invariant: the slot of a running process has a reference to it; `ended` is set once.
// Death:     that is what it is for. Whoever dies making one leaves the slot named in `starting` to the monitor.
// At most 8 stores in a transaction.
#include "process.h"

#include <errno.h>
#include <sys/wait.h>

#include "fsck.h"
#include "handle.h"
#include "heap.h"
#include "layout.h"
#include "spin.h"
#include "tx.h"

static int make(enum mp_object_kind kind, const char *name, size_t length, struct mp_process **made, uint32_t *handle)
{
    struct mp_obj *obj;
    int err = mp_object_new(kind, name, length, &obj);
    if (err) return err;
    struct mp_process *p = (struct mp_process *)obj;
    mp_waitlist_init(&p->joining, &obj->latch, &p->njoining);
    err = mp_object_publish(obj, handle);
    if (err) mp_object_discard(obj);
    *made = p;
    return err;
}

int mp_process_new(const char *name, size_t length, struct mp_process **made, uint32_t *handle)
{
    return make(MP_PROCESS, name, length, made, handle);
}

int mp_thread_new(const char *name, size_t length, struct mp_process **made, uint32_t *handle)
{
    return make(MP_THREAD, name, length, made, handle);
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

struct mp_process *mp_process_host(const struct mp_process *p)
{
    return p->host ? mp_ptr(p->host) : NULL;
}

struct mp_process *mp_process_member(void)
{
    return mp_ptr(mp_self.slot->process);
}

struct mp_process *mp_process_self(void)
{
    return mp_ptr(mp_slot_of_process(mp_self.slot)->process);
}

struct mp_process *mp_process_maker(void)
{
    uint64_t parent = mp_slot_of_process(mp_self.slot)->parent;
    return parent ? mp_ptr(parent) : NULL;
}

void mp_process_leave(struct mp_build *outcome)
{
    struct mp_process *p = mp_process_member();
    if (!outcome->block || p->outcome) return;
    mp_latch(&p->obj.latch);
    TX(p->outcome, outcome->block);
    mp_tx_inflight(outcome->place, 0);
    mp_commit_unlatch();
    outcome->block = 0;
}

void mp_process_leave_nothing(void)
{
    struct mp_process *p = mp_process_member();
    mp_latch(&p->obj.latch);
    TX(p->arena_full, mp_arena_used() >> 20 << 32 | mp_arena_limit() >> 20);
    mp_commit_unlatch();
}

// ---- joining ----

// A start that fails is none: who waits for the end learns that.
static int try_join(void *arg, struct mp_node *node)
{
    struct mp_process *p = arg;
    if (!node && mp_process_ended(p)) return 0;
    mp_latch(&p->obj.latch);
    int err = mp_process_ended(p) ? 0 : p->state == MP_PROCESS_NEW ? EINVAL : EAGAIN;
    if (err == EAGAIN && node && !node->list) mp_tx_link(&p->joining, node);
    if (err != EAGAIN && node && node->list) mp_tx_unlink(node);
    mp_commit_unlatch();
    return err;
}

int mp_process_join(struct mp_process *p, int64_t deadline)
{
    if (__atomic_load_n(&p->state, __ATOMIC_RELAXED) == MP_PROCESS_NEW) return EINVAL;
    struct mp_wait wait = {.try = try_join, .arg = p, .word = &p->ended, .spin = MP_SPIN_START_NS, .object = &p->obj};
    return mp_block(&wait, deadline);
}

// ---- the end ----

static void record(struct mp_process *p, struct mp_slot *slot)
{
    TX(p->status, slot->status);
    TX(p->pid, atomic_load(mp_slot_pid(slot)));
    TX(p->slot, 0);
}

void mp_process_end(void)
{
    struct mp_process *p = mp_process_member();
    mp_latch(&p->obj.latch);
    record(p, mp_self.slot);
    mp_publish(&p->ended, 1);
    mp_unlatch();
    mp_wake_everyone(&p->joining);
    mp_latch(&mp_arena->slots_latch);   // see relatives.c
    mp_latch(&p->obj.latch);
    TX(mp_self.slot->process, 0);
    mp_tx_unref(&p->obj);
    mp_commit_unlatch();
    mp_unlatch();
    mp_dismantle_condemned();
}

void mp_process_record(struct mp_slot *slot)
{
    struct mp_process *p = mp_ptr(slot->process);
    if (mp_process_ended(p)) return;
    if (slot->lost && !p->host) mp_hold_object(&p->host, mp_ptr(mp_slot_of_process(slot)->process));
    mp_latch(&p->obj.latch);
    record(p, slot);
    mp_commit_unlatch();
}

void mp_process_publish_end(void)
{
    struct mp_process *p = mp_process_member();
    if (!mp_process_ended(p)) mp_publish(&p->ended, 1);
    mp_wake_everyone(&p->joining);
    mp_latch(&p->obj.latch);
    TX(mp_self.slot->process, 0);
    mp_tx_unref(&p->obj);
    mp_commit_unlatch();
    mp_dismantle_condemned();
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
    if (p->host) mp_drop_object(&p->host);
    return true;
}

static void check(struct mp_fsck *f, struct mp_obj *obj)
{
    struct mp_process *p = (struct mp_process *)obj;
    if (p->outcome) mp_fsck_message(f, p->outcome, "outcome");
    if (p->host) mp_fsck_object(f, p->host, "process of a thread");
    mp_fsck_list(f, &p->joining, "joining a process");
}

static uint64_t holds(const struct mp_obj *obj)
{
    const struct mp_process *p = (const struct mp_process *)obj;
    return (p->outcome != 0) + (p->host != 0);
}

const struct mp_kind mp_process_kind = {.name = "process",
                                        .size = sizeof(struct mp_process),
                                        .ready = ready,
                                        .list = list,
                                        .check = check,
                                        .dismantle = dismantle,
                                        .holds = holds};
const struct mp_kind mp_thread_kind = {.name = "thread",
                                       .size = sizeof(struct mp_process),
                                       .ready = ready,
                                       .list = list,
                                       .check = check,
                                       .dismantle = dismantle,
                                       .holds = holds};
