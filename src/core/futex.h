// The kernel's wait for a word to change, across processes.
#pragma once
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"

// 0 or an errno value: EAGAIN (another value), EINTR, ETIMEDOUT. `deadline` as in clock.h.
int mp_futex_wait(_Atomic uint32_t *word, uint32_t value, int64_t deadline);
void mp_futex_wake(_Atomic uint32_t *word, int count);
