// Waiting for any of several objects: an observer's node in the list of each.
//
// State:     the slot's waitset, a block of nodes.
// Invariant: while a node is linked, its block is the waitset of a slot.
// Death:     the monitor unlinks the nodes, then frees the block.
#include <errno.h>

#include "heap.h"
#include "object.h"
#include "park.h"
#include "tx.h"

static struct mp_node *nodes_of(const struct mp_slot *slot)
{
    return mp_ptr(slot->waitset);
}

static int open_waitset(size_t n)
{
    struct mp_slot *me = mp_self.slot;
    mp_ref ref;
    int place, err = mp_alloc(n * sizeof(struct mp_node), &ref, &place);
    if (err) return err;
    struct mp_node *nodes = mp_ptr(ref);
    for (size_t i = 0; i < n; i++) {
        nodes[i] = (struct mp_node){.slot = mp_slot_index(me), .observer = 1};
    }
    TX(me->waitset, ref);
    TX(me->nwaits, n);
    mp_tx_inflight(place, 0);
    mp_commit();
    return 0;
}

void mp_waitset_close(struct mp_slot *of)
{
    struct mp_node *nodes = nodes_of(of);
    for (uint64_t i = 0; i < of->nwaits; i++) mp_node_leave(&nodes[i]);
    mp_free_held(&of->waitset);
}

static void link_observer(struct mp_obj *obj, struct mp_node *node)
{
    struct mp_waitlist *list = mp_kind_of(obj)->list(obj);
    mp_latch(mp_at(list->latch));
    if (!node->list) mp_tx_link(list, node);
    mp_commit_unlatch();
}

static void begin(struct mp_watched *w)
{
    const struct mp_kind *kind = mp_kind_of(w->obj);
    if (kind->ready_since) w->begin = kind->begin(w->obj, w->mine);
}

static bool is_ready(const struct mp_watched *w)
{
    const struct mp_kind *kind = mp_kind_of(w->obj);
    return kind->ready_since ? kind->ready_since(w->obj, w->begin) : kind->ready(w->obj);
}

static size_t look(struct mp_watched *watched, size_t n)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        watched[i].ready = is_ready(&watched[i]);
        found += watched[i].ready;
    }
    return found;
}

static bool any_closed(const struct mp_watched *watched, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (mp_object_closed(watched[i].obj)) return true;
    }
    return false;
}

static int watch(struct mp_watched *watched, size_t n, int64_t deadline)
{
    struct mp_node *nodes = nodes_of(mp_self.slot);
    for (;;) {
        for (size_t i = 0; i < n; i++) link_observer(watched[i].obj, &nodes[i]);
        mp_fence();   // linked before we look, or a waker may miss us
        if (look(watched, n)) return 0;
        if (mp_interrupted()) return EINTR;
        if (any_closed(watched, n)) return ECANCELED;
        int woken = mp_park(deadline);
        if (mp_interrupted()) return EINTR;
        if (woken == ETIMEDOUT) return look(watched, n) ? 0 : ETIMEDOUT;
    }
}

int mp_wait_any(struct mp_watched *watched, size_t n, int64_t deadline)
{
    for (size_t i = 0; i < n; i++) begin(&watched[i]);
    if (look(watched, n)) return 0;
    if (deadline == MP_NOW) return ETIMEDOUT;
    int err = open_waitset(n);
    if (err) return err;
    mp_wait_record(watched[0].obj, n, deadline);
    err = watch(watched, n, deadline);
    mp_wait_over();
    mp_waitset_close(mp_self.slot);
    return err;
}
