// At most 30 stores in a transaction: a refill that takes a span from a run.
#include "heap.h"

#include <errno.h>
#include <stdlib.h>

#include "layout.h"
#include "runs.h"
#include "tx.h"

static const uint16_t class_size[MP_CLASSES] = {32,  48,   64,   96,   128,  192,  256,  384,   512,
                                                768, 1024, 1536, 2048, 3072, 4096, 8192, 16384, 32768};
// Blocks that a magazine holds: of the large sizes a few are enough.
static const uint8_t capacity[MP_CLASSES] = {32, 32, 32, 32, 32, 32, 32, 16, 16, 8, 8, 4, 4, 4, 4, 2, 1, 1};
static uint8_t class_of_units[MP_BLOCK_MAX / 16 + 1];   // by size in units of 16 bytes

void mp_heap_init(uint64_t quota_spans, uint64_t arena_spans)
{
    for (int units = 0, k = 0; units <= MP_BLOCK_MAX / 16; units++) {
        if (units * 16 > class_size[k]) k++;
        class_of_units[units] = (uint8_t)k;
    }
    mp_runs_init(quota_spans, arena_spans);
}

static int class_of(size_t size)
{
    return class_of_units[(size + 15) / 16];
}

static uint64_t free_count(const struct mp_span *span)
{
    return span->blocks >> 32 & 0xffff;
}

static uint64_t made_count(const struct mp_span *span)
{
    return span->blocks >> 48;
}

static uint64_t blocks_word(uint64_t first, uint64_t nfree, uint64_t made)
{
    return first | nfree << 32 | made << 48;
}

static bool has_free(const struct mp_span *span, int k)
{
    return free_count(span) > 0 || made_count(span) < MP_SPAN / class_size[k];
}

static void tx_link_partial(struct mp_size_class *c, struct mp_span *span)
{
    uint64_t id = mp_span_index(span) + 1;
    TX(span->next, c->partial);
    TX(span->prev, 0);
    if (c->partial) TX(mp_span_at(c->partial - 1)->prev, id);
    TX(c->partial, id);
}

static void tx_unlink_partial(struct mp_size_class *c, struct mp_span *span)
{
    if (span->prev) {
        TX(mp_span_at(span->prev - 1)->next, span->next);
    } else {
        TX(c->partial, span->next);
    }
    if (span->next) TX(mp_span_at(span->next - 1)->prev, span->prev);
}

// Takes another span for the class, whose latch is held.
static int add_span(int k)
{
    struct mp_heap *heap = &mp_arena->heap;
    mp_latch(&heap->latch);
    struct mp_span *span = mp_tx_take_run(1, MP_SPAN_SMALL | (uint64_t)k << 8);
    if (!span) {
        mp_unlatch();
        return ENOMEM;
    }
    TX(span->blocks, 0);
    tx_link_partial(&heap->classes[k], span);
    mp_commit_unlatch();
    return 0;
}

// Moves up to `want` blocks of one span to the magazine. Above its count the magazine is dead, so only that is logged.
static void tx_take_blocks(int k, struct mp_magazine *magazine, uint64_t want)
{
    struct mp_size_class *c = &mp_arena->heap.classes[k];
    struct mp_span *span = mp_span_at(c->partial - 1);
    uint64_t first = (uint32_t)span->blocks, nfree = free_count(span), made = made_count(span);
    uint64_t base = mp_span_ref(span), room = MP_SPAN / class_size[k], n = magazine->count, got = 0;
    for (; got < want; got++) {
        if (nfree > 0) {
            magazine->items[n + got] = first;
            first = *(uint64_t *)mp_ptr(first);
            nfree--;
        } else if (made < room) {
            magazine->items[n + got] = base + made++ * class_size[k] / 16;
        } else {
            break;
        }
    }
    if (nfree == 0) first = 0;
    TX(span->blocks, blocks_word(first, nfree, made));
    if (nfree == 0 && made == room) tx_unlink_partial(c, span);
    TX(c->out, c->out + got);
    TX(magazine->count, n + got);
}

static int refill(int k)
{
    struct mp_size_class *c = &mp_arena->heap.classes[k];
    struct mp_magazine *magazine = &mp_self.slot->magazines[k];
    uint64_t want = (capacity[k] + 1u) / 2;
    mp_latch(&c->latch);
    int err = c->partial ? 0 : add_span(k);
    if (!err) {
        tx_take_blocks(k, magazine, want);
        mp_commit();
    }
    mp_unlatch();
    return err;
}

// A span that holds nothing goes back to the runs, unless it is the last one with free blocks of its size.
static void give_back_span(int k, struct mp_span *span)
{
    struct mp_size_class *c = &mp_arena->heap.classes[k];
    if (free_count(span) != made_count(span)) return;
    if (c->partial == mp_span_index(span) + 1 && !span->next) return;
    mp_latch(&mp_arena->heap.latch);
    tx_unlink_partial(c, span);
    mp_tx_give_run(span, 1);
    mp_commit_unlatch();
}

// The last block of the magazine goes to its span.
static void put_back(int k, struct mp_magazine *magazine)
{
    struct mp_size_class *c = &mp_arena->heap.classes[k];
    uint64_t ref = magazine->items[magazine->count - 1];
    struct mp_span *span = mp_span_of(ref);
    bool was_full = !has_free(span, k);
    *(uint64_t *)mp_ptr(ref) = (uint32_t)span->blocks;   // its content is dead
    TX(span->blocks, blocks_word(ref, free_count(span) + 1, made_count(span)));
    if (was_full) tx_link_partial(c, span);
    TX(c->out, c->out - 1);
    TX(magazine->count, magazine->count - 1);
    mp_commit();
    give_back_span(k, span);
}

static void flush(int k, struct mp_magazine *magazine, uint64_t keep)
{
    if (magazine->count <= keep) return;
    mp_latch(&mp_arena->heap.classes[k].latch);
    while (magazine->count > keep) put_back(k, magazine);
    mp_unlatch();
}

void mp_magazines_flush(struct mp_slot *of)
{
    for (int k = 0; k < MP_CLASSES; k++) flush(k, &of->magazines[k], 0);
}

// All but the kept ones can be taken at once only by operations inside operations, finalizers in a decoding say.
int mp_inflight_place(void)
{
    for (int i = 0; i < MP_INFLIGHT; i++) {
        if (mp_self.slot->inflight[i] == 0) return i;
    }
    abort();
}

bool mp_inflight_room(void)
{
    return mp_inflight_place() < MP_INFLIGHT - MP_INFLIGHT_KEPT;
}

void mp_tx_inflight(int place, uint64_t entry)
{
    TX(mp_self.slot->inflight[place], entry);
}

static int alloc_small(int k, mp_ref *ref, int place)
{
    struct mp_magazine *magazine = &mp_self.slot->magazines[k];
    if (magazine->count == 0) {
        int err = refill(k);
        if (err) return err;
    }
    uint64_t n = magazine->count - 1;
    *ref = (mp_ref)magazine->items[n];
    mp_tx_inflight(place, (uint64_t)MP_RAW << 32 | *ref);
    TX(magazine->count, n);
    mp_commit();
    return 0;
}

static int alloc_large(size_t size, mp_ref *ref, int place)
{
    struct mp_heap *heap = &mp_arena->heap;
    uint64_t spans = (size + MP_SPAN - 1) / MP_SPAN;
    mp_latch(&heap->latch);
    struct mp_span *span = mp_tx_take_run(spans, MP_SPAN_LARGE);
    if (span) {
        TX(heap->large, heap->large + 1);
        *ref = mp_span_ref(span);
        mp_tx_inflight(place, (uint64_t)MP_RAW << 32 | *ref);
        mp_commit();
    }
    mp_unlatch();
    return span ? 0 : ENOMEM;
}

static int alloc_at(size_t size, mp_ref *ref, int place)
{
    return size <= MP_BLOCK_MAX ? alloc_small(class_of(size), ref, place) : alloc_large(size, ref, place);
}

static void ask_for_magazines(void)
{
    for (uint64_t i = 0; i < mp_slots_top(); i++) atomic_fetch_or(&mp_arena->slots[i].gate, MP_GATE_FLUSH);
}

// When the arena is full, magazines may hold what is missing: ours at once, those of others when they next leave.
int mp_alloc(size_t size, mp_ref *ref, int *place)
{
    if (MP_FAILPOINT() || !mp_inflight_room()) return ENOMEM;
    *place = mp_inflight_place();
    int err = alloc_at(size, ref, *place);
    if (err != ENOMEM) return err;
    mp_magazines_flush(mp_self.slot);
    ask_for_magazines();
    return alloc_at(size, ref, *place);
}

static void free_large(int place, struct mp_span *span)
{
    struct mp_heap *heap = &mp_arena->heap;
    mp_latch(&heap->latch);
    mp_tx_give_run(span, span->info >> 32);
    TX(heap->large, heap->large - 1);
    mp_tx_inflight(place, 0);
    mp_commit_unlatch();
}

void mp_inflight_free(int place)
{
    uint64_t ref = (uint32_t)mp_self.slot->inflight[place];
    struct mp_span *span = mp_span_of(ref);
    if (mp_span_state(span) == MP_SPAN_LARGE) {
        free_large(place, span);
        return;
    }
    int k = mp_span_class(span);
    struct mp_magazine *magazine = &mp_self.slot->magazines[k];
    if (magazine->count == capacity[k]) flush(k, magazine, capacity[k] / 2);
    TX(magazine->items[magazine->count], ref);
    mp_tx_inflight(place, 0);
    TX(magazine->count, magazine->count + 1);
    mp_commit();
}

size_t mp_block_size(mp_ref ref)
{
    const struct mp_span *span = mp_span_of(ref);
    if (mp_span_state(span) == MP_SPAN_LARGE) return (span->info >> 32) * MP_SPAN;
    return class_size[mp_span_class(span)];
}

mp_ref mp_block_base(mp_ref ref)
{
    const struct mp_span *span = mp_span_of(ref);
    uint64_t start = mp_span_ref(span), units = class_size[mp_span_class(span)] / 16;
    return (mp_ref)(start + (ref - start) / units * units);
}

static uint64_t count(const uint64_t *n)
{
    return __atomic_load_n(n, __ATOMIC_RELAXED);
}

uint64_t mp_heap_blocks(void)
{
    const struct mp_heap *heap = &mp_arena->heap;
    uint64_t n = count(&heap->large);
    for (int k = 0; k < MP_CLASSES; k++) {
        n += count(&heap->classes[k].out);
        for (uint64_t i = 0; i < mp_slots_top(); i++) n -= count(&mp_arena->slots[i].magazines[k].count);
    }
    return n;
}
