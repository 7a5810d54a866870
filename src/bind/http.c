// The C part of mp.http: sessions, and single transfers in them. What users call is in lua/mp/http.lua.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bind/classes.h"
#include "bind/http.h"
#include "core/clock.h"
#include "core/output.h"

static void raise(lua_State *L, const char *why)
{
    lmp_place(L);
    lua_pushstring(L, why);
    lua_concat(L, 2);
    lua_error(L);
}

static struct lhttp_client *checkopen(lua_State *L)
{
    struct lhttp_client *c = lmp_check(L);
    if (c->closed) raise(L, "the session is closed");
    lcurl_load(L);
    if (!lhttp_client_open(c)) luaL_error(L, "not enough memory");
    return c;
}

// session() -> session, whose user value is the table at 1
static int http_session(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    struct lhttp_client *c = lua_newuserdatauv(L, sizeof *c, 1);
    lhttp_client_init(c);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    lmp_setclass(L, "session");
    return 1;
}

// state(session) -> the table that session() was given, a number that a new process has another of
static int http_state(lua_State *L)
{
    const struct lhttp_client *c = lmp_check(L);
    if (c->closed) raise(L, "the session is closed");
    lua_getiuservalue(L, 1, 1);
    lua_pushinteger(L, lhttp_generation());
    return 2;
}

// closed(session) -> boolean
static int http_closed(lua_State *L)
{
    const struct lhttp_client *c = lmp_check(L);
    lua_pushboolean(L, c->closed);
    return 1;
}

static int http_close(lua_State *L)
{
    lhttp_client_close(lmp_check(L));
    return 0;
}

static struct lhttp_transfer *new_transfer(lua_State *L, struct lhttp_client *c)
{
    struct lhttp_transfer *t = calloc(1, sizeof *t);
    if (!t) return luaL_error(L, "not enough memory"), NULL;
    t->next = c->transfers;
    t->fd = -1;
    t->id = ++c->last_id;
    c->transfers = t;
    t->easy = lcurl.easy_init();
    if (!t->easy) t->code = CURLE_OUT_OF_MEMORY;
    return t;
}

static const char *begin(lua_State *L, struct lhttp_client *c, struct lhttp_transfer *t)
{
    const char *path = lua_getfield(L, 2, "to_file") == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    const char *why = path ? lhttp_open_part(t, path) : NULL;
    if (why) return lua_pushfstring(L, "cannot write '%s': %s", path, why);
    if (t->easy && lhttp_set_options(L, 2, c, t) && lhttp_add(c, t) != CURLM_OK) t->code = CURLE_FAILED_INIT;
    return t->code == CURLE_OK ? NULL : lcurl.easy_strerror(t->code);
}

// start(session, request) -> the number of its transfer
static int http_start(lua_State *L)
{
    struct lhttp_client *c = checkopen(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    struct lhttp_transfer *t = new_transfer(L, c);
    const char *why = begin(L, c, t);
    lua_pushinteger(L, t->id);
    if (!why) return 1;
    lhttp_drop(c, t);
    raise(L, why);
    return 0;
}

// wait(session, [until]) -> number, answer | nothing when mp.time() is `until`
static int http_wait(lua_State *L)
{
    struct lhttp_client *c = checkopen(L);
    struct lhttp_transfer *t = NULL;
    int64_t until = lua_isnoneornil(L, 2) ? MP_FOREVER : (int64_t)(luaL_checknumber(L, 2) * 1e9);
    mp_output_settle();
    int err = lhttp_wait(c, until, &t);
    if (err == EINTR) return lmp_interrupt(L);
    if (err) raise(L, "libcurl fails");
    if (!t) return 0;
    lua_pushinteger(L, t->id);
    lhttp_push_answer(L, t);
    lhttp_drop(c, t);
    return 2;
}

// drop(session, number): ends the transfer, if there still is one
static int http_drop(lua_State *L)
{
    struct lhttp_client *c = lmp_check(L);
    lua_Integer id = luaL_checkinteger(L, 2);
    if (c->closed || !lhttp_client_open(c)) return 0;
    struct lhttp_transfer *t = c->transfers;
    while (t && t->id != id) t = t->next;
    if (t) lhttp_drop(c, t);
    return 0;
}

// forget_cookies(session)
static int http_forget_cookies(lua_State *L)
{
    struct lhttp_client *c = checkopen(L);
    CURL *easy = lcurl.easy_init();
    if (!easy) return luaL_error(L, "not enough memory");
    lcurl.easy_setopt(easy, CURLOPT_SHARE, c->cookies);
    lcurl.easy_setopt(easy, CURLOPT_COOKIELIST, "ALL");
    lcurl.easy_cleanup(easy);
    return 0;
}

static void push_part(lua_State *L, CURLU *url, CURLUPart part, unsigned flags)
{
    char *text = NULL;
    lcurl.url_get(url, part, &text, flags);
    lua_pushstring(L, text ? text : "");
    lcurl.free(text);
}

// parse(url) -> scheme, host, port | nil, message
static int http_parse(lua_State *L)
{
    const char *text = luaL_checkstring(L, 1);
    lcurl_load(L);
    CURLU *url = lcurl.url();
    if (!url) return luaL_error(L, "not enough memory");
    CURLUcode err = lcurl.url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
    if (err) {
        lua_pushnil(L);
        lua_pushstring(L, lcurl.url_strerror(err));
    } else {
        push_part(L, url, CURLUPART_SCHEME, 0);
        push_part(L, url, CURLUPART_HOST, 0);
        push_part(L, url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    }
    lcurl.url_cleanup(url);
    return err ? 2 : 3;
}

// date(text) -> seconds as os.time() tells them | nil
static int http_date(lua_State *L)
{
    lcurl_load(L);
    time_t t = lcurl.getdate(luaL_checkstring(L, 1), NULL);
    if (t == -1) return 0;
    lua_pushinteger(L, (lua_Integer)t);
    return 1;
}

// methods(table): those of sessions, which are written in Lua
static int http_methods(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_getfield(L, lua_upvalueindex(1), "__index");
    lua_getupvalue(L, 2, 1);
    for (lua_pushnil(L); lua_next(L, 1);) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, 3);
    }
    return 0;
}

static const luaL_Reg functions[] = {{"session", http_session},
                                     {"state", http_state},
                                     {"closed", http_closed},
                                     {"start", http_start},
                                     {"wait", http_wait},
                                     {"drop", http_drop},
                                     {"forget_cookies", http_forget_cookies},
                                     {"parse", http_parse},
                                     {"date", http_date},
                                     {"raise", lmp_core_raise},
                                     {"unknown", lmp_core_unknown},
                                     {"methods", http_methods},
                                     {NULL, NULL}};
static const luaL_Reg methods[] = {{"close", http_close}, {NULL, NULL}};
static const luaL_Reg meta[] = {{"__close", http_close}, {"__gc", http_close}, {NULL, NULL}};

const struct lmp_class lhttp_session_class = {.name = "session", .methods = methods, .meta = meta};

// Of sessions: with it as upvalue a function can use lmp_check.
static void push_metatable(lua_State *L)
{
    struct lhttp_client *c = lua_newuserdatauv(L, sizeof *c, 1);
    c->closed = true;
    lmp_setclass(L, "session");
    lua_getmetatable(L, -1);
    lua_remove(L, -2);
}

int lhttp_open(lua_State *L)
{
    luaL_newlibtable(L, functions);
    push_metatable(L);
    luaL_setfuncs(L, functions, 1);
    return 1;
}
