// Pipes whose ends are used by processes that are killed at every point.
//
// b sends and a receives; a duplex pipe has the other direction too. The recoverer uses both ends, unless a case says
// otherwise: so they stay open when the victim dies.
#include <errno.h>
#include <string.h>

#include "core/clock.h"
#include "core/handle.h"
#include "core/pipe.h"
#include "core/slot.h"
#include "crash.h"
#include "family.h"

enum { A, B };
enum { SMALL = 40, BLOCK = 600, HALF = MP_PIPE_BYTES / 2 };

static struct mp_connection *ends[2];
static uint32_t handles[2], box_handle;
static struct mp_queue *box;   // holds what only messages refer to

// ---- what cases, peers and sleepers do ----

static uint32_t my_index(int end)
{
    static uint32_t index[2];
    static struct mp_slot *owner[2];
    if (mp_slot_index(mp_self.slot) == CRASH_RECOVERER) return handles[end];
    if (owner[end] != mp_self.slot) EXPECT(mp_handle_open(&ends[end]->obj, &index[end]) == 0, "handle");
    owner[end] = mp_self.slot;
    return index[end];
}

static struct mp_handle *mine(int end)
{
    return mp_handle_at(mp_self.slot, my_index(end));
}

static int build(struct mp_build *b, uint64_t id, size_t size, struct mp_obj *ref)
{
    uint32_t index;
    mp_build_init(b);
    int err = mp_build_room(b, size);
    if (err) return err;
    memset(b->data, 0, size);
    memcpy(b->data, &id, sizeof id);
    b->len = size;
    if (ref) err = mp_build_ref(b, ref, &index);
    return err ? err : mp_build_seal(b);
}

static int send_from(int end, uint64_t id, size_t size, int64_t deadline)
{
    struct mp_build b;
    struct mp_handle *held = mine(end);
    int err = build(&b, id, size, NULL);
    if (!err) err = mp_connection_send(ends[end], held, &b, deadline);
    mp_build_drop(&b);
    return err;
}

static int recv_at(int end, uint64_t *id, int64_t deadline)
{
    struct mp_item item;
    int err = mp_connection_recv(ends[end], mine(end), &item, deadline);
    if (err) return err;
    memcpy(id, item.view.data, sizeof *id);
    mp_item_drop(&item);
    return 0;
}

static void send_many(int end, uint64_t first, uint64_t last, size_t size)
{
    for (uint64_t id = first; id <= last; id++) EXPECT(send_from(end, id, size, MP_NOW) == 0, "send");
}

// ---- before ----

static void open_pipe(bool duplex)
{
    EXPECT(mp_pipe_new(duplex, "wire", 4, ends, handles) == 0, "new");
}

static void use_end(int end)
{
    if (ends[end]->in) mp_connection_poll(ends[end], mine(end), MP_NOW);
    if (!ends[end]->in) EXPECT(send_from(end, 1, SMALL, MP_NOW) == 0, "send");
}

static void open_one(void)
{
    open_pipe(false);
    use_end(A);
    use_end(B);
}

static void open_empty(void)
{
    uint64_t id;
    open_one();
    EXPECT(recv_at(A, &id, MP_NOW) == 0, "recv");
}

static void open_three_blocks(void)
{
    open_empty();
    send_many(B, 1, 3, BLOCK);
}

static void open_full(void)
{
    open_empty();
    send_many(B, 1, 2, HALF);
}

static void open_duplex(void)
{
    open_pipe(true);
    use_end(A);
    use_end(B);
    send_many(B, 1, 2, SMALL);
    send_many(B, 3, 4, BLOCK);
    send_many(A, 11, 12, SMALL);
}

static void open_unused(void)
{
    open_pipe(false);
    use_end(A);
}

// Only a message in the box has end b. One that b is to receive has the box, so it goes when b goes.
static void open_boxed(void)
{
    struct mp_build build_b, build_box;
    open_duplex();
    EXPECT(mp_queue_new(0, "box", 3, &box, &box_handle) == 0, "new");
    EXPECT(build(&build_box, 13, SMALL, &box->obj) == 0, "build");
    EXPECT(mp_connection_send(ends[A], mine(A), &build_box, MP_NOW) == 0, "send");
    EXPECT(build(&build_b, 1, SMALL, &ends[B]->obj) == 0 && mp_queue_put(box, &build_b, MP_NOW) == 0, "put");
    mp_handle_close(handles[B]);
}

// ---- operations ----

static void begin(void)
{
    mine(A);
    mine(B);
}

static void begin_using(void)
{
    begin();
    EXPECT(send_from(B, 1, SMALL, MP_NOW) == 0, "send");
}

static int op_new(void)
{
    struct mp_connection *made[2];
    uint32_t opened[2];
    return mp_pipe_new(true, "another", 7, made, opened);
}

static int op_send(void)
{
    return send_from(B, 9, SMALL, MP_NOW);
}

// Alone it would leave the end closed when it is killed and open when it ends.
static int op_send_and_leave(void)
{
    int err = op_send();
    mp_handle_close(my_index(B));
    return err;
}

static int op_send_block(void)
{
    return send_from(B, 9, BLOCK, MP_NOW);
}

static int op_send_waiting(void)
{
    return send_from(B, 9, BLOCK, MP_FOREVER);
}

static int op_recv(void)
{
    uint64_t id;
    return recv_at(A, &id, MP_NOW);
}

static int op_recv_waiting(void)
{
    uint64_t id;
    int err = recv_at(A, &id, MP_FOREVER);
    return err == EPIPE ? 0 : err;
}

static int op_poll_waiting(void)
{
    return mp_connection_poll(ends[A], mine(A), MP_FOREVER);
}

static int op_close_a(void)
{
    mp_connection_close(ends[A], mine(A));
    return 0;
}

static int op_close_b(void)
{
    mp_connection_close(ends[B], mine(B));
    return 0;
}

// Takes the last reference to b out of the box, and drops it.
static int op_drop(void)
{
    struct mp_item item;
    int err = mp_queue_get(box, &item, MP_NOW);
    if (!err) mp_item_drop(&item);
    return err;
}

// ---- what is given to a victim that sleeps ----

static void poke_send(void)
{
    send_many(B, 5, 5, SMALL);
}

static void poke_recv(void)
{
    uint64_t id;
    EXPECT(recv_at(A, &id, MP_NOW) == 0, "recv");
}

static void poke_close(void)
{
    mp_connection_close(ends[B], mine(B));
}

// ---- peers and sleepers ----

static void drain(void)
{
    uint64_t id;
    while (recv_at(A, &id, MP_NOW) == 0) crash_took(id);
}

static void fill(void)
{
    for (uint64_t i = 0; i < 4; i++) {
        if (send_from(B, CRASH_HELPERS + i, i % 2 ? BLOCK : SMALL, MP_NOW) == 0) crash_gave(CRASH_HELPERS + i);
    }
}

static void close_again(void)
{
    mp_connection_close(ends[B], mine(B));
}

static void sleep_recv(void)
{
    uint64_t id;
    int err = recv_at(A, &id, MP_FOREVER);
    EXPECT(err == 0 || err == EPIPE || err == EBADF, "recv: %d", err);
    if (!err) crash_took(id);
}

static void sleep_send(void)
{
    uint64_t id = CRASH_HELPERS + mp_slot_index(mp_self.slot);
    int err = send_from(B, id, SMALL, MP_FOREVER);
    EXPECT(err == 0 || err == EPIPE || err == EBADF, "send: %d", err);
    if (!err) crash_gave(id);
}

static void sleep_poll(void)
{
    int err = mp_connection_poll(ends[A], mine(A), MP_FOREVER);
    EXPECT(err == 0 || err == EBADF, "poll: %d", err);
}

static struct mp_queue *wire(void)
{
    return mp_ptr(ends[A]->in);
}

static bool can_recv(void)
{
    return mp_queue_size(wire()) > 0 || wire()->closed;
}

static bool can_send(void)
{
    return wire()->closed || wire()->bytes_put - wire()->bytes_taken + SMALL <= MP_PIPE_BYTES;
}

// ---- after ----

static void drain_wire(struct crash_state *got)
{
    struct mp_item item;
    while (mp_queue_get(wire(), &item, MP_NOW) == 0) {
        memcpy(&got->ids[got->nids++], item.view.data, sizeof got->ids[0]);
        mp_item_drop(&item);
    }
    EXPECT(wire()->bytes_put == wire()->bytes_taken, "bytes");
}

static void look_at_a(struct crash_state *got)
{
    got->facts[0] = mp_connection_closed(ends[A]);
    got->facts[1] = ends[A]->users << 32 | ends[A]->obj.refs;
    got->facts[2] = wire()->closed;
    got->facts[3] = ends[A]->out
                        ? mp_queue_size(mp_ptr(ends[A]->out)) << 32 | ((struct mp_queue *)mp_ptr(ends[A]->out))->closed
                        : 0;
    drain_wire(got);
}

static void look(struct crash_state *got)
{
    look_at_a(got);
    got->facts[4] = ends[B]->users << 33 | ends[B]->obj.refs << 1 | mp_connection_closed(ends[B]);
}

static void end(void)
{
    mp_handle_close(handles[A]);
    mp_handle_close(handles[B]);
}

static void end_boxed(void)
{
    mp_queue_clear(box);   // else it and b keep each other
    mp_handle_close(handles[A]);
    mp_handle_close(box_handle);
}

// Killed while it was the only user, so the end is closed: before or after the message was sent.
static bool used(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got)
{
    bool closed = (got->facts[4] & 1) && got->facts[2];
    return closed && (got->nids == before->nids || got->nids == after->nids);
}

#define RECEIVERS .sleepers = {{sleep_recv, can_recv}, {sleep_poll, can_recv}, {sleep_recv, can_recv}}
#define SENDERS .sleepers = {{sleep_send, can_send}, {sleep_send, can_send}, {sleep_send, can_send}}
#define BESIDE .peers = {drain, fill, close_again}

static const struct crash_case cases[] = {
    {"new", open_one, NULL, op_new, look, end, BESIDE},
    {"send", open_one, begin, op_send, look, end, BESIDE},
    {"send block", open_three_blocks, begin, op_send_block, look, end, BESIDE},
    {"send to receivers", open_empty, begin, op_send, look, end, RECEIVERS},
    {"send to full, waits", open_full, begin, op_send_waiting, look, end, poke_recv, SENDERS},
    {"recv", open_one, begin, op_recv, look, end, BESIDE},
    {"recv block", open_three_blocks, begin, op_recv, look, end, BESIDE},
    {"recv from full", open_full, begin, op_recv, look, end, SENDERS},
    {"recv, waits", open_empty, begin, op_recv_waiting, look, end, poke_send, RECEIVERS},
    {"recv, waits until closed", open_empty, begin, op_recv_waiting, look, end, poke_close, RECEIVERS},
    {"poll, waits", open_empty, begin, op_poll_waiting, look, end, poke_send,
     .sleepers = {{sleep_poll, can_recv}, {sleep_poll, can_recv}}},
    {"close the sending end", open_three_blocks, begin, op_close_b, look, end, BESIDE},
    {"close to receivers", open_empty, begin, op_close_b, look, end, RECEIVERS},
    {"close the receiving end", open_three_blocks, begin, op_close_a, look, end, .peers = {drain, close_again},
     .between = crash_shrinks},
    {"close to senders", open_full, begin, op_close_a, look, end, SENDERS, .between = crash_shrinks},
    {"close of a duplex", open_duplex, begin, op_close_b, look, end, .peers = {drain, close_again}},
    {"drop the last reference", open_boxed, NULL, op_drop, look_at_a, end_boxed, .peers = {drain}, RECEIVERS},
    {"the last user", open_unused, begin_using, op_send_and_leave, look, end, .peers = {drain}, .between = used},
    {"the first user", open_unused, begin, op_send_and_leave, look, end, RECEIVERS, .between = used},
};

int main(int argc, char **argv)
{
    return crash_main(argc, argv, "pipe_crash", cases, sizeof cases / sizeof *cases);
}
