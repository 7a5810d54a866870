#include "futex.h"

#include <errno.h>

int mp_futex_wait(_Atomic uint32_t *word, uint32_t value, int64_t deadline)
{
    struct timespec at = {.tv_sec = deadline / 1000000000, .tv_nsec = deadline % 1000000000};
    struct timespec *until = deadline == MP_FOREVER ? NULL : &at;
    // WAIT_BITSET takes an absolute time of CLOCK_MONOTONIC
    if (syscall(SYS_futex, word, FUTEX_WAIT_BITSET, value, until, NULL, FUTEX_BITSET_MATCH_ANY) == 0) return 0;
    return errno;
}

void mp_futex_wake(_Atomic uint32_t *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
}
