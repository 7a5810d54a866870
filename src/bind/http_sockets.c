// The sockets of a session's connections, for a new process to close its copies: else the other side would not see
// that our maker has closed them.
//
// libcurl does not tell of each that it closes, and its number may be another file's by then; so each is listed with its
// inode.
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bind/http.h"

static ino_t inode_of(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) ? st.st_ino : 0;
}

static void forget_closed(struct lhttp_client *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->nsockets; i++) {
        if (inode_of(c->sockets[i].fd) == c->sockets[i].inode) c->sockets[n++] = c->sockets[i];
    }
    c->nsockets = n;
}

static bool room_for_one(struct lhttp_client *c)
{
    if (c->nsockets == c->cap) forget_closed(c);
    if (2 * c->nsockets < c->cap) return true;
    size_t cap = c->cap ? 2 * c->cap : 16;
    struct lhttp_socket *grown = realloc(c->sockets, cap * sizeof *grown);
    if (!grown) return false;
    c->sockets = grown;
    c->cap = cap;
    return true;
}

curl_socket_t lhttp_open_socket(void *client, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct lhttp_client *c = client;
    (void)purpose;
    if (!room_for_one(c)) return CURL_SOCKET_BAD;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0) return CURL_SOCKET_BAD;
    c->sockets[c->nsockets++] = (struct lhttp_socket){fd, inode_of(fd)};
    return fd;
}

void lhttp_close_sockets(struct lhttp_client *c)
{
    forget_closed(c);
    for (size_t i = 0; i < c->nsockets; i++) close(c->sockets[i].fd);
    c->nsockets = 0;
}
