// What the suspects reach is looked at while the world stands still: references that come from there, and those that
// an object counts. Whoever has more of the latter is needed, and all that it has; the rest is garbage.
// Death: a collector that dies has changed nothing, or has begun to take garbage apart, of which the rest stays suspect.
#include "cycles.h"

#include <errno.h>
#include <stdlib.h>

#include "fsck.h"
#include "handle.h"
#include "layout.h"
#include "suspects.h"
#include "tx.h"
#include "world.h"

enum { FEWEST = MP_SUSPECTS_FEWEST, MOST = 32 * 1024 };   // how many more suspects until the next collection
enum { PLACES_OF_ONE = 100000, PLACES_OF_ALL = 1000000 };   // looked at then; what has more is taken for needed

struct node {
    uint64_t ref;
    uint64_t inner;   // references from others of the graph
    bool followed, needed;
};

// What the suspects can reach.
struct graph {
    struct node *nodes;
    uint32_t *table;   // node + 1 by hash of the ref
    size_t n, cap;   // the table has twice as many places
    uint64_t places, most;   // looked at, to be looked at
    uint64_t most_of_one;
    size_t *todo, ntodo;   // nodes that are needed and were not followed for that yet
    bool failed;   // no memory
    void (*visit)(struct graph *g, uint64_t ref);
};

// ---- the graph ----

static size_t place_of(const struct graph *g, uint64_t ref)
{
    size_t mask = g->cap * 2 - 1, i = ref * UINT64_C(0x9e3779b97f4a7c15) >> 20 & mask;
    while (g->table[i] && g->nodes[g->table[i] - 1].ref != ref) i = (i + 1) & mask;
    return i;
}

static bool grow(struct graph *g)
{
    size_t cap = g->cap ? g->cap * 2 : 1024;
    struct node *nodes = realloc(g->nodes, cap * sizeof *nodes);
    if (nodes) g->nodes = nodes;
    uint32_t *table = calloc(cap * 2, sizeof *table);
    if (!nodes || !table || cap > UINT32_MAX / 4) {
        free(table);
        return false;
    }
    free(g->table);
    g->table = table;
    g->cap = cap;
    for (size_t i = 0; i < g->n; i++) g->table[place_of(g, g->nodes[i].ref)] = (uint32_t)i + 1;
    return true;
}

// NULL: no memory
static struct node *node_of(struct graph *g, uint64_t ref)
{
    if (g->n == g->cap && !grow(g)) {
        g->failed = true;
        return NULL;
    }
    size_t i = place_of(g, ref);
    if (!g->table[i]) {
        g->nodes[g->n] = (struct node){.ref = ref};
        g->table[i] = (uint32_t)++g->n;
    }
    return &g->nodes[g->table[i] - 1];
}

static void count_reference(struct graph *g, uint64_t ref)
{
    struct node *node = node_of(g, ref);
    if (node) node->inner++;
}

static void visit(void *arg, uint64_t ref)
{
    struct graph *g = arg;
    g->visit(g, ref);
}

// How many places it has where a reference may be.
static uint64_t places_of(const struct mp_obj *obj)
{
    return mp_kind_of(obj)->holds ? mp_kind_of(obj)->holds(obj) : 0;
}

// Each node once: those that it adds come behind it. What a large one has counts as had by somebody else.
static void follow_all(struct graph *g)
{
    g->visit = count_reference;
    for (size_t i = 0; i < g->n && !g->failed; i++) {
        struct mp_obj *obj = mp_ptr(g->nodes[i].ref);
        uint64_t places = places_of(obj);
        if (places > g->most_of_one || g->places + places > g->most) continue;
        g->places += places;
        g->nodes[i].followed = true;
        if (places) mp_fsck_references(obj, visit, g);
    }
}

static void need(struct graph *g, uint64_t ref)
{
    struct node *node = node_of(g, ref);
    if (node->needed) return;
    node->needed = true;
    g->todo[g->ntodo++] = (size_t)(node - g->nodes);
}

// What somebody outside has, and all that this holds. Nothing new is met any more.
static void mark_needed(struct graph *g)
{
    g->visit = need;
    for (size_t i = 0; i < g->n; i++) {
        const struct mp_obj *obj = mp_ptr(g->nodes[i].ref);
        if (!g->nodes[i].followed || obj->refs > g->nodes[i].inner) need(g, g->nodes[i].ref);
        while (g->ntodo > 0) {
            const struct node *node = &g->nodes[g->todo[--g->ntodo]];
            if (node->followed && places_of(mp_ptr(node->ref))) mp_fsck_references(mp_ptr(node->ref), visit, g);
        }
    }
}

// What is needed is not suspect until it loses a reference again, and garbage is listed elsewhere. What was not looked at
// stays suspect: a cycle may go through it.
static void clear_suspects(struct graph *g)
{
    bool none = true;
    for (size_t i = 0; i < g->n; i++) {
        struct mp_obj *obj = mp_ptr(g->nodes[i].ref);
        if (g->nodes[i].followed) {
            mp_suspect_clear(obj);
        } else {
            mp_suspect(obj);
            none = false;
        }
    }
    if (none) atomic_store(&mp_arena->next_suspect, 0);
}

static int look(struct graph *g)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < mp_suspects_top(); i++) {
        uint64_t ref = atomic_load(&mp_arena->suspects[i]);
        if (ref && !node_of(g, ref)) return ENOMEM;
        n += ref != 0;
    }
    atomic_store(&mp_arena->nsuspects, n);   // who died between an entry and its count left it wrong
    follow_all(g);
    if (!g->failed) g->todo = malloc((g->n + 1) * sizeof *g->todo);
    if (!g->todo) return ENOMEM;
    mark_needed(g);
    return 0;
}

// ---- taking apart ----

// Nobody has it but others that nobody has. Our reference keeps it until it is taken apart.
static void list_garbage(struct mp_obj *obj)
{
    TX(obj->next, mp_self.slot->garbage);
    TX(obj->refs, obj->refs + 1);
    TX(mp_self.slot->garbage, mp_refof(obj));
    mp_commit();
}

// While the world stands still: all of it, since what is taken apart leaves the rest where nobody finds it.
static void list_all_garbage(const struct graph *g)
{
    for (size_t i = 0; i < g->n; i++) {
        struct mp_obj *obj = mp_ptr(g->nodes[i].ref);
        if (!g->nodes[i].needed && mp_kind_of(obj)->holds) list_garbage(obj);
    }
}

// Without its content it keeps no other. What it held is taken apart behind it, not inside.
static void empty(struct mp_obj *obj)
{
    mp_self.dismantling = true;
    while (!mp_kind_of(obj)->dismantle(obj)) mp_long_work();
    mp_self.dismantling = false;
    mp_dismantle_condemned();
}

void mp_garbage_drop(struct mp_slot *of)
{
    while (of->garbage) {
        struct mp_obj *obj = mp_ptr(of->garbage);
        empty(obj);
        mp_latch(&obj->latch);
        TX(of->garbage, obj->next);
        mp_tx_unref(obj);
        mp_commit_unlatch();
        mp_dismantle_condemned();
    }
}

static uint64_t count_garbage(const struct graph *g)
{
    uint64_t n = 0;
    for (size_t i = 0; i < g->n; i++) n += !g->nodes[i].needed;
    return n;
}

// A collection in vain is not repeated soon.
static void plan_next(uint64_t found, uint64_t looked_at)
{
    uint64_t at = atomic_load(&mp_arena->collect_at);
    if (found * 8 >= looked_at) {
        at = 0;
    } else if (at < MOST) {
        at = at ? at * 2 : FEWEST;
    }
    atomic_store(&mp_arena->collect_at, at);
}

// Somebody does not come to rest: it is tried again when there are as many more suspects.
static void put_off(void)
{
    uint64_t n = atomic_load(&mp_arena->nsuspects);
    atomic_store(&mp_arena->collect_at, n < MOST ? n : MOST);
}

static int collect(struct graph *g, uint64_t *freed)
{
    int err = mp_world_stop();
    if (!err) {
        err = look(g);
        if (!err) {
            list_all_garbage(g);
            clear_suspects(g);
        }
        mp_world_go();
    }
    if (err) {
        put_off();
        return err;
    }
    *freed = count_garbage(g);
    plan_next(*freed, g->n);
    mp_garbage_drop(mp_self.slot);
    return 0;
}

static int collect_some(uint64_t most, uint64_t most_of_one, uint64_t *freed)
{
    struct graph g = {.most = most, .most_of_one = most_of_one};
    *freed = 0;
    int err = collect(&g, freed);
    free(g.nodes);
    free(g.table);
    free(g.todo);
    return err;
}

int mp_cycles_collect(uint64_t *freed)
{
    return collect_some(UINT64_MAX, UINT64_MAX, freed);
}

void mp_cycles_collect_some(void)
{
    uint64_t freed;
    collect_some(PLACES_OF_ALL, PLACES_OF_ONE, &freed);
}
