// What a queue promises while nobody dies.
#include <string.h>
#include <sys/wait.h>
#include <errno.h>

#include "core/clock.h"
#include "core/handle.h"
#include "core/heap.h"
#include "core/queue.h"
#include "core/recover.h"
#include "family.h"

static struct mp_queue *q;
static uint32_t handle;
static long checks;

static void open_queue(uint64_t maxsize)
{
    EXPECT(mp_queue_new(maxsize, "test", 4, &q, &handle) == 0, "new");
}

static void close_queue(void)
{
    mp_handle_close(handle);
}

// A message of `size` bytes that begins with a number and is filled with it.
static void build(struct mp_build *b, uint64_t number, size_t size)
{
    mp_build_init(b);
    EXPECT(mp_build_room(b, size) == 0, "room for %zu", size);
    memset(b->data, (int)number, size);
    memcpy(b->data, &number, sizeof number);
    b->len = size;
    EXPECT(mp_build_seal(b) == 0, "seal");
}

static int put(uint64_t number, size_t size, int64_t deadline)
{
    struct mp_build b;
    build(&b, number, size);
    mp_enter(MP_OP_PUT);
    int err = mp_queue_put(q, &b, deadline);
    mp_leave();
    mp_build_drop(&b);
    return err;
}

static int get(uint64_t *number, int64_t deadline)
{
    struct mp_item item;
    mp_enter(MP_OP_GET);
    int err = mp_queue_get(q, &item, deadline);
    if (!err) {
        memcpy(number, item.view.data, sizeof *number);
        for (size_t i = 8; i < item.view.len; i++) {
            EXPECT(item.view.data[i] == (uint8_t)*number, "byte %zu of message %llu", i, (unsigned long long)*number);
        }
        mp_item_drop(&item);
    }
    mp_leave();
    return err;
}

static size_t size_of(uint64_t i)
{
    static const size_t sizes[] = {8, 40, 496, 512, 513, 4000, 8, 70000, 100, 300000, 9};
    return sizes[i % (sizeof sizes / sizeof *sizes)];
}

static void test_order_and_sizes(void)
{
    open_queue(0);
    for (uint64_t i = 0; i < 500; i++) EXPECT(put(i, size_of(i), MP_NOW) == 0, "put");
    EXPECT(mp_queue_size(q) == 500, "size");
    family_expect_sound("500 messages");
    for (uint64_t i = 0, n; i < 500; i++) EXPECT(get(&n, MP_NOW) == 0 && n == i, "message %llu", (unsigned long long)i);
    uint64_t n;
    EXPECT(get(&n, MP_NOW) == ETIMEDOUT, "empty");
    family_expect_sound("drained");
    close_queue();
    checks += 500;
}

static void add_many(struct mp_batch *batch, uint64_t first, uint64_t last, size_t (*size)(uint64_t))
{
    for (uint64_t i = first; i <= last; i++) {
        struct mp_build b;
        build(&b, i, size(i));
        EXPECT(mp_batch_add(batch, &b) == 0, "add");
        mp_build_drop(&b);
    }
}

static void test_batch(void)
{
    struct mp_batch batch = {0};
    uint64_t n;
    open_queue(300);
    add_many(&batch, 0, 499, size_of);
    family_expect_sound("a batch");
    EXPECT(mp_queue_put_batch(q, &batch, MP_NOW) == ETIMEDOUT && batch.nput == 300, "as many as there is room for");
    family_expect_sound("300 of a batch");
    for (uint64_t i = 0; i < 250; i++) EXPECT(get(&n, MP_NOW) == 0 && n == i, "message %llu", (unsigned long long)i);
    EXPECT(mp_queue_put_batch(q, &batch, MP_NOW) == 0 && batch.nput == 500, "the rest");
    mp_batch_drop(&batch);
    for (uint64_t i = 250; i < 500; i++) EXPECT(get(&n, MP_NOW) == 0 && n == i, "message %llu", (unsigned long long)i);
    add_many(&batch, 0, 9, size_of);
    mp_queue_close(q);
    EXPECT(mp_queue_put_batch(q, &batch, MP_NOW) == EPIPE && batch.nput == 0, "closed");
    mp_batch_drop(&batch);
    family_expect_sound("a batch that is dropped");
    close_queue();
    checks += 500;
}

static void test_bound(void)
{
    uint64_t n;
    open_queue(3);
    for (uint64_t i = 0; i < 3; i++) EXPECT(put(i, 8, MP_NOW) == 0, "put");
    EXPECT(put(3, 8, MP_NOW) == ETIMEDOUT, "full");
    EXPECT(put(3, 5000, mp_now() + 2000000) == ETIMEDOUT, "full, waited");
    EXPECT(get(&n, MP_NOW) == 0 && n == 0, "get");
    EXPECT(put(3, 5000, MP_NOW) == 0, "room again");
    family_expect_sound("bound");
    close_queue();
    checks += 5;
}

static void test_close(void)
{
    uint64_t n;
    open_queue(0);
    EXPECT(put(1, 8, MP_NOW) == 0, "put");
    mp_queue_close(q);
    EXPECT(put(2, 9000, MP_NOW) == EPIPE, "put on a closed queue");
    EXPECT(get(&n, MP_FOREVER) == 0 && n == 1, "drain");
    EXPECT(get(&n, MP_FOREVER) == EPIPE, "closed and empty");
    family_expect_sound("closed");
    close_queue();
    checks += 4;
}

static void test_leases(void)
{
    uint64_t n;
    struct mp_msg *a, *b;
    open_queue(0);
    EXPECT(put(1, 8, MP_NOW) == 0 && put(2, 5000, MP_NOW) == 0, "put");
    EXPECT(mp_queue_lease(q, &a, MP_NOW) == 0 && mp_queue_lease(q, &b, MP_NOW) == 0, "lease");
    EXPECT(mp_queue_size(q) == 0 && q->leased == 2, "leased ones are not in it");
    family_expect_sound("leased");
    mp_lease_back(mp_self.slot, b);
    mp_lease_back(mp_self.slot, a);
    EXPECT(mp_queue_size(q) == 2, "both back");
    family_expect_sound("back");
    EXPECT(mp_queue_lease(q, &a, MP_NOW) == 0 && a->deliveries == 2 && a->bytes[0] == 1, "first again");
    mp_queue_close(q);
    EXPECT(get(&n, MP_NOW) == 0 && n == 2, "second");
    EXPECT(get(&n, MP_NOW) == ETIMEDOUT, "closed, but a lease is out");
    mp_lease_done(a);
    EXPECT(get(&n, MP_NOW) == EPIPE, "closed for good");
    close_queue();
    checks += 8;
}

static void test_tasks(void)
{
    uint64_t n;
    open_queue(0);
    EXPECT(mp_queue_join(q, MP_NOW) == 0, "nothing to do");
    EXPECT(put(1, 8, MP_NOW) == 0, "put");
    EXPECT(mp_queue_join(q, MP_NOW) == ETIMEDOUT, "one to do");
    EXPECT(get(&n, MP_NOW) == 0, "get");
    EXPECT(mp_queue_task_done(q) == 0 && mp_queue_join(q, MP_NOW) == 0, "done");
    EXPECT(mp_queue_task_done(q) == ERANGE, "done too often");
    close_queue();
    checks += 5;
}

// ---- many at once: as processes, or as threads for the race detector ----

enum { MEMBERS = 4, EACH = 20000 };
static _Atomic uint64_t *sum, *taken;

static size_t size_of_many(uint64_t i)
{
    return i % 100 ? 8 : 1000;
}

static void put_batches(void)
{
    for (uint64_t i = 1; i <= EACH; i += EACH / 100) {
        struct mp_batch batch = {0};
        add_many(&batch, i, i + EACH / 100 - 1, size_of_many);
        mp_enter(MP_OP_PUT);
        EXPECT(mp_queue_put_batch(q, &batch, MP_FOREVER) == 0, "put");
        mp_batch_drop(&batch);
        mp_leave();
    }
}

static void work(void *arg)
{
    (void)arg;
    uint32_t mine;
    EXPECT(mp_handle_open(&q->obj, &mine) == 0, "handle");
    uint64_t me = mp_slot_index(mp_self.slot);
    if (me == 1) {
        put_batches();
    } else if (me % 2) {
        for (uint64_t i = 1; i <= EACH; i++) EXPECT(put(i, size_of_many(i), MP_FOREVER) == 0, "put");
    } else {
        uint64_t n;
        for (int i = 0; i < EACH; i++) {
            EXPECT(get(&n, MP_FOREVER) == 0, "get");
            atomic_fetch_add(sum, n);
            atomic_fetch_add(taken, 1);
        }
    }
    mp_handle_close(mine);
}

static void work_and_retire(void *arg)
{
    work(arg);
    mp_retire();
}

static void as_processes(void)
{
    pid_t pids[MEMBERS];
    int status;
    for (uint64_t i = 0; i < MEMBERS; i++) pids[i] = family_fork(i + 1, work_and_retire, NULL);
    for (int i = 0; i < MEMBERS; i++) {
        waitpid(pids[i], &status, 0);
        EXPECT(status == 0, "a member failed: %d", status);
    }
}

static void test_many(uint64_t maxsize, bool threads)
{
    open_queue(maxsize);
    int place;
    mp_ref ref;
    EXPECT(mp_alloc(64, &ref, &place) == 0, "counters");
    sum = mp_ptr(ref);
    taken = sum + 1;
    atomic_store(sum, 0);
    atomic_store(taken, 0);
    if (threads) {
        family_threads(MEMBERS, work, NULL);
    } else {
        as_processes();
    }
    uint64_t all = (uint64_t)MEMBERS / 2 * EACH * (EACH + 1) / 2;
    EXPECT(atomic_load(taken) == (uint64_t)MEMBERS / 2 * EACH && atomic_load(sum) == all, "sum %llu of %llu",
           (unsigned long long)atomic_load(sum), (unsigned long long)all);
    EXPECT(mp_queue_size(q) == 0, "empty");
    mp_inflight_free(place);
    family_expect_sound("many");
    close_queue();
    checks += 3;
}

int main(int argc, char **argv)
{
    bool threads = argc > 1 && strcmp(argv[1], "threads") == 0;
#if defined(__SANITIZE_THREAD__)
    threads = true;   // it sees no races between processes
#endif
    family_open(64 << 20);
    uint64_t before = family_blocks();
    test_order_and_sizes();
    test_bound();
    test_batch();
    test_close();
    test_leases();
    test_tasks();
    test_many(0, threads);
    test_many(7, threads);
    family_expect_sound("at the end");
    EXPECT(family_blocks() == before, "%llu blocks, had %llu", (unsigned long long)family_blocks(),
           (unsigned long long)before);
    return family_done("queue", checks);
}
