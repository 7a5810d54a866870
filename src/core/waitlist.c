// At most 5 stores a node in a transaction, MP_WAKE_BATCH nodes: 40.
#include "waitlist.h"

#include "layout.h"
#include "park.h"
#include "tx.h"

void mp_waitlist_init(struct mp_waitlist *list, struct mp_latch *latch, uint64_t *count)
{
    list->first = list->last = 0;
    list->latch = mp_offset(latch);
    list->count = mp_offset(count);
    atomic_store(&list->sentry, 0);
}

static void tx_count(const struct mp_waitlist *list, uint64_t change)
{
    uint64_t *count = mp_at(list->count);
    mp_tx(count, *count + change);
}

void mp_tx_link(struct mp_waitlist *list, struct mp_node *node)
{
    uint64_t at = mp_offset(node);
    node->next = 0;   // nobody can reach it yet
    node->prev = list->last;
    node->home = mp_offset(list);
    if (list->last) {
        TX(((struct mp_node *)mp_at(list->last))->next, at);
    } else {
        TX(list->first, at);
    }
    TX(list->last, at);
    TX(node->list, mp_offset(list));
    tx_count(list, 1);
}

void mp_tx_unlink(struct mp_node *node)
{
    struct mp_waitlist *list = mp_at(node->list);
    TX(*(node->prev ? &((struct mp_node *)mp_at(node->prev))->next : &list->first), node->next);
    TX(*(node->next ? &((struct mp_node *)mp_at(node->next))->prev : &list->last), node->prev);
    TX(node->list, 0);
    tx_count(list, UINT64_MAX);
}

void mp_tx_grant(struct mp_node *node)
{
    uint64_t *word = mp_at(node->grant);
    mp_tx(word, *word + 1);
}

void mp_tx_move(struct mp_node *node, struct mp_waitlist *to)
{
    mp_tx_unlink(node);
    TX(node->next, 0);
    TX(node->prev, to->last);
    TX(node->home, mp_offset(to));
    TX(*(to->last ? &((struct mp_node *)mp_at(to->last))->next : &to->first), mp_offset(node));
    TX(to->last, mp_offset(node));
    TX(node->list, mp_offset(to));
    tx_count(to, 1);
}

// While we wait for the latch the node may be moved to another list.
static bool latch_home(const struct mp_node *node)
{
    for (;;) {
        uint64_t home = mp_relaxed(&node->home);
        if (!home) return false;
        mp_latch(mp_at(((const struct mp_waitlist *)mp_at(home))->latch));
        if (mp_relaxed(&node->home) == home) return true;
        mp_unlatch();
    }
}

// Whether the node is in its list is not to be told without the latch: who unlinks it may die and be undone.
bool mp_node_leave(struct mp_node *node)
{
    if (!latch_home(node)) return false;
    bool in = node->list != 0;
    if (in) mp_tx_unlink(node);
    mp_commit_unlatch();
    return in;
}

bool mp_node_takes(const struct mp_node *node)
{
    return !node->observer && !mp_slot_stopped(mp_slot_at(node->slot));
}

// ---- waking ----

// Unlinks a batch; stops after `takers` of them that are not observers. Who is stopped stays. Returns how many went.
static int unlink_batch(struct mp_waitlist *list, uint64_t *takers, uint64_t slots[])
{
    int n = 0;
    mp_latch(mp_at(list->latch));
    for (uint64_t at = list->first, next; at && *takers > 0 && n < MP_WAKE_BATCH; at = next) {
        struct mp_node *node = mp_at(at);
        next = node->next;
        if (mp_slot_stopped(mp_slot_at(node->slot))) continue;
        slots[n++] = node->slot;
        if (!node->observer) --*takers;
        if (node->grant) mp_tx_grant(node);
        mp_tx_unlink(node);
    }
    mp_commit_unlatch();
    return n;
}

void mp_wake_some(struct mp_waitlist *list, uint64_t takers)
{
    uint64_t slots[MP_WAKE_BATCH];
    int n;
    do {
        n = unlink_batch(list, &takers, slots);
        for (int i = 0; i < n; i++) mp_wake_slot(mp_slot_at(slots[i]));
    } while (n == MP_WAKE_BATCH && takers > 0);
}

void mp_wake_everyone(struct mp_waitlist *list)
{
    mp_wake_some(list, UINT64_MAX);
}
