// A pipe: two connections, over which two sides send each other messages.
#pragma once
#include "queue.h"

enum { MP_PIPE_BYTES = 1024 * 1024 };   // that a direction holds; or one message that is longer

struct mp_connection {
    struct mp_obj obj;         // its latch guards what follows
    uint64_t in, out;          // refs of the queues that it receives from and sends to, counted; 0: it does not
    uint64_t users;            // handles whose process has used it
    _Atomic uint64_t closed;   // this end
};

// The first only receives and the second only sends, unless it is duplex. 0, ENOMEM
int mp_pipe_new(bool duplex, const char *name, size_t length, struct mp_connection *ends[2], uint32_t handles[2]);

// Between mp_enter and mp_leave, with the caller's handle, of an end that has this direction.
// 0, ETIMEDOUT, EINTR, ENOMEM, EPIPE: the other end is closed, EBADF: this one is
int mp_connection_send(struct mp_connection *c, struct mp_handle *mine, struct mp_build *b, int64_t deadline);
int mp_connection_recv(struct mp_connection *c, struct mp_handle *mine, struct mp_item *item, int64_t deadline);
int mp_connection_poll(struct mp_connection *c, struct mp_handle *mine, int64_t deadline);   // 0 for EPIPE: recv tells
void mp_connection_close(struct mp_connection *c, struct mp_handle *mine);

static inline bool mp_connection_closed(const struct mp_connection *c)
{
    return atomic_load(&c->closed) != 0;
}
