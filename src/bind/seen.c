// What a message has already: addresses and where they were written.
#include "bind/codec_state.h"

#include <stdlib.h>

// Memory that Lua does not count, or else it would collect garbage because of it, but would free after an error.
static int free_box(lua_State *L)
{
    void **box = lua_touserdata(L, 1);
    free(*box);
    *box = NULL;
    return 0;
}

static void **new_box(lua_State *L)
{
    void **box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = NULL;
    if (luaL_newmetatable(L, "lmp.box")) {
        lua_pushcfunction(L, free_box);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return box;
}

void *lmp_codec_grow(lua_State *L, int slot, size_t size)
{
    void **box = lua_touserdata(L, slot);
    if (!box) {
        box = new_box(L);
        lua_replace(L, slot);
    }
    void *p = realloc(*box, size);
    if (!p) luaL_error(L, "not enough memory");
    *box = p;
    return p;
}

void lmp_codec_free(lua_State *L, int slot)
{
    void **box = lua_touserdata(L, slot);
    if (!box) return;
    free(*box);
    *box = NULL;
}

// Where the search for an address begins.
static uint32_t bucket(const struct lmp_encoder *e, const void *what)
{
    uint64_t h = (uint64_t)(uintptr_t)what * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(h >> (64 - e->logbuckets));
}

static uint32_t next_bucket(const struct lmp_encoder *e, uint32_t i)
{
    return (i + 1) & ((UINT32_C(1) << e->logbuckets) - 1);
}

static struct lmp_seen *find_hashed(const struct lmp_encoder *e, const void *what)
{
    for (uint32_t i = bucket(e, what); e->index[i]; i = next_bucket(e, i)) {
        struct lmp_seen *s = &e->seen[e->index[i] - 1];
        if (s->what == what) return s;
    }
    return NULL;
}

struct lmp_seen *lmp_enc_find(struct lmp_encoder *e, const void *what)
{
    if (e->index) return find_hashed(e, what);
    for (uint32_t i = 0; i < e->nseen; i++) {
        if (e->seen[i].what == what) return &e->seen[i];
    }
    return NULL;
}

static void hash(struct lmp_encoder *e, uint32_t position)
{
    uint32_t i = bucket(e, e->seen[position].what);
    while (e->index[i]) i = next_bucket(e, i);
    e->index[i] = position + 1;
}

// There are twice as many buckets as there is room for.
static void grow(struct lmp_encoder *e)
{
    if (e->seencap > UINT32_MAX / 8) luaL_error(e->L, "too many values in a message");
    bool few = e->seen == e->few;
    e->seencap *= 4;
    e->logbuckets = 33 - __builtin_clz(e->seencap - 1);
    e->seen = lmp_codec_grow(e->L, e->base + LMP_SLOT_SEEN, e->seencap * sizeof *e->seen);
    if (few) memcpy(e->seen, e->few, sizeof e->few);
    size_t size = sizeof *e->index << e->logbuckets;
    e->index = lmp_codec_grow(e->L, e->base + LMP_SLOT_INDEX, size);
    memset(e->index, 0, size);
    for (uint32_t i = 0; i < e->nseen; i++) hash(e, i);
}

// The value stays alive until the end, so that nothing else can have its address.
static void keep(struct lmp_encoder *e, int idx, uint32_t position)
{
    lua_State *L = e->L;
    int kept = e->base + LMP_SLOT_KEPT;
    if (position < LMP_FEW) {
        lua_copy(L, idx, e->base + LMP_SLOT_FEW + (int)position);
        return;
    }
    if (lua_isnil(L, kept)) {
        lua_newtable(L);
        lua_replace(L, kept);
    }
    lua_pushvalue(L, idx);
    lua_rawseti(L, kept, position);
}

void lmp_enc_add(struct lmp_encoder *e, int idx, const void *what, int upvalue, uint64_t at)
{
    if (e->nseen == e->seencap) grow(e);
    uint32_t position = e->nseen++;
    e->seen[position] = (struct lmp_seen){.what = what, .at = at, .upvalue = (uint8_t)upvalue};
    if (e->index) hash(e, position);
    if (idx) keep(e, idx, position);
}

void lmp_enc_push(struct lmp_encoder *e, uint32_t position)
{
    if (position < LMP_FEW)
        lua_pushvalue(e->L, e->base + LMP_SLOT_FEW + (int)position);
    else
        lua_rawgeti(e->L, e->base + LMP_SLOT_KEPT, position);
}

// The last ones in are the first out, so no search goes through an emptied bucket.
void lmp_enc_forget(struct lmp_encoder *e, uint32_t from)
{
    while (e->nseen > from) {
        e->nseen--;
        if (!e->index) continue;
        uint32_t i = bucket(e, e->seen[e->nseen].what);
        while (e->index[i] != e->nseen + 1) i = next_bucket(e, i);
        e->index[i] = 0;
    }
}

// An extra that is meant from outside has to be read even by who could do without it.
static void mark_unit(struct lmp_encoder *e, uint64_t at)
{
    if (e->nunits == 0 || at < e->units[0]) return;
    for (uint32_t i = e->nunits; i-- > 0;) {
        if (e->units[i] > at) continue;
        if (i + 1 < e->nunits || !e->in_unit) e->b->data[e->units[i]] = 1;
        return;
    }
}

bool lmp_enc_again(struct lmp_encoder *e, const struct lmp_seen *s)
{
    uint64_t at = s->at;
    e->b->data[at] |= LMP_SHARED;
    mark_unit(e, at);
    if (lmp_codec_room(e->b, LMP_WORD_MAX)) return lmp_enc_full(e);
    int width = lmp_width(at - e->start);
    lmp_put_word(e->b->data + e->b->len, LMP_REF, at - e->start, width);
    e->b->len += 1 + (size_t)width;
    return true;
}

// Names of fields come again and again. In a list of records their numbers save a twelfth of the time on
// both sides and a quarter of the bytes.
enum { SHORTEST = 3 };   // shorter ones are not longer than their number

static unsigned slot_of(const char *s)
{
    return (unsigned)(((uint64_t)(uintptr_t)s * UINT64_C(0x9e3779b97f4a7c15)) >> 57);
}

_Static_assert(LMP_REPEATS == 1 << (64 - 57), "a slot's number has as many bits");

static inline bool same4(const uint8_t *a, const char *b, size_t at)
{
    uint32_t x, y;
    memcpy(&x, a + at, 4);
    memcpy(&y, b + at, 4);
    return x == y;
}

// Names of fields are compared without a call.
static inline bool equal(const uint8_t *a, const char *b, size_t len)
{
    if (len > 8) return memcmp(a, b, len) == 0;
    if (len < 4) return a[0] == (uint8_t)b[0] && a[1] == (uint8_t)b[1] && a[2] == (uint8_t)b[2];
    return same4(a, b, 0) && same4(a, b, len - 4);
}

// The same address is not enough: the string that had it may have been collected.
static inline bool is_at(const struct lmp_encoder *e, const struct lmp_repeat *r, const char *s, size_t len)
{
    if (r->s != s) return false;
    const uint8_t *p = e->b->data + r->at;
    return *p == LMP_SHORT + len && equal(p + 1, s, len);
}

static void begin_repeats(struct lmp_encoder *e)
{
    memset(e->repeats, 0, sizeof e->repeats);
    e->knows_repeats = true;
}

bool lmp_enc_field(struct lmp_encoder *e, const char *s, size_t len)
{
    if (len < SHORTEST) return lmp_enc_bytes(e, s, len);
    if (lmp_codec_room(e->b, 3 + LMP_SHORT_MAX)) return lmp_enc_full(e);
    if (!e->knows_repeats) begin_repeats(e);
    unsigned slot = slot_of(s);
    struct lmp_repeat *r = &e->repeats[slot];
    bool again = is_at(e, r, s, len);
    uint8_t *p = e->b->data + e->b->len;
    if (again) {
        *p++ = r->numbered ? LMP_AGAIN : LMP_AGAIN_LATER;
        *p++ = (uint8_t)slot;
    }
    if (!again || !r->numbered) {
        *r = (struct lmp_repeat){.s = s, .at = (uint64_t)(p - e->b->data), .numbered = again};
        *p++ = (uint8_t)(LMP_SHORT + len);
        memcpy(p, s, len);
        p += len;
    }
    e->b->len = (size_t)(p - e->b->data);
    return true;
}
