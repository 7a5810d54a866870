// What a CPU is asked for beyond C.
#pragma once
#include <stddef.h>
#include <string.h>

static inline void mp_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// The cache line comes to this CPU for writing, while it goes on.
static inline void mp_prefetch_write(const void *p)
{
#if defined(__x86_64__)
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)p));   // the compiler has it only for some CPUs
#else
    __builtin_prefetch(p, 1);
#endif
}

// Copies n bytes and up to 15 behind them: both sides have room for whole units of 16. Mostly n is small.
static inline void mp_copy_units(void *to, const void *from, size_t n)
{
    char *t = to;
    const char *f = from;
    for (size_t i = 0; i < n; i += 16) memcpy(t + i, f + i, 16);
}
