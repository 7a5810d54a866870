// Why a value cannot travel, and where it is: the path is built from its end while the encoder returns.
#include "bind/codec_state.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

enum { PART_MAX = 80 };

bool lmp_enc_fail(struct lmp_encoder *e, const char *why)
{
    e->why = why;
    e->path_at = sizeof e->path;
    e->path_cut = false;
    return false;
}

bool lmp_enc_full(struct lmp_encoder *e)
{
    return lmp_enc_fail(e, NULL);
}

// Its metatable is on the top. The class may say why in its own words, which live as long as that.
bool lmp_enc_fail_table(struct lmp_encoder *e)
{
    lua_State *L = e->L;
    lua_pushliteral(L, "__mp_stays");
    const char *why = lua_rawget(L, -2) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    lua_pop(L, 1);
    return lmp_enc_fail(e, why ? why : "a table with an unregistered metatable (see mp.register)");
}

// When the key itself is what cannot travel, the path ends at its table.
bool lmp_enc_fail_key(struct lmp_encoder *e)
{
    if (!e->why) return false;
    if (e->path_at < sizeof e->path) {
        lmp_enc_path(e, ".(key)");
        return false;
    }
    char why[sizeof e->reason];
    snprintf(why, sizeof why, "%s", e->why);
    snprintf(e->reason, sizeof e->reason, "a key that is %.100s", why);
    return lmp_enc_fail(e, e->reason);
}

bool lmp_enc_fail_userdata(struct lmp_encoder *e, int idx)
{
    lua_State *L = e->L;
    if (luaL_testudata(L, idx, LUA_FILEHANDLE)) return lmp_enc_fail(e, "a file");
    if (luaL_getmetafield(L, idx, "__name") != LUA_TSTRING) return lmp_enc_fail(e, "a userdata without __mp_pack");
    snprintf(e->reason, sizeof e->reason, "a userdata '%.60s' without __mp_pack", lua_tostring(L, -1));
    return lmp_enc_fail(e, e->reason);
}

// There is always room left for the dots.
static void prepend(struct lmp_encoder *e, const char *part, size_t len)
{
    static const char dots[] = "[...]";
    if (e->path_cut) return;
    if (len + sizeof dots > e->path_at) {
        e->path_cut = true;
        part = dots;
        len = sizeof dots - 1;
    }
    e->path_at -= len;
    memcpy(e->path + e->path_at, part, len);
}

void lmp_enc_path(struct lmp_encoder *e, const char *format, ...)
{
    char part[PART_MAX];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(part, sizeof part, format, args);
    va_end(args);
    if (len >= PART_MAX) {
        memcpy(part + PART_MAX - 5, "...]", 5);
        len = PART_MAX - 1;
    }
    prepend(e, part, (size_t)len);
}

static bool is_identifier(const char *s, size_t len)
{
    if (len == 0 || len > PART_MAX - 2 || isdigit((unsigned char)s[0])) return false;
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)s[i]) && s[i] != '_') return false;
    }
    return true;
}

static void path_string(struct lmp_encoder *e, const char *s, size_t len)
{
    char text[PART_MAX];
    size_t shown = len < 60 ? len : 60;
    for (size_t i = 0; i < shown; i++) text[i] = iscntrl((unsigned char)s[i]) ? '?' : s[i];
    lmp_enc_path(e, "[\"%.*s%s\"]", (int)shown, text, shown < len ? "..." : "");
}

void lmp_enc_path_key(struct lmp_encoder *e, int idx)
{
    lua_State *L = e->L;
    size_t len;
    const char *s = lua_type(L, idx) == LUA_TSTRING ? lua_tolstring(L, idx, &len) : NULL;
    if (s && is_identifier(s, len))
        lmp_enc_path(e, ".%s", s);
    else if (s)
        path_string(e, s, len);
    else if (lua_isinteger(L, idx))
        lmp_enc_path(e, "[" LUA_INTEGER_FMT "]", lua_tointeger(L, idx));
    else if (lua_isnumber(L, idx))
        lmp_enc_path(e, "[" LUA_NUMBER_FMT "]", lua_tonumber(L, idx));
    else if (lua_isboolean(L, idx))
        lmp_enc_path(e, lua_toboolean(L, idx) ? "[true]" : "[false]");
    else
        lmp_enc_path(e, "[%s]", luaL_typename(L, idx));
}

// "argument %d" -> "argument 2"; "the function|argument %d" -> "the function" for the first value
static void push_what(lua_State *L, const char *what, int number)
{
    const char *rest = strchr(what, '|');
    if (rest && number == 1) {
        lua_pushlstring(L, what, (size_t)(rest - what));
        return;
    }
    if (rest) what = rest + 1, number--;
    const char *place = strstr(what, "%d");
    if (!place) {
        lua_pushstring(L, what);
        return;
    }
    lua_pushlstring(L, what, (size_t)(place - what));
    lua_pushinteger(L, number);
    lua_pushstring(L, place + 2);
    lua_concat(L, 3);
}

int lmp_enc_raise(struct lmp_encoder *e, const char *what, int number)
{
    lua_State *L = e->L;
    if (!e->why) return lmp_arena_full(L);
    luaL_where(L, 1);
    push_what(L, what, number);
    lua_pushlstring(L, e->path + e->path_at, sizeof e->path - e->path_at);
    lua_pushfstring(L, "%scannot send %s%s: %s", lua_tostring(L, -3), lua_tostring(L, -2), lua_tostring(L, -1), e->why);
    return lua_error(L);
}
