// Runs of spans: who takes and gives them holds the heap's latch and commits.
#pragma once
#include "layout.h"

enum mp_span_state { MP_SPAN_NONE, MP_SPAN_FREE, MP_SPAN_SMALL, MP_SPAN_LARGE };

void mp_runs_init(uint64_t quota, uint64_t spans);
struct mp_span *mp_tx_take_run(uint64_t n, uint64_t info);    // 12 stores; NULL: full
void mp_tx_give_run(struct mp_span *span, uint64_t n);        // 14 stores

static inline struct mp_span *mp_span_at(uint64_t index)
{
    return &mp_arena->span_table[index];
}

static inline uint64_t mp_span_index(const struct mp_span *span)
{
    return (uint64_t)(span - mp_arena->span_table);
}

static inline uint64_t mp_span_ref(const struct mp_span *span)
{
    return mp_span_index(span) * (MP_SPAN / 16);
}

static inline struct mp_span *mp_span_of(uint64_t ref)
{
    return mp_span_at(ref / (MP_SPAN / 16));
}

static inline enum mp_span_state mp_span_state(const struct mp_span *span)
{
    return span->info & 0xff;
}

static inline int mp_span_class(const struct mp_span *span)
{
    return span->info >> 8 & 0xff;
}
