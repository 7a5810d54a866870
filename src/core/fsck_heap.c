#include "fsck_heap.h"

#include <stdlib.h>

#include "runs.h"
#include "tx.h"

enum { UNIT = 32, UNITS = MP_SPAN / UNIT };

static uint64_t length(const struct mp_span *span)
{
    return span->info >> 32;
}

static uint64_t made_of(const struct mp_span *span)
{
    return span->blocks >> 48;
}

// Behind the last used span there is one free run.
static uint64_t end_of_used(uint64_t first, const char **fault)
{
    uint64_t end = first, used = 0;
    bool was_free = false;
    for (uint64_t i = first; i < mp_arena->spans;) {
        const struct mp_span *span = mp_span_at(i);
        uint64_t n = length(span);
        bool is_free = mp_span_state(span) == MP_SPAN_FREE;
        if (mp_span_state(span) == MP_SPAN_NONE || n == 0)
            *fault = "a span in no run";
        else if (span[n - 1].info != span->info)
            *fault = "a run whose ends differ";
        else if (is_free && was_free)
            *fault = "free runs side by side";
        if (*fault) return end;
        if (!is_free) {
            used += n;
            end = i + n;
        }
        was_free = is_free;
        i += n;
    }
    if (used != mp_arena->heap.used) *fault = "used spans are miscounted";
    return end;
}

static const char *check_bins(void)
{
    uint64_t free_runs = 0, listed = 0;
    for (uint64_t i = mp_arena->heap.first; i < mp_arena->spans; i += length(mp_span_at(i))) {
        free_runs += mp_span_state(mp_span_at(i)) == MP_SPAN_FREE;
    }
    for (int bin = 0; bin < MP_RUN_BINS; bin++) {
        for (uint64_t id = mp_arena->heap.bins[bin]; id; id = mp_span_at(id - 1)->next) {
            const struct mp_span *span = mp_span_at(id - 1);
            if (mp_span_state(span) != MP_SPAN_FREE) return "a run in a bin is not free";
            if (length(span) >> bin != 1) return "a free run is in the wrong bin";
            if (++listed > free_runs) return "a bin goes round in circles";
        }
    }
    return listed == free_runs ? NULL : "a free run is in no bin";
}

static const char *mark_free_blocks(struct mp_fsck_heap *h, const struct mp_span *span)
{
    uint64_t ref = (uint32_t)span->blocks, n = span->blocks >> 32 & 0xffff;
    for (; n > 0; n--) {
        const char *fault = mp_fsck_mark(h, ref, "free list");
        if (fault) return fault;
        ref = *(const uint64_t *)mp_ptr(ref);
    }
    return NULL;
}

static const char *check_partial(int k)
{
    uint64_t before = 0;
    for (uint64_t id = mp_arena->heap.classes[k].partial; id; id = mp_span_at(id - 1)->next) {
        const struct mp_span *span = mp_span_at(id - 1);
        if (mp_span_state(span) != MP_SPAN_SMALL || mp_span_class(span) != k) return "a foreign span in a class";
        if (span->prev != before) return "a broken link between spans";
        before = id;
    }
    return NULL;
}

static const char *check_latches(void)
{
    for (int k = 0; k < MP_CLASSES; k++) {
        if (atomic_load(&mp_arena->heap.classes[k].latch.owner) & ~MP_LATCH_WAITED) return "a class's latch is held";
    }
    return atomic_load(&mp_arena->heap.latch.owner) & ~MP_LATCH_WAITED ? "the latch of the runs is held" : NULL;
}

const char *mp_fsck_heap_open(struct mp_fsck_heap *h)
{
    const char *fault = NULL;
    h->first = mp_arena->heap.first;
    h->end = end_of_used(h->first, &fault);
    h->seen = calloc((h->end - h->first) * UNITS + 1, sizeof *h->seen);
    if (!h->seen) return "no memory for the check";
    if (!fault) fault = check_bins();
    if (!fault) fault = check_latches();
    for (int k = 0; !fault && k < MP_CLASSES; k++) fault = check_partial(k);
    for (uint64_t i = h->first; !fault && i < h->end; i += length(mp_span_at(i))) {
        if (mp_span_state(mp_span_at(i)) == MP_SPAN_SMALL) fault = mark_free_blocks(h, mp_span_at(i));
    }
    return fault;
}

const char *mp_fsck_mark(struct mp_fsck_heap *h, uint64_t ref, const char *place)
{
    uint64_t index = ref / (MP_SPAN / 16);
    if (index < h->first || index >= h->end) return "outside the heap";
    const struct mp_span *span = mp_span_at(index);
    if (mp_span_state(span) != MP_SPAN_SMALL && mp_span_state(span) != MP_SPAN_LARGE) return "in a free span";
    if (mp_span_state(span) == MP_SPAN_SMALL && mp_block_base((mp_ref)ref) != ref) return "not the start of a block";
    const char **seen = &h->seen[(ref - h->first * (MP_SPAN / 16)) * 16 / UNIT];
    const char *other = *seen;
    if (other) return other;
    *seen = place;
    return NULL;
}

static bool all_seen(const struct mp_fsck_heap *h, const struct mp_span *span, uint64_t blocks, size_t size)
{
    uint64_t start = (mp_span_index(span) - h->first) * UNITS;
    for (uint64_t i = 0; i < blocks; i++) {
        if (!h->seen[start + i * size / UNIT]) return false;
    }
    return true;
}

// Blocks of 48 bytes begin at every third half unit: two never share one, as none is smaller than a unit.
const char *mp_fsck_heap_leak(struct mp_fsck_heap *h)
{
    for (uint64_t i = h->first; i < h->end; i += length(mp_span_at(i))) {
        const struct mp_span *span = mp_span_at(i);
        if (mp_span_state(span) == MP_SPAN_LARGE && !all_seen(h, span, 1, 0)) return "a large block in no place";
        if (mp_span_state(span) != MP_SPAN_SMALL) continue;
        if (!all_seen(h, span, made_of(span), mp_block_size((mp_ref)mp_span_ref(span)))) return "a block in no place";
    }
    return NULL;
}

void mp_fsck_heap_close(struct mp_fsck_heap *h)
{
    free((void *)h->seen);
}
