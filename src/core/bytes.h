// Blocks of zeros, for objects that nobody else can see yet.
#pragma once
#include <stddef.h>
#include <stdint.h>

// A block of n elements, all zero, becomes that of the field; n may be 0: then there is none. 0, ENOMEM
int mp_bytes_new(uint64_t *field, uint64_t n, uint64_t size);
