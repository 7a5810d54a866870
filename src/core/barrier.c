// State:     the round and how those before it ended; how many have arrived; who runs the action; who waits.
// Invariant: `state` is changed only by mp_publish, under the latch: one store ends a round for everyone who waits, and
//            tells those who are slow to look how it ended. Who is more than 31 rounds late has passed if none of those
//            of his round and later ones that left the history ended badly; else that is not known, and he has not.
//            Broken is the state after a round that ended badly; nobody arrives then.
// Death:     a handle says that its process has waited, from the transaction in which it arrived on: when the process
//            is killed the monitor breaks the barrier, and when it ends otherwise but runs the action, too.
// At most 6 stores in a transaction.
#include "barrier.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "barrier_rounds.h"
#include "fsck.h"
#include "heap.h"
#include "process.h"
#include "slot.h"
#include "tx.h"

enum { WAITED = 1 };

struct arrival {
    struct mp_barrier *barrier;
    struct mp_handle *held;
    uint32_t round;
    uint64_t index;   // 0: not yet arrived, since those of the round before run their action
    int64_t timeout;
};

int mp_barrier_new(uint64_t parties, struct mp_build *action, int64_t timeout, const char *name, size_t length,
                   struct mp_barrier **made, uint32_t *handle)
{
    struct mp_obj *obj;
    int err = mp_object_new(MP_BARRIER, name, length, &obj);
    if (err) return err;
    struct mp_barrier *b = (struct mp_barrier *)obj;
    b->parties = parties;
    b->timeout = timeout;
    b->forgotten = UINT32_MAX;   // before the first
    mp_waitlist_init(&b->waiting, &obj->latch, &b->nwaiting);
    if (action) {
        TX(b->action, action->block);
        mp_tx_inflight(action->place, 0);
        mp_commit();
        action->block = 0;
    }
    err = mp_object_publish(obj, handle);
    if (err) mp_object_discard(obj);
    *made = b;
    return err;
}

// ---- reasons ----

static void tell_end(const struct mp_slot *slot, char why[MP_BARRIER_WHY])
{
    char who[80];
    mp_process_title(slot, who, sizeof who);
    if (!mp_slot_killed(slot)) {
        snprintf(why, MP_BARRIER_WHY, "is broken: %s ended in its action", who);
        return;
    }
    int signo = WTERMSIG((int)slot->status);
    const char *name = sigabbrev_np(signo);
    snprintf(why, MP_BARRIER_WHY, "is broken: %s was killed by signal %d (SIG%s)", who, signo, name ? name : "?");
}

void mp_barrier_why(struct mp_barrier *b, char why[MP_BARRIER_WHY])
{
    mp_latch(&b->obj.latch);
    memcpy(why, b->why, MP_BARRIER_WHY);
    mp_unlatch();
}

// ---- the end of a round ----

// With the latch, which it frees. `how` is 0, MP_BARRIER_ENDED_BADLY, or that and MP_BARRIER_BROKEN.
static void end_round(struct mp_barrier *b, uint64_t how)
{
    uint64_t state = atomic_load(&b->state), sleepers = b->nwaiting;
    if (b->arrived) TX(b->arrived, 0);
    if (b->acting) TX(b->acting, 0);
    mp_barrier_forget(b, state);
    mp_publish(&b->state, mp_barrier_next(state, how));
    mp_unlatch();
    if (sleepers) mp_wake_everyone(&b->waiting);
}

// With the latch, which it frees. The first reason stays.
static void break_it(struct mp_barrier *b, const char *why)
{
    if (mp_barrier_broken(b)) {
        mp_unlatch();
        return;
    }
    snprintf(b->why, sizeof b->why, "%s", why);
    end_round(b, MP_BARRIER_ENDED_BADLY | MP_BARRIER_BROKEN);
}

int mp_barrier_pass(struct mp_barrier *b)
{
    mp_latch(&b->obj.latch);
    if (b->acting == mp_self.id) {
        end_round(b, 0);
        return 0;
    }
    mp_unlatch();
    return EPIPE;
}

void mp_barrier_fail(struct mp_barrier *b, const char *error)
{
    char who[80], why[MP_BARRIER_WHY];
    snprintf(why, sizeof why, "is broken: its action failed in %s: %s", mp_process_title(mp_self.slot, who, sizeof who),
             error);
    mp_latch(&b->obj.latch);
    if (b->acting == mp_self.id) {
        break_it(b, why);
    } else {
        mp_unlatch();
    }
}

void mp_barrier_abort(struct mp_barrier *b)
{
    char who[80], why[MP_BARRIER_WHY];
    snprintf(why, sizeof why, "is broken: %s called abort()", mp_process_title(mp_self.slot, who, sizeof who));
    mp_latch(&b->obj.latch);
    break_it(b, why);
}

// Who has not yet looked why an earlier round ended badly is told the reason of that, when nobody waits now.
void mp_barrier_reset(struct mp_barrier *b)
{
    mp_latch(&b->obj.latch);
    uint64_t state = atomic_load(&b->state);
    if (b->arrived > 0) {
        snprintf(b->why, sizeof b->why, "was reset");
        end_round(b, MP_BARRIER_ENDED_BADLY);
        return;
    }
    if (state & MP_BARRIER_BROKEN) mp_publish(&b->state, state & ~(uint64_t)MP_BARRIER_BROKEN);
    mp_unlatch();
}

// ---- waiting ----

// EAGAIN: the end of the round is to be waited for.
static int arrive(struct arrival *a)
{
    struct mp_barrier *b = a->barrier;
    mp_latch(&b->obj.latch);
    uint64_t state = atomic_load(&b->state);
    if ((state & MP_BARRIER_BROKEN) || b->acting == mp_self.id) {
        mp_unlatch();
        return state & MP_BARRIER_BROKEN ? EPIPE : EDEADLK;
    }
    a->round = mp_barrier_round(state);
    a->index = b->arrived == b->parties ? 0 : b->arrived + 1;
    bool last = a->index == b->parties;
    if (!a->held->held) TX(a->held->held, WAITED);
    if (last && !b->action) {
        end_round(b, 0);
        return 0;
    }
    if (a->index) TX(b->arrived, a->index);
    if (last) TX(b->acting, mp_self.id);
    mp_commit_unlatch();
    return last ? EINPROGRESS : EAGAIN;
}

static bool goes_on(const struct arrival *a)
{
    return mp_barrier_round(atomic_load(&a->barrier->state)) != a->round;
}

static int try_go_on(void *arg, struct mp_node *node)
{
    const struct arrival *a = arg;
    struct mp_barrier *b = a->barrier;
    if (!node) return goes_on(a) ? 0 : EAGAIN;
    mp_latch(&b->obj.latch);
    int err = goes_on(a) ? 0 : EAGAIN;
    if (err && !node->list) mp_tx_link(&b->waiting, node);
    if (!err && node->list) mp_tx_unlink(node);
    mp_commit_unlatch();
    return err;
}

static int time_out(const struct arrival *a)
{
    struct mp_barrier *b = a->barrier;
    char who[80], why[MP_BARRIER_WHY];
    snprintf(why, sizeof why, "is broken: %s waited for %.9g seconds and gave up",
             mp_process_title(mp_self.slot, who, sizeof who), (double)a->timeout / 1e9);
    mp_latch(&b->obj.latch);
    if (!goes_on(a)) {
        break_it(b, why);
        return EPIPE;
    }
    mp_unlatch();
    return mp_barrier_outcome(b, a->round);
}

// A round that is complete goes on without us.
static void leave(const struct arrival *a)
{
    struct mp_barrier *b = a->barrier;
    mp_latch(&b->obj.latch);
    if (!goes_on(a) && a->index && !b->acting) TX(b->arrived, b->arrived - 1);
    mp_commit_unlatch();
}

static int wait_for_end(struct arrival *a, int64_t deadline)
{
    struct mp_barrier *b = a->barrier;
    struct mp_wait wait = {.try = try_go_on, .arg = a, .word = &b->state, .object = &b->obj};
    int err = mp_block(&wait, deadline);
    if (err == ETIMEDOUT) return time_out(a);
    if (err) {
        leave(a);
        return err;
    }
    return mp_barrier_outcome(b, a->round);
}

int mp_barrier_wait(struct mp_barrier *b, struct mp_handle *held, int64_t timeout, uint64_t *index)
{
    struct arrival a = {.barrier = b, .held = held, .timeout = timeout};
    int64_t deadline = timeout == MP_FOREVER || timeout == MP_NOW ? timeout : mp_now() + timeout;
    int err;
    do {
        err = arrive(&a);
        *index = a.index;
        if (err != EAGAIN) return err;
        err = wait_for_end(&a, deadline);
    } while (a.index == 0 && err != EINTR && err != ECANCELED);
    return err;
}

// ---- the kind ----

static void give_back(struct mp_obj *obj, struct mp_handle *held, uint64_t slot)
{
    struct mp_barrier *b = (struct mp_barrier *)obj;
    char why[MP_BARRIER_WHY];
    tell_end(mp_slot_at(slot), why);
    mp_latch(&obj->latch);
    if (mp_slot_killed(mp_slot_at(slot)) || b->acting == slot + 1) {
        break_it(b, why);
    } else {
        mp_unlatch();
    }
    held->held = 0;
}

static bool dismantle(struct mp_obj *obj)
{
    struct mp_barrier *b = (struct mp_barrier *)obj;
    if (b->action) mp_message_drop_held(&b->action);
    return true;
}

static void check(struct mp_fsck *f, struct mp_obj *obj)
{
    struct mp_barrier *b = (struct mp_barrier *)obj;
    if (b->action) mp_fsck_message(f, b->action, "action of a barrier");
    mp_fsck_expect(f, b->arrived <= b->parties, "a barrier with more arrivals than parties");
    mp_fsck_list(f, &b->waiting, "waiting for a barrier");
}

static uint64_t holds(const struct mp_obj *obj)
{
    return ((const struct mp_barrier *)obj)->action != 0;
}

const struct mp_kind mp_barrier_kind = {.name = "barrier",
                                        .size = sizeof(struct mp_barrier),
                                        .check = check,
                                        .give_back = give_back,
                                        .dismantle = dismantle,
                                        .holds = holds};
