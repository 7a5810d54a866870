// What comes back: head and body in memory, or the body in a file; and the reason when it does not.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bind/http.h"
#include "core/clock.h"

enum { HEAD_MOST = 256 * 1024 };

static bool append(struct lhttp_bytes *b, const char *data, size_t size)
{
    if (b->size + size > b->cap) {
        size_t cap = b->cap ? 2 * b->cap : 4096;
        while (cap < b->size + size) cap *= 2;
        char *grown = realloc(b->data, cap);
        if (!grown) return false;
        b->data = grown;
        b->cap = cap;
    }
    memcpy(b->data + b->size, data, size);
    b->size += size;
    return true;
}

// A size that is not the given one makes libcurl end the transfer.
static size_t too_large(struct lhttp_transfer *t, const char *what, uint64_t most)
{
    t->reason = "too_large";
    snprintf(t->why, sizeof t->why, "%s has more than %llu bytes", what, (unsigned long long)most);
    return 0;
}

size_t lhttp_on_head(char *data, size_t one, size_t size, void *transfer)
{
    struct lhttp_transfer *t = transfer;
    (void)one;
    if (size > 5 && memcmp(data, "HTTP/", 5) == 0) t->head.size = 0;   // what was before belonged to a 100
    if (t->head.size + size > HEAD_MOST) return too_large(t, "the head", HEAD_MOST);
    return append(&t->head, data, size) ? size : 0;
}

static long status_of(const struct lhttp_transfer *t)
{
    long status = 0;
    lcurl.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    return status ? status : 200;   // of a file
}

// An error page must not become the file.
static bool goes_to_file(const struct lhttp_transfer *t)
{
    long status = t->part ? status_of(t) : 0;
    return status >= 200 && status < 300;
}

static bool write_part(struct lhttp_transfer *t, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(t->fd, data, size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) t->error = errno;
        if (n < 0) return false;
        data += n;
        size -= (size_t)n;
    }
    return true;
}

size_t lhttp_on_body(char *data, size_t one, size_t size, void *transfer)
{
    struct lhttp_transfer *t = transfer;
    bool to_file = goes_to_file(t);
    uint64_t most = to_file ? t->most_in_file : t->most;
    (void)one;
    if (size > most - t->size) return too_large(t, "the body", most);
    t->size += size;
    return (to_file ? write_part(t, data, size) : append(&t->body, data, size)) ? size : 0;
}

// ---- the file ----

static int open_beside(struct lhttp_transfer *t, size_t room)
{
    unsigned n = (unsigned)mp_now();
    do {
        snprintf(t->part, room, "%s.%d-%u.part", t->path, (int)getpid(), n++);
        t->fd = open(t->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (t->fd < 0 && errno == EEXIST);
    return t->fd < 0 ? errno : 0;
}

// What is no ordinary file, such as /dev/null, must not be replaced by one.
const char *lhttp_open_part(struct lhttp_transfer *t, const char *path)
{
    struct stat st;
    size_t room = strlen(path) + 64;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) return "it is not an ordinary file";
    t->path = strdup(path);
    t->part = malloc(room);
    int err = t->path && t->part ? open_beside(t, room) : ENOMEM;
    return err ? strerror(err) : NULL;
}

void lhttp_drop_part(struct lhttp_transfer *t, bool in_child)
{
    if (t->part && t->fd >= 0) {
        close(t->fd);
        if (!in_child) unlink(t->part);
    }
    free(t->path);
    free(t->part);
    t->path = t->part = NULL;
}

static void finish_part(struct lhttp_transfer *t)
{
    int err = close(t->fd) == 0 ? 0 : errno;
    t->fd = -1;
    if (!err && rename(t->part, t->path) != 0) err = errno;
    if (err) unlink(t->part);
    t->error = err;
}

// ---- the reason ----

static const char *no_connection(const struct lhttp_transfer *t)
{
    long err = 0;
    lcurl.easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &err);
    return err == ECONNREFUSED ? "refused" : err == ETIMEDOUT ? "timeout" : "network";
}

static const char *reason_of(const struct lhttp_transfer *t)
{
    if (t->reason) return t->reason;
    switch (t->code) {
    case CURLE_OPERATION_TIMEDOUT: return "timeout";
    case CURLE_COULDNT_CONNECT: return no_connection(t);
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return "resolve";
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_SHUTDOWN_FAILED: return "tls";
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return "protocol";
    default: return "network";
    }
}

// ---- for Lua ----

static void set_text(lua_State *L, const char *field, const char *text)
{
    lua_pushstring(L, text);
    lua_setfield(L, -2, field);
}

static void set_bytes(lua_State *L, const char *field, const struct lhttp_bytes *b)
{
    lua_pushlstring(L, b->size ? b->data : "", b->size);
    lua_setfield(L, -2, field);
}

static void set_answer(lua_State *L, struct lhttp_transfer *t)
{
    char *redirect = NULL;
    bool in_file = goes_to_file(t);
    if (in_file) finish_part(t);
    lua_pushinteger(L, status_of(t));
    lua_setfield(L, -2, "status");
    set_bytes(L, "head", &t->head);
    if (!in_file) set_bytes(L, "body", &t->body);
    lcurl.easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &redirect);
    if (redirect) set_text(L, "redirect", redirect);
}

static void set_failure(lua_State *L, const struct lhttp_transfer *t)
{
    set_text(L, "reason", reason_of(t));
    set_text(L, "message", t->reason ? t->why : t->message[0] ? t->message : lcurl.easy_strerror(t->code));
}

// {active =, status =, head =, body =, redirect =} | {active =, reason =, message =}, and `lost` why a file cannot be
// written.
void lhttp_push_answer(lua_State *L, struct lhttp_transfer *t)
{
    lua_newtable(L);
    lua_pushnumber(L, (lua_Number)(mp_now() - t->began - t->paused) / 1e9);
    lua_setfield(L, -2, "active");
    if (t->code == CURLE_OK)
        set_answer(L, t);
    else
        set_failure(L, t);
    if (t->code == CURLE_OUT_OF_MEMORY) luaL_error(L, "not enough memory");
    if (t->error) set_text(L, "lost", strerror(t->error));
}
