// Waiting without sleeping where two share the only CPU: to give it to the other one costs half of what sleeping and being woken
// does.
#pragma once
#include <stdbool.h>
#include <stdint.h>

// Both tell whether `had` was true in the end; false at once where that has cost too much.
// Gives the CPU away some times, for one who is about to make it true.
bool mp_yield_for(bool (*had)(void *arg), void *arg, int64_t deadline);
// Gives it away once, for one who may not have begun. It should not take longer than `quick` ns.
bool mp_give_way(bool (*had)(void *arg), void *arg, int64_t quick);
