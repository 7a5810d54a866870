// Random deaths: eight processes work on two queues, in bursts one to three are killed, others stopped for a while.
// Usage: torture_test [SECONDS [SEED]]
//
// What is checked of each message, by a ledger outside the arena:
//   put returned 0:   it is seen once. By a plain get it may be lost when its consumer was killed in that get, so
//                     there are no more lost ones than such deaths. By a lease it is never lost; it is seen again only
//                     as a redelivery, no more often than lessees were killed between their note and done.
//   put was refused:  it is never seen.
//   put was killed:   it is seen at most once.
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/handle.h"
#include "core/heap.h"
#include "core/layout.h"
#include "core/queue.h"
#include "core/recover.h"
#include "core/tx.h"
#include "family.h"

enum { WORKERS = 8, PRODUCERS = 3, QUEUES = 2, MOST = 2 << 20, PATIENCE = 60 };
enum fate { UNUSED, ATTEMPTED, PUT, REFUSED };
enum phase { IDLE, TAKING, NOTED };   // what a worker does, for its death's account

struct ledger {
    _Atomic bool stop;
    _Atomic uint64_t next[WORKERS + 1];             // of each producer, 1 is the first
    _Atomic uint8_t phase[WORKERS + 1];
    _Atomic uint64_t redelivered;
    _Atomic uint8_t fate[PRODUCERS + 1][MOST];
    _Atomic uint8_t seen[PRODUCERS + 1][MOST];
};

struct text {
    uint64_t producer, number;
    uint8_t fill[];
};

static struct ledger *ledger;
static struct mp_queue *queues[QUEUES];
static pid_t pids[WORKERS + 1];
static bool dead[WORKERS + 1];
static long deaths, stops, died_taking, died_noted;
static uint64_t seed;

static uint64_t dice(uint64_t sides)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (seed >> 11) % sides;
}

static uint64_t me(void)
{
    return mp_slot_index(mp_self.slot);
}

// ---- producers ----

static size_t any_size(void)
{
    switch (dice(32)) {
    case 0: return 70000 + dice(100000);
    case 1: return 4000 + dice(20000);
    case 2:
    case 3:
    case 4:
    case 5: return 520 + dice(3000);
    default: return sizeof(struct text) + dice(400);
    }
}

static struct mp_queue *any_queue(void)
{
    return queues[dice(QUEUES)];
}

static int64_t any_deadline(void)
{
    return dice(8) ? MP_FOREVER : mp_now() + (int64_t)dice(300000);
}

// A queue that only the message keeps, with a message in it.
static int add_queue(struct mp_build *b, uint32_t *handle)
{
    struct mp_queue *inner;
    struct mp_build small;
    uint32_t index;
    int err = mp_queue_new(0, dice(2) ? "inner" : NULL, 5, &inner, handle);
    if (err) return err;
    mp_build_init(&small);
    EXPECT(mp_build_room(&small, 8) == 0, "room");
    memset(small.data, 0, 8);
    small.len = 8;
    if (dice(2)) EXPECT(mp_build_to_block(&small) == 0, "block");
    EXPECT(mp_build_seal(&small) == 0 && mp_queue_put(inner, &small, MP_NOW) == 0, "put");
    mp_build_drop(&small);
    return mp_build_ref(b, &inner->obj, &index);
}

static void produce_one(uint64_t number)
{
    struct mp_build b;
    size_t size = any_size();
    uint32_t handle;
    bool with_queue = dice(20) == 0;
    mp_build_init(&b);
    EXPECT(mp_build_room(&b, size) == 0, "room");
    struct text *text = (struct text *)b.data;
    text->producer = me();
    text->number = number;
    memset(text->fill, (int)number, size - sizeof *text);
    b.len = size;
    if (with_queue) EXPECT(add_queue(&b, &handle) == 0, "inner queue");
    EXPECT(mp_build_seal(&b) == 0, "seal");
    atomic_store(&ledger->fate[me()][number], ATTEMPTED);
    int err = mp_queue_put(any_queue(), &b, any_deadline());
    EXPECT(err == 0 || err == ETIMEDOUT, "put: %d", err);
    atomic_store(&ledger->fate[me()][number], err ? REFUSED : PUT);
    mp_build_drop(&b);
    if (with_queue) mp_handle_close(handle);
}

static void produce(void)
{
    while (!atomic_load(&ledger->stop)) {
        uint64_t number = atomic_fetch_add(&ledger->next[me()], 1);
        if (number >= MOST) break;
        mp_enter(MP_OP_PUT);
        produce_one(number);
        mp_leave();
    }
}

// ---- consumers ----

static void note(const uint8_t *data, size_t size, uint64_t deliveries)
{
    const struct text *text = (const struct text *)data;
    EXPECT(text->producer >= 1 && text->producer <= PRODUCERS && text->number < MOST, "a message of nobody");
    for (size_t i = 0; i < size - sizeof *text; i++) EXPECT(text->fill[i] == (uint8_t)text->number, "byte %zu", i);
    uint8_t before = atomic_fetch_add(&ledger->seen[text->producer][text->number], 1);
    EXPECT(before == 0 || deliveries > 1, "message %llu of %llu again, delivery %llu", (unsigned long long)text->number,
           (unsigned long long)text->producer, (unsigned long long)deliveries);
    if (before > 0) atomic_fetch_add(&ledger->redelivered, 1);
}

static void use_queue_of(const struct mp_view *view)
{
    uint32_t handle;
    struct mp_item item;
    for (uint32_t i = 0; i < view->nrefs; i++) {
        EXPECT(mp_handle_open(mp_ptr(view->refs[i]), &handle) == 0, "handle");
        struct mp_queue *inner = mp_ptr(view->refs[i]);
        if (dice(2) && mp_queue_get(inner, &item, MP_NOW) == 0) mp_item_drop(&item);
        mp_handle_close(handle);
    }
}

static void phase(enum phase now)
{
    atomic_store(&ledger->phase[me()], (uint8_t)now);
}

// Bounded: if all consumers slept at one queue, nobody would empty the other.
static int64_t soon(void)
{
    return mp_now() + (int64_t)dice(5000000);
}

static int take(struct mp_queue *q)
{
    struct mp_item item;
    phase(TAKING);
    int err = mp_queue_get(q, &item, soon());
    if (!err) {
        const struct mp_msg *msg = item.block ? mp_ptr(item.block) : NULL;
        note(item.view.data, item.view.len, msg ? msg->deliveries : 1);
    }
    phase(IDLE);
    if (err) return err;
    use_queue_of(&item.view);
    mp_item_drop(&item);
    return 0;
}

static int lease(struct mp_queue *q)
{
    struct mp_msg *msg;
    int err = mp_queue_lease(q, &msg, soon());
    if (err) return err;
    if (dice(10) == 0) {
        mp_lease_back(mp_self.slot, msg);
        return 0;
    }
    phase(NOTED);
    note(msg->bytes, msg->length, msg->deliveries);
    mp_lease_done(msg);
    phase(IDLE);
    return 0;
}

static int watch(void)
{
    struct mp_watched watched[] = {{.obj = &queues[0]->obj}, {.obj = &queues[1]->obj}};
    int err = mp_wait_any(watched, QUEUES, mp_now() + (int64_t)dice(2000000));
    EXPECT(err == 0 || err == ETIMEDOUT, "wait_any: %d", err);
    return 0;
}

// Until both queues are closed and have nothing any more.
static void consume(int (*work)(struct mp_queue *))
{
    for (int closed = 0; closed < QUEUES;) {
        mp_enter(MP_OP_GET);
        int err = dice(16) ? work(queues[closed ? closed : (int)dice(QUEUES)]) : watch();
        mp_leave();
        EXPECT(err == 0 || err == ETIMEDOUT || err == EPIPE, "get: %d", err);
        if (err != EPIPE) continue;
        mp_enter(MP_OP_GET);
        while ((err = work(queues[closed])) == 0 || err == ETIMEDOUT) continue;
        mp_leave();
        closed++;
    }
}

// ---- makers of objects ----

static void make_one(void)
{
    struct mp_queue *q;
    uint32_t handles[100], n = 0, last = (uint32_t)dice(100);
    EXPECT(mp_queue_new(3, "made", 4, &q, &handles[n++]) == 0, "new");
    while (n < last) EXPECT(mp_handle_open(&q->obj, &handles[n++]) == 0, "handle");
    while (n > 0) mp_handle_close(handles[--n]);
}

static void make(void)
{
    while (!atomic_load(&ledger->stop)) {
        mp_enter(MP_OP_OBJECT);
        make_one();
        mp_leave();
    }
}

// ---- the family ----

static void work(void *arg)
{
    (void)arg;
    mp_latch_idle = NULL;
    phase(IDLE);
    if (me() <= PRODUCERS) {
        produce();
    } else if (me() < WORKERS) {
        consume(me() % 2 ? lease : take);
    } else {
        make();
    }
    mp_retire();
}

static void start(uint64_t i)
{
    seed += dice(UINT64_MAX) | 1;
    pids[i] = family_fork(i, work, NULL);
}

static void account(uint64_t i, int status)
{
    EXPECT(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0, "worker %d: status %#x",
           (int)i, (unsigned)status);
    pids[i] = 0;
    if (!WIFSIGNALED(status)) return;
    deaths++;
    died_taking += atomic_load(&ledger->phase[i]) == TAKING;
    died_noted += atomic_load(&ledger->phase[i]) == NOTED;
}

static void reap(void)
{
    int status;
    for (uint64_t i = 1; i <= WORKERS; i++) {
        if (!pids[i] || waitpid(pids[i], &status, WNOHANG) != pids[i]) continue;
        account(i, status);
        atomic_store(&mp_slot_at(i)->state, MP_SLOT_DYING);
        mp_recover_undo(mp_slot_at(i));
        dead[i] = true;
    }
}

static void go_on(void)
{
    for (uint64_t i = 1; i <= WORKERS; i++) {
        if (pids[i]) kill(pids[i], SIGCONT);
    }
}

// While the recoverer waits for a latch: its owner may be dead, or stopped by us.
static void idle(void)
{
    go_on();
    reap();
}

static bool recover(bool again)
{
    bool any = false;
    reap();
    for (uint64_t i = 1; i <= WORKERS; i++) {
        if (!dead[i]) continue;
        family_bury(i);
        dead[i] = false;
        any = true;
        if (again) start(i);
    }
    return any;
}

static void strike(void)
{
    for (uint64_t n = 1 + dice(3); n > 0; n--) {
        pid_t pid = pids[1 + dice(WORKERS)];
        if (pid) kill(pid, SIGKILL);
    }
    pid_t pid = dice(4) ? 0 : pids[1 + dice(WORKERS)];
    if (pid && kill(pid, SIGSTOP) == 0) stops++;
}

static void torture(int64_t until)
{
    while (mp_now() < until) {
        struct timespec pause = {.tv_nsec = 100000 + (long)dice(1500000)};
        nanosleep(&pause, NULL);
        strike();
        nanosleep(&pause, NULL);
        go_on();
        while (recover(true)) continue;
    }
}

static bool any_alive(uint64_t first, uint64_t last)
{
    for (uint64_t i = first; i <= last; i++) {
        if (pids[i]) return true;
    }
    return false;
}

// Producers end first, then the queues are closed and the others empty them.
static void end_family(void)
{
    atomic_store(&ledger->stop, true);
    while (any_alive(1, PRODUCERS) || any_alive(WORKERS, WORKERS)) {
        // a consumer that died now is needed to make room
        go_on();
        reap();
        for (uint64_t i = 1; i <= WORKERS; i++) {
            if (!dead[i]) continue;
            family_bury(i);
            dead[i] = false;
            if (i > PRODUCERS && i < WORKERS) start(i);
        }
        sched_yield();
    }
    for (int i = 0; i < QUEUES; i++) mp_queue_close(queues[i]);
    while (any_alive(1, WORKERS)) {
        recover(false);
        sched_yield();
    }
    recover(false);
}

static void check_ledger(void)
{
    long put = 0, lost = 0, unknown = 0, refused = 0;
    for (int p = 1; p <= PRODUCERS; p++) {
        for (uint64_t i = 0; i < MOST && i < atomic_load(&ledger->next[p]); i++) {
            uint8_t seen = atomic_load(&ledger->seen[p][i]);
            switch (atomic_load(&ledger->fate[p][i])) {
            case PUT:
                put++;
                lost += seen == 0;
                break;
            case ATTEMPTED: unknown++; break;
            case REFUSED:
                refused++;
                EXPECT(seen == 0, "a refused message was seen");
                break;
            default: EXPECT(seen == 0, "a message that was never put was seen");
            }
        }
    }
    long again = (long)atomic_load(&ledger->redelivered);
    printf(
        "torture: %ld deaths, %ld stops; %ld messages put, %ld refused, %ld put by the dead; %ld lost in %ld deaths of "
        "consumers, %ld seen again after %ld of lessees\n",
        deaths, stops, put, refused, unknown, lost, died_taking, again, died_noted);
    EXPECT(lost <= died_taking, "lost messages");
    EXPECT(again <= died_noted, "repeated messages");
    EXPECT(put > 0 && deaths > 0, "nothing happened");
}

static void hang(int signo)
{
    (void)signo;
    static const char text[] = "FAIL torture: it hangs\n";
    if (write(STDERR_FILENO, text, sizeof text - 1) > 0) _exit(1);
    _exit(1);
}

int main(int argc, char **argv)
{
#if defined(__SANITIZE_THREAD__)
    return 77;   // it cannot follow forks
#endif
    uint32_t handles[QUEUES];
    int64_t seconds = argc > 1 ? strtol(argv[1], NULL, 10) : 4;
    uint64_t chosen = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)mp_now();
    seed = chosen * UINT64_C(0x9e3779b97f4a7c15) | 1;
    printf("torture: seed %llu\n", (unsigned long long)chosen);
    ledger = mmap(NULL, sizeof *ledger, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    EXPECT(ledger != MAP_FAILED, "ledger");
    signal(SIGALRM, hang);
    alarm((unsigned)seconds + PATIENCE);
    family_open(256 << 20);
    uint64_t before = family_blocks();
    EXPECT(mp_queue_new(7, "few", 3, &queues[0], &handles[0]) == 0, "queue");
    EXPECT(mp_queue_new(100, "many", 4, &queues[1], &handles[1]) == 0, "queue");
    mp_latch_idle = idle;
    for (uint64_t i = 1; i <= WORKERS; i++) start(i);
    torture(mp_now() + seconds * 1000000000);
    end_family();
    mp_latch_idle = NULL;
    family_expect_sound("at the end");
    for (int i = 0; i < QUEUES; i++) mp_handle_close(handles[i]);
    family_expect_sound("without queues");
    EXPECT(family_blocks() == before, "%llu blocks, had %llu", (unsigned long long)family_blocks(),
           (unsigned long long)before);
    check_ledger();
    return family_done("torture", deaths);
}
