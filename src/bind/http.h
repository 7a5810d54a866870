// What the files of mp.http share.
#pragma once
#include <sys/types.h>

#include "bind/curl.h"
#include "bind/lmp.h"

enum { LHTTP_IN_MEMORY = 64 << 20 };   // most bytes of an answer that is not told otherwise

struct lhttp_bytes {
    char *data;
    size_t size, cap;
};

// One request and its answer. Made with malloc: libcurl keeps its address.
struct lhttp_transfer {
    struct lhttp_transfer *next;
    lua_Integer id;
    CURL *easy;
    struct curl_slist *lines;         // of the request's head
    bool added, done;                 // to the client's multi handle; by it
    CURLcode code;                    // once it is done, or the first option that could not be set
    const char *reason;               // why it failed, when libcurl cannot know; else NULL
    char message[CURL_ERROR_SIZE], why[64];   // libcurl's text, and ours when there is a reason

    struct lhttp_bytes head, body;    // of the answer
    char *path, *part;                // where the body is to be in the end, and where it is until then
    int fd, error;                    // of the part; an errno value
    uint64_t size, most, most_in_file;   // bytes of the body

    int64_t began, paused, seen;      // how long nobody waited for it; when somebody did last
    int64_t deadline;
    long connect_ms;
};

struct lhttp_socket {
    int fd;
    ino_t inode;
};

// A session. Its connections are libcurl's.
//
// What a process has of its maker's is never used: `generation` tells. The cookies are plain memory and stay.
struct lhttp_client {
    struct lhttp_client *next, *prev;   // all of the process
    CURLM *multi;                       // NULL: not yet, or closed
    CURLSH *cookies;
    unsigned generation;
    bool closed;
    lua_Integer last_id;
    struct lhttp_transfer *transfers;
    struct lhttp_socket *sockets;
    size_t nsockets, cap;
};

// ---- http_client.c: connections, waiting ----

void lhttp_watch_forks(void);   // once
unsigned lhttp_generation(void);
void lhttp_client_init(struct lhttp_client *c);
void lhttp_client_close(struct lhttp_client *c);
bool lhttp_client_open(struct lhttp_client *c);   // its multi handle is this process's own. False: no memory
CURLMcode lhttp_add(struct lhttp_client *c, struct lhttp_transfer *t);
// 0: *done is one that has ended, or NULL when it is `until`; EINTR; EIO: libcurl fails
int lhttp_wait(struct lhttp_client *c, int64_t until, struct lhttp_transfer **done);
void lhttp_drop(struct lhttp_client *c, struct lhttp_transfer *t);   // ends and frees it

// ---- http_sockets.c ----

curl_socket_t lhttp_open_socket(void *client, curlsocktype purpose, struct curl_sockaddr *address);
void lhttp_close_sockets(struct lhttp_client *c);   // in a new process

// ---- http_options.c ----

// Sets what the table at idx says. False: t->code tells why not.
bool lhttp_set_options(lua_State *L, int idx, struct lhttp_client *c, struct lhttp_transfer *t);

// ---- http_answer.c ----

const char *lhttp_open_part(struct lhttp_transfer *t, const char *path);   // NULL or why not
void lhttp_drop_part(struct lhttp_transfer *t, bool in_child);
size_t lhttp_on_head(char *data, size_t one, size_t size, void *transfer);
size_t lhttp_on_body(char *data, size_t one, size_t size, void *transfer);
void lhttp_push_answer(lua_State *L, struct lhttp_transfer *t);   // pushes a table
