// Pairs by linear hashing: each insertion beyond the load splits one bucket, so no growth moves everything.
// At most 43 stores in a transaction: the split of the longest chain that is split.
#include <errno.h>

#include "fsck.h"
#include "layout.h"
#include "table_parts.h"

enum { FIRST_BUCKETS = 4 };
enum { CHAIN_MAX = 40 };   // a longer chain, of which there is none, would end the growing

uint64_t mp_key_seed(void)
{
    return mp_arena->hash_seed;
}

uint64_t mp_text_hash(const char *text, size_t length, uint64_t seed)
{
    uint64_t h = length, words[2];
    for (; length > sizeof words; text += sizeof words, length -= sizeof words) {
        memcpy(words, text, sizeof words);
        h = mp_mix_seeded(words[0] ^ h, words[1], seed);
    }
    words[0] = words[1] = 0;
    memcpy(words, text, length);
    return mp_mix_seeded(words[0] ^ h, words[1], seed) ^ h;
}

// The greatest power of two that is not above n.
static uint64_t power_below(uint64_t n)
{
    return UINT64_C(1) << (63 - __builtin_clzll(n));
}

uint64_t *mp_bucket(const struct mp_table *t, uint64_t i)
{
    return mp_vector_at(t->buckets, sizeof(uint64_t), i);
}

// Buckets up to nbuckets exist: those that are not there yet lie in the one that they will be split from.
static uint64_t *bucket_of(const struct mp_table *t, uint64_t hash)
{
    uint64_t power = power_below(t->nbuckets), i = hash & (power * 2 - 1);
    return mp_bucket(t, i < t->nbuckets ? i : i - power);
}

static uint64_t link_to(const struct mp_pair *pair, uint64_t hash)
{
    uint64_t last = pair->next ? 0 : MP_LINK_LAST;
    return hash << MP_LINK_HASH | last | mp_refof(pair);
}

static bool is_key(const struct mp_pair *pair, const struct mp_key *key)
{
    if (mp_datum_kind(&key->datum) != MP_LONG_TEXT) return mp_datum_same(&pair->key, &key->datum);
    if (mp_datum_kind(&pair->key) != MP_LONG_TEXT) return false;
    const struct mp_string *text = mp_ptr(pair->key.word);
    return text->length == key->length && memcmp(text->bytes, key->text, key->length) == 0;
}

uint64_t *mp_pair_find(const struct mp_table *t, const struct mp_key *key)
{
    if (t->npairs == 0) return NULL;
    for (uint64_t *link = bucket_of(t, key->hash); *link; link = &mp_pair_of(*link)->next) {
        bool maybe = *link >> MP_LINK_HASH == key->hash << MP_LINK_HASH >> MP_LINK_HASH;
        if (maybe && is_key(mp_pair_of(*link), key)) return link;
        if (*link & MP_LINK_LAST) break;
    }
    return NULL;
}

// ---- growing ----

static int ensure_buckets(struct mp_table *t)
{
    if (t->nbuckets > 0) return 0;
    int err = mp_vector_room(t->buckets) ? 0 : mp_vector_grow(&t->buckets, sizeof(uint64_t));
    if (err) return err;
    TX(t->nbuckets, FIRST_BUCKETS);
    mp_commit();
    return 0;
}

static int collect(uint64_t link, uint64_t links[CHAIN_MAX])
{
    int n = 0;
    for (; link; link = link & MP_LINK_LAST ? 0 : mp_pair_of(link)->next) {
        if (n == CHAIN_MAX) return -1;
        links[n++] = link;
    }
    return n;
}

// Relinks those of the pairs that belong to one of the two halves, from the last to the first. Most are alone in theirs,
// and not even looked at.
static void tx_relink(uint64_t *bucket, const uint64_t links[], int n, uint64_t bit, bool upper)
{
    uint64_t next = 0;
    for (int i = n - 1; i >= 0; i--) {
        if (((links[i] >> MP_LINK_HASH & bit) != 0) != upper) continue;
        bool was_last = links[i] & MP_LINK_LAST;
        struct mp_pair *pair = mp_pair_of(links[i]);
        if (!(was_last && !next) && pair->next != next) TX(pair->next, next);
        next = (links[i] & ~MP_LINK_LAST) | (next ? 0 : MP_LINK_LAST);
    }
    if (*bucket != next) mp_tx(bucket, next);
}

// The pairs of a bucket are anywhere: they come while something else is done.
void mp_bucket_prefetch(const struct mp_table *t, uint64_t i)
{
    uint64_t link = i < t->nbuckets ? *mp_bucket(t, i) : 0;
    if (link) __builtin_prefetch(mp_pair_of(link));
}

// No memory for more buckets makes the chains longer, no more.
static void split_one(struct mp_table *t)
{
    uint64_t n = t->nbuckets, power = power_below(n);
    uint64_t links[CHAIN_MAX];
    if (power >> MP_LINK_HASH_BITS) return;
    if (n == mp_vector_room(t->buckets) && mp_vector_grow(&t->buckets, sizeof(uint64_t)) != 0) return;
    uint64_t *from = mp_bucket(t, n - power);
    int nlinks = collect(*from, links);
    if (nlinks < 0) return;
    tx_relink(from, links, nlinks, power, false);
    tx_relink(mp_bucket(t, n), links, nlinks, power, true);
    TX(t->nbuckets, n + 1);
    mp_commit();
}

// ---- adding and removing ----

// The bytes of a long key become a block of the pair's.
static int copy_key(struct mp_pair *pair, const struct mp_key *key, int *place)
{
    pair->key = key->datum;
    *place = -1;
    if (mp_datum_kind(&key->datum) != MP_LONG_TEXT) return 0;
    mp_ref ref;
    int err = mp_alloc(sizeof(struct mp_string) + key->length, &ref, place);
    if (err) return err;
    struct mp_string *text = mp_ptr(ref);
    text->length = key->length;
    memcpy(text->bytes, key->text, key->length);
    pair->key.word = ref;
    return 0;
}

static bool is_integer(const struct mp_datum *key)
{
    return mp_datum_kind(key) == MP_INTEGER;
}

static void tx_link(struct mp_table *t, struct mp_pair *pair, uint64_t hash, struct mp_value *value)
{
    uint64_t *bucket = bucket_of(t, hash);
    pair->next = *bucket;
    mp_tx_store(t, &pair->value, value);
    mp_tx(bucket, link_to(pair, hash));
    TX(t->npairs, t->npairs + 1);
    if (is_integer(&pair->key)) TX(t->sparse, t->sparse + 1);
}

int mp_pair_add(struct mp_table *t, const struct mp_key *key, struct mp_value *value)
{
    mp_ref ref;
    int place, key_place, err = ensure_buckets(t);
    if (!err) err = mp_alloc(sizeof(struct mp_pair), &ref, &place);
    if (err) return err;
    struct mp_pair *pair = mp_ptr(ref);
    err = copy_key(pair, key, &key_place);
    if (err) {
        mp_inflight_free(place);
        return err;
    }
    tx_link(t, pair, key->hash, value);
    mp_tx_inflight(place, 0);
    if (key_place >= 0) mp_tx_inflight(key_place, 0);
    mp_table_change(t);
    if (t->npairs > t->nbuckets) split_one(t);
    return 0;
}

// Its value is the caller's.
void mp_tx_pair_unlink(struct mp_table *t, uint64_t *link, int places[2])
{
    struct mp_pair *pair = mp_pair_of(*link);
    places[0] = mp_inflight_place();
    mp_tx_inflight(places[0], (uint64_t)MP_RAW << 32 | (uint32_t)*link);
    places[1] = -1;
    if (mp_datum_kind(&pair->key) == MP_LONG_TEXT) {
        places[1] = mp_inflight_place();
        mp_tx_inflight(places[1], (uint64_t)MP_RAW << 32 | pair->key.word);
    }
    mp_tx(link, pair->next);
    TX(t->npairs, t->npairs - 1);
    if (is_integer(&pair->key)) TX(t->sparse, t->sparse - 1);
}
