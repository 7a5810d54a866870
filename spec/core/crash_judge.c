#include "crash_parts.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

// A long operation is visited at so many points at least.
long crash_stride(long most)
{
    long points = atomic_load(&crash_shared->points);
    return points <= 10 ? 1 : points / MOST_POINTS * most > most ? points / MOST_POINTS * most : most;
}

bool crash_same(const struct crash_state *a, const struct crash_state *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

void crash_judge(struct crash_tally *t, const struct crash_state *got, const struct crash_state *before,
                 const struct crash_state *after)
{
    if (crash_same(got, before)) {
        t->old++;
    } else if (crash_same(got, after)) {
        t->new ++;
    } else if (crash_now->between && crash_now->between(before, after, got)) {
        t->between++;
    } else {
        crash_complain_of_state(got, before, after);
    }
}

bool crash_shrinks(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got)
{
    if (got->nids > before->nids || got->nids < after->nids) return false;
    uint64_t gone = before->nids - got->nids;
    return memcmp(got->ids, before->ids + gone, got->nids * sizeof got->ids[0]) == 0;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void sort(uint64_t *ids, uint64_t n)
{
    qsort(ids, n, sizeof *ids, compare);
}

// What helpers put is somewhere, once; what the case had is as before or as after.
void crash_judge_with_helpers(struct crash_tally *t, const struct crash_state *got, struct crash_state before,
                              struct crash_state after, bool ordered)
{
    struct crash_state own = {0};
    uint64_t theirs[CRASH_IDS] = {0}, ntheirs = 0, ntook = atomic_load(&crash_shared->ntook), n = ntook + got->nids;
    CHECK(n <= CRASH_IDS, "%" PRIu64 " messages", n);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t id = i < ntook ? crash_shared->took[i] : got->ids[i - ntook];
        if (id >= CRASH_HELPERS) {
            theirs[ntheirs++] = id;
        } else {
            own.ids[own.nids++] = id;
        }
    }
    uint64_t ngave = atomic_load(&crash_shared->ngave);
    sort(theirs, ntheirs);
    sort(crash_shared->gave, ngave);
    CHECK(ntheirs == ngave && memcmp(theirs, crash_shared->gave, ngave * sizeof *theirs) == 0,
          "%" PRIu64 " messages of helpers, they put %" PRIu64, ntheirs, ngave);
    memset(before.facts, 0, sizeof before.facts);
    memset(after.facts, 0, sizeof after.facts);
    if (!ordered) {
        sort(own.ids, own.nids);
        sort(before.ids, before.nids);
        sort(after.ids, after.nids);
    }
    crash_judge(t, &own, &before, &after);
}

int crash_verdict(const struct crash_state *got, const struct crash_state *before, const struct crash_state *after)
{
    struct crash_tally t = {0};
    crash_judge(&t, got, before, after);
    return t.old ? OLD : t.new ? NEW : BETWEEN;
}

void crash_references(struct crash_state *before, struct crash_state *after)
{
    crash_way = "reference";
    for (int i = 0; i < 2; i++) {
        crash_prepare();
        crash_end_victim(crash_start_victim(i == 0 ? BEFORE : AFTER, NULL));
        crash_finish(i == 0 ? before : after);
    }
}
