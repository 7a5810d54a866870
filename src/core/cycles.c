// State:     the objects of which a reference went while others stayed, as far as they can hold others: only then may
//            a cycle be left that nobody else has.
// Invariant: an entry of `suspects` names an object that was not freed; the object says which entry, in the upper bits
//            of its serial number, before the entry names it. An entry without such an object, or the other way round,
//            is one that a dead one has left: the two are compared wherever it matters.
// Death:     entries change by single stores. A collector that dies has changed nothing, or has begun to take garbage
//            apart, of which the rest stays suspect.
#include "cycles.h"

#include <errno.h>
#include <stdlib.h>

#include "fsck.h"
#include "handle.h"
#include "layout.h"
#include "msg.h"
#include "tx.h"
#include "world.h"

enum { SERIAL_BITS = 48, TRIES = 8 };
enum { FEWEST = 256, MOST = MP_SUSPECTS / 2 };            // suspects at which a collection begins by itself
enum { PLACES_OF_ONE = 100000, PLACES_OF_ALL = 1000000 };   // looked at then; what has more is taken for needed

struct node {
    uint64_t ref;
    uint64_t serial;   // with the kind: another object may be there later
    uint64_t inner;    // references from others of the graph
    bool followed, needed;
};

// What the suspects can reach.
struct graph {
    struct node *nodes;
    uint32_t *table;        // node + 1 by hash of the ref
    size_t n, cap;          // the table has twice as many places
    uint64_t places, most;  // looked at, to be looked at
    uint64_t most_of_one;
    size_t *todo, ntodo;    // nodes that are needed and were not followed for that yet
    bool failed;            // no memory
    void (*visit)(struct graph *g, uint64_t ref);
};

// ---- suspects ----

static uint64_t entry_of(const struct mp_obj *obj)
{
    return __atomic_load_n(&obj->serial, __ATOMIC_RELAXED) >> SERIAL_BITS;
}

static bool is_listed(const struct mp_obj *obj)
{
    uint64_t entry = entry_of(obj);
    return entry && atomic_load(&mp_arena->suspects[entry - 1]) == mp_refof(obj);
}

static void set_entry(struct mp_obj *obj, uint64_t entry)
{
    uint64_t serial = obj->serial & ((UINT64_C(1) << SERIAL_BITS) - 1);
    __atomic_store_n(&obj->serial, serial | entry << SERIAL_BITS, __ATOMIC_RELAXED);
}

uint64_t mp_object_serial(const struct mp_obj *obj)
{
    return __atomic_load_n(&obj->serial, __ATOMIC_RELAXED) & ((UINT64_C(1) << SERIAL_BITS) - 1);
}

static bool list_at(struct mp_obj *obj, uint64_t i)
{
    uint64_t nobody = 0;
    if (atomic_load(&mp_arena->suspects[i]) != 0) return false;
    set_entry(obj, i + 1);
    mp_barrier();
    return atomic_compare_exchange_strong(&mp_arena->suspects[i], &nobody, mp_refof(obj));
}

void mp_cycles_suspect(struct mp_obj *obj)
{
    if (!mp_kind_of(obj)->holds || is_listed(obj)) return;
    for (int i = 0; i < TRIES; i++) {
        if (!list_at(obj, atomic_fetch_add(&mp_arena->next_suspect, 1) % MP_SUSPECTS)) continue;
        uint64_t n = atomic_fetch_add(&mp_arena->nsuspects, 1) + 1;
        if (n >= atomic_load(&mp_arena->collect_at) + FEWEST) atomic_fetch_or(&mp_self.slot->gate, MP_GATE_COLLECT);
        return;
    }
}

static void unlist(const struct mp_obj *obj)
{
    uint64_t ref = mp_refof(obj), entry = entry_of(obj);
    if (entry && atomic_compare_exchange_strong(&mp_arena->suspects[entry - 1], &ref, 0)) {
        atomic_fetch_sub(&mp_arena->nsuspects, 1);
    }
}

void mp_cycles_forget(struct mp_obj *obj)
{
    unlist(obj);
}

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

static uint64_t identity_of(const struct mp_obj *obj)
{
    return mp_object_serial(obj) | (uint64_t)obj->kind << SERIAL_BITS;
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
        g->nodes[g->n] = (struct node){.ref = ref, .serial = identity_of(mp_ptr(ref))};
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

// Of one that is needed nothing is to be feared until it loses a reference again.
static void clear_needed(struct graph *g)
{
    for (size_t i = 0; i < g->n; i++) {
        struct mp_obj *obj = mp_ptr(g->nodes[i].ref);
        if (!g->nodes[i].needed || !is_listed(obj)) continue;
        unlist(obj);
        set_entry(obj, 0);
    }
}

static int look(struct graph *g)
{
    for (uint64_t i = 0; i < MP_SUSPECTS && atomic_load(&mp_arena->nsuspects) > 0; i++) {
        uint64_t ref = atomic_load(&mp_arena->suspects[i]);
        if (ref && !node_of(g, ref)) return ENOMEM;
    }
    follow_all(g);
    if (!g->failed) g->todo = malloc((g->n + 1) * sizeof *g->todo);
    if (!g->todo) return ENOMEM;
    mark_needed(g);
    clear_needed(g);
    return 0;
}

// ---- taking apart ----

static bool is_garbage(struct graph *g, uint64_t ref)
{
    uint32_t n = g->table ? g->table[place_of(g, ref)] : 0;
    return n && !g->nodes[n - 1].needed && g->nodes[n - 1].serial == identity_of(mp_ptr(ref));
}

// Nobody has it but others that nobody has. Without its content it keeps none of them.
static void take_apart(struct mp_obj *obj)
{
    int place;
    mp_reference_take(obj, &place);
    while (!mp_kind_of(obj)->dismantle(obj)) continue;
    mp_inflight_drop(place);
}

// One that is taken apart may leave another one suspect.
static bool take_garbage_apart(struct graph *g)
{
    bool found = false;
    for (uint64_t i = 0; i < MP_SUSPECTS; i++) {
        uint64_t ref = atomic_load(&mp_arena->suspects[i]);
        if (!ref || !is_garbage(g, ref)) continue;
        take_apart(mp_ptr(ref));
        found = true;
    }
    return found;
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

static int collect(struct graph *g, uint64_t *freed)
{
    int err = mp_world_stop();
    if (err) return err;
    err = look(g);
    mp_world_go();
    if (!err) {
        *freed = count_garbage(g);
        plan_next(*freed, g->n);
        while (*freed && take_garbage_apart(g)) continue;
    }
    return err;
}

static int collect_some(uint64_t most, uint64_t most_of_one, uint64_t *freed)
{
    struct graph g = {.most = most, .most_of_one = most_of_one};
    *freed = 0;
    int err = atomic_load(&mp_arena->nsuspects) ? collect(&g, freed) : 0;
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
