// Time as the core counts it: nanoseconds of CLOCK_MONOTONIC, one clock for all processes.
#pragma once
#include <stdint.h>
#include <time.h>

#define MP_FOREVER INT64_MAX
#define MP_NOW INT64_C(0)   // a deadline that has passed: try once

static inline int64_t mp_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
