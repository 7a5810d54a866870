// Waiting without sleeping where two share a CPU: to give it to the other one costs half of what sleeping and being woken
// does.
#pragma once
#include <stdbool.h>
#include <stdint.h>

// Gives the CPU away some times, until `had` is true. Tells whether it was; false at once where that has cost too much.
bool mp_yield_for(bool (*had)(void *arg), void *arg, int64_t deadline);
