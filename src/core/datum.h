// A datum: a value or key as tables keep it, two words.
//
// Text of up to MP_SHORT_MAX bytes lies in the words themselves. Longer keys are a block of bytes that the datum
// owns; other values are a message that it owns; shared objects are a counted reference. These two bear the version of
// their table when they were stored: the place of one that is gone is soon that of another.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum mp_datum_kind {
    MP_NIL,
    MP_FALSE,
    MP_TRUE,
    MP_INTEGER,
    MP_FLOAT,
    MP_SHORT_TEXT,
    MP_LONG_TEXT,    // keys only; word: ref of a string block
    MP_BLOB,         // values only; word: ref of a message
    MP_REFERENCE     // values only; word: ref of an object
};

enum { MP_SHORT_MAX = 14 };

struct mp_datum {
    uint64_t tag;    // kind, for short text its length << 8 and the first 6 bytes, else perhaps a version << 8
    uint64_t word;   // the value, or the other bytes
};

// What a key is looked up by. The bytes of a long text are the caller's.
struct mp_key {
    struct mp_datum datum;
    uint64_t hash;
    const char *text;
    size_t length;
};

static inline enum mp_datum_kind mp_datum_kind(const struct mp_datum *d)
{
    return d->tag & 0xff;
}

static inline bool mp_datum_same(const struct mp_datum *a, const struct mp_datum *b)
{
    return a->tag == b->tag && a->word == b->word;
}

static inline struct mp_datum mp_integer(int64_t n)
{
    return (struct mp_datum){MP_INTEGER, (uint64_t)n};
}

static inline struct mp_datum mp_float(double x)
{
    struct mp_datum d = {.tag = MP_FLOAT};
    memcpy(&d.word, &x, sizeof x);
    return d;
}

static inline double mp_datum_float(const struct mp_datum *d)
{
    double x;
    memcpy(&x, &d->word, sizeof x);
    return x;
}

// Up to 8 bytes as a word, with loads that overlap instead of a loop: this is on the way of every key.
static inline uint64_t mp_word_of(const char *text, size_t length)
{
    uint32_t first = 0, last = 0;
    if (length < 4) {
        for (size_t i = 0; i < length; i++) first |= (uint32_t)(uint8_t)text[i] << i * 8;
        return first;
    }
    memcpy(&first, text, sizeof first);
    memcpy(&last, text + length - sizeof last, sizeof last);
    return first | (uint64_t)last << (length - sizeof last) * 8;
}

static inline struct mp_datum mp_short_text(const char *text, size_t length)
{
    size_t in_tag = length < 6 ? length : 6;
    return (struct mp_datum){MP_SHORT_TEXT | (uint64_t)length << 8 | mp_word_of(text, in_tag) << 16,
                             mp_word_of(text + in_tag, length - in_tag)};
}

// The bytes, which lie in the datum.
static inline const char *mp_datum_text(const struct mp_datum *d, size_t *length)
{
    *length = d->tag >> 8 & 0xff;
    return (const char *)d + 2;
}

// Both halves of the product, so that each bit of a and b moves many of the result.
static inline uint64_t mp_mix(uint64_t a, uint64_t b)
{
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

// Who does not know the seed cannot make a factor 0, with which all of the other one would be lost.
static inline uint64_t mp_mix_seeded(uint64_t a, uint64_t b, uint64_t seed)
{
    return mp_mix(a ^ seed, b ^ (seed << 32 | seed >> 32) ^ UINT64_C(0x9e3779b97f4a7c15)) ^ b;
}

static inline uint64_t mp_datum_hash(const struct mp_datum *d, uint64_t seed)
{
    return mp_mix_seeded(d->tag, d->word, seed);
}

uint64_t mp_text_hash(const char *text, size_t length, uint64_t seed);
