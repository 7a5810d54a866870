// Lua functions: their code, their upvalues, and the globals they name.
#include "bind/bytecode.h"
#include "bind/codec_state.h"

static int write_code(lua_State *L, const void *bytes, size_t len, void *arg)
{
    (void)L;
    struct lmp_encoder *e = arg;
    if (lmp_codec_room(e->b, len)) return 1;
    memcpy(e->b->data + e->b->len, bytes, len);
    e->b->len += len;
    return 0;
}

// Has every state this as that global?
static bool is_standard(struct lmp_encoder *e, int idx, const char *name, size_t len)
{
    static const char base[] = "S" LUA_GNAME;
    size_t have, skip;
    if (!lmp_enc_has_name(e, idx)) return false;
    const char *path = lua_tolstring(e->L, -1, &have);
    skip = have > sizeof base && memcmp(path, base, sizeof base) == 0 ? sizeof base : 1;
    bool same = path[0] == 'S' && have - skip == len && memcmp(path + skip, name, len) == 0;
    lua_pop(e->L, 1);
    return same;
}

// A global's name that goes with the message unless it is empty or every state has it.
static void visit_global(void *arg, const char *name, size_t len)
{
    struct lmp_encoder *e = arg;
    lua_State *L = e->L;
    int extras = lmp_enc_extras_list(e), string = lua_gettop(L) + 1;
    lua_pushlstring(L, name, len);
    lua_pushvalue(L, string);
    bool known = lua_rawget(L, extras) != LUA_TNIL;
    lua_pushglobaltable(L);
    lua_pushvalue(L, string);
    if (!known && lua_rawget(L, -2) != LUA_TNIL && !is_standard(e, lua_gettop(L), name, len)) {
        lua_pushvalue(L, string);
        lua_pushboolean(L, true);
        lua_rawset(L, extras);
        lua_pushvalue(L, string);
        lua_rawseti(L, extras, ++e->nextras);
    }
    lua_settop(L, string - 1);
}

// A function's environment that cannot travel but gives it the globals, as test runners make it.
static bool is_like_globals(lua_State *L, int idx, const char *name)
{
    if (strcmp(name, "_ENV") != 0 || !lua_istable(L, idx) || !lua_getmetatable(L, idx)) return false;
    lmp_push_classes(L);
    lua_insert(L, -2);
    bool registered = lua_rawget(L, -2) != LUA_TNIL;
    lua_pop(L, 2);
    return !registered;
}

static bool is_globals(lua_State *L, int idx)
{
    lua_pushglobaltable(L);
    bool is = lua_rawequal(L, -1, idx);
    lua_pop(L, 1);
    return is;
}

static bool find_env(lua_State *L, int idx, bool env[LMP_UPVALUES])
{
    bool any = false;
    const char *name;
    for (int i = 1; (name = lua_getupvalue(L, idx, i)); i++) {
        int value = lua_gettop(L);
        env[i - 1] = is_globals(L, value) || is_like_globals(L, value, name);
        any |= env[i - 1];
        lua_pop(L, 1);
    }
    return any;
}

bool lmp_enc_code(struct lmp_encoder *e, int idx)
{
    lua_State *L = e->L;
    bool env[LMP_UPVALUES] = {0};
    size_t at = e->b->len;
    if (lmp_codec_room(e->b, 4)) return lmp_enc_full(e);
    e->b->len += 4;
    lua_pushvalue(L, idx);
    int err = lua_dump(L, write_code, e, 0);
    lua_pop(L, 1);
    if (err) return lmp_enc_full(e);
    size_t len = e->b->len - at - 4;
    if (len > UINT32_MAX) return lmp_enc_fail(e, "a function that is too long");
    uint32_t word = (uint32_t)len;
    memcpy(e->b->data + at, &word, 4);
    if (find_env(L, idx, env)) lmp_bytecode_globals(e->b->data + at + 4, len, env, visit_global, e);
    return true;
}

static bool put_upvalue(struct lmp_encoder *e, int idx, int i, uint64_t at, int depth)
{
    lua_State *L = e->L;
    const void *id = lua_upvalueid(L, idx, i);
    const struct lmp_seen *s = lmp_enc_find(e, id);
    if (s) return lmp_enc_byte(e, LMP_JOINED) && lmp_enc_byte(e, s->upvalue) && lmp_enc_again(e, s);
    lmp_enc_add(e, 0, id, i, at);
    const char *name = lua_getupvalue(L, idx, i);
    int value = lua_gettop(L);
    if (is_like_globals(L, value, name)) {
        lua_pushglobaltable(L);
        lua_replace(L, value);
    }
    bool ok = lmp_enc_value(e, value, depth + 1);
    if (!ok) lmp_enc_path(e, ".(upvalue '%s')", name);
    lua_pop(L, 1);
    return ok;
}

static int count_upvalues(lua_State *L, int idx)
{
    int n = 0;
    while (lua_upvalueid(L, idx, n + 1)) n++;
    return n;
}

bool lmp_enc_upvalues(struct lmp_encoder *e, int idx, int depth)
{
    int n = count_upvalues(e->L, idx);
    uint64_t at = lmp_enc_find(e, lua_topointer(e->L, idx))->at;
    if (!lmp_enc_byte(e, n)) return false;
    for (int i = 1; i <= n; i++) {
        if (!put_upvalue(e, idx, i, at, depth)) return false;
    }
    return true;
}

static void join(struct lmp_decoder *d, int f, int i)
{
    lua_State *L = d->L;
    int j = lmp_dec_byte(d);
    lmp_dec_ref(d);
    if (!lua_isfunction(L, -1) || lua_iscfunction(L, -1) || !lua_upvalueid(L, -1, j)) lmp_dec_bad(d);
    lua_upvaluejoin(L, f, i, -1, j);
    lua_pop(L, 1);
}

void lmp_dec_upvalues(struct lmp_decoder *d, int f, int depth)
{
    int n = lmp_dec_byte(d);
    for (int i = 1; i <= n; i++) {
        if (!lua_upvalueid(d->L, f, i)) lmp_dec_bad(d);
        if (d->p < d->end && *d->p == LMP_JOINED) {
            d->p++;
            join(d, f, i);
        } else {
            lmp_dec_value(d, depth + 1);
            lua_setupvalue(d->L, f, i);
        }
    }
}

void lmp_dec_function(struct lmp_decoder *d, int tag, uint64_t at, int depth)
{
    lua_State *L = d->L;
    uint32_t len, n = lmp_dec_reserve(d, tag, at);
    memcpy(&len, lmp_dec_bytes(d, sizeof len), sizeof len);
    const uint8_t *code = lmp_dec_bytes(d, len);
    if (!(d->may & LMP_CODE)) lmp_error(L, "functions are not accepted here");
    if (luaL_loadbufferx(L, (const char *)code, len, "=received", "b") != LUA_OK) lua_error(L);
    int f = lua_gettop(L);
    lmp_dec_share(d, n, f);
    if (tag & LMP_LATER)
        lmp_dec_put_off(d, f);
    else
        lmp_dec_upvalues(d, f, depth);
}
