// State:     per direction a queue that is bounded by bytes; per end whether it is closed, and how many use it.
// Invariant: the ends count the queues and not each other, so each lives as long as somebody can reach it. Who is
//            closing an end is one of its users, or takes it apart.
// Death:     an end is closed when its last user is killed. Who dies while closing one leaves that to the monitor,
//            which finds `closed` set when it gives back the use. Closing twice does no more than closing once.
// At most 4 stores in a transaction.
#include "pipe.h"

#include <errno.h>

#include "fsck.h"
#include "handle.h"
#include "tx.h"

static struct mp_queue *queue_at(uint64_t ref)
{
    return mp_ptr(ref);
}

// ---- making ----

static int new_end(const char *name, size_t length, struct mp_connection **made, uint32_t *handle)
{
    struct mp_obj *obj;
    int err = mp_object_new(MP_CONNECTION, name, length, &obj);
    if (err) return err;
    err = mp_object_publish(obj, handle);
    if (err) mp_object_discard(obj);
    *made = (struct mp_connection *)obj;
    return err;
}

// Nobody else has the ends yet.
static int add_direction(struct mp_connection *from, struct mp_connection *to)
{
    struct mp_queue *q;
    int err = mp_queue_make(NULL, 0, &q);
    if (err) return err;
    q->maxsize = MP_PIPE_BYTES;
    q->by_bytes = 1;
    TX(from->out, mp_refof(q));
    TX(to->in, mp_refof(q));
    TX(q->obj.refs, 2);
    mp_tx_landed(&q->obj);
    mp_commit();
    return 0;
}

static int new_ends(const char *name, size_t length, struct mp_connection *ends[2], uint32_t handles[2])
{
    int err = new_end(name, length, &ends[0], &handles[0]);
    if (err) return err;
    err = new_end(name, length, &ends[1], &handles[1]);
    if (err) mp_handle_close(handles[0]);
    return err;
}

int mp_pipe_new(bool duplex, const char *name, size_t length, struct mp_connection *ends[2], uint32_t handles[2])
{
    int err = new_ends(name, length, ends, handles);
    if (err) return err;
    err = add_direction(ends[1], ends[0]);
    if (!err && duplex) err = add_direction(ends[0], ends[1]);
    if (!err) return 0;
    mp_handle_close(handles[0]);
    mp_handle_close(handles[1]);
    return err;
}

// ---- closing ----

// The other end gets what was sent; what waits here nobody will get.
static void close_end(struct mp_connection *c)
{
    if (!mp_connection_closed(c)) mp_publish(&c->closed, 1);
    if (c->out) mp_queue_close(queue_at(c->out));
    if (!c->in) return;
    mp_queue_close(queue_at(c->in));
    mp_queue_clear(queue_at(c->in));
}

static void begin_use(struct mp_connection *c, struct mp_handle *mine)
{
    mp_latch(&c->obj.latch);
    TX(c->users, c->users + 1);
    TX(mine->held, 1);
    mp_commit_unlatch();
}

void mp_connection_close(struct mp_connection *c, struct mp_handle *mine)
{
    if (!mine->held) begin_use(c, mine);
    close_end(c);
}

static bool last_user(struct mp_connection *c)
{
    mp_latch(&c->obj.latch);
    bool last = c->users == 1;
    mp_unlatch();
    return last;
}

static void give_back(struct mp_obj *obj, struct mp_handle *held, uint64_t slot)
{
    struct mp_connection *c = (struct mp_connection *)obj;
    bool killed = mp_slot_killed(mp_slot_at(slot));
    if (mp_connection_closed(c) || (killed && last_user(c))) close_end(c);
    mp_latch(&obj->latch);
    TX(c->users, c->users - 1);
    TX(held->held, 0);
    mp_commit_unlatch();
}

// ---- using ----

static int use(struct mp_connection *c, struct mp_handle *mine)
{
    if (mp_connection_closed(c)) return EBADF;
    if (__builtin_expect(!mine->held, 0)) begin_use(c, mine);
    return 0;
}

// A direction is closed when either end is.
static int which_end(const struct mp_connection *c, int err)
{
    return err == EPIPE && mp_connection_closed(c) ? EBADF : err;
}

int mp_connection_send(struct mp_connection *c, struct mp_handle *mine, struct mp_build *b, int64_t deadline)
{
    int err = use(c, mine);
    if (!err) err = mp_queue_put_for(queue_at(c->out), &c->obj, b, deadline);
    return which_end(c, err);
}

int mp_connection_recv(struct mp_connection *c, struct mp_handle *mine, struct mp_item *item, int64_t deadline)
{
    int err = use(c, mine);
    if (!err) err = mp_queue_get_for(queue_at(c->in), &c->obj, item, deadline);
    return which_end(c, err);
}

int mp_connection_poll(struct mp_connection *c, struct mp_handle *mine, int64_t deadline)
{
    struct mp_watched watched = {.obj = &c->obj, .mine = mine};
    int err = use(c, mine);
    if (!err) err = mp_wait_any(&watched, 1, deadline);
    return !err && mp_connection_closed(c) ? EBADF : err;
}

// ---- the kind ----

static bool ready(const struct mp_obj *obj)
{
    const struct mp_obj *q = mp_ptr(((const struct mp_connection *)obj)->in);
    return mp_kind_of(q)->ready(q);
}

static struct mp_waitlist *list(struct mp_obj *obj)
{
    uint64_t in = ((struct mp_connection *)obj)->in;
    return in ? mp_kind_of(mp_ptr(in))->list(mp_ptr(in)) : NULL;
}

static bool dismantle(struct mp_obj *obj)
{
    struct mp_connection *c = (struct mp_connection *)obj;
    close_end(c);
    if (c->out) mp_drop_object(&c->out);
    if (c->in) mp_drop_object(&c->in);
    return true;
}

static void check(struct mp_fsck *f, struct mp_obj *obj)
{
    const struct mp_connection *c = (const struct mp_connection *)obj;
    if (c->in) mp_fsck_object(f, c->in, "direction");
    if (c->out) mp_fsck_object(f, c->out, "direction");
}

static uint64_t holds(const struct mp_obj *obj)
{
    (void)obj;
    return 2;
}

const struct mp_kind mp_connection_kind = {.name = "connection",
                                           .size = sizeof(struct mp_connection),
                                           .ready = ready,
                                           .list = list,
                                           .check = check,
                                           .give_back = give_back,
                                           .lent = true,
                                           .dismantle = dismantle,
                                           .holds = holds};
