// Bytes: copies of any length, and blocks of zeros for objects that nobody else can see yet.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { MP_COPY_PIECE = 2048, MP_COPY_LARGE = 512 * 1024 };

// As memcpy. The C library takes `rep movsb` for more than 2 KiB, which some processors do twenty times slower where
// `to` lies less than a cache line behind `from`, modulo 4096; but for what no cache has it is the better way.
static inline void mp_copy(void *to, const void *from, size_t n)
{
    char *t = to;
    const char *f = from;
    size_t piece = n < MP_COPY_LARGE ? MP_COPY_PIECE : n;
    for (; n > piece; n -= piece, t += piece, f += piece) memcpy(t, f, piece);
    memcpy(t, f, n);
}

// A block of n elements, all zero, becomes that of the field; n may be 0: then there is none. 0, ENOMEM
int mp_bytes_new(uint64_t *field, uint64_t n, uint64_t size);
