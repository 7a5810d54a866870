// What a pipe promises while nobody dies.
#include <errno.h>
#include <string.h>

#include "core/clock.h"
#include "core/handle.h"
#include "core/pipe.h"
#include "family.h"

enum { ROUNDS = 5000, SMALL = 100, LARGE = 3 * MP_PIPE_BYTES };

static struct mp_connection *ends[2];
static uint32_t handles[2];
static long checks;

static void open_pipe(bool duplex)
{
    EXPECT(mp_pipe_new(duplex, NULL, 0, ends, handles) == 0, "new");
}

static void close_pipe(void)
{
    mp_handle_close(handles[0]);
    mp_handle_close(handles[1]);
    family_expect_sound("closed");
}

static int send_by(struct mp_connection *c, struct mp_handle *held, uint64_t number, size_t size, int64_t deadline)
{
    struct mp_build b;
    mp_build_init(&b);
    EXPECT(mp_build_room(&b, size) == 0, "room");
    memset(b.data, 0, size);
    memcpy(b.data, &number, sizeof number);
    b.len = size;
    EXPECT(mp_build_seal(&b) == 0, "seal");
    mp_enter(MP_OP_PUT);
    int err = mp_connection_send(c, held, &b, deadline);
    mp_build_drop(&b);
    mp_leave();
    return err;
}

static int recv_by(struct mp_connection *c, struct mp_handle *held, uint64_t *number, int64_t deadline)
{
    struct mp_item item;
    mp_enter(MP_OP_GET);
    int err = mp_connection_recv(c, held, &item, deadline);
    if (!err) {
        memcpy(number, item.view.data, sizeof *number);
        mp_item_drop(&item);
    }
    mp_leave();
    return err;
}

static struct mp_handle *held(int end)
{
    return mp_handle_at(mp_self.slot, handles[end]);
}

static void test_bytes(void)
{
    uint64_t n = 0, got;
    open_pipe(false);
    while (send_by(ends[1], held(1), n, SMALL, MP_NOW) == 0) n++;
    EXPECT(n == MP_PIPE_BYTES / SMALL, "%llu messages", (unsigned long long)n);
    EXPECT(send_by(ends[1], held(1), 0, MP_PIPE_BYTES % SMALL, MP_NOW) == 0, "the rest");
    EXPECT(send_by(ends[1], held(1), 0, sizeof n, MP_NOW) == ETIMEDOUT, "full to the last byte");
    family_expect_sound("full");
    for (uint64_t i = 0; i < n; i++) EXPECT(recv_by(ends[0], held(0), &got, MP_NOW) == 0 && got == i, "order");
    EXPECT(send_by(ends[1], held(1), 0, LARGE, MP_NOW) == ETIMEDOUT, "too large beside another");
    EXPECT(recv_by(ends[0], held(0), &got, MP_NOW) == 0, "recv");
    EXPECT(send_by(ends[1], held(1), 0, LARGE, MP_NOW) == 0, "alone");
    EXPECT(send_by(ends[1], held(1), 0, sizeof n, MP_NOW) == ETIMEDOUT, "full with one");
    close_pipe();
    checks += 7;
}

static void test_close(void)
{
    uint64_t got;
    open_pipe(true);
    EXPECT(send_by(ends[0], held(0), 1, SMALL, MP_NOW) == 0 && send_by(ends[1], held(1), 2, SMALL, MP_NOW) == 0,
           "send");
    mp_connection_close(ends[0], held(0));
    family_expect_sound("one end closed");
    EXPECT(recv_by(ends[0], held(0), &got, MP_NOW) == EBADF, "this end");
    EXPECT(recv_by(ends[1], held(1), &got, MP_NOW) == 0 && got == 1, "what is left");
    EXPECT(recv_by(ends[1], held(1), &got, MP_FOREVER) == EPIPE, "the other end");
    EXPECT(mp_connection_poll(ends[1], held(1), MP_FOREVER) == 0, "poll");
    EXPECT(send_by(ends[1], held(1), 3, SMALL, MP_FOREVER) == EPIPE, "nobody there");
    EXPECT(ends[0]->users == 1 && ends[1]->users == 1, "users");
    close_pipe();
    checks += 7;
}

// Two at each end, which send and receive.
static void talk(void *arg)
{
    (void)arg;
    int end = (int)(mp_slot_index(mp_self.slot) % 2);
    uint32_t mine;
    uint64_t got;
    EXPECT(mp_handle_open(&ends[end]->obj, &mine) == 0, "handle");
    for (uint64_t i = 0; i < ROUNDS; i++) {
        struct mp_handle *h = mp_handle_at(mp_self.slot, mine);
        EXPECT(send_by(ends[end], h, i, i % 50 ? SMALL : MP_PIPE_BYTES / 2, MP_FOREVER) == 0, "send");
        EXPECT(recv_by(ends[end], h, &got, MP_FOREVER) == 0, "recv");
    }
    mp_handle_close(mine);
}

static void test_both_ways(void)
{
    open_pipe(true);
    family_threads(4, talk, NULL);
    EXPECT(ends[0]->users == 0 && ends[1]->users == 0, "users");
    family_expect_sound("talked");
    close_pipe();
    checks++;
}

int main(void)
{
    family_open(64 << 20);
    uint64_t before = family_blocks();
    test_bytes();
    test_close();
    test_both_ways();
    EXPECT(family_blocks() == before, "%llu blocks, had %llu", (unsigned long long)family_blocks(),
           (unsigned long long)before);
    return family_done("pipe", checks);
}
