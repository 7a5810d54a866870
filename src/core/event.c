// State:     the flag together with the number of times that it was set; who waits.
// Invariant: `state` is changed only by mp_publish. Who began to wait goes on when the number is another one: so
//            set() and a clear() right after it lose nobody.
// Death:     the store of `state` is the whole change. Who dies before it has woken everybody is made up for by the
//            monitor, which wakes the family.
// At most 5 stores in a transaction.
#include "event.h"

#include <errno.h>

#include "fsck.h"
#include "tx.h"

enum { IS_SET = 1, ONE_TIME = 2 };

struct waiting {
    struct mp_event *event;
    uint64_t begin;   // the state when the wait began
};

int mp_event_new(const char *name, size_t length, struct mp_event **made, uint32_t *handle)
{
    struct mp_obj *obj;
    int err = mp_object_new(MP_EVENT, name, length, &obj);
    if (err) return err;
    struct mp_event *e = (struct mp_event *)obj;
    mp_waitlist_init(&e->waiting, &obj->latch, &e->nwaiting);
    err = mp_object_publish(obj, handle);
    if (err) mp_object_discard(obj);
    *made = e;
    return err;
}

void mp_event_set(struct mp_event *e)
{
    mp_latch(&e->obj.latch);
    uint64_t state = atomic_load(&e->state);
    if (!(state & IS_SET)) mp_publish(&e->state, (state + ONE_TIME) | IS_SET);
    mp_unlatch();
    if (!(state & IS_SET)) mp_wake_everyone(&e->waiting);
}

void mp_event_clear(struct mp_event *e)
{
    mp_latch(&e->obj.latch);
    uint64_t state = atomic_load(&e->state);
    if (state & IS_SET) mp_publish(&e->state, state & ~(uint64_t)IS_SET);
    mp_unlatch();
}

static uint64_t begin(const struct mp_obj *obj, const struct mp_handle *mine)
{
    (void)mine;
    return atomic_load(&((const struct mp_event *)obj)->state);
}

static bool ready_since(const struct mp_obj *obj, uint64_t begin)
{
    uint64_t state = atomic_load(&((const struct mp_event *)obj)->state);
    return (state & IS_SET) || state / ONE_TIME != begin / ONE_TIME;
}

static bool goes_on(const struct waiting *w)
{
    return ready_since(&w->event->obj, w->begin);
}

static int try_wait(void *arg, struct mp_node *node)
{
    const struct waiting *w = arg;
    if (!node) return goes_on(w) ? 0 : EAGAIN;
    mp_latch(&w->event->obj.latch);
    int err = goes_on(w) ? 0 : EAGAIN;
    if (err && !node->list) mp_tx_link(&w->event->waiting, node);
    if (!err && node->list) mp_tx_unlink(node);
    mp_commit_unlatch();
    return err;
}

int mp_event_wait(struct mp_event *e, int64_t deadline)
{
    struct waiting w = {.event = e, .begin = begin(&e->obj, NULL)};
    struct mp_wait wait = {.try = try_wait, .arg = &w, .word = &e->state, .object = &e->obj};
    return mp_block(&wait, deadline);
}

static struct mp_waitlist *list(struct mp_obj *obj)
{
    return &((struct mp_event *)obj)->waiting;
}

static bool dismantle(struct mp_obj *obj)
{
    (void)obj;
    return true;
}

static void check(struct mp_fsck *f, struct mp_obj *obj)
{
    mp_fsck_list(f, &((struct mp_event *)obj)->waiting, "waiting for an event");
}

const struct mp_kind mp_event_kind = {.name = "event",
                                      .size = sizeof(struct mp_event),
                                      .begin = begin,
                                      .ready_since = ready_since,
                                      .list = list,
                                      .check = check,
                                      .dismantle = dismantle};
