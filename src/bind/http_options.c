// What is asked for, as options of libcurl. lua/mp/http/request.lua has checked it all.
#include <math.h>
#include <string.h>

#include "bind/http.h"
#include "core/clock.h"

enum { BUFFER = 128 * 1024 };   // for reading

static void note(struct lhttp_transfer *t, CURLcode code)
{
    if (t->code == CURLE_OK) t->code = code;
}

static void set_long(struct lhttp_transfer *t, CURLoption option, long value)
{
    note(t, lcurl.easy_setopt(t->easy, option, value));
}

static void set_pointer(struct lhttp_transfer *t, CURLoption option, const void *value)
{
    note(t, lcurl.easy_setopt(t->easy, option, value));
}

// libcurl copies texts.
static bool set_field(lua_State *L, int idx, struct lhttp_transfer *t, CURLoption option, const char *field)
{
    bool there = lua_getfield(L, idx, field) == LUA_TSTRING;
    if (there) set_pointer(t, option, lua_tostring(L, -1));
    lua_pop(L, 1);
    return there;
}

static bool bool_field(lua_State *L, int idx, const char *field)
{
    lua_getfield(L, idx, field);
    bool value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}

static void set_callbacks(struct lhttp_client *c, struct lhttp_transfer *t)
{
    note(t, lcurl.easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, lhttp_on_head));
    set_pointer(t, CURLOPT_HEADERDATA, t);
    note(t, lcurl.easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, lhttp_on_body));
    set_pointer(t, CURLOPT_WRITEDATA, t);
    note(t, lcurl.easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, lhttp_open_socket));
    set_pointer(t, CURLOPT_OPENSOCKETDATA, c);
    set_pointer(t, CURLOPT_ERRORBUFFER, t->message);
    set_pointer(t, CURLOPT_PRIVATE, t);
    set_pointer(t, CURLOPT_SHARE, c->cookies);
}

// QUICK_EXIT: the end of a transfer does not wait for a name that is still looked up.
static void set_manners(struct lhttp_transfer *t)
{
    set_long(t, CURLOPT_NOSIGNAL, 1);
    set_long(t, CURLOPT_QUICK_EXIT, 1);
    set_long(t, CURLOPT_BUFFERSIZE, BUFFER);
    set_long(t, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
    set_pointer(t, CURLOPT_ACCEPT_ENCODING, "");
    set_pointer(t, CURLOPT_COOKIEFILE, "");
    set_pointer(t, CURLOPT_USERAGENT, "mplua/" MPLUA_VERSION);
}

static void set_lines(lua_State *L, int idx, struct lhttp_transfer *t)
{
    lua_getfield(L, idx, "lines");
    lua_Integer n = luaL_len(L, -1);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, -1, i);
        struct curl_slist *longer = lcurl.slist_append(t->lines, lua_tostring(L, -1));
        lua_pop(L, 1);
        if (!longer) note(t, CURLE_OUT_OF_MEMORY);
        if (longer) t->lines = longer;
    }
    lua_pop(L, 1);
    set_pointer(t, CURLOPT_HTTPHEADER, t->lines);
}

static void set_method(lua_State *L, int idx, struct lhttp_transfer *t)
{
    size_t size = 0;
    lua_getfield(L, idx, "body");
    lua_getfield(L, idx, "method");
    const char *body = lua_tolstring(L, -2, &size), *method = lua_tostring(L, -1);
    if (body) {
        note(t, lcurl.easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size));
        set_pointer(t, CURLOPT_COPYPOSTFIELDS, body);
    }
    if (strcmp(method, "HEAD") == 0)
        set_long(t, CURLOPT_NOBODY, 1);
    else if (body || strcmp(method, "GET") != 0)
        set_pointer(t, CURLOPT_CUSTOMREQUEST, method);
    lua_pop(L, 2);
}

static void set_trust(lua_State *L, int idx, struct lhttp_transfer *t)
{
    bool verify = lua_getfield(L, idx, "verify") == LUA_TNIL || lua_toboolean(L, -1);
    lua_pop(L, 1);
    set_long(t, CURLOPT_SSL_VERIFYPEER, verify);
    set_long(t, CURLOPT_SSL_VERIFYHOST, verify ? 2 : 0);
    if (set_field(L, idx, t, CURLOPT_CAINFO, "ca_file")) set_pointer(t, CURLOPT_CAPATH, NULL);   // it alone
}

// Absent, or more than there are: infinite.
static int64_t ns_field(lua_State *L, int idx, const char *field)
{
    double seconds = lua_getfield(L, idx, field) == LUA_TNUMBER ? lua_tonumber(L, -1) : INFINITY;
    lua_pop(L, 1);
    return seconds > 9e8 ? MP_FOREVER : (int64_t)(seconds * 1e9);
}

static void set_times(lua_State *L, int idx, struct lhttp_transfer *t)
{
    int64_t whole = ns_field(L, idx, "timeout"), connect = ns_field(L, idx, "connect_timeout");
    int64_t day_ms = INT64_C(24) * 3600 * 1000, ms = connect / 1000000;
    t->began = t->seen = mp_now();
    t->deadline = whole == MP_FOREVER ? MP_FOREVER : t->began + whole;
    t->connect_ms = (long)(ms < 1 ? 1 : ms < day_ms ? ms : day_ms);
    set_long(t, CURLOPT_CONNECTTIMEOUT_MS, t->connect_ms);
}

static uint64_t size_field(lua_State *L, int idx, const char *field, uint64_t absent)
{
    bool there = lua_getfield(L, idx, field) == LUA_TNUMBER;
    double size = lua_tonumber(L, -1);
    lua_pop(L, 1);
    if (!there) return absent;
    return size < 1e18 ? (uint64_t)size : UINT64_MAX;
}

bool lhttp_set_options(lua_State *L, int idx, struct lhttp_client *c, struct lhttp_transfer *t)
{
    set_callbacks(c, t);
    set_manners(t);
    set_field(L, idx, t, CURLOPT_PROTOCOLS_STR, "scheme");   // nothing else, whatever libcurl takes the URL for
    set_field(L, idx, t, CURLOPT_URL, "url");
    set_field(L, idx, t, CURLOPT_USERNAME, "user");
    set_field(L, idx, t, CURLOPT_PASSWORD, "password");
    set_lines(L, idx, t);
    set_method(L, idx, t);
    set_trust(L, idx, t);
    set_long(t, CURLOPT_FORBID_REUSE, bool_field(L, idx, "fresh"));
    set_times(L, idx, t);
    t->most = size_field(L, idx, "max_size", LHTTP_IN_MEMORY);
    t->most_in_file = size_field(L, idx, "max_size", UINT64_MAX);
    return t->code == CURLE_OK;
}
