// State:     a run is n neighbouring spans; its first and its last span's info tell its state and n.
// Invariant: every span of the heap is in one run; free neighbours are one run; free runs are in the bin of their size.
// Death:     all stores are logged by the caller's transaction.
#include "runs.h"

#include "tx.h"

enum { LOOK = 8 };   // runs looked at in the bin that may hold shorter ones

static int bin_of(uint64_t n)
{
    return 63 - __builtin_clzll(n);
}

static uint64_t length(const struct mp_span *span)
{
    return span->info >> 32;
}

static void tx_mark(struct mp_span *span, uint64_t n, uint64_t info)
{
    TX(span->info, info | n << 32);
    if (n > 1) TX(span[n - 1].info, info | n << 32);
}

static void tx_insert(struct mp_span *span, uint64_t n)
{
    uint64_t *bin = &mp_arena->heap.bins[bin_of(n)], id = mp_span_index(span) + 1;
    tx_mark(span, n, MP_SPAN_FREE);
    TX(span->next, *bin);
    TX(span->prev, 0);
    if (*bin) TX(mp_span_at(*bin - 1)->prev, id);
    mp_tx(bin, id);
}

static void tx_remove(struct mp_span *span)
{
    if (span->prev) {
        TX(mp_span_at(span->prev - 1)->next, span->next);
    } else {
        mp_tx(&mp_arena->heap.bins[bin_of(length(span))], span->next);
    }
    if (span->next) TX(mp_span_at(span->next - 1)->prev, span->prev);
}

void mp_runs_init(uint64_t quota, uint64_t spans)
{
    struct mp_heap *heap = &mp_arena->heap;
    heap->first = (sizeof(struct mp_arena) + MP_SPAN - 1) / MP_SPAN;
    uint64_t n = spans - heap->first;
    heap->quota = quota < n ? quota : n;
    struct mp_span *span = mp_span_at(heap->first);
    span->info = span[n - 1].info = MP_SPAN_FREE | n << 32;
    heap->bins[bin_of(n)] = heap->first + 1;
}

static struct mp_span *find(uint64_t n)
{
    const uint64_t *bins = mp_arena->heap.bins;
    uint64_t id = bins[bin_of(n)];
    for (int i = 0; id && i < LOOK; i++) {
        struct mp_span *span = mp_span_at(id - 1);
        if (length(span) >= n) return span;
        id = span->next;
    }
    for (int bin = bin_of(n) + 1; bin < MP_RUN_BINS; bin++) {
        if (bins[bin]) return mp_span_at(bins[bin] - 1);
    }
    return NULL;
}

struct mp_span *mp_tx_take_run(uint64_t n, uint64_t info)
{
    struct mp_heap *heap = &mp_arena->heap;
    uint64_t quota = heap->quota + mp_self.overdraws;
    if (n > quota || heap->used > quota - n) return NULL;
    struct mp_span *span = find(n);
    if (!span) return NULL;
    uint64_t had = length(span);
    tx_remove(span);
    if (had > n) tx_insert(span + n, had - n);
    tx_mark(span, n, info);
    TX(heap->used, heap->used + n);
    return span;
}

void mp_tx_give_run(struct mp_span *span, uint64_t n)
{
    struct mp_heap *heap = &mp_arena->heap;
    TX(heap->used, heap->used - n);
    uint64_t index = mp_span_index(span);
    if (index > heap->first && mp_span_state(span - 1) == MP_SPAN_FREE) {
        uint64_t before = length(span - 1);
        span -= before;
        n += before;
        tx_remove(span);
    }
    uint64_t next = mp_span_index(span) + n;
    if (next < mp_arena->spans && mp_span_state(mp_span_at(next)) == MP_SPAN_FREE) {
        struct mp_span *after = mp_span_at(next);
        n += length(after);
        tx_remove(after);
    }
    tx_insert(span, n);
}
