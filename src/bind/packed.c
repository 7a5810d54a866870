// Userdata: the library's objects, which travel by reference, and foreign ones, which __mp_pack turns into
// other values.
#include "bind/codec_state.h"
#include "bind/hold.h"

static bool put_object(struct lmp_encoder *e, struct mp_obj *obj)
{
    const struct lmp_seen *s = lmp_enc_find(e, obj);
    uint32_t index = s ? (uint32_t)s->at : 0;
    if (!s) {
        if (mp_build_ref(e->b, obj, &index)) return lmp_enc_full(e);
        lmp_enc_add(e, 0, obj, 0, index);
    }
    return lmp_enc_byte(e, LMP_OBJECT) && lmp_enc_size(e, index);
}

// Notes that __mp_pack is to be called before the next round.
static void want(struct lmp_encoder *e, int idx)
{
    lua_State *L = e->L;
    int packed = e->base + LMP_SLOT_PACKED;
    lua_pushvalue(L, idx);
    lua_pushinteger(L, ++e->nwanted);
    lua_rawset(L, packed);
    lua_pushvalue(L, idx);
    lua_rawseti(L, packed, -(lua_Integer)e->nwanted);
}

// Pushes what __mp_pack gave; false: it has not been called yet.
static bool push_packed(struct lmp_encoder *e, int idx)
{
    lua_State *L = e->L;
    int packed = e->base + LMP_SLOT_PACKED;
    if (lua_isnil(L, packed)) {
        lua_newtable(L);
        lua_replace(L, packed);
    }
    lua_pushvalue(L, idx);
    if (lua_rawget(L, packed) == LUA_TNIL) want(e, idx);
    lua_Integer n = lua_tointeger(L, -1);
    if (n == 0 || n > e->npacked) return false;
    lua_rawgeti(L, packed, n);
    return true;
}

static bool put_packed(struct lmp_encoder *e, int idx, int depth)
{
    lua_State *L = e->L;
    if (!push_packed(e, idx)) return lmp_enc_byte(e, LMP_NIL);
    int value = lua_gettop(L);
    uint32_t position = e->nseen;
    lmp_enc_add(e, idx, lua_topointer(L, idx), 1, e->b->len);   // 1 while it cannot be meant again
    if (!lmp_enc_byte(e, LMP_PACKED)) return false;
    if (luaL_getmetafield(L, idx, "__mp_unpack") != LUA_TFUNCTION)
        return lmp_enc_fail(e, "a userdata with __mp_pack but no function __mp_unpack");
    if (!lmp_enc_unit(e, value + 1, depth + 1) || !lmp_enc_unit(e, value, depth + 1)) {
        lmp_enc_path(e, ".(packed)");
        return false;
    }
    e->seen[position].upvalue = 0;
    return true;
}

static bool put_foreign(struct lmp_encoder *e, int idx, int depth)
{
    lua_State *L = e->L;
    const struct lmp_seen *s = lmp_enc_find(e, lua_topointer(L, idx));
    if (s && s->upvalue) return lmp_enc_fail(e, "a userdata that is in what its own __mp_pack returned");
    if (s) return lmp_enc_again(e, s);
    if (lmp_enc_has_name(e, idx)) return lmp_enc_name(e, idx);
    if (luaL_getmetafield(L, idx, "__mp_pack") == LUA_TNIL) return lmp_enc_fail_userdata(e, idx);
    if (depth >= LMP_PACK_DEPTH) return lmp_enc_fail(e, "userdata packed too deep in each other");
    return put_packed(e, idx, depth);
}

bool lmp_enc_userdata(struct lmp_encoder *e, int idx, int depth)
{
    struct mp_obj *obj = lmp_toobj(e->L, idx);
    if (obj) return put_object(e, obj);
    int top = lua_gettop(e->L);
    bool ok = put_foreign(e, idx, depth);
    lua_settop(e->L, top);
    return ok;
}

void lmp_enc_call_packers(struct lmp_encoder *e)
{
    lua_State *L = e->L;
    int packed = e->base + LMP_SLOT_PACKED;
    while (e->npacked < e->nwanted) {
        lua_Integer n = e->npacked + 1;
        lua_rawgeti(L, packed, -n);
        luaL_getmetafield(L, -1, "__mp_pack");
        lua_insert(L, -2);
        lmp_call_lifted(L, 1, 1);
        lua_rawseti(L, packed, n);
        e->npacked++;
    }
}

void lmp_dec_object(struct lmp_decoder *d)
{
    uint64_t n = lmp_dec_size(d);
    if (n >= d->msg->nrefs) lmp_dec_bad(d);
    lmp_pushobj(d->L, mp_ptr(d->msg->refs[n]));
}

void lmp_dec_packed(struct lmp_decoder *d, int tag, uint64_t at, int depth)
{
    lua_State *L = d->L;
    uint32_t n = lmp_dec_reserve(d, tag, at);
    lmp_dec_unit(d, depth + 1);
    lmp_dec_unit(d, depth + 1);
    if (!lua_isfunction(L, -2) || !(d->may & LMP_CALLS)) lmp_dec_bad(d);
    lmp_call_lifted(L, 1, 1);
    lmp_dec_share(d, n, lua_gettop(L));
}
