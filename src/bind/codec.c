// Whole messages.
#include "bind/codec.h"
#include "bind/codec_state.h"
#include "core/slot.h"

int lmp_codec_more_room(struct mp_build *b, size_t more)
{
    mp_enter(MP_OP_OBJECT);
    int err = mp_build_grow(b, more);
    mp_leave();
    return err;
}

static bool put_body(struct lmp_encoder *e, uint32_t position, int depth)
{
    lua_State *L = e->L;
    lmp_enc_push(e, position);
    int idx = lua_gettop(L);
    bool ok = lua_istable(L, idx) ? lmp_enc_items(e, idx, depth) : lmp_enc_upvalues(e, idx, depth);
    if (!ok) lmp_enc_path(e, "[...]");
    lua_settop(L, idx - 1);
    return ok;
}

bool lmp_enc_bodies(struct lmp_encoder *e, uint32_t from, int depth)
{
    for (uint32_t i = from; i < e->nlater; i++) {
        if (!put_body(e, e->later[i], depth)) return false;
    }
    e->nlater = from;
    return true;
}

bool lmp_enc_unit(struct lmp_encoder *e, int idx, int depth)
{
    uint32_t from = e->nlater;
    return lmp_enc_value(e, idx, depth) && (e->nlater == from || lmp_enc_bodies(e, from, depth));
}

// The large parts of it have no content yet.
static void begin(struct lmp_encoder *e, lua_State *L, struct mp_build *b)
{
    e->L = L;
    e->b = b;
    e->base = lua_gettop(L);
    e->start = b->len;
    e->npacked = e->nwanted = 0;
    e->looked_again = e->asked_arrays = false;
}

static void free_boxes(struct lmp_encoder *e)
{
    for (int slot = LMP_SLOT_SEEN; slot <= LMP_SLOT_UNITS; slot++) lmp_codec_free(e->L, e->base + slot);
}

// What was met in the last round is forgotten, but not what was packed.
static void begin_round(struct lmp_encoder *e)
{
    lua_settop(e->L, e->base + LMP_SLOT_PACKED);
    lua_settop(e->L, e->base + LMP_SLOT_FEW + LMP_FEW);
    e->seen = e->few;
    e->seencap = LMP_FEW;
    e->index = NULL;
    e->later = NULL;
    e->units = NULL;
    e->nseen = e->nlater = e->latercap = e->nunits = e->unitcap = 0;
    e->nextras = 0;
    e->in_unit = e->knows_repeats = e->knows_names = false;
}

static bool put_byte_and_size(struct lmp_encoder *e, int tag, int n)
{
    return lmp_enc_byte(e, tag) && lmp_enc_size(e, (uint64_t)n);
}

// Returns the number of the value that cannot travel, 0: all can.
static int put_graph(struct lmp_encoder *e, int first, int n)
{
    if (!put_byte_and_size(e, LMP_GRAPH, n)) return 1;
    for (int i = 0; i < n; i++) {
        if (!lmp_enc_unit(e, first + i, 0)) return i + 1;
    }
    return lmp_enc_extras(e) && lmp_enc_byte(e, LMP_END) ? 0 : 1;
}

// When a userdata is met that has not been packed, it is, and then all begins anew.
static int enc_graph(struct lmp_encoder *e, int first, int n)
{
    uint32_t nrefs = e->b->nrefs;
    for (;;) {
        begin_round(e);
        int bad = put_graph(e, first, n);
        if (e->index || e->later || e->units) free_boxes(e);
        if (bad || e->npacked == e->nwanted) return bad;
        lmp_enc_call_packers(e);
        e->b->len = e->start;
        e->b->nrefs = nrefs;
    }
}

void lmp_encode(lua_State *L, int first, int n, const char *what, struct mp_build *b)
{
    int top = lua_gettop(L), done = 0;
    first = lua_absindex(L, first);
    while (done < n && lmp_put_simple(L, first + done, lua_type(L, first + done), b)) done++;
    if (done == n) return;
    luaL_checkstack(L, LMP_SLOT_FEW + LMP_FEW + 16, NULL);
    struct lmp_encoder e;
    begin(&e, L, b);
    int bad = enc_graph(&e, first + done, n - done);
    if (bad) lmp_enc_raise(&e, what, done + bad);
    lua_settop(L, top);
}

// Pushes the values of the graph at d->p, below which there were the slots.
static int dec_graph(struct lmp_decoder *d)
{
    lua_State *L = d->L;
    d->start = d->p++;
    d->budget = (size_t)(d->end - d->p);
    d->nshared = d->sharedcap = d->nlater = d->ninstances = 0;
    d->offsets = NULL;
    uint64_t n = lmp_dec_size(d);
    if (n > (size_t)(d->end - d->p)) lmp_dec_bad(d);
    luaL_checkstack(L, LMP_SLOTS_END + 16, NULL);
    d->base = lua_gettop(L);
    lua_settop(L, d->base + LMP_SLOTS_END);
    for (uint64_t i = 0; i < n; i++) {
        luaL_checkstack(L, 16, "too many values in a message");
        lmp_dec_unit(d, 0);
    }
    lmp_dec_extras(d);
    if (d->offsets) lmp_codec_free(L, d->base + LMP_SLOT_OFFSETS);
    int slots = d->base + 1;
    lua_rotate(L, slots, -LMP_SLOTS_END);
    lua_settop(L, lua_gettop(L) - LMP_SLOTS_END);
    return (int)n;
}

int lmp_decode_with(lua_State *L, const struct mp_view *msg, unsigned may)
{
    struct lmp_decoder d;
    int n = 0;
    d.L = L;
    d.msg = msg;
    d.p = msg->data;
    d.end = msg->data + msg->len;
    d.may = may;
    while (d.p < d.end) {
        luaL_checkstack(L, 16, "too many values in a message");
        const uint8_t *p = lmp_get_simple(L, d.p, d.end);
        if (p) {
            d.p = p;
            n++;
        } else if (*d.p == LMP_GRAPH) {
            n += dec_graph(&d);
        } else {
            lmp_dec_bad(&d);
        }
    }
    return n;
}

int lmp_decode(lua_State *L, const struct mp_view *msg)
{
    return lmp_decode_with(L, msg, LMP_CODE | LMP_CALLS);
}
